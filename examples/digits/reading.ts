import type { Dataset, Matrix, Network } from "downhill";

/** What a network made of one digit. */
export interface Reading {
  /** The sample's index in its data set. */
  readonly index: number;
  readonly actual: number;
  readonly predicted: number;
  /** The output that stands for the predicted digit, from 0 to 1. */
  readonly score: number;
}

/** Lets the network read every digit of a labelled data set. */
export async function readDigits(network: Network, data: Dataset): Promise<Reading[]> {
  const samples = Array.from({ length: data.size }, (_, index) => data.sample(index));
  const outputs = await network.predictBatchAsync(samples.map(({ input }) => input));
  return samples.map(({ label }, index) => {
    if (label === undefined) throw new Error(`sample ${index} has no label`);
    return { index, actual: label, ...strongest(outputs, index) };
  });
}

function strongest({ columns, data }: Matrix, row: number): { predicted: number; score: number } {
  const outputs = data.subarray(row * columns, (row + 1) * columns);
  let predicted = 0;
  for (let digit = 1; digit < columns; digit++) {
    if (outputs[digit] > outputs[predicted]) predicted = digit;
  }
  return { predicted, score: outputs[predicted] };
}

/** A few readings to look at: right ones of different digits, and the wrong ones that the network was surest of. */
export function chooseExamples(readings: readonly Reading[], count: number): { right: Reading[]; wrong: Reading[] } {
  const right: Reading[] = [];
  for (const reading of readings) {
    if (right.length === count) break;
    const isNew = right.every(({ actual }) => actual !== reading.actual);
    if (reading.actual === reading.predicted && isNew) right.push(reading);
  }
  const wrong = readings
    .filter(({ actual, predicted }) => actual !== predicted)
    .sort((a, b) => b.score - a.score)
    .slice(0, count);
  return { right, wrong };
}
