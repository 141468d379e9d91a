import { describe, expect, it } from "vitest";
import { samplesOf } from "../../src/dataset.ts";
import { Dataset, type DatasetSource } from "../../src/index.ts";
import { expectThrown } from "../support/errors.ts";

const inputs = [[1], [2], [3]];
const labels = [0, 1, 1];

describe("sample weights", () => {
  it("are kept in float64, with targets and with labels", () => {
    const weights = [0.1, 0, 2];
    for (const source of [
      { inputs, labels, weights },
      { inputs, targets: inputs, weights },
    ] as const) {
      const dataset = Dataset.from(source);
      expect(samplesOf(dataset).weights).toEqual(Float64Array.of(0.1, 0, 2));
      expect(dataset.sample(0).weight).toBe(0.1);
      expect(dataset.sample(1).weight).toBe(0);
    }
  });

  it("are not there unless they are given", () => {
    const dataset = Dataset.from({ inputs, labels });
    expect(samplesOf(dataset).weights).toBeUndefined();
    expect(Object.keys(dataset.sample(0))).toEqual(["input", "target", "label"]);
  });

  it("are copied, shared memory included", () => {
    const shared = new Float64Array(new SharedArrayBuffer(24)).fill(1);
    const given = Float64Array.of(1, 2, 3);
    const datasets = [shared, given].map((weights) => Dataset.from({ inputs, labels, weights }));
    shared[0] = 9;
    given[0] = 9;
    for (const dataset of datasets) expect(dataset.sample(0).weight).toBe(1);
  });

  it("tell the number of samples where nothing else does", () => {
    const flat = Float32Array.of(1, 2, 3, 4);
    const dataset = Dataset.from({ inputs: flat, targets: flat, weights: Uint8Array.of(1, 2) });
    expect(dataset).toMatchObject({ size: 2, inputSize: 2, targetSize: 2 });
  });

  it("are refused when they are not one for each sample, finite, not negative and not all 0", () => {
    const refused = (weights: unknown, code: "ERR_DATA" | "ERR_SHAPE", ...fragments: string[]) =>
      expectThrown(() => Dataset.from({ inputs, labels, weights } as DatasetSource), code, ...fragments);
    refused([1, 2], "ERR_SHAPE", "weights has 2 samples, expected 3 as in inputs");
    refused([], "ERR_SHAPE", "weights is empty");
    refused([1, -1, 1], "ERR_DATA", "weights[1] is -1, expected a finite number of at least 0");
    refused([1, 1, Number.NaN], "ERR_DATA", "weights[2] is NaN");
    refused([Number.POSITIVE_INFINITY, 1, 1], "ERR_DATA", "weights[0] is Infinity");
    refused([1, "1", 1], "ERR_DATA", 'weights[1] is "1"');
    refused([0, 0, 0], "ERR_DATA", "weights are all 0, expected at least one above 0");
    refused("balanced", "ERR_DATA", 'weights is "balanced", expected an array');
  });
});
