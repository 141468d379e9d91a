import type { Origin } from "./data/origin.ts";
import { DownhillError } from "./errors.ts";
import type { Metadata } from "./metadata.ts";
import type { Activation, Arithmetic, DType, Initializer, Loss, Values } from "./types.ts";
import { areFinite } from "./vectors.ts";

/** A layer as files hold it. */
export interface SavedLayer {
  readonly units: number;
  readonly activation: Activation;
  readonly initializer: Initializer;
  /** A row a unit: (units, inputs + 1), the bias last. */
  readonly weights: readonly (Values | readonly number[])[];
}

/**
 * All that there is to a network: what every format writes, or as much of it as the format can hold, and what every format
 * reads. A reader sees to it that rows are as many and as long as the layers say; values are checked where the network is
 * rebuilt.
 */
export interface SavedModel extends Origin {
  readonly inputs: number;
  readonly layers: readonly SavedLayer[];
  readonly loss: Loss;
  readonly dtype: DType;
  readonly arithmetic: Arithmetic;
  /** Absent in files that others wrote; one is drawn then. */
  readonly seed?: number | undefined;
  readonly metadata?: Metadata | undefined;
}

/** What a network gives to be written: only files of others lack the seed. */
export type WrittenModel = SavedModel & { readonly seed: number };

/** @throws DownhillError `ERR_DIVERGED` when a weight is not finite, which no file is to hold */
export function assertFiniteWeights(layers: readonly SavedLayer[]): void {
  for (const [l, { weights }] of layers.entries()) {
    if (weights.every((row) => areFinite(row, row.length))) continue;
    throw new DownhillError("ERR_DIVERGED", `layer ${l} has weights that are not finite; they cannot be saved`);
  }
}
