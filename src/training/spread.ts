import { Random } from "../random.ts";

/**
 * So many different samples, or all: one from each of as many stretches of the data, at a place that was drawn by lot, so
 * that an order that repeats does no harm. The same ones every time.
 */
export function spreadSamples(size: number, count: number): Uint32Array {
  const random = new Random(0);
  const taken = Math.min(size, count);
  const beginning = (stretch: number) => Math.floor((stretch * size) / taken);
  return Uint32Array.from({ length: taken }, (_, i) => beginning(i) + random.below(beginning(i + 1) - beginning(i)));
}
