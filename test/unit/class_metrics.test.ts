import { describe, expect, it } from "vitest";
import { ClassificationTally } from "../../src/training/metrics.ts";
import { fc } from "../support/fast_check.ts";

/** Metrics of predictions that are given as classes. */
function metricsOf(actual: readonly number[], predicted: readonly number[], classes: number) {
  const tally = new ClassificationTally(classes);
  const outputs = predicted.flatMap((choice) => Array.from({ length: classes }, (_, c) => (c === choice ? 1 : 0)));
  tally.add(Float64Array.from(outputs), Uint32Array.from(actual));
  return tally.metrics();
}

describe("precision, recall and F1", () => {
  it("are those of scikit-learn's manual", () => {
    // classification_report of y_true = [0, 1, 2, 2, 2], y_pred = [0, 0, 2, 2, 1].
    const { perClass, precision, recall, f1, accuracy } = metricsOf([0, 1, 2, 2, 2], [0, 0, 2, 2, 1], 3);
    expect(perClass).toEqual([
      { precision: 1 / 2, recall: 1, f1: 2 / 3, support: 1 },
      { precision: 0, recall: 0, f1: 0, support: 1 },
      { precision: 1, recall: 2 / 3, f1: 4 / 5, support: 3 },
    ]);
    expect(precision).toBeCloseTo(0.5, 15);
    expect(recall).toBeCloseTo(5 / 9, 15);
    expect(f1).toBeCloseTo((2 / 3 + 4 / 5) / 3, 15);
    expect(accuracy).toBe(3 / 5);
  });

  it("are 0 where nothing can be said, and then left out of the means", () => {
    const { perClass, precision, recall, f1 } = metricsOf([0, 0], [0, 0], 3);
    expect(perClass?.slice(1)).toEqual([
      { precision: 0, recall: 0, f1: 0, support: 0 },
      { precision: 0, recall: 0, f1: 0, support: 0 },
    ]);
    expect([precision, recall, f1]).toEqual([1, 1, 1]);
    // Class 1 was predicted, and so it counts.
    expect(metricsOf([0, 0], [0, 1], 3)).toMatchObject({ precision: 0.5, recall: 0.25, f1: 1 / 3 });
  });

  it("agree with the counts of samples one by one", () => {
    const pair = fc.tuple(fc.nat({ max: 4 }), fc.nat({ max: 4 }));
    fc.assert(
      fc.property(fc.array(pair, { minLength: 1, maxLength: 30 }), (pairs) => {
        const actual = pairs.map(([a]) => a);
        const predicted = pairs.map(([, p]) => p);
        const { perClass, precision, recall, f1 } = metricsOf(actual, predicted, 5);
        const met = [0, 1, 2, 3, 4].filter((c) => actual.includes(c) || predicted.includes(c));
        const expected = [0, 1, 2, 3, 4].map((c) => {
          const both = pairs.filter(([a, p]) => a === c && p === c).length;
          const p = both / Math.max(1, predicted.filter((choice) => choice === c).length);
          const r = both / Math.max(1, actual.filter((label) => label === c).length);
          return { p, r, f: p + r === 0 ? 0 : (2 * p * r) / (p + r) };
        });
        expect(perClass?.length).toBe(5);
        perClass?.forEach((found, c) => {
          expect(found.precision).toBe(expected[c].p);
          expect(found.recall).toBe(expected[c].r);
          expect(found.f1).toBeCloseTo(expected[c].f, 14);
        });
        const mean = (of: (c: number) => number) => met.reduce((sum, c) => sum + of(c), 0) / met.length;
        expect(precision).toBeCloseTo(
          mean((c) => expected[c].p),
          14,
        );
        expect(recall).toBeCloseTo(
          mean((c) => expected[c].r),
          14,
        );
        expect(f1).toBeCloseTo(
          mean((c) => expected[c].f),
          14,
        );
      }),
    );
  });

  it("are not counted where only the accuracy is wanted", () => {
    const tally = new ClassificationTally(2, false);
    tally.add(Float32Array.of(0, 1), Uint32Array.of(1));
    expect(tally.metrics()).toEqual({ accuracy: 1 });
  });

  it("are not listed for more than 1,000 classes, but averaged", () => {
    const metrics = metricsOf([1000, 0], [1000, 1], 1001);
    expect(metrics).toEqual({ accuracy: 0.5, precision: 1 / 3, recall: 1 / 3, f1: 1 / 3 });
  });
});
