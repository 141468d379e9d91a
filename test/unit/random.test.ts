import { describe, expect, it } from "vitest";
import { Random, randomSeed } from "../../src/random.ts";
import { fc } from "../support/fast_check.ts";

const MASK = 0xffffffffn;

/** xoshiro128** on big integers, straight from its definition; an implementation of its own to compare with. */
function* xoshiro(state: bigint[]): Generator<number> {
  const rotate = (bits: bigint, count: bigint) => ((bits << count) | (bits >> (32n - count))) & MASK;
  let [a, b, c, d] = state;
  while (true) {
    yield Number((rotate((b * 5n) & MASK, 7n) * 9n) & MASK);
    const t = (b << 9n) & MASK;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotate(d, 11n);
  }
}

/** x with factor · x = 1 mod 2^32, by Newton's iteration; for odd factors. */
function inverse(factor: bigint): bigint {
  let found = factor;
  for (let i = 0; i < 5; i++) found = (found * (2n - factor * found)) & MASK;
  return found & MASK;
}

/** The state behind the second of four outputs. An output is an invertible function of b, and four of b tell the rest. */
function stateOf(outputs: readonly number[]): bigint[] {
  const [b0, b1, b2, b3] = outputs.slice(0, 4).map((output) => {
    const rotated = (BigInt(output) * inverse(9n)) & MASK;
    return (((rotated >> 7n) | (rotated << 25n)) * inverse(5n)) & MASK;
  });
  const c1 = b0 ^ b1 ^ ((b0 << 9n) & MASK);
  const a1 = b2 ^ b1 ^ c1;
  const c2 = c1 ^ a1 ^ ((b1 << 9n) & MASK);
  const a2 = b3 ^ b2 ^ c2;
  return [a1, b1, c1, a2 ^ a1 ^ b1];
}

function draws(random: Random, count: number): number[] {
  return Array.from({ length: count }, () => random.uint32());
}

/** Mean and standard deviation. */
function moments(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) };
}

/** Σ (found − expected)² / expected over equally likely cells. */
function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** Five standard deviations above the mean of χ² with that many degrees of freedom. */
function chiSquareBound(degrees: number): number {
  return degrees + 5 * Math.sqrt(2 * degrees);
}

describe("the generator", () => {
  it("steps as xoshiro128** does", () => {
    for (const [seed, stream] of [
      [0, 0],
      [12345, 6],
      [Number.MAX_SAFE_INTEGER, 2 ** 31],
    ]) {
      const outputs = draws(new Random(seed, stream), 1000);
      const replayed = xoshiro(stateOf(outputs));
      expect(Array.from({ length: 999 }, () => replayed.next().value)).toEqual(outputs.slice(1));
      expect(new Set(outputs).size).toBeGreaterThan(990);
    }
  });

  it("keeps the meaning of a seed: these numbers may not change", () => {
    expect(draws(new Random(0), 3)).toEqual([2945032069, 1023964119, 3082602411]);
    expect(draws(new Random(1), 3)).toEqual([3973330892, 2255636231, 3845572443]);
    expect(draws(new Random(2 ** 40 + 5, 7), 3)).toEqual([3233338920, 41103012, 3573834313]);
  });

  it("depends on every bit of the seed and of the stream", () => {
    const first = (seed: number, stream = 0) => String(draws(new Random(seed, stream), 4));
    const base = first(0);
    for (let bit = 0; bit < 53; bit++) expect(first(2 ** bit)).not.toBe(base);
    for (let bit = 0; bit < 32; bit++) expect(first(0, 2 ** bit)).not.toBe(base);
    const seeds = Array.from({ length: 1000 }, (_, seed) => first(seed));
    const streams = Array.from({ length: 1000 }, (_, stream) => first(1, stream));
    expect(new Set([...seeds, ...streams]).size).toBe(1999);
  });

  it("gives the same numbers for the same seed, however far another one has gone", () => {
    const expected = draws(new Random(5, 1), 50);
    draws(new Random(5, 2), 17);
    expect(draws(new Random(5, 1), 50)).toEqual(expected);
  });

  it("has no bit that is more often 1 than 0", () => {
    const outputs = draws(new Random(3), 20_000);
    for (let bit = 0; bit < 32; bit++) {
      const ones = outputs.filter((output) => (output >>> bit) % 2 === 1).length;
      // Five standard deviations of a binomial distribution.
      expect(Math.abs(ones - 10_000)).toBeLessThan(5 * Math.sqrt(20_000 / 4));
    }
  });
});

describe("uniform", () => {
  it("lies in [0, 1), evenly", () => {
    const random = new Random(1);
    const values = Array.from({ length: 50_000 }, () => random.uniform());
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    const { mean, deviation } = moments(values);
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 / Math.sqrt(12 * 50_000));
    expect(Math.abs(deviation - 1 / Math.sqrt(12))).toBeLessThan(5 / Math.sqrt(24 * 50_000));
    const counts = new Array<number>(64).fill(0);
    for (const value of values) counts[Math.floor(value * 64)]++;
    expect(chiSquare(counts)).toBeLessThan(chiSquareBound(63));
  });

  it("has 53 random bits", () => {
    const random = new Random(2);
    const scaled = Array.from({ length: 1000 }, () => random.uniform() * 2 ** 53);
    expect(scaled.every(Number.isInteger)).toBe(true);
    expect(scaled.some((value) => value % 2 === 1)).toBe(true);
  });
});

describe("below", () => {
  it("lies below its bound, each value as often as another", () => {
    for (const bound of [1, 2, 3, 10, 1000]) {
      const random = new Random(bound);
      const counts = new Array<number>(bound).fill(0);
      for (let i = 0; i < 100 * bound; i++) counts[random.below(bound)]++;
      expect(counts.length).toBe(bound);
      expect(chiSquare(counts)).toBeLessThan(chiSquareBound(Math.max(1, bound - 1)));
    }
  });

  it("favours no remainder of 2^32", () => {
    // A plain remainder of 32 bits would hit the lower half of 3 · 2^30 twice as often: 2 of 3 instead of 1 of 2.
    const random = new Random(4);
    const bound = 3 * 2 ** 30;
    const low = Array.from({ length: 10_000 }, () => random.below(bound)).filter((value) => value < 2 ** 30).length;
    expect(Math.abs(low - 10_000 / 3)).toBeLessThan(5 * Math.sqrt((10_000 * 2) / 9));
  });

  it("takes bounds up to 2^32", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 32 }), fc.nat(), (bound, seed) => {
        const value = new Random(seed).below(bound);
        expect(Number.isInteger(value) && value >= 0 && value < bound).toBe(true);
      }),
    );
  });
});

describe("normal", () => {
  it("has the moments and the tails of the standard normal distribution", () => {
    const random = new Random(6);
    const values = Array.from({ length: 50_000 }, () => random.normal());
    const { mean, deviation } = moments(values);
    expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(50_000));
    expect(Math.abs(deviation - 1)).toBeLessThan(5 / Math.sqrt(2 * 50_000));
    for (const [bound, share] of [
      [1, 0.317311],
      [2, 0.0455],
      [3, 0.0027],
    ]) {
      const beyond = values.filter((value) => Math.abs(value) > bound).length;
      expect(Math.abs(beyond - share * 50_000)).toBeLessThan(5 * Math.sqrt(50_000 * share));
    }
    // Two come from one pair of uniform numbers; they are independent all the same.
    const products = Array.from({ length: 25_000 }, (_, i) => values[2 * i] * values[2 * i + 1]);
    expect(Math.abs(moments(products).mean)).toBeLessThan(5 / Math.sqrt(25_000));
  });
});

describe("shuffle", () => {
  it("is a permutation", () => {
    fc.assert(
      fc.property(fc.uint32Array({ maxLength: 200 }), fc.nat(), (values, seed) => {
        const shuffled = values.slice();
        new Random(seed).shuffle(shuffled);
        expect(shuffled.toSorted()).toEqual(values.toSorted());
      }),
    );
  });

  it("gives the same order in pieces as at once", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 30 }), fc.nat(), (size, piece, seed) => {
        const [whole, pieces] = [0, 1].map(() => Uint32Array.from({ length: size }, (_, i) => i));
        new Random(seed).shuffle(whole);
        const random = new Random(seed);
        for (let end = size; end > 0; end -= piece) random.shuffle(pieces, end, Math.max(0, end - piece));
        expect(pieces).toEqual(whole);
      }),
    );
  });

  it("gives each order as often as another", () => {
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 12_000; seed++) {
      const values = Uint32Array.of(0, 1, 2, 3);
      new Random(1, seed).shuffle(values);
      counts.set(String(values), (counts.get(String(values)) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    expect(chiSquare([...counts.values()])).toBeLessThan(chiSquareBound(23));
  });
});

describe("randomSeed", () => {
  it("draws seeds that networks take", () => {
    const seeds = Array.from({ length: 8 }, randomSeed);
    for (const seed of seeds) expect(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32).toBe(true);
    expect(new Set(seeds).size).toBeGreaterThan(1);
  });
});
