import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { readCheckpoint, writeCheckpoint } from "../../src/formats/checkpoint_file.ts";
import { type Dataset, type FitOptions, Network, type NetworkOptions, type Values } from "../../src/index.ts";
import { interrupt, labelled, networkFor, optionsFor, type ResumableTraining, smooth } from "../support/checkpoints.ts";
import { expectRejected } from "../support/errors.ts";
import { temporaryFolder } from "../support/folder.ts";
import { allWeights } from "../support/networks.ts";

const folder = temporaryFolder();
const path = join(folder, "checkpoint");
const training: ResumableTraining = {
  data: labelled.normalize(),
  options: {
    batchSize: 4,
    optimizer: "adam",
    classWeights: [1, 2],
    dropout: 0.25,
    validation: 0.3,
    earlyStopping: { patience: 5 },
    learningRate: { type: "plateau", learningRate: 0.1 },
  },
};

beforeAll(() => interrupt(training, { path }, 3));

/** What another training differs in. */
interface Changes {
  readonly layers?: number[];
  readonly network?: NetworkOptions;
  readonly data?: Dataset;
  readonly options?: Partial<FitOptions>;
}

/** Expects that a training does not go on from a file, and that the network is as it was and free. */
async function expectRefused(
  from: string,
  { layers = [4, 6, 2], network: choices, data = training.data ?? smooth, options }: Changes,
  ...fragments: string[]
): Promise<void> {
  const network = new Network(layers, { seed: 99, ...choices });
  const before = allWeights(network);
  const fit = network.fit(data, { ...optionsFor(training), ...options, resumeFrom: from });
  const { message } = await expectRejected(fit, "ERR_CHECKPOINT", ...fragments);
  expect(message.length).toBeLessThan(500);
  expect(allWeights(network)).toEqual(before);
  expect(network.normalization).toBeUndefined();
  expect((await network.fit(data, { epochs: 1 })).epochs.length).toBe(1);
}

describe("a checkpoint of another training", () => {
  const adam = '{"kind":"adam",';
  it.each<[string, Changes, string]>([
    ["layers", { layers: [4, 5, 2] }, "layers [4,6,2]; this one has [4,5,2]"],
    ["activations", { network: { activation: "tanh" } }, 'activations [{"kind":"sigmoid"'],
    ["loss", { network: { loss: "binaryCrossEntropy" } }, 'loss "squaredError"; this one has "binaryCrossEntropy"'],
    ["dtype", { network: { dtype: "float64" } }, 'dtype "float32"; this one has "float64"'],
    ["arithmetic", { network: { arithmetic: "reproducible" } }, 'arithmetic "fast"; this one has "reproducible"'],
    [
      "number of samples",
      { data: labelled.take(20).normalize(labelled.normalize().normalization) },
      "samples 16; this",
    ],
    ["normalization", { data: labelled.normalize("minMax") }, 'normalization {"offset":['],
    ["absent normalization", { data: labelled }, "; this one has none"],
    ["batch size", { options: { batchSize: 8 } }, "batchSize 4; this one has 8"],
    ["learning rate", { options: { learningRate: () => 0.1 } }, '; this one has "function"'],
    ["optimizer", { options: { optimizer: "sgd" } }, `optimizer ${adam}`],
    ["weight decay", { options: { weightDecay: 0.1 } }, `optimizer ${adam}`],
    ["clipped norm", { options: { clipGradientNorm: 1 } }, `optimizer ${adam}`],
    ["dropout", { options: { dropout: 0.5 } }, "dropout [0.25]; this one has [0.5]"],
    ["absent dropout", { options: { dropout: 0 } }, "dropout [0.25]; this one has none"],
    ["class weights", { options: { classWeights: "balanced" } }, 'classWeights [1,2]; this one has "balanced"'],
    ["order", { options: { shuffle: false } }, "shuffle true; this one has false"],
    ["seed", { options: { seed: 22 } }, "seed 21; this one has 22"],
    ["validation", { options: { validation: labelled.take(7) } }, "samples 16; this one has 23"],
    ["early stopping", { options: { earlyStopping: { patience: 6 } } }, 'earlyStopping {"monitor":"loss","patience":5'],
  ])("is told by its %s", async (_what, changes, message) => {
    await expectRefused(path, changes, `options.resumeFrom: ${path} was written by a training with `, message);
  });

  it("may have been reported on, threaded and measured otherwise", async () => {
    const network = networkFor(training, 99);
    const options = { threads: 2, statistics: true, onProgress: () => {}, onEpoch: () => {}, epochs: 4 };
    const history = await network.fit(training.data ?? smooth, {
      ...optionsFor(training),
      ...options,
      resumeFrom: path,
    });
    expect(history.epochs.length).toBe(4);
  });
});

describe("a file that is no whole checkpoint", () => {
  it("is refused when it is not there, or no file", async () => {
    await expectRefused(join(folder, "nothing"), {}, join(folder, "nothing"), "cannot be read", "ENOENT");
    await expectRefused(folder, {}, `${folder} cannot be read: it is not a regular file`);
  });

  it("is refused when it ends early, anywhere, or late", async () => {
    const bytes = await readFile(path);
    const cut = join(folder, "cut");
    for (const length of [0, 7, 30, 56, 1000, bytes.length - 40, bytes.length - 1]) {
      await writeFile(cut, bytes.subarray(0, length));
      await expectRefused(cut, {}, length < 56 ? "is too short for a checkpoint" : "is truncated");
    }
    await writeFile(cut, Buffer.concat([bytes, bytes]));
    await expectRefused(cut, {}, "has trailing bytes");
  });

  it("is refused when a single bit is another, anywhere", async () => {
    const bytes = await readFile(path);
    const flipped = join(folder, "flipped");
    const step = Math.floor(bytes.length / 37);
    for (const at of [0, 8, 12, 16, 23, 24, ...Array.from({ length: 37 }, (_, i) => 25 + i * step), bytes.length - 1]) {
      if (at >= bytes.length) continue;
      bytes[at] ^= 1 << (at % 8);
      await writeFile(flipped, bytes);
      bytes[at] ^= 1 << (at % 8);
      await expectRefused(flipped, {}, flipped);
    }
    await copyFile(path, flipped);
    await networkFor(training).fit(training.data ?? smooth, { ...optionsFor(training), resumeFrom: flipped });
  });

  it("is refused when it is intact, but holds something else", async () => {
    const { header, arrays } = await readCheckpoint(path);
    const other = join(folder, "other");
    const given = arrays as Record<string, Values>;
    for (const [changes, changedArrays, message] of [
      [{ identity: undefined }, {}, "does not say what it was written by"],
      [{ epochs: [] }, {}, "holds no epochs"],
      [{ seconds: "1" }, {}, "holds no epochs"],
      [{ schedule: undefined }, {}, "schedule.rate is undefined"],
      [{ earlyStopping: { bestEpoch: -1 } }, {}, "earlyStopping.bestEpoch is -1"],
      [{ normalization: { offset: [1] } }, {}, "normalization.offset has length"],
      [{}, { parameters: given.parameters.slice(1) }, "as parameters, expected a Float32Array of length"],
      [{}, { parameters: new Float64Array(given.parameters) }, "has a Float64Array of length"],
      [{}, { optimizerState: undefined }, "has undefined as optimizerState, expected a Float32Array"],
      [{}, { optimizerPowers: Float64Array.of(1) }, "has a Float64Array of length 1 as optimizerPowers"],
      [{}, { best: new Float32Array(1) }, "has a Float32Array of length 1 as best"],
      [
        {},
        { parameters: given.parameters.map((w, i) => (i === 3 ? Number.NaN : w)) },
        "parameters that are not finite",
      ],
      [{}, { best: given.parameters.map((w, i) => (i === 3 ? Infinity : w)) }, "best that are not finite"],
    ] as const) {
      const all = Object.entries({ ...given, ...changedArrays }).filter(([, values]) => values !== undefined);
      await writeCheckpoint(other, { ...header, ...changes }, Object.fromEntries(all) as Record<string, Values>);
      await expectRefused(other, {}, message);
    }
  });
});

describe("a checkpoint that cannot be written", () => {
  it.each([
    ["without a folder", "nowhere/file", "ENOENT"],
    ["onto a folder", "folder", "it is not a regular file"],
    ["below a file", "checkpoint/file", "ENOTDIR"],
  ])("%s is refused before anything is trained", async (_what, name, reason) => {
    await mkdir(join(folder, "folder"), { recursive: true });
    const target = join(folder, name);
    const network = networkFor(training);
    const before = allWeights(network);
    const reported: number[] = [];
    const options = {
      ...optionsFor(training),
      checkpoint: { path: target, everyEpochs: 2 },
      onEpoch: ({ epoch }: { epoch: number }) => void reported.push(epoch),
    };
    const fit = network.fit(labelled.normalize(), options);
    await expectRejected(fit, "ERR_CHECKPOINT", `${target} cannot be written`, reason);
    expect(reported).toEqual([]);
    expect(allWeights(network)).toEqual(before);
    expect((await network.fit(labelled.normalize(), { epochs: 1 })).epochs.length).toBe(1);
  });

  it("any more ends the fit; the epoch is kept", async () => {
    const gone = join(folder, "gone");
    await mkdir(gone);
    const network = networkFor(training);
    const reported: number[] = [];
    const options = {
      ...optionsFor(training),
      checkpoint: { path: join(gone, "file"), everyEpochs: 2 },
      onEpoch: async ({ epoch }: { epoch: number }) => {
        reported.push(epoch);
        await rm(gone, { recursive: true });
      },
    };
    const fit = network.fit(labelled.normalize(), options);
    await expectRejected(fit, "ERR_CHECKPOINT", "cannot be written", "ENOENT");
    expect(reported).toEqual([1]);
    expect(allWeights(network)).toEqual(await interrupt(training, undefined, 2));
  });

  it("leaves no other file behind", async () => {
    expect((await readdir(folder)).filter((name) => name.includes(".tmp"))).toEqual([]);
  });
});
