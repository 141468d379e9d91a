import { describe, expect, it } from "vitest";
import { Dataset } from "../../src/index.ts";
import { rejectionOf } from "../support/errors.ts";
import { smoothRows } from "../support/samples.ts";
import {
  base,
  byteData,
  commonOutcome,
  customers,
  DTYPES,
  data,
  fitWith,
  held,
  inParts,
  labelledData,
  momentum,
  OPTIMIZERS,
  ofTable,
  plateau,
  plateauOfAccuracy,
  SAMPLES,
  SCHEDULES,
  someWeights,
  type Training,
  train,
} from "./fits.ts";

// Segments of epochs are compared on every instruction set in optimizers.test.ts and training.test.ts; here is
// everything that `Network.fit` makes of its options, on the best one.

/** Each choice that changes what a training comes to, or what it says of itself. */
const CHOICES: Readonly<Record<string, Partial<Training>>> = {
  ...Object.fromEntries(Object.entries(OPTIMIZERS).map(([name, optimizer]) => [name, fitWith({ optimizer })])),
  ...Object.fromEntries(Object.entries(SCHEDULES).map(([name, learningRate]) => [name, fitWith({ learningRate })])),
  "plateau of the accuracy": fitWith({ epochs: 9, learningRate: plateauOfAccuracy, validation: held }),
  "a cosine for adam, sample by sample": {
    fit: { epochs: 2, optimizer: "adam", learningRate: { type: "cosine", learningRate: 0.01 } },
  },
  "weight decay": fitWith({ weightDecay: 0.1 }),
  "weight decay of adam": fitWith({ weightDecay: 0.1, optimizer: "adam" }),
  "a clipped gradient": fitWith({ clipGradientNorm: 0.1 }),
  "a clipped gradient, sample by sample": fitWith({ batchSize: 1, clipGradientNorm: 0.5 }),
  dropout: fitWith({ dropout: 0.3 }),
  "dropout of each layer": fitWith({ dropout: [0.1, 0.5] }),
  "dropout, sample by sample": fitWith({ batchSize: 1, dropout: [0, 0.5] }),
  "balanced classes": fitWith({ classWeights: "balanced" }),
  "weights of classes": fitWith({ classWeights: [0.5, 0, 3] }),
  "weights of samples": { data: labelledData(SAMPLES, someWeights(SAMPLES)) },
  "weights of samples, sample by sample": {
    data: labelledData(SAMPLES, someWeights(SAMPLES)),
    ...fitWith({ batchSize: 1 }),
  },
  "weights of samples and classes": {
    data: labelledData(SAMPLES, someWeights(SAMPLES)),
    ...fitWith({ classWeights: "balanced", optimizer: "adam" }),
  },
  "a validation set": fitWith({ validation: held }),
  "a validation share": fitWith({ validation: 0.3 }),
  statistics: fitWith({ statistics: true }),
  "no shuffling": fitWith({ shuffle: false }),
  "another seed": fitWith({ seed: 99 }),
  "bytes as inputs": { data: byteData() },
  "batches larger than a block": {
    data: labelledData(300),
    ...fitWith({ batchSize: 290, optimizer: momentum, dropout: 0.2 }),
  },
  "online training in blocks, each sample with a rate and a weight": {
    data: Dataset.from({ ...smoothRows(50, 40, 4), weights: someWeights(50) }),
    layers: [40, 33, 4],
    network: { seed: 2 },
    fit: { epochs: 3, learningRate: { type: "cosine", learningRate: 0.1 } },
  },
  regression: {
    data: Dataset.from(smoothRows(50, 6, 2)),
    layers: [6, 20, 2],
    network: { seed: 3, activation: "leakyRelu", outputActivation: "linear" },
    ...fitWith({ optimizer: "adam", validation: 0.2, learningRate: plateau(0.01) }),
  },
  "two classes in one output": {
    data: Dataset.from({ inputs: smoothRows(50, 6, 1).inputs, targets: Array.from({ length: 50 }, (_, i) => [i % 2]) }),
    layers: [6, 10, 1],
    network: { seed: 3, loss: "binaryCrossEntropy" },
    ...fitWith({ optimizer: "rmsprop", classWeights: "balanced", validation: 0.2 }),
  },
  "a normalised table": ofTable(customers.normalize(), { optimizer: "adam", validation: 0.25 }),
  "a table between 0 and 1, validated by a raw one": ofTable(customers.normalize("minMax"), {
    validation: customers.take(20),
  }),
  parts: { data: inParts(data, 25) },
  "parts with everything": {
    data: inParts(labelledData(SAMPLES, someWeights(SAMPLES)).normalize(), 25),
    ...fitWith({
      optimizer: "adam",
      learningRate: plateauOfAccuracy,
      weightDecay: 0.01,
      clipGradientNorm: 0.5,
      dropout: 0.2,
      classWeights: [1, 2, 3],
      validation: held,
      statistics: true,
    }),
  },
};

describe.each(DTYPES)("fit, %s: the same bits on both backends", (dtype) => {
  it.each(Object.entries(CHOICES))("%s", async (_, choice) => {
    const outcome = await commonOutcome({ ...base, ...choice }, dtype);
    expect(outcome.history.epochs.every(({ loss }) => Number.isFinite(loss))).toBe(true);
    // Else both backends might leave the choice out.
    expect(outcome).not.toEqual(await train(base, dtype, "typescript"));
  });

  it("early stopping, with and without the best weights", async () => {
    // From the third epoch on nothing changes, and nothing gets better.
    const learningRate = (epoch: number) => (epoch < 3 ? 0.1 : 0);
    const fit = { epochs: 20, batchSize: 8, learningRate, validation: 0.3 };
    const stopping = { patience: 3, minDelta: 10 };
    const restored = await commonOutcome({ ...base, fit: { ...fit, earlyStopping: stopping } }, dtype);
    expect(restored.history).toMatchObject({ stopped: "earlyStopping", bestEpoch: 1 });
    expect(restored.history.epochs.length).toBe(4);
    const kept = await commonOutcome(
      { ...base, fit: { ...fit, earlyStopping: { ...stopping, restoreBest: false } } },
      dtype,
    );
    expect(kept.history).toEqual(restored.history);
    expect(kept.weights).not.toEqual(restored.weights);
    const best = await commonOutcome({ ...base, fit: { ...fit, epochs: 1 } }, dtype);
    expect(restored.weights).toEqual(best.weights);
  });

  it("a divergence, told in the same words", async () => {
    const linear = { network: { seed: 6, activation: "linear", outputActivation: "linear" } } as const;
    const learningRate = (epoch: number) => (epoch < 3 ? 1e-3 : 1e30);
    const training = { ...base, ...linear, fit: { ...base.fit, learningRate, optimizer: momentum, dropout: 0.1 } };
    const failures = await Promise.all(
      (["typescript", "native"] as const).map((backend) => rejectionOf(train(training, dtype, backend))),
    );
    expect(failures[0]).toMatchObject({ code: "ERR_DIVERGED" });
    expect(failures[1]).toEqual(failures[0]);
  });
});
