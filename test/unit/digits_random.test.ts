import { describe, expect, it } from "vitest";
import { SeededRandom } from "../../src/digits/random.ts";

describe("SeededRandom", () => {
  it("repeats itself for the same seed and only then", () => {
    const draw = (seed: number) => {
      const random = new SeededRandom(seed);
      return Array.from({ length: 8 }, () => random.uint32());
    };
    expect(draw(5)).toEqual(draw(5));
    expect(draw(5)).not.toEqual(draw(6));
  });

  it("stays within its ranges, with the mean in the middle", () => {
    const random = new SeededRandom(3);
    const sums = { uniform: 0, between: 0, bell: 0 };
    const count = 20_000;
    for (let i = 0; i < count; i++) {
      const [uniform, between, bell] = [random.uniform(), random.between(2, 4), random.bell()];
      if (uniform < 0 || uniform >= 1 || between < 2 || between >= 4 || bell <= -1 || bell >= 1) {
        throw new Error(`out of range: ${uniform}, ${between}, ${bell}`);
      }
      sums.uniform += uniform;
      sums.between += between;
      sums.bell += bell;
    }
    // Five standard errors of each mean.
    expect(Math.abs(sums.uniform / count - 0.5)).toBeLessThan(0.0103);
    expect(Math.abs(sums.between / count - 3)).toBeLessThan(0.0205);
    expect(Math.abs(sums.bell / count)).toBeLessThan(0.0118);
  });
});
