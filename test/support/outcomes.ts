import { expect } from "vitest";
import type { EpochReport, History, Network, Normalization, Values } from "../../src/index.ts";
import { expectSameBits } from "./bits.ts";
import { allWeights } from "./networks.ts";

/** What a training has come to, but for times: the same wherever it runs, to the bit. */
export interface FitOutcome {
  readonly weights: readonly Values[];
  readonly normalization: Normalization | undefined;
  readonly history: Omit<History, "epochs" | "seconds"> & { readonly epochs: readonly UntimedReport[] };
}

type UntimedReport = Omit<EpochReport, "seconds" | "samplesPerSecond">;

/** The outcome of a training that has come to its end. */
export function outcomeOf(network: Network, { epochs, seconds: _, ...rest }: History): FitOutcome {
  const untimed = epochs.map(({ seconds: _, samplesPerSecond: __, ...report }): UntimedReport => report);
  return { weights: allWeights(network), normalization: network.normalization, history: { ...rest, epochs: untimed } };
}

/** Expects the same bits. `toEqual` would take seconds for a million weights. */
export function expectSameWeights(actual: readonly ArrayLike<number>[], expected: readonly Values[]): void {
  expect(actual.length).toBe(expected.length);
  for (const [l, weights] of expected.entries()) expectSameBits(actual[l] as Values, weights, `weights of layer ${l}`);
}

export function expectSameOutcome(actual: FitOutcome, expected: FitOutcome): void {
  expect({ ...actual, weights: undefined }).toEqual({ ...expected, weights: undefined });
  expectSameWeights(actual.weights, expected.weights);
}
