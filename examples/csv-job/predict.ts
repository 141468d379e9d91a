import { Dataset, type Network } from "downhill";
import { CommandError } from "../common/errors.ts";
import type { RawRow } from "./rows.ts";

/** What a model says of one row. */
export interface Prediction {
  readonly name: string;
  /** Of this answer, where both were equally common: classes are balanced in training. From 0.5 to 1. */
  readonly probability: number;
}

/**
 * Predicts rows as they come in a request. The event loop is free meanwhile.
 *
 * @throws DownhillError `ERR_DATA` naming the row and the column whose value cannot be encoded
 */
export async function predictRows(
  network: Network,
  rows: readonly RawRow[],
  signal?: AbortSignal,
): Promise<Prediction[]> {
  const { encoding, classNames } = network;
  if (!encoding || !classNames)
    throw new CommandError("the network was not trained on the rows of a CSV file with classes");
  const inputs = Dataset.encode(encoding, rows);
  const { data, columns } = await network.predictBatchAsync(inputs, signal && { signal });
  return rows.map((_, row) => {
    const outputs = data.subarray(row * columns, (row + 1) * columns);
    const probability = Math.max(...outputs);
    return { name: classNames[outputs.indexOf(probability)], probability };
  });
}
