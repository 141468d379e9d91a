import { mkdirSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Dataset, type History, type Network } from "../../src/index.ts";
import {
  epochsIn,
  interrupt,
  labelled,
  networkFor,
  optionsFor,
  type ResumableTraining,
  smooth,
} from "../support/checkpoints.ts";
import { rejectionOf } from "../support/errors.ts";
import { temporaryFolder } from "../support/folder.ts";
import { lossesOf, untimed } from "../support/histories.ts";
import { allWeights } from "../support/networks.ts";
import { smoothRows } from "../support/samples.ts";

const folder = temporaryFolder();
let files = 0;

function newPath(): string {
  return join(folder, String(files++));
}

async function run(training: ResumableTraining, changes: object = {}, seed?: number) {
  const network = networkFor(training, seed);
  const history = await network.fit(training.data ?? smooth, { ...optionsFor(training), ...changes });
  return { network, history };
}

function expectSame(actual: { network: Network; history: History }, expected: { network: Network; history: History }) {
  expect(allWeights(actual.network)).toEqual(allWeights(expected.network));
  expect(actual.network.normalization).toEqual(expected.network.normalization);
  expect(untimed(actual.history)).toEqual(untimed(expected.history));
}

/** The rate grows until nothing gets better any more. */
const growing = (epoch: number) => (epoch <= 2 ? 0.3 : 4 * epoch);

const TRAININGS: Readonly<Record<string, ResumableTraining>> = {
  "online steps": {},
  "batches with momentum": {
    network: { dtype: "float64" },
    options: { batchSize: 5, optimizer: { type: "sgd", momentum: 0.9 }, weightDecay: 0.01 },
  },
  "batches with Nesterov's momentum, reproducible": {
    network: { arithmetic: "reproducible" },
    options: { batchSize: 4, optimizer: { type: "sgd", momentum: 0.8, nesterov: true } },
  },
  "adam with dropout": {
    network: { activation: "relu" },
    options: { batchSize: 4, optimizer: "adam", dropout: 0.3, clipGradientNorm: 0.5 },
  },
  rmsprop: { options: { batchSize: 8, optimizer: "rmsprop", shuffle: false } },
  "a cosine over all steps": {
    options: { batchSize: 4, learningRate: { type: "cosine", learningRate: 0.5, warmupEpochs: 2 } },
  },
  "a rate for every step": { options: { learningRate: (epoch, step) => 0.3 / (epoch + 0.1 * step) } },
  "a plateau": {
    options: { learningRate: { type: "plateau", learningRate: 0.4, patience: 1, minDelta: 1, factor: 0.5 } },
  },
  "a plateau of the accuracy of a share that is held out": {
    data: labelled,
    options: {
      validation: 0.3,
      learningRate: { type: "plateau", learningRate: 0.4, patience: 0, monitor: "accuracy", factor: 0.5 },
    },
  },
  "early stopping on a share that is held out": {
    data: labelled,
    options: { epochs: 20, validation: 0.3, earlyStopping: { patience: 4 }, learningRate: growing },
  },
  "early stopping on a data set, without going back": {
    options: { epochs: 20, validation: smooth, earlyStopping: { patience: 3, restoreBest: false, minDelta: 1e-3 } },
  },
  "normalized data": { data: smooth.normalize(), options: { validation: smooth } },
  "weights of samples and classes": {
    data: Dataset.from({
      inputs: smoothRows(12, 4, 2).inputs,
      labels: [0, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1],
      weights: [1, 2, 0, 0.5, 1, 2, 0, 0.5, 1, 2, 0, 0.5],
    }),
    options: { classWeights: "balanced", batchSize: 4, statistics: true },
  },
};

describe("a training that was interrupted and goes on", () => {
  it.each(Object.entries(TRAININGS))("is the one that never was: %s", async (_name, training) => {
    const uninterrupted = await run(training);
    for (const epochs of [1, 4]) {
      const path = newPath();
      await interrupt(training, { path }, epochs);
      const resumed = await run(training, { resumeFrom: path }, 99);
      expectSame(resumed, uninterrupted);
      const trained = resumed.history.epochs.reduce((sum, { seconds }) => sum + seconds, 0);
      expect(resumed.history.seconds).toBeGreaterThanOrEqual(trained);
    }
  });

  it("goes back to the best epoch of before the interruption", async () => {
    const training = TRAININGS["early stopping on a share that is held out"];
    const { history } = await run(training);
    const { bestEpoch = 0, stopped, epochs } = history;
    expect({ stopped, epochs: epochs.length }).toEqual({ stopped: "earlyStopping", epochs: bestEpoch + 4 });
    const path = newPath();
    await interrupt(training, { path }, bestEpoch + 2);
    const { network } = await run(training, { resumeFrom: path });
    expect(allWeights(network)).toEqual(await interrupt(training, { path }, bestEpoch));
  });

  it("may be interrupted again and again, with one file", async () => {
    const training = TRAININGS["adam with dropout"];
    const path = newPath();
    const checkpoint = { path };
    await interrupt(training, checkpoint, 1);
    for (const epochs of [2, 3, 5]) await interrupt(training, checkpoint, epochs, path);
    expectSame(await run(training, { checkpoint, resumeFrom: path }, 99), await run(training));
    // The last epoch is there as well.
    expectSame(await run(training, { resumeFrom: path }, 99), await run(training));
  });

  it("is not changed by checkpoints, reports or threads", async () => {
    const training = TRAININGS["batches with momentum"];
    const plain = await run(training);
    const path = newPath();
    const watched = await run(training, { checkpoint: { path }, onEpoch: () => {}, onProgress: () => {} });
    expectSame(watched, plain);
    await interrupt({ ...training, network: { ...training.network, threads: 1 } }, { path }, 3);
    expectSame(await run(training, { resumeFrom: path, threads: 2 }), plain);
  });
});

describe("checkpoints", () => {
  const training: ResumableTraining = { options: { epochs: 7, batchSize: 4, optimizer: "adam" } };

  /** Which epochs a training has still to do. */
  async function epochsAfter(path: string, changes: object = {}): Promise<number[]> {
    const epochs: number[] = [];
    await run(training, {
      resumeFrom: path,
      onEpoch: ({ epoch }: { epoch: number }) => epochs.push(epoch),
      ...changes,
    });
    return epochs;
  }

  it("are written after every so many epochs", async () => {
    for (const [everyEpochs, held] of [
      [1, [1, 2, 3, 4, 5, 6, 7]],
      [2, [0, 2, 2, 4, 4, 6, 7]],
      [3, [0, 0, 3, 3, 3, 6, 7]],
      [9, [0, 0, 0, 0, 0, 0, 7]],
    ] as const) {
      const path = newPath();
      const found: number[] = [];
      await run(training, { checkpoint: { path, everyEpochs }, onEpoch: async () => found.push(await epochsIn(path)) });
      expect(found).toEqual(held);
    }
  });

  it("are written before an epoch is reported, and after the last one in any case", async () => {
    const path = newPath();
    const { history, network } = await run(training, { checkpoint: { path, everyEpochs: 4 } });
    expect(await epochsAfter(path)).toEqual([]);
    expectSame(await run(training, { resumeFrom: path }, 99), { network, history });
    const stopping = TRAININGS["early stopping on a share that is held out"];
    const stopped = await run(stopping, { checkpoint: { path, everyEpochs: 1000 } });
    expectSame(await run(stopping, { resumeFrom: path }, 99), stopped);
  });

  it("of a training that is over bring back its history and its weights", async () => {
    const stopping = TRAININGS["early stopping on a share that is held out"];
    const path = newPath();
    const finished = await run(stopping, { checkpoint: { path } });
    const calls: unknown[] = [];
    const call = (given: unknown) => calls.push(given);
    const resumed = await run(stopping, { resumeFrom: path, onEpoch: call, onProgress: call }, 99);
    expectSame(resumed, finished);
    expect(calls).toEqual([]);
    // It has stopped for good: more epochs change nothing.
    expectSame(await run(stopping, { resumeFrom: path, epochs: 50 }, 99), finished);
  });

  it("of a training that is over let one of more epochs go on", async () => {
    const path = newPath();
    await run(training, { epochs: 4, checkpoint: { path } });
    expect(await epochsAfter(path)).toEqual([5, 6, 7]);
    expectSame(await run(training, { resumeFrom: path }, 99), await run(training));
  });

  it("are published before training goes on", async () => {
    const path = newPath();
    const thrown = new Error("no rate");
    const learningRate = (epoch: number) => {
      if (epoch === 4) throw thrown;
      return 0.1;
    };
    const failing: ResumableTraining = { data: smooth.normalize(), options: { learningRate, validation: smooth } };
    const weights = await interrupt(failing, { path }, 3);
    const network = networkFor(failing, 99);
    const fit = network.fit(smooth.normalize(), { ...optionsFor(failing), resumeFrom: path });
    expect(await rejectionOf(fit)).toBe(thrown);
    expect(allWeights(network)).toEqual(weights);
    expect(network.normalization).toEqual(smooth.normalize().normalization);
  });

  it("tell of progress from where the training goes on", async () => {
    const path = newPath();
    await interrupt(training, { path }, 6);
    const reports: object[] = [];
    const { history } = await run(training, { resumeFrom: path, onProgress: (report: object) => reports.push(report) });
    expect(reports.at(-1)).toMatchObject({ epoch: 7, epochs: 7, samples: 23, batch: 6, batches: 6, secondsLeft: 0 });
    const { samplesPerSecond, seconds } = history.epochs[6];
    expect(reports.at(-1)).toMatchObject({
      samplesPerSecond: 23 / Math.max(seconds, 1e-6),
      loss: lossesOf(history)[6],
    });
    expect(samplesPerSecond).toBeGreaterThan(0);
  });

  it("lie where the process was when the fit began", async () => {
    const [here, there] = [join(folder, "here"), join(folder, "there")];
    for (const path of [here, there]) mkdirSync(path);
    const before = process.cwd();
    try {
      process.chdir(here);
      const fit = run(training, { checkpoint: { path: "file" }, onEpoch: () => process.chdir(there) });
      process.chdir(there);
      const finished = await fit;
      expect(await readdir(here)).toEqual(["file"]);
      expect(await readdir(there)).toEqual([]);
      process.chdir(here);
      const resumed = run(training, { resumeFrom: "file" }, 99);
      process.chdir(there);
      expectSame(await resumed, finished);
    } finally {
      process.chdir(before);
    }
  });
});
