import { expect } from "vitest";
import type { Values } from "../../src/types.ts";

/** Whether two numbers are the same bits. IEEE 754 leaves sign and payload of a NaN open, so all NaNs are one. */
function areSame(a: number, b: number): boolean {
  return Object.is(a, b);
}

/** Expects the same bits, and names the first place where they differ. */
export function expectSameBits(actual: Values, expected: Values, what: string): void {
  expect(actual.length, what).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    if (!areSame(actual[i], expected[i])) {
      expect.fail(`${what}: value ${i} of ${expected.length} is ${actual[i]}, expected the bits of ${expected[i]}`);
    }
  }
}
