/** Derived from float32/lanes.ts by `npm run derive`; change that file instead. */

/** How many sums a sum along a row is made of: one for each value in 64 bytes, and a single one where that is free. */
export const LANES = 1;

/** Adds lane i + n/2 to lane i until one is left; the lanes begin at `first`. */
export function sumOfLanes(lanes: Float64Array, first: number): number {
  for (let half = LANES / 2; half >= 1; half /= 2) {
    for (let i = first; i < first + half; i++) lanes[i] = lanes[i] + lanes[i + half];
  }
  return lanes[first];
}
