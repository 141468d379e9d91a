import { describe, expect, it } from "vitest";
import { spreadOf } from "../../src/cli/bench/spread.ts";
import { backendInfo, kernels } from "../../src/index.ts";
import { downhill } from "../support/command_line.ts";
import { fc } from "../support/fast_check.ts";

const backends = kernels.native ? ["native", "typescript"] : ["typescript"];

describe("downhill bench", () => {
  it.each([
    ["3,4,2", 8],
    ["5,1", 1],
  ])("measures each backend that is there: %s", async (layers, batchSize) => {
    const argv = ["bench", "--layers", layers, "--batch-size", String(batchSize), "--seconds", "0.2", "--json"];
    const { code, stdout, stderr } = await downhill(argv);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { rates, ...found } = JSON.parse(stdout);
    expect(found).toMatchObject({
      layers: layers.split(",").map(Number),
      batchSize,
      threads: 1,
      dtype: "float32",
      backend: backendInfo().backend,
    });
    expect(rates.map(({ task, backend }: Record<string, string>) => `${task} ${backend}`)).toEqual(
      ["training", "prediction"].flatMap((task) => backends.map((backend) => `${task} ${backend}`)),
    );
    for (const { samplesPerSecond } of rates) {
      const { lower, median, upper, count } = samplesPerSecond;
      expect(count).toBeGreaterThanOrEqual(3);
      expect(lower).toBeGreaterThan(0);
      expect(median).toBeGreaterThanOrEqual(lower);
      expect(upper).toBeGreaterThanOrEqual(median);
    }
  });

  it("shows a table, without colours where nobody looks", async () => {
    const { stdout, stderr } = await downhill(["bench", "--layers", "2,3,2", "--seconds", "0.1", "--dtype", "float64"]);
    expect(stderr).toBe("measuring for about 0.1 s\n");
    expect(stdout).toContain("[2, 3, 2], float64, batches of 32, 1 thread\n");
    expect(stdout).toMatch(/^task +backend +samples\/s +middle half +ratio$/m);
    expect(stdout).toMatch(/^training +TypeScript +[\d,]+ +[\d,]+ … [\d,]+ +1\.0 x$/m);
    expect(stdout).not.toContain("\u001b");
  });

  it.each([
    [["--layers", "3"], "--layers needs"],
    [["--layers", "3,x"], "--layers"],
    [["--layers", "100000,2"], "expected at most 65536"],
    [["--seconds", "0"], "--seconds is 0"],
    [["--dtype", "int8"], "Allowed choices are float32, float64"],
  ])("refuses %j", async (options, message) => {
    const { code, stdout, stderr } = await downhill(["bench", ...options]);
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: "", stderr: expect.stringContaining(message) });
  });
});

describe("spreadOf", () => {
  it("gives the quartiles, interpolated", () => {
    expect(spreadOf([5, 1, 3, 2, 4])).toEqual({ lower: 2, median: 3, upper: 4, count: 5 });
    expect(spreadOf([4, 1, 2, 3])).toEqual({ lower: 1.75, median: 2.5, upper: 3.25, count: 4 });
    expect(spreadOf([7])).toEqual({ lower: 7, median: 7, upper: 7, count: 1 });
  });

  it("has a quarter of the values on the outer side of each quartile", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1 }), (values) => {
        const { lower, median, upper } = spreadOf(values);
        const most = (share: number) => Math.ceil(share * (values.length - 1));
        const count = (accepts: (value: number) => boolean) => values.filter(accepts).length;
        expect(count((value) => value < lower)).toBeLessThanOrEqual(most(1 / 4));
        expect(count((value) => value > upper)).toBeLessThanOrEqual(most(1 / 4));
        expect(count((value) => value < median)).toBeLessThanOrEqual(most(1 / 2));
        expect(count((value) => value > median)).toBeLessThanOrEqual(most(1 / 2));
      }),
    );
  });
});
