import type { Values } from "../types.ts";

/** How values are spread: what TensorBoard's `HistogramProto` holds. */
export interface Histogram {
  readonly min: number;
  readonly max: number;
  readonly count: number;
  readonly sum: number;
  readonly sumSquares: number;
  /** The right edge of each bucket, ascending; the last is `max`. The first bucket begins at `min`. */
  readonly limits: readonly number[];
  /** How many values each bucket holds: those up to its right edge that the buckets before do not hold. */
  readonly buckets: readonly number[];
}

/** As many as TensorBoard shows. */
const BUCKETS = 30;

/** @param values - at least one, all finite */
export function histogramOf(values: Values): Histogram {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let sum = 0;
  let sumSquares = 0;
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
    sumSquares += value * value;
  }
  const limits = edgesBetween(min, max);
  // Halves, as the distance of the largest numbers from each other would be infinite.
  const perValue = limits.length / (max / 2 - min / 2);
  const buckets = new Array<number>(limits.length).fill(0);
  for (const value of values) {
    let bucket = Math.min(limits.length - 1, Math.floor((value / 2 - min / 2) * perValue) || 0);
    // Rounding may have put it just beside an edge.
    while (bucket > 0 && value <= limits[bucket - 1]) bucket--;
    while (value > limits[bucket]) bucket++;
    buckets[bucket]++;
  }
  return { min, max, count: values.length, sum, sumSquares, limits, buckets };
}

/** Evenly spread; fewer where so many different numbers do not fit in between. */
function edgesBetween(min: number, max: number): number[] {
  const edges = Array.from({ length: BUCKETS }, (_, i) => {
    const share = (i + 1) / BUCKETS;
    return Math.min(max, Math.max(min, min * (1 - share) + max * share));
  });
  return [...new Set(edges)].sort((a, b) => a - b);
}
