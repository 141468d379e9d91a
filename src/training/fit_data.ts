import type { Dataset } from "../dataset.ts";
import { DownhillError } from "../errors.ts";
import type { Model } from "../model.ts";
import type { Normalization } from "../normalization.ts";
import { optionError } from "../options.ts";
import { assertFits, assertNormalization, normalizedLike } from "./data_checks.ts";
import { assertMonitored, type ResolvedFitOptions } from "./fit_options.ts";

/**
 * What a training goes through in every epoch: one data set, or the parts of one that is larger than memory.
 *
 * Parts are asked for anew in every epoch: a generator object, which can be gone through once, serves one epoch only. While
 * a part is trained with, the next one is read. Samples are shuffled within their part, a batch ends with its part, and all
 * parts are normalized alike, or not at all. No share can be held out, classes cannot be balanced, and the learning rate
 * changes from epoch to epoch only, as nobody knows what is to come.
 */
export type TrainingData = Dataset | AsyncIterable<Dataset>;

/** Whether data is normalized, and how. */
type Normalized = Pick<Dataset, "normalization">;

/** The data of a training, checked: all samples, or each part of them when it comes. */
export type FitData = { readonly validation: Dataset | undefined } & (
  | { readonly whole: Dataset; readonly parts?: undefined }
  | {
      readonly whole?: undefined;
      /** The parts of an epoch, which are normalized like the epochs before, if there were some. */
      readonly parts: (before: Normalized | undefined) => AsyncIterable<Dataset>;
    }
);

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
    return { whole, validation: alike };
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
  if (options.schedule.perStep) {
    const expected = "one that changes from epoch to epoch: of data in parts nobody knows how many steps it has";
    throw new DownhillError("ERR_OPTION", `options.learningRate has a rate for each step, expected ${expected}`);
  }
  if (validation) assertFits(model, validation, "options.validation");
  const { signal } = options;
  return { validation, parts: (before) => checkedParts(readAhead(given, signal), assertTrainable, before) };
}

function comesInParts(data: TrainingData): data is AsyncIterable<Dataset> {
  return typeof data === "object" && data !== null && Symbol.asyncIterator in data;
}

/** Every part has to be what the network can be trained on, and normalized as those before it are. */
async function* checkedParts(
  source: AsyncIterable<Dataset>,
  assertTrainable: (data: Dataset, where: string) => void,
  before: Normalized | undefined,
): AsyncGenerator<Dataset, void, undefined> {
  let part = 0;
  let expected = before;
  for await (const data of source) {
    const where = partOfData(part++);
    assertTrainable(data, where);
    expected ??= { normalization: data.normalization };
    assertNormalization(expected.normalization, data, where, "firstPart");
    yield data;
  }
}

/** What errors call a part, counted from 0. */
export function partOfData(part: number): string {
  return `part ${part} of data`;
}

/**
 * The parts one after the other; the next one is read while the present one is in use. Nobody is kept waiting for a source
 * that does not answer: neither an abort, nor whatever else ends the training while the source is being read.
 */
async function* readAhead(
  source: AsyncIterable<Dataset>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Dataset, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  let isReading = false;
  const read = async () => {
    isReading = true;
    try {
      return await iterator.next();
    } finally {
      isReading = false;
    }
  };
  let isOver = false;
  try {
    let next = read();
    for (;;) {
      const { done, value } = await unlessAborted(next, signal);
      isOver = done === true;
      if (isOver) return;
      next = read();
      // A failure is thrown when the part's turn comes, or not at all when nobody asks for it any more.
      next.catch(() => {});
      yield value;
    }
  } finally {
    const closed = isOver ? undefined : unlessAborted(close(iterator), signal).catch(() => {});
    if (!isReading) await closed;
  }
}

/** Lets an iterator go that has more to give. */
async function close(iterator: AsyncIterator<Dataset>): Promise<void> {
  await iterator.return?.();
}

/** What a promise comes to, or the signal's reason if that comes first. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
