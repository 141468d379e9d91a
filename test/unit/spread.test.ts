import { expect, it } from "vitest";
import { spreadSamples } from "../../src/training/spread.ts";
import { fc } from "../support/fast_check.ts";

it("spreads samples over the data, one from each stretch, the same every time", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 300 }), (size, count) => {
      const indices = spreadSamples(size, count);
      const taken = Math.min(size, count);
      expect(indices.length).toBe(taken);
      const beginning = (stretch: number) => Math.floor((stretch * size) / taken);
      expect(indices.every((index, i) => index >= beginning(i) && index < beginning(i + 1))).toBe(true);
      expect(spreadSamples(size, count)).toEqual(indices);
    }),
  );
});

it("keeps no step with an order that repeats", () => {
  // Every tenth sample would be of one class.
  const classes = new Set(Array.from(spreadSamples(640, 64), (index) => index % 10));
  expect(classes.size).toBe(10);
});
