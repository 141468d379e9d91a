import { Random } from "../../src/random.ts";

/** Numbers around which programs go wrong. */
const BOUNDARIES: readonly number[] = [
  ...[0, -0, 1, -1, 2, 0.5, -0.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ...[7, 8, 15, 16, 17, 127, 128, 255, 256, 257, 1023, 1024, 1025, 65535, 65536, 2 ** 26, 2 ** 26 + 1],
  ...[2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 32 - 1, 2 ** 32, 2 ** 40, 2 ** 53 - 1, 2 ** 53, -(2 ** 53)],
  ...[2 ** 63, 2 ** 64, 1e300, -1e300, Number.MAX_VALUE, Number.MIN_VALUE, 3.5e38, 1e-40],
];

/** What an input is made from: the same for the same seed, target and number of the input. */
export class Chance {
  readonly #random: Random;

  constructor(seed: number, target: string, input: number) {
    // The seed has 32 bits; the target's name takes the 21 above them.
    const named = Array.from(target).reduce((hash, letter) => (hash * 31 + letter.charCodeAt(0)) % 2 ** 21, 7);
    this.#random = new Random(named * 2 ** 32 + seed, input);
  }

  /** An integer from 0 to below `bound`. */
  below(bound: number): number {
    return this.#random.below(bound);
  }

  /** An integer from `least` to `most`. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** True in a share of all cases. */
  happens(share: number): boolean {
    return this.#random.uniform() < share;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }

  /** A number of an ordinary size: from −2 to 2. */
  tame(): number {
    return 4 * this.#random.uniform() - 2;
  }

  /** One of the numbers around which programs go wrong, or one next to it. */
  boundary(): number {
    return this.pick(BOUNDARIES) + this.pick([0, 0, 0, 1, -1]);
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.below(256));
  }
}
