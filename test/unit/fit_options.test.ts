import { resolve as absolute } from "node:path";
import { describe, expect, it } from "vitest";
import { Dataset, type FitOptions } from "../../src/index.ts";
import { PLAIN_DESCENT } from "../../src/optimizer.ts";
import { assertMonitored, resolveFitOptions } from "../../src/training/fit_options.ts";
import { expectThrown } from "../support/errors.ts";

const resolve = (options: Partial<FitOptions> = {}, hiddenLayers = 2) =>
  resolveFitOptions({ epochs: 3, ...options }, { seed: 7, threads: 5, hiddenLayers });

const labelled = Dataset.from({ inputs: [[1], [2]], labels: [0, 1] });
const unlabelled = Dataset.from({ inputs: [[1], [2]], targets: [[0.5], [1]] });

describe("the options of fit", () => {
  it("have defaults", () => {
    const { schedule, ...rest } = resolve();
    expect(schedule.description).toEqual({ type: "constant", learningRate: 0.01 });
    expect(rest).toEqual({
      epochs: 3,
      batchSize: 1,
      optimizer: PLAIN_DESCENT,
      dropout: undefined,
      classWeights: undefined,
      shuffle: true,
      seed: 7,
      threads: 5,
      validation: undefined,
      earlyStopping: undefined,
      statistics: false,
      checkpoint: undefined,
      resumeFrom: undefined,
      signal: undefined,
      onEpoch: undefined,
      onProgress: undefined,
    });
  });

  it("are taken as they are where they are complete", () => {
    const given = {
      batchSize: 4,
      shuffle: false,
      seed: 1,
      threads: 2,
      validation: labelled,
      earlyStopping: { monitor: "accuracy", patience: 2, minDelta: 0.1, restoreBest: false },
      statistics: true,
      checkpoint: { path: absolute("a"), everyEpochs: 5, everySeconds: 0.5 },
      resumeFrom: absolute("b"),
      signal: new AbortController().signal,
      onEpoch: () => {},
      onProgress: () => {},
    } as const;
    const resolved = resolve(given);
    expect(resolved).toMatchObject({ ...given, validation: expect.anything() });
    expect(resolved.validation).toBe(labelled);
    const path = absolute("a");
    expect(resolve({ checkpoint: { path } }).checkpoint).toEqual({
      path,
      everyEpochs: 1,
      everySeconds: Number.POSITIVE_INFINITY,
    });
    expect(resolve({ checkpoint: { path, everySeconds: 3 } }).checkpoint).toEqual({
      path,
      everyEpochs: Number.POSITIVE_INFINITY,
      everySeconds: 3,
    });
    expect(resolve({ validation: 0.25 }).validation).toBe(0.25);
    expect(resolve({ classWeights: [1, 2] }).classWeights).toEqual(Float64Array.of(1, 2));
    expect(resolve({ optimizer: "adam", weightDecay: 0.5, clipGradientNorm: 2 }).optimizer).toMatchObject({
      kind: "adam",
      weightDecay: 0.5,
      clipGradientNorm: 2,
    });
  });

  it("name files by where the process is now", () => {
    const resolved = resolve({ checkpoint: { path: "a" }, resumeFrom: "./b" });
    expect(resolved).toMatchObject({ checkpoint: { path: absolute("a") }, resumeFrom: absolute("b") });
  });

  it("give the schedule the number of epochs", () => {
    const learningRate = { type: "cosine", learningRate: 1 } as const;
    expect(resolve({ epochs: 2, learningRate }).schedule.rates(2, 4)[3]).toBe(0);
    expect(resolve({ epochs: 3, learningRate }).schedule.rates(2, 4)[3]).toBeGreaterThan(0);
  });

  it("give each hidden layer its dropout, or none where nothing is dropped", () => {
    expect(resolve({ dropout: 0.5 }, 3).dropout).toEqual(Float64Array.of(0.5, 0.5, 0.5));
    expect(resolve({ dropout: [0.25, 0] }).dropout).toEqual(Float64Array.of(0.25, 0));
    for (const dropout of [0, [0, 0]]) expect(resolve({ dropout }).dropout).toBeUndefined();
  });
});

describe("the accuracy of a share that is held out", () => {
  it("may be monitored if the data has classes, which is known when it is there", () => {
    for (const options of [
      { earlyStopping: { patience: 1, monitor: "accuracy" } },
      { learningRate: { type: "plateau", learningRate: 1, monitor: "accuracy" } },
    ] as const) {
      const resolved = resolve({ validation: 0.5, ...options });
      assertMonitored(resolved, labelled);
      expectThrown(() => assertMonitored(resolved, unlabelled), "ERR_OPTION", "as the validation data has no classes");
    }
    assertMonitored(resolve({ validation: 0.5, earlyStopping: { patience: 1 } }), unlabelled);
  });
});
