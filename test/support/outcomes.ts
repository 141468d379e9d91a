import { expect } from "vitest";
import type { History, Network, Normalization, Values } from "../../src/index.ts";
import { expectSameBits } from "./bits.ts";
import { type UntimedHistory, untimed } from "./histories.ts";
import { allWeights } from "./networks.ts";

/** What a training has come to, but for times: the same wherever it runs, to the bit. */
export interface FitOutcome {
  readonly weights: readonly Values[];
  readonly normalization: Normalization | undefined;
  readonly history: UntimedHistory;
}

/** The outcome of a training that has come to its end. */
export function outcomeOf(network: Network, history: History): FitOutcome {
  return { weights: allWeights(network), normalization: network.normalization, history: untimed(history) };
}

/** Expects the same bits. `toEqual` would take seconds for a million weights. */
export function expectSameWeights(actual: readonly ArrayLike<number>[], expected: readonly Values[]): void {
  expect(actual.length).toBe(expected.length);
  for (const [l, weights] of expected.entries()) expectSameBits(actual[l] as Values, weights, `weights of layer ${l}`);
}

/** Expects the same weights, to the bit, and the same of everything else. */
export function expectSameOutcome(actual: FitOutcome, expected: FitOutcome): void {
  expect({ ...actual, weights: undefined }).toEqual({ ...expected, weights: undefined });
  expectSameWeights(actual.weights, expected.weights);
}
