import type { Dataset } from "../dataset.ts";
import type { Model } from "../model.ts";
import type { Normalization } from "../normalization.ts";
import { optionError } from "../options.ts";
import { assertFits, assertNormalization, normalizedLike } from "./data_checks.ts";
import { assertMonitored, type ResolvedFitOptions } from "./fit_options.ts";

/** What a training goes through in every epoch: one data set, or the parts of one that is larger than memory. */
export type TrainingData = Dataset | AsyncIterable<Dataset>;

/** The data of a training, checked: all of it, or each part when it comes. */
export interface FitData {
  /** All samples to train on; undefined when they come in parts. */
  readonly whole: Dataset | undefined;
  /** The parts of an epoch. */
  parts(): AsyncIterable<Dataset>;
  readonly validation: Dataset | undefined;
}

/**
 * Takes apart what `fit` was given.
 *
 * @param normalization - the network's own; data has to be normalized with it
 */
export function fitDataOf(
  given: TrainingData,
  model: Model,
  normalization: Normalization | undefined,
  options: ResolvedFitOptions,
): FitData {
  const { validation } = options;
  const assertTrainable = (data: Dataset, where: string) => {
    assertFits(model, data, where);
    if (normalization) assertNormalization(normalization, data, where, "network");
  };
  if (!comesInParts(given)) {
    assertTrainable(given, "data");
    const [whole, held] =
      typeof validation === "number" ? given.split(1 - validation, { seed: options.seed }) : [given, validation];
    assertMonitored(options, held);
    const alike = held && normalizedLike(model, whole.normalization, held, "options.validation", "data");
    return { whole, parts: () => inOnePart(whole), validation: alike };
  }
  if (typeof validation === "number") {
    throw optionError("options.validation", validation, "a Dataset: of data in parts no share can be held out");
  }
  if (options.classWeights === "balanced") {
    throw optionError(
      "options.classWeights",
      "balanced",
      "numbers: of data in parts nobody knows how common a class is",
    );
  }
  if (validation) assertFits(model, validation, "options.validation");
  return { whole: undefined, parts: () => checkedParts(given, assertTrainable), validation };
}

async function* inOnePart(data: Dataset): AsyncGenerator<Dataset, void, undefined> {
  yield data;
}

function comesInParts(data: TrainingData): data is AsyncIterable<Dataset> {
  return typeof data === "object" && data !== null && Symbol.asyncIterator in data;
}

/** Every part has to be what the network can be trained on, and normalized as the first one is. */
async function* checkedParts(
  source: AsyncIterable<Dataset>,
  assertTrainable: (data: Dataset, where: string) => void,
): AsyncGenerator<Dataset, void, undefined> {
  let part = 0;
  let first: Dataset | undefined;
  for await (const data of readAhead(source)) {
    const where = `part ${part++} of data`;
    assertTrainable(data, where);
    first ??= data;
    assertNormalization(first.normalization, data, where, "the first part");
    yield data;
  }
}

/** The parts one after the other; the next one is read while the present one is in use. */
async function* readAhead(source: AsyncIterable<Dataset>): AsyncGenerator<Dataset, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    let next = iterator.next();
    for (;;) {
      const { done, value } = await next;
      if (done) return;
      next = iterator.next();
      // A failure is thrown when the part's turn comes, or not at all when nobody asks for it any more.
      next.catch(() => {});
      yield value;
    }
  } finally {
    await iterator.return?.();
  }
}
