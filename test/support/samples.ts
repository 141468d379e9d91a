import { Dataset } from "../../src/index.ts";
import { numbersOf } from "./choices.ts";
import type { ReferenceSample } from "./reference.ts";

/** Small data sets to learn from. */

/** Exclusive or, which no network without a hidden layer learns. */
export const XOR = {
  inputs: [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ],
  targets: [[0], [1], [1], [0]],
};

/** Exclusive or as a data set. */
export function xor(): Dataset {
  return Dataset.from(XOR);
}

/** Inputs in −1 … 1 with targets that are smooth functions of them in 0.1 … 0.9: something a network can learn. */
export function smoothRows(size: number, inputSize: number, targetSize: number, seed = 1) {
  const values = numbersOf(seed, size * inputSize);
  const inputs = Array.from({ length: size }, (_, i) => values.slice(i * inputSize, (i + 1) * inputSize));
  const targets = inputs.map((row) =>
    Array.from({ length: targetSize }, (_, k) => 0.5 + 0.4 * Math.sin(row.reduce((sum, x, j) => sum + x * (j + k), 0))),
  );
  return { inputs, targets };
}

/** `smoothRows` as a data set. */
export function smoothData(size: number, inputSize: number, targetSize: number, seed = 1): Dataset {
  return Dataset.from(smoothRows(size, inputSize, targetSize, seed));
}

/** All samples of a data set, in its order. */
export function samplesIn(data: Dataset): ReferenceSample[] {
  return Array.from({ length: data.size }, (_, index) => data.sample(index));
}
