export { type Spread, spreadOf } from "../src/cli/bench/spread.ts";

/** The middle value; of an even count the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("there is no median of no values");
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Which variant runs when: every variant once a round, the first of a round being another one each time, so that none
 * always runs in the wake of the same other.
 *
 * @returns indices from 0 to variants − 1, round after round
 */
export function interleavedOrder(variants: number, rounds: number): number[] {
  return Array.from({ length: variants * rounds }, (_, i) => (i + Math.floor(i / variants)) % variants);
}

/** How long to measure, in seconds. */
export interface Effort {
  /** Calls before the first sample, for the engine to compile what is called. */
  readonly warmUp: number;
  /** A sample is as many calls as take about this long. */
  readonly sample: number;
  readonly samples: number;
}

/** Reads a clock, in milliseconds. */
export type Clock = () => number;

const monotonic: Clock = () => performance.now();

/** The seconds that one call takes, averaged over some calls in a row. */
export function timeCalls(call: () => void, calls: number, now: Clock = monotonic): number {
  const start = now();
  for (let i = 0; i < calls; i++) call();
  return (now() - start) / 1000 / calls;
}

/** Warms up, and finds how many calls make a sample. */
export function calibrate(call: () => void, effort: Effort, now: Clock = monotonic): number {
  let calls = 1;
  for (let spent = 0; spent < effort.warmUp; ) {
    const seconds = timeCalls(call, calls, now);
    spent += seconds * calls;
    const wanted = Math.round(effort.sample / Math.max(seconds, 1e-9));
    calls = Math.max(1, Math.min(wanted, calls * 2));
  }
  return calls;
}

/**
 * The median time of one call of each variant, in seconds. The variants are interleaved, so that whatever slows the
 * machine for a while slows all of them.
 */
export function measureInterleaved(
  variants: readonly (() => void)[],
  effort: Effort,
  now: Clock = monotonic,
): number[] {
  const calls = variants.map((call) => calibrate(call, effort, now));
  const samples: number[][] = variants.map(() => []);
  for (const variant of interleavedOrder(variants.length, effort.samples)) {
    samples[variant].push(timeCalls(variants[variant], calls[variant], now));
  }
  return samples.map(median);
}
