import { log } from "./elementary.ts";

/** 2^-53: turns 53 random bits into a number in [0, 1). */
const UNIT = 1 / 9007199254740992;

/**
 * The seeded generator behind initial weights and the order of samples: xoshiro128** (Blackman and Vigna,
 * "Scrambled linear pseudorandom number generators", 2018), its state filled by SplitMix32 steps. It uses
 * 32-bit integer arithmetic and correctly rounded operations only, so every engine draws the same numbers.
 */
export class Random {
  readonly #state = new Int32Array(4);
  #spareNormal: number | undefined;

  /**
   * @param seed - a non-negative safe integer
   * @param stream - which of the independent sequences of this seed, such as the epoch; 0 by default
   */
  constructor(seed: number, stream = 0) {
    // Each 32-bit word of what tells one sequence from another is stirred into every word of the state.
    for (const word of [seed | 0, Math.floor(seed / 4294967296) | 0, stream | 0]) {
      let mixed = word;
      for (let i = 0; i < 4; i++) {
        mixed = (mixed + 0x9e3779b9) | 0;
        let bits = Math.imul(this.#state[i] ^ mixed ^ (mixed >>> 16), 0x21f0aaad);
        bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
        this.#state[i] = bits ^ (bits >>> 15);
      }
    }
    if (this.#state.every((word) => word === 0)) this.#state[0] = 1;
  }

  /** 32 random bits as an unsigned integer. */
  uint32(): number {
    const s = this.#state;
    const scrambled = Math.imul(rotateLeft(Math.imul(s[1], 5), 7), 9) >>> 0;
    const shifted = s[1] << 9;
    s[2] = s[2] ^ s[0];
    s[3] = s[3] ^ s[1];
    s[1] = s[1] ^ s[2];
    s[0] = s[0] ^ s[3];
    s[2] = s[2] ^ shifted;
    s[3] = rotateLeft(s[3], 11);
    return scrambled;
  }

  /** A number in [0, 1) with 53 random bits. */
  uniform(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 67108864 + low) * UNIT;
  }

  /** An integer in [0, bound), each equally likely. `bound` is at most 2^32. */
  below(bound: number): number {
    // As many bits as the largest result has; what is too large is drawn again. A remainder would cost far more.
    const unused = Math.clz32(bound - 1);
    if (unused === 32) return 0;
    let value = this.uint32() >>> unused;
    while (value >= bound) value = this.uint32() >>> unused;
    return value;
  }

  /** A standard normal number, by Marsaglia's polar method: square root and our own logarithm only. */
  normal(): number {
    if (this.#spareNormal !== undefined) {
      const spare = this.#spareNormal;
      this.#spareNormal = undefined;
      return spare;
    }
    let u: number;
    let v: number;
    let s: number;
    do {
      u = 2 * this.uniform() - 1;
      v = 2 * this.uniform() - 1;
      s = u * u + v * v;
    } while (s >= 1 || s === 0);
    const factor = Math.sqrt((-2 * log(s)) / s);
    this.#spareNormal = v * factor;
    return u * factor;
  }

  /**
   * Puts the values into a random order, in place (Fisher–Yates). Long orders can be drawn piece by piece: from `end`
   * down to `begin`, the next piece ending where this one began.
   *
   * @param end - how many values from the front are still to be placed; all by default
   * @param begin - how many are left for later; 0 by default
   */
  shuffle(values: Uint32Array, end = values.length, begin = 0): void {
    for (let last = end - 1; last >= begin; last--) {
      const other = this.below(last + 1);
      const kept = values[last];
      values[last] = values[other];
      values[other] = kept;
    }
  }
}

function rotateLeft(bits: number, count: number): number {
  return (bits << count) | (bits >>> (32 - count));
}

/** A seed nobody chose: 32 bits from the platform's generator. */
export function randomSeed(): number {
  return globalThis.crypto.getRandomValues(new Uint32Array(1))[0];
}
