import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { Dataset, FitOptions, History, Network } from "../../src/index.ts";
import { epochsIn, networkFor, optionsFor, type ResumableTraining, smooth } from "../support/checkpoints.ts";
import { expectRejected, rejectionOf } from "../support/errors.ts";
import { temporaryFolder } from "../support/folder.ts";
import { untimed } from "../support/histories.ts";
import { allWeights } from "../support/networks.ts";

const folder = temporaryFolder();
let files = 0;

function newPath(): string {
  return join(folder, String(files++));
}

/** Written only after the last epoch, were it not for the early end. */
const seldom = { everyEpochs: 1000 };

/** All samples in two parts. `meet` is called between them, with the number of the epoch. */
function inParts(data: Dataset, meet: (epoch: number) => void = () => {}, done = 0): AsyncIterable<Dataset> {
  let epoch = done;
  return {
    async *[Symbol.asyncIterator]() {
      epoch++;
      yield data.take(11);
      meet(epoch);
      yield data.take(12, 11);
    },
  };
}

interface Outcome {
  readonly network: Network;
  readonly history: History;
}

function expectSame(actual: Outcome, expected: Outcome): void {
  expect(allWeights(actual.network)).toEqual(allWeights(expected.network));
  expect(actual.network.normalization).toEqual(expected.network.normalization);
  expect(untimed(actual.history)).toEqual(untimed(expected.history));
}

const TRAININGS: Readonly<Record<string, ResumableTraining>> = {
  "online steps": {},
  momentum: { options: { batchSize: 4, optimizer: { type: "sgd", momentum: 0.9 } } },
  "adam in float64 with dropout, normalized": {
    network: { dtype: "float64", activation: "relu" },
    data: smooth.normalize(),
    options: { batchSize: 4, optimizer: "adam", dropout: 0.3, statistics: true },
  },
  "a plateau and early stopping, which keep a best epoch": {
    options: {
      epochs: 12,
      learningRate: { type: "plateau", learningRate: 0.4, patience: 1, minDelta: 1, factor: 0.5 },
      validation: smooth,
      earlyStopping: { patience: 8 },
    },
  },
};

describe("a training that ends early", () => {
  it.each(Object.entries(TRAININGS))("leaves its last whole epoch: %s", async (_name, training) => {
    const data = training.data ?? smooth;
    const train = async (parts: AsyncIterable<Dataset>, changes: Partial<FitOptions>, seed?: number) => {
      const network = networkFor(training, seed);
      return { network, history: await network.fit(parts, { ...optionsFor(training), ...changes }) };
    };
    const uninterrupted = await train(inParts(data), {});
    const path = newPath();
    const stopped = new AbortController();
    const stop = (epoch: number) => {
      if (epoch === 4) stopped.abort();
    };
    const checkpoint = { path, ...seldom };
    const aborted = train(inParts(data, stop), { checkpoint, signal: stopped.signal });
    expect(await rejectionOf(aborted)).toBe(stopped.signal.reason);
    expect(await epochsIn(path)).toBe(3);
    const damaged = new Error("cannot be read any more");
    const fail = (epoch: number) => {
      if (epoch === 6) throw damaged;
    };
    const failing = train(inParts(data, fail, 3), { checkpoint, resumeFrom: path }, 98);
    expect(await rejectionOf(failing)).toBe(damaged);
    expect(await epochsIn(path)).toBe(5);
    expectSame(await train(inParts(data), { checkpoint, resumeFrom: path }, 99), uninterrupted);
  });

  it("by divergence leaves the epoch before it", async () => {
    const training: ResumableTraining = {
      network: { activation: "relu", outputActivation: "linear" },
      options: { batchSize: 4, optimizer: { type: "sgd", momentum: 0.5 }, learningRate: () => 0.05 },
    };
    const uninterrupted = networkFor(training);
    const history = await uninterrupted.fit(smooth, optionsFor(training));
    const path = newPath();
    const overflowing = {
      ...optionsFor(training),
      learningRate: (epoch: number) => (epoch === 4 ? 1e30 : 0.05),
      checkpoint: { path, ...seldom },
    };
    await expectRejected(networkFor(training).fit(smooth, overflowing), "ERR_DIVERGED", "epoch 4");
    expect(await epochsIn(path)).toBe(3);
    const network = networkFor(training, 99);
    const resumed = { network, history: await network.fit(smooth, { ...optionsFor(training), resumeFrom: path }) };
    expectSame(resumed, { network: uninterrupted, history });
  });

  it("leaves a file of its own where it went on from another", async () => {
    const [path, other, finished] = [newPath(), newPath(), newPath()];
    const training: ResumableTraining = {};
    const options = optionsFor(training);
    await networkFor(training).fit(smooth, { ...options, epochs: 3, checkpoint: { path } });
    const stopped = networkFor(training, 99).fit(smooth, {
      ...options,
      checkpoint: { path: other, ...seldom },
      resumeFrom: path,
      onProgress: () => {
        throw new Error("stopped");
      },
    });
    await expect(stopped).rejects.toThrow("stopped");
    expect(await epochsIn(other)).toBe(3);
    await networkFor(training, 98).fit(smooth, {
      ...options,
      epochs: 3,
      checkpoint: { path: finished },
      resumeFrom: path,
    });
    expect(await epochsIn(finished)).toBe(3);
  });

  it("before its first epoch leaves no file, and after none of its own the one that is there", async () => {
    const never = AbortSignal.abort();
    const stopped = new AbortController();
    const checkpoint = { path: newPath(), ...seldom };
    const stop = () => stopped.abort();
    await rejectionOf(networkFor({}).fit(smooth, { epochs: 3, checkpoint, signal: never }));
    await rejectionOf(networkFor({}).fit(inParts(smooth, stop), { epochs: 3, checkpoint, signal: stopped.signal }));
    expect(await epochsIn(checkpoint.path)).toBe(0);
    await networkFor({}).fit(smooth, { epochs: 2, checkpoint });
    const { path: resumeFrom } = checkpoint;
    const again = new AbortController();
    const onProgress = () => again.abort();
    const more = { epochs: 3, checkpoint, resumeFrom, onProgress, signal: again.signal };
    expect(await rejectionOf(networkFor({}).fit(smooth, more))).toBe(again.signal.reason);
    expect(await epochsIn(resumeFrom)).toBe(2);
  });

  it("says so where its file cannot be written any more", async () => {
    const gone = join(folder, "gone");
    mkdirSync(gone);
    const reason = new Error("enough");
    const onEpoch = () => {
      rmSync(gone, { recursive: true });
      throw reason;
    };
    const options = { ...optionsFor({}), checkpoint: { path: join(gone, "file"), ...seldom }, onEpoch };
    const fit = networkFor({}).fit(smooth, options);
    const error = await expectRejected(fit, "ERR_CHECKPOINT", "cannot be written", "because of: enough");
    expect(error.cause).toBe(reason);
  });
});

describe("everySeconds", () => {
  it("writes after an epoch that ends so long after the last time", async () => {
    const path = newPath();
    const held: number[] = [];
    await networkFor({}).fit(smooth, {
      ...optionsFor({}),
      checkpoint: { path, everySeconds: 0.05 },
      onEpoch: async ({ epoch }) => {
        held.push(await epochsIn(path));
        if (epoch === 2 || epoch === 4) await wait(60);
      },
    });
    expect([held[2], held[4], held[5]]).toEqual([3, 5, 6]);
  });

  it("may be never or always; everyEpochs counts beside it", async () => {
    for (const [often, expected] of [
      [{ everySeconds: 0 }, [1, 2, 3, 4, 5, 6]],
      [{ everySeconds: 1e6 }, [0, 0, 0, 0, 0, 6]],
      [{ everySeconds: 1e6, everyEpochs: 4 }, [0, 0, 0, 4, 4, 6]],
    ] as const) {
      const path = newPath();
      const held: number[] = [];
      const onEpoch = async () => held.push(await epochsIn(path));
      await networkFor({}).fit(smooth, { ...optionsFor({}), checkpoint: { path, ...often }, onEpoch });
      expect(held).toEqual(expected);
    }
  });
});
