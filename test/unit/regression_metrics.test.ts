import { describe, expect, it } from "vitest";
import { RegressionTally } from "../../src/training/regression_metrics.ts";
import { fc } from "../support/fast_check.ts";

function metricsOf(targets: readonly number[][], outputs: readonly number[][]) {
  const tally = new RegressionTally(targets[0].length, "float64");
  tally.add(Float64Array.from(outputs.flat()), Float64Array.from(targets.flat()));
  return tally.metrics();
}

/** In two passes, straight from the definitions. */
function plainMetrics(targets: readonly number[][], outputs: readonly number[][]) {
  const errors = targets.flatMap((row, i) => row.map((t, k) => t - outputs[i][k]));
  const determined = targets[0].map((_, k) => {
    const column = targets.map((row) => row[k]);
    const mean = column.reduce((sum, t) => sum + t, 0) / column.length;
    const total = column.reduce((sum, t) => sum + (t - mean) ** 2, 0);
    const rest = column.reduce((sum, t, i) => sum + (t - outputs[i][k]) ** 2, 0);
    return 1 - rest / total;
  });
  return {
    mae: errors.reduce((sum, error) => sum + Math.abs(error), 0) / errors.length,
    rmse: Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length),
    r2: determined.reduce((sum, value) => sum + value, 0) / determined.length,
  };
}

describe("RegressionTally", () => {
  it("gives the numbers of scikit-learn's manual", () => {
    // r2_score, mean_absolute_error and mean_squared_error of its examples.
    const one = metricsOf([[3], [-0.5], [2], [7]], [[2.5], [0], [2], [8]]);
    expect(one.mae).toBe(0.5);
    expect(one.rmse).toBeCloseTo(Math.sqrt(0.375), 14);
    expect(one.r2).toBeCloseTo(0.9486081370449679, 14);
    const two = metricsOf(
      [
        [0.5, 1],
        [-1, 1],
        [7, -6],
      ],
      [
        [0, 2],
        [-1, 2],
        [8, -5],
      ],
    );
    expect(two.mae).toBe(0.75);
    expect(two.rmse).toBeCloseTo(Math.sqrt(0.7083333333333334), 14);
    expect(two.r2).toBeCloseTo((0.9654377880184332 + 0.9081632653061225) / 2, 14);
  });

  it("counts an output whose targets are all the same 1 when it is met exactly, else 0", () => {
    expect(metricsOf([[0.1], [0.1], [0.1]], [[0.1], [0.1], [0.1]]).r2).toBe(1);
    expect(metricsOf([[0.1], [0.1], [0.1]], [[0.1], [0.1], [0.2]]).r2).toBe(0);
    expect(metricsOf([[5]], [[4]])).toEqual({ mae: 1, rmse: 1, r2: 0 });
    const mixed = metricsOf(
      [
        [1, 0],
        [1, 2],
      ],
      [
        [1, 0],
        [1, 1],
      ],
    );
    expect(mixed.r2).toBe((1 + 0.5) / 2);
  });

  it("reads targets as the network does", () => {
    const tally = new RegressionTally(1, "float32");
    tally.add(Float32Array.of(0.1, 0.1), Float64Array.of(0.1, 0.1));
    expect(tally.metrics()).toEqual({ mae: 0, rmse: 0, r2: 1 });
  });

  it("loses nothing to large means", () => {
    // Σ t² − (Σ t)² / n has no correct digit here: the squares are 1e18, their differences about 1.
    const targets = Array.from({ length: 1000 }, (_, i) => [1e9 + (i % 3)]);
    const outputs = targets.map(([t], i) => [t + (i % 2) / 2]);
    expect(metricsOf(targets, outputs).r2).toBeCloseTo(plainMetrics(targets, outputs).r2, 9);
    expect(metricsOf(targets, outputs).r2).toBeCloseTo(1 - 0.125 / (2 / 3), 3);
  });

  it("agrees with the definitions, however samples are cut into batches", () => {
    const value = fc.double({ min: -10, max: 10, noNaN: true });
    const rows = (columns: number) =>
      fc.array(fc.array(value, { minLength: 2 * columns, maxLength: 2 * columns }), { minLength: 3, maxLength: 20 });
    const cases = fc.integer({ min: 1, max: 4 }).chain((columns) => fc.tuple(fc.constant(columns), rows(columns)));
    fc.assert(
      fc.property(cases, fc.nat(), ([columns, drawn], cut) => {
        // Targets that differ by more than rounding, as the plain definition divides by their variance.
        const targets = drawn.map((row, i) => row.slice(0, columns).map((t) => t + 50 * (i % 2)));
        const outputs = drawn.map((row) => row.slice(columns));
        const first = (cut % targets.length) * columns;
        const tally = new RegressionTally(columns, "float64");
        const [y, t] = [Float64Array.from(outputs.flat()), Float64Array.from(targets.flat())];
        tally.add(y.subarray(0, first), t.subarray(0, first));
        tally.add(y.subarray(first), t.subarray(first));
        expect(tally.metrics()).toEqual(metricsOf(targets, outputs));
        const expected = plainMetrics(targets, outputs);
        const found = tally.metrics();
        for (const name of ["mae", "rmse", "r2"] as const) {
          // Some 100 roundings of numbers up to 1e4 times as large as the result.
          expect(Math.abs(found[name] - expected[name])).toBeLessThan(1e-9 * (1 + Math.abs(expected[name])));
        }
      }),
    );
  });
});
