import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Dataset, type EpochReport, Network, TensorBoardWriter } from "../../src/index.ts";
import { histogramOf } from "../../src/tensorboard/histogram.ts";
import { expectRejected, expectThrown, mistyped } from "../support/errors.ts";
import { type BoardEvent, crc32c, eventsOf } from "../support/event_file.ts";
import { fc } from "../support/fast_check.ts";
import { temporaryFolder } from "../support/folder.ts";

const folder = temporaryFolder();
let folders = 0;
const newFolder = () => join(folder, `run ${folders++}`, "board");

const data = Dataset.from({ inputs: [[0], [0.5], [1], [2]], labels: [0, 0, 1, 1] });
const report: EpochReport = { epoch: 3, loss: 0.25, learningRate: 0.5, seconds: 1, samplesPerSecond: 4 };

function eventsIn(directory: string): BoardEvent[] {
  return readdirSync(directory)
    .sort()
    .flatMap((name) => eventsOf(readFileSync(join(directory, name))));
}

it("the reader of these tests has the checksum right", () => {
  // The check value of CRC-32C (Castagnoli) for "123456789".
  expect(crc32c(new TextEncoder().encode("123456789"))).toBe(0xe3069283);
});

describe("TensorBoardWriter", () => {
  it("writes what a training comes to, epoch by epoch", async () => {
    const directory = newFolder();
    const board = new TensorBoardWriter(directory);
    const network = new Network([1, 3, 2], { seed: 1, activation: "tanh", outputActivation: "softmax" });
    const before = Date.now() / 1000;
    const weights: number[][] = [];
    const { epochs } = await network.fit(data, {
      epochs: 3,
      validation: data,
      statistics: true,
      onEpoch: async (report) => {
        weights.push([...network.weights(1).data]);
        await board.onEpoch(report, network);
      },
    });
    const [version, session, ...summaries] = eventsIn(directory);
    expect(version).toMatchObject({ step: 0, fileVersion: "brain.Event:2" });
    expect(session).toMatchObject({ step: 1, sessionStatus: 1 });
    expect(version.wallTime).toBeGreaterThan(before - 1);
    expect(version.wallTime).toBeLessThan(before + 60);
    expect(summaries.map(({ step }) => step)).toEqual([1, 2, 3]);
    for (const [e, { scalars, histograms }] of summaries.entries()) {
      const { loss, validation, learningRate, samplesPerSecond, statistics } = epochs[e];
      const [first, second] = statistics?.layers ?? expect.fail("has statistics");
      const expected = {
        "loss/train": loss,
        "loss/validation": validation?.loss,
        "accuracy/validation": validation?.accuracy,
        learning_rate: learningRate,
        samples_per_second: samplesPerSecond,
        "gradient_norm/layer_0": first.gradientNorm,
        "saturation/layer_0": first.saturation,
        "gradient_norm/layer_1": second.gradientNorm,
        "saturation/layer_1": second.saturation,
      };
      expect(scalars).toEqual(
        Object.fromEntries(Object.entries(expected).map(([tag, value]) => [tag, Math.fround(value as number)])),
      );
      expect(Object.keys(histograms)).toEqual([
        "weights/layer_0",
        "biases/layer_0",
        "weights/layer_1",
        "biases/layer_1",
      ]);
      // Rows of three weights and a bias.
      const biases = [weights[e][3], weights[e][7]];
      const { min, max, count, sum } = histograms["biases/layer_1"];
      expect({ min, max, count, sum }).toEqual({
        min: Math.min(...biases),
        max: Math.max(...biases),
        count: 2,
        sum: biases[0] + biases[1],
      });
      const { count: weightCount, sumSquares } = histograms["weights/layer_1"];
      expect(weightCount).toBe(6);
      const squares = weights[e].filter((_, i) => i % 4 !== 3).map((weight) => weight ** 2);
      expect(sumSquares).toBeCloseTo(
        squares.reduce((a, b) => a + b),
        12,
      );
    }
  });

  it("writes only what a report tells, and no histograms without a network", async () => {
    const directory = newFolder();
    await new TensorBoardWriter(directory).onEpoch(report);
    const { scalars, histograms } = eventsIn(directory)[2];
    expect(scalars).toEqual({ "loss/train": 0.25, learning_rate: 0.5, samples_per_second: 4 });
    expect(histograms).toEqual({});
  });

  it("says with which step a training goes on, in a file of its own", async () => {
    const directory = newFolder();
    await new TensorBoardWriter(directory).onEpoch(report);
    await new TensorBoardWriter(directory).onEpoch({ ...report, epoch: 2 ** 40 });
    const names = readdirSync(directory);
    expect(names).toHaveLength(2);
    for (const name of names) expect(name).toMatch(/^events\.out\.tfevents\.\d{10}\..+/);
    const sessions = eventsIn(directory).filter(({ sessionStatus }) => sessionStatus === 1);
    expect(sessions.map(({ step }) => step).sort((a, b) => a - b)).toEqual([3, 2 ** 40]);
  });

  it("writes into the folder that its path led to when it was made", async () => {
    const before = process.cwd();
    process.chdir(folder);
    const board = new TensorBoardWriter("relative");
    process.chdir(before);
    await board.onEpoch(report);
    expect(eventsIn(join(folder, "relative"))).toHaveLength(3);
  });

  it("refuses what is no path, and says which folder cannot be written to", async () => {
    for (const given of ["", 3, undefined]) {
      expectThrown(() => new TensorBoardWriter(mistyped<string>(given)), "ERR_OPTION", "directory is");
    }
    const file = join(folder, "a file");
    writeFileSync(file, "");
    const below = join(file, "board");
    await expectRejected(new TensorBoardWriter(below).onEpoch(report), "ERR_FORMAT", below, "ENOTDIR");
  });
});

describe("histogramOf", () => {
  const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 60 });

  it("counts every value in the bucket between its edges", () => {
    fc.assert(
      fc.property(values, (drawn) => {
        const { min, max, count, limits, buckets } = histogramOf(Float64Array.from(drawn));
        expect({ min: min + 0, max: max + 0 }).toEqual({ min: Math.min(...drawn) + 0, max: Math.max(...drawn) + 0 });
        expect(count).toBe(drawn.length);
        expect(limits[limits.length - 1]).toBe(max);
        expect(limits.length).toBeLessThanOrEqual(30);
        for (const [i, limit] of limits.entries()) {
          const left = i === 0 ? Number.NEGATIVE_INFINITY : limits[i - 1];
          expect(limit).toBeGreaterThan(left);
          expect(buckets[i]).toBe(drawn.filter((value) => value > left && value <= limit).length);
        }
      }),
    );
  });

  it("has one bucket for values that are all the same", () => {
    expect(histogramOf(Float32Array.of(2, 2, 2))).toEqual({
      min: 2,
      max: 2,
      count: 3,
      sum: 6,
      sumSquares: 12,
      limits: [2],
      buckets: [3],
    });
  });

  it("has 30 buckets of the same width", () => {
    const { limits, buckets } = histogramOf(Float64Array.from({ length: 300 }, (_, i) => i + 1));
    expect(limits).toHaveLength(30);
    for (const [i, limit] of limits.entries()) expect(limit).toBeCloseTo(1 + (299 * (i + 1)) / 30, 10);
    expect(buckets.reduce((a, b) => a + b)).toBe(300);
    expect(Math.max(...buckets) - Math.min(...buckets)).toBeLessThanOrEqual(1);
  });
});
