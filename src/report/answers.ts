import { type Dataset, labelsOf, samplesOf } from "../dataset.ts";
import type { Network } from "../network.ts";
import type { Normalization } from "../normalization.ts";
import { predictedClass } from "../training/metrics.ts";
import { spreadSamples } from "../training/spread.ts";
import type { Values } from "../types.ts";

/** A sample of a class that the network took for another. */
export interface WrongClass {
  readonly index: number;
  readonly actual: number;
  readonly predicted: number;
  /** The output for the predicted class; a single output y says 1 − y of class 0. */
  readonly score: number;
}

/** A sample and what the network said to it. */
export interface Estimate {
  readonly index: number;
  readonly target: Float64Array;
  readonly output: Float64Array;
}

/** What a network says to data, as far as a report shows it. */
export interface Answers {
  /** Those that the network was surest of first; empty for data without classes. */
  readonly wrongClasses: readonly WrongClass[];
  /** The furthest off first; empty for data with classes. */
  readonly furthest: readonly Estimate[];
  /** Some of all, spread over the data; empty for data with classes. */
  readonly spread: readonly Estimate[];
}

/** How many mistakes are kept. */
const MOST_MISTAKES = 24;
/** How many dots a scatter plot has at the most. */
const MOST_DOTS = 600;
/** Input values that are passed on at once. */
const VALUES_AT_ONCE = 2 ** 20;

/** Runs all of the data through the network, off the event loop, and keeps what is shown. */
export async function answersOf(network: Network, data: Dataset): Promise<Answers> {
  const labels = labelsOf(data);
  const keptClasses = new Worst<WrongClass>();
  const keptEstimates = new Worst<Estimate>();
  const spread: Estimate[] = [];
  const chosen = new Set(labels ? [] : spreadSamples(data.size, MOST_DOTS));
  const rows = Math.max(1, Math.floor(VALUES_AT_ONCE / data.inputSize));
  for (let first = 0; first < data.size; first += rows) {
    const count = Math.min(rows, data.size - first);
    const inputs = { rows: count, columns: data.inputSize, data: inputsOf(data, first, count, network.normalization) };
    const outputs = await network.predictBatchAsync(inputs);
    for (let row = 0; row < count; row++) {
      const output = outputs.data.subarray(row * outputs.columns, (row + 1) * outputs.columns);
      const index = first + row;
      if (labels) addWrongClass(keptClasses, index, labels[index], output);
      else addEstimate(keptEstimates, chosen.has(index) ? spread : undefined, data, index, output);
    }
  }
  return { wrongClasses: keptClasses.all, furthest: keptEstimates.all, spread };
}

function addWrongClass(kept: Worst<WrongClass>, index: number, actual: number, output: Values): void {
  const predicted = predictedClass(output, 0, output.length);
  if (predicted === actual) return;
  const score = output.length > 1 ? output[predicted] : predicted === 1 ? output[0] : 1 - output[0];
  kept.add(score, () => ({ index, actual, predicted, score }));
}

function addEstimate(
  kept: Worst<Estimate>,
  spread: Estimate[] | undefined,
  data: Dataset,
  index: number,
  output: Values,
): void {
  const { targets, targetSize } = samplesOf(data);
  const target = Float64Array.from(targets?.subarray(index * targetSize, (index + 1) * targetSize) ?? []);
  const estimate = { index, target, output: Float64Array.from(output) };
  kept.add(
    target.reduce((sum, value, k) => sum + (value - output[k]) ** 2, 0),
    () => estimate,
  );
  spread?.push(estimate);
}

/** Keeps the items with the largest numbers; of equal ones the first. */
class Worst<Item> {
  readonly #kept: { readonly by: number; readonly item: Item }[] = [];

  add(by: number, make: () => Item): void {
    const kept = this.#kept;
    if (kept.length === MOST_MISTAKES && !(by > kept[kept.length - 1].by)) return;
    const place = kept.findIndex((other) => by > other.by);
    kept.splice(place < 0 ? kept.length : place, 0, { by, item: make() });
    kept.length = Math.min(kept.length, MOST_MISTAKES);
  }

  get all(): Item[] {
    return this.#kept.map(({ item }) => item);
  }
}

/** The input of a sample as it was before it was normalized: (inputSize). */
export function rawInput(data: Dataset, index: number): Float64Array {
  return inputsOf(data, index, 1, data.normalization);
}

/**
 * Inputs of some samples: (count, inputSize).
 *
 * @param normalization - what is to be undone, if the data is normalized: a network that has some does it again, one that has
 *   none takes data as it is
 */
function inputsOf(data: Dataset, first: number, count: number, normalization: Normalization | undefined): Float64Array {
  const { inputs, inputSize, inputScale } = samplesOf(data);
  const raw = Float64Array.from(inputs.subarray(first * inputSize, (first + count) * inputSize));
  const undone = data.normalization && normalization;
  for (let i = 0; i < raw.length; i++) {
    raw[i] *= inputScale;
    if (undone) raw[i] = raw[i] / undone.scale[i % inputSize] + undone.offset[i % inputSize];
  }
  return raw;
}
