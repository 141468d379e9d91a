import { describe, expect, it } from "vitest";
import { type Initializer, Network } from "../../src/index.ts";
import { expectThrown } from "../support/errors.ts";
import { rowsOfMatrix } from "../support/reference.ts";

const INPUTS = 200;
const UNITS = 150;

/** Weights without the biases, and the biases, of a layer of 150 units with 200 inputs. */
function drawn(initializer: Initializer) {
  const rows = rowsOfMatrix(new Network([INPUTS, UNITS], { initializer, seed: 11, dtype: "float64" }).weights(0));
  return { weights: rows.flatMap((row) => row.slice(0, INPUTS)), biases: rows.map((row) => row[INPUTS]) };
}

/**
 * Expects mean and standard deviation within five standard errors: σ / √n and at most σ / √(2n), as no distribution here
 * has a larger kurtosis than the normal one. An honest generator misses five standard errors once in a million seeds,
 * and this seed is fixed.
 */
function expectMoments(values: readonly number[], mean: number, deviation: number): void {
  const count = values.length;
  const found = values.reduce((sum, value) => sum + value, 0) / count;
  const variance = values.reduce((sum, value) => sum + (value - found) ** 2, 0) / count;
  expect(Math.abs(found - mean)).toBeLessThan((5 * deviation) / Math.sqrt(count));
  expect(Math.abs(Math.sqrt(variance) - deviation)).toBeLessThan((5 * deviation) / Math.sqrt(2 * count));
}

/** A uniform distribution has all of its range: of 30,000 draws some lie within a hundredth of either end. */
function expectRange(values: readonly number[], min: number, max: number): void {
  const margin = (max - min) / 100;
  const smallest = Math.min(...values);
  const largest = Math.max(...values);
  expect(smallest).toBeGreaterThanOrEqual(min);
  expect(smallest).toBeLessThan(min + margin);
  expect(largest).toBeLessThanOrEqual(max);
  expect(largest).toBeGreaterThan(max - margin);
}

/** A normal distribution has values beyond the range of the uniform one of the same deviation, √3 σ: 8 % of them. */
function expectTails(values: readonly number[], mean: number, deviation: number): void {
  const beyond = values.filter((value) => Math.abs(value - mean) > Math.sqrt(3) * deviation).length;
  expect(beyond / values.length).toBeGreaterThan(0.07);
  expect(beyond / values.length).toBeLessThan(0.1);
}

const zeroBiases = Array.from({ length: UNITS }, () => 0);

describe("initial weights", () => {
  it.each([
    ["glorotUniform", Math.sqrt(6 / (INPUTS + UNITS))],
    ["heUniform", Math.sqrt(6 / INPUTS)],
  ] as const)("of %s are uniform around 0, biases are 0", (initializer, limit) => {
    const { weights, biases } = drawn(initializer);
    expectRange(weights, -limit, limit);
    expectMoments(weights, 0, limit / Math.sqrt(3));
    expect(biases).toEqual(zeroBiases);
  });

  it.each([
    ["glorotNormal", Math.sqrt(2 / (INPUTS + UNITS))],
    ["heNormal", Math.sqrt(2 / INPUTS)],
  ] as const)("of %s are normal around 0, biases are 0", (initializer, deviation) => {
    const { weights, biases } = drawn(initializer);
    expectMoments(weights, 0, deviation);
    expectTails(weights, 0, deviation);
    expect(biases).toEqual(zeroBiases);
  });

  it("of zeros are 0", () => {
    const { weights, biases } = drawn("zeros");
    expect(new Set([...weights, ...biases])).toEqual(new Set([0]));
  });

  it("of uniform lie between min and max, biases like the rest", () => {
    const { weights, biases } = drawn({ type: "uniform", min: -1, max: 3 });
    expectRange(weights, -1, 3);
    expectMoments(weights, 1, 4 / Math.sqrt(12));
    expectMoments(biases, 1, 4 / Math.sqrt(12));
    expect(new Set(biases).size).toBe(UNITS);
  });

  it("of uniform may all be one number", () => {
    const { weights, biases } = drawn({ type: "uniform", min: 0.5, max: 0.5 });
    expect(new Set([...weights, ...biases])).toEqual(new Set([0.5]));
  });

  it("of normal have mean and deviation, biases like the rest", () => {
    const { weights, biases } = drawn({ type: "normal", mean: 2, standardDeviation: 0.25 });
    expectMoments(weights, 2, 0.25);
    expectTails(weights, 2, 0.25);
    expectMoments(biases, 2, 0.25);
    expectMoments(drawn({ type: "normal", standardDeviation: 3 }).weights, 0, 3);
  });

  it("differ from layer to layer and from row to row", () => {
    const network = new Network([8, 8, 8], { seed: 1, initializer: { type: "uniform", min: 0, max: 1 } });
    const rows = [0, 1].flatMap((layer) => rowsOfMatrix(network.weights(layer)).map(String));
    expect(new Set(rows).size).toBe(16);
  });

  it("are finite, or the initializer is refused", () => {
    const weightsOf = (initializer: Initializer, dtype: "float32" | "float64") =>
      Array.from(new Network([8, 8], { seed: 1, initializer, dtype }).weights(0).data);
    const wide = weightsOf({ type: "uniform", min: -1e307, max: 1e307 }, "float64");
    expect(wide.every(Number.isFinite)).toBe(true);
    const refused = (initializer: Initializer, dtype: "float32" | "float64") =>
      expectThrown(() => weightsOf(initializer, dtype), "ERR_OPTION", "initializer");
    refused({ type: "uniform", min: -Number.MAX_VALUE, max: Number.MAX_VALUE }, "float64");
    refused({ type: "uniform", min: 0, max: 1e300 }, "float32");
    refused({ type: "normal", standardDeviation: 1e300 }, "float32");
  });
});
