import { describe, expect, it } from "vitest";
import { jobOf, pointsOf } from "../../src/cli/sweep/points.ts";
import type { Search } from "../../src/cli/sweep/sweep_job.ts";
import { fc } from "../support/fast_check.ts";

const search = (method: Search["method"], parameters: Search["parameters"], points = 20, seed = 1): Search => {
  return { method, points, seed, parameters, monitor: "loss", parallel: undefined };
};
const values = (...list: unknown[]) => ({ values: list });

describe("the points of a grid", () => {
  it("are all combinations, the last parameter changing fastest", () => {
    const points = pointsOf(search("grid", { "fit.dropout": values(0, 0.5), "network.layers": values([2], [3], [4]) }));
    expect(points.map(({ point, parameters }) => [point, ...Object.values(parameters)])).toEqual([
      [1, 0, [2]],
      [2, 0, [3]],
      [3, 0, [4]],
      [4, 0.5, [2]],
      [5, 0.5, [3]],
      [6, 0.5, [4]],
    ]);
  });
});

describe("random points", () => {
  const range = fc
    .tuple(fc.double({ min: 1e-9, max: 1e9, noNaN: true }), fc.double({ min: 1e-9, max: 1e9, noNaN: true }))
    .filter(([a, b]) => a !== b)
    .map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) }));

  it("lie within their ranges, in numbers of four digits", () => {
    fc.assert(
      fc.property(range, fc.constantFrom("linear", "log"), fc.nat(), ({ min, max }, scale, seed) => {
        for (const { parameters } of pointsOf(
          search("random", { "fit.x": { min, max, scale, integer: false } }, 9, seed),
        )) {
          const value = parameters["fit.x"] as number;
          expect(value).toBeGreaterThanOrEqual(min);
          expect(value).toBeLessThanOrEqual(max);
          if (value !== min && value !== max) expect(Number(value.toPrecision(4))).toBe(value);
        }
      }),
    );
  });

  it("are the same however many are asked for, and others with another seed", () => {
    const parameters = {
      "fit.learningRate": { min: 1e-4, max: 0.1, scale: "log", integer: false },
      "fit.batchSize": values(8, 16, 32),
    } as const;
    const few = pointsOf(search("random", parameters, 5));
    expect(pointsOf(search("random", parameters, 50)).slice(0, 5)).toEqual(few);
    expect(pointsOf(search("random", parameters, 5, 2))).not.toEqual(few);
  });

  it("are spread evenly over the magnitudes of a log range, and over the values of a list", () => {
    const parameters = {
      "fit.a": { min: 1e-4, max: 1, scale: "log", integer: false },
      "fit.b": { min: 0, max: 4, scale: "linear", integer: false },
      "fit.c": values("x", "y"),
      "fit.d": { min: 1, max: 3, scale: "linear", integer: true },
    } as const;
    const drawn = pointsOf(search("random", parameters, 2000)).map(({ parameters }) => parameters);
    const share = (accepts: (parameters: Readonly<Record<string, unknown>>) => boolean) => {
      return drawn.filter(accepts).length / drawn.length;
    };
    // Six standard deviations of a share of 2,000.
    const near = (expected: number) => ({ from: expected - 0.067, to: expected + 0.067 });
    for (const [found, { from, to }] of [
      [share((p) => (p["fit.a"] as number) < 1e-2), near(1 / 2)],
      [share((p) => (p["fit.a"] as number) < 1e-3), near(1 / 4)],
      [share((p) => (p["fit.b"] as number) < 1), near(1 / 4)],
      [share((p) => p["fit.c"] === "x"), near(1 / 2)],
      [share((p) => p["fit.d"] === 2), near(1 / 2)],
    ] as const) {
      expect(found).toBeGreaterThan(from);
      expect(found).toBeLessThan(to);
    }
    expect(new Set(drawn.map((p) => p["fit.d"]))).toEqual(new Set([1, 2, 3]));
  });
});

it("a point's parameters go into the job, whatever it says itself", () => {
  const job = { data: "digits", fit: { epochs: 3, batchSize: 8 } } as const;
  const point = { point: 1, parameters: { "fit.batchSize": 16, "network.layers": [5] } };
  expect(jobOf(job, point)).toEqual({ data: "digits", fit: { epochs: 3, batchSize: 16 }, network: { layers: [5] } });
});
