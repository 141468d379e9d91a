import { median, type Spread, spreadOf } from "../measure.ts";

/** One thing measured beside another, pair by pair. */
export interface Comparison {
  readonly present: Spread;
  readonly other: Spread;
  /** The median of the pairs' ratios: above 1 the present one is faster. */
  readonly ratio: number;
  /** In how many of the pairs the present one was faster. */
  readonly won: number;
  readonly pairs: number;
  /** How likely at least so uneven a result is when both are equally fast: the two-sided sign test. */
  readonly chance: number;
}

/** Compares rates that were measured in turn, the first with the first, and so on. */
export function comparePairs(present: readonly number[], other: readonly number[]): Comparison {
  const pairs = Math.min(present.length, other.length);
  const ratios = Array.from({ length: pairs }, (_, i) => present[i] / other[i]);
  const won = ratios.filter((ratio) => ratio > 1).length;
  return {
    present: spreadOf(present),
    other: spreadOf(other),
    ratio: median(ratios),
    won,
    pairs,
    chance: signTest(won, pairs),
  };
}

/** The chance of at most min(won, n − won) or at least the rest of n heads, of a fair coin. */
export function signTest(won: number, pairs: number): number {
  const few = Math.min(won, pairs - won);
  let ways = 1;
  let sum = 0;
  for (let k = 0; k <= few; k++) {
    sum += ways;
    ways = (ways * (pairs - k)) / (k + 1);
  }
  return Math.min(1, (2 * sum) / 2 ** pairs);
}

/** Differences as rare as this by chance are told as such. */
const SURE = 0.05;

/** What a comparison says, in a word. */
export function verdictOf({ ratio, chance }: Pick<Comparison, "ratio" | "chance">): "faster" | "slower" | "unsure" {
  if (chance > SURE) return "unsure";
  return ratio > 1 ? "faster" : "slower";
}
