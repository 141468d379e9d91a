import { expect } from "vitest";
import type { DType } from "../../src/index.ts";

/**
 * Rounding errors allowed between a network's numbers and those of the naive reference. A number is the outcome of at
 * most about 100 roundings in a row in the networks compared here: sums of up to 40 terms in up to three layers, and
 * activations of up to 3 units in the last place each. Twice that and some more leaves room for terms that cancel.
 */
const ROUNDINGS = 256;
const UNIT_ROUNDOFF: Readonly<Record<DType, number>> = { float32: 2 ** -24, float64: 2 ** -53 };

/** The difference allowed, as a share of the largest number of those that are compared: 1.5e-5 or 2.8e-14. */
function toleranceOf(dtype: DType): number {
  return ROUNDINGS * UNIT_ROUNDOFF[dtype];
}

/**
 * Expects values within the tolerance of a dtype around a reference.
 *
 * @param termSize - how large the terms are that the values are sums of, where these may cancel
 */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  dtype: DType,
  what = "the result",
  termSize = 0,
): void {
  expectNear(actual, expected, toleranceOf(dtype), what, termSize);
}

/**
 * Expects as many values as there are in a reference, and near them.
 *
 * @param tolerance - how far they may lie from it, as a share of the largest of its values, or of the terms of their sums
 */
export function expectNear(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
  termSize = 0,
): void {
  expect(actual.length, `how many: ${what}`).toBe(expected.length);
  const largest = Math.max(termSize, ...Array.from(expected, Math.abs));
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i] - expected[i]);
    if (difference <= tolerance * largest) continue;
    expect.fail(`${what}: value ${i} is ${actual[i]}, expected ${expected[i]}, of at most ${largest}`);
  }
}
