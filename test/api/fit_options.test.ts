import { describe, expect, it } from "vitest";
import { Dataset, type FitOptions, Network } from "../../src/index.ts";
import { detached } from "../support/buffers.ts";
import { expectRejected, mistyped, rejectionOf } from "../support/errors.ts";
import { allWeights } from "../support/networks.ts";
import { smoothData, xor } from "../support/samples.ts";

const network = new Network([2, 3, 1], { seed: 4 });
const initial = allWeights(network);

/** Refused, with nothing changed and the network free again. */
async function expectOptionsRefused(options: unknown, ...fragments: string[]): Promise<void> {
  await expectRejected(network.fit(xor(), mistyped<FitOptions>(options)), "ERR_OPTION", ...fragments);
  expect(allWeights(network)).toEqual(initial);
  expect(network.train([0, 0], [0], { learningRate: 0 })).toBeGreaterThanOrEqual(0);
}

describe("fit refuses options", () => {
  it("that are none", async () => {
    await expectOptionsRefused(undefined, "options is undefined, expected an object with epochs");
    await expectOptionsRefused(null, "options is null");
    await expectOptionsRefused(10, "options is 10, expected an object");
    await expectOptionsRefused({ epochs: 1, batchsize: 2 }, 'options has no option "batchsize"', "batchSize");
  });

  it("without a number of epochs", async () => {
    for (const epochs of [undefined, null, 0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "3"]) {
      await expectOptionsRefused({ epochs }, "options.epochs is", "expected an integer of at least 1");
    }
  });

  it("with batches of no size", async () => {
    for (const batchSize of [null, 0, -4, 2.5, Number.NaN, "32"]) {
      await expectOptionsRefused({ epochs: 1, batchSize }, "options.batchSize is", "expected an integer of at least 1");
    }
  });

  it("with weights and shares whose buffers are gone", async () => {
    const classWeights = detached(Float32Array.of(1, 2));
    await expectOptionsRefused(
      { epochs: 1, classWeights },
      "options.classWeights is a Float32Array whose buffer is detached",
    );
    const flat = new Network([2, 1]);
    const dropout = detached(Float32Array.of(0.5));
    await expectRejected(flat.fit(xor(), { epochs: 1, dropout: dropout as never }), "ERR_OPTION", "options.dropout");
  });

  it("with learning rates that are none", async () => {
    for (const learningRate of [null, -0.1, Number.NaN, Number.POSITIVE_INFINITY, "0.1", []]) {
      const expected = "expected a finite number of at least 0";
      await expectOptionsRefused({ epochs: 1, learningRate }, "options.learningRate is", expected);
      const schedule = () => learningRate;
      await expectOptionsRefused({ epochs: 1, learningRate: schedule }, "options.learningRate(1) is", expected);
    }
    await expectOptionsRefused({ epochs: 1, learningRate: () => undefined }, "options.learningRate(1) is");
  });

  it("with schedules that are none", async () => {
    const refuse = (learningRate: unknown, ...fragments: string[]) =>
      expectOptionsRefused({ epochs: 4, learningRate }, ...fragments);
    await refuse({}, "options.learningRate.type is undefined, expected one of constant, step, exponential, cosine");
    await refuse({ type: "cosine" }, "options.learningRate.learningRate is undefined, expected a finite number");
    const cosine = { type: "cosine", learningRate: 0.1 };
    await refuse({ ...cosine, warmup: 1 }, 'options.learningRate has no option "warmup"', "warmupEpochs");
    await refuse({ ...cosine, warmupEpochs: 4 }, "options.learningRate.warmupEpochs is 4, expected a number from 0 to");
  });

  it("with steps that cannot be made", async () => {
    const refuse = (options: object, ...fragments: string[]) =>
      expectOptionsRefused({ epochs: 1, ...options }, ...fragments);
    await refuse({ optimizer: "lion" }, 'options.optimizer is "lion", expected one of sgd, rmsprop, adam');
    await refuse({ optimizer: { type: "sgd", nesterov: true } }, "options.optimizer.nesterov is true, expected false");
    await refuse({ weightDecay: -1 }, "options.weightDecay is -1, expected a finite number of at least 0");
    await refuse({ clipGradientNorm: 0 }, "options.clipGradientNorm is 0, expected a finite number above 0");
  });

  it("with dropout that leaves nothing, or does not fit the layers", async () => {
    for (const dropout of [null, -0.1, 1, Number.NaN, "0.5"]) {
      await expectOptionsRefused({ epochs: 1, dropout }, "options.dropout is", "expected a number from 0 to below 1");
      await expectOptionsRefused({ epochs: 1, dropout: [dropout] }, "options.dropout[0] is");
    }
    for (const dropout of [[], [0.5, 0.5]]) {
      const fit = network.fit(xor(), { epochs: 1, dropout });
      await expectRejected(fit, "ERR_SHAPE", `options.dropout has length ${dropout.length}, expected 1, one for each`);
    }
    const flat = new Network([2, 1], { seed: 4 });
    const message = "options.dropout is 0.5, expected 0, as the network has no hidden layers";
    await expectRejected(flat.fit(xor(), { epochs: 1, dropout: 0.5 }), "ERR_OPTION", message);
    await flat.fit(xor(), { epochs: 1, dropout: 0 });
    await flat.fit(xor(), { epochs: 1, dropout: [] });
  });

  it("with class weights that are none", async () => {
    await expectOptionsRefused({ epochs: 1, classWeights: "equal" }, 'options.classWeights is "equal"', '"balanced"');
    await expectOptionsRefused({ epochs: 1, classWeights: [1, -1] }, "options.classWeights[1] is -1, expected");
    await expectOptionsRefused({ epochs: 1, classWeights: [0, 0] }, "options.classWeights has no number above 0");
  });

  it("with a validation share that leaves one of the sides empty", async () => {
    for (const validation of [0, 1, -0.5, 2, Number.NaN]) {
      const message = "expected a Dataset, or a share above 0 and below 1";
      await expectOptionsRefused({ epochs: 1, validation }, "options.validation is", message);
    }
  });

  it("with early stopping that is none", async () => {
    const refuse = (earlyStopping: unknown, ...fragments: string[]) =>
      expectOptionsRefused({ epochs: 1, earlyStopping }, ...fragments);
    await refuse(null, "options.earlyStopping is null, expected an object");
    await refuse({}, "options.earlyStopping.patience is undefined, expected an integer of at least 1");
    await refuse({ patience: 1, restore: true }, 'options.earlyStopping has no option "restore"', "restoreBest");
  });

  it("that monitor an accuracy which nothing tells", async () => {
    const plateau = { learningRate: { type: "plateau", learningRate: 0.1, monitor: "accuracy" } };
    const stopping = { earlyStopping: { patience: 1, monitor: "accuracy" } };
    const unlabelled = { validation: smoothData(4, 2, 1) };
    for (const [options, where] of [
      [plateau, "options.learningRate.monitor"],
      [stopping, "options.earlyStopping.monitor"],
    ] as const) {
      const message = `${where} is "accuracy", expected loss, as`;
      await expectOptionsRefused({ epochs: 1, ...options }, `${message} there is no options.validation`);
      await expectOptionsRefused(
        { epochs: 1, ...options, ...unlabelled },
        `${message} the validation data has no classes`,
      );
    }
  });

  it("with checkpoints that go nowhere", async () => {
    const refuse = (options: object, ...fragments: string[]) =>
      expectOptionsRefused({ epochs: 1, ...options }, ...fragments);
    await refuse({ checkpoint: "file" }, 'options.checkpoint is "file", expected an object');
    await refuse({ checkpoint: {} }, "options.checkpoint.path is undefined, expected a path");
    await refuse({ checkpoint: { path: "" } }, 'options.checkpoint.path is "", expected a path');
    for (const everyEpochs of [0, 1.5, "2"]) {
      await refuse({ checkpoint: { path: "file", everyEpochs } }, "options.checkpoint.everyEpochs is", "at least 1");
    }
    for (const everySeconds of [-1, Number.POSITIVE_INFINITY, "2"]) {
      await refuse({ checkpoint: { path: "file", everySeconds } }, "options.checkpoint.everySeconds is", "at least 0");
    }
    for (const resumeFrom of [null, "", 3]) await refuse({ resumeFrom }, "options.resumeFrom is", "expected a path");
  });

  it("of the wrong type", async () => {
    await expectOptionsRefused({ epochs: 1, shuffle: "yes" }, 'options.shuffle is "yes", expected true or false');
    await expectOptionsRefused({ epochs: 1, statistics: 1 }, "options.statistics is 1, expected true or false");
    await expectOptionsRefused({ epochs: 1, seed: -1 }, "options.seed is -1, expected an integer of at least 0");
    await expectOptionsRefused({ epochs: 1, signal: {} }, "options.signal is an object, expected an AbortSignal");
    await expectOptionsRefused({ epochs: 1, onEpoch: 5 }, "options.onEpoch is 5, expected a function");
    await expectOptionsRefused({ epochs: 1, onProgress: "log" }, 'options.onProgress is "log", expected a function');
    const rows = { inputs: [[1, 2]], targets: [[1]] };
    await expectOptionsRefused({ epochs: 1, validation: rows }, "options.validation is an object, expected a Dataset");
  });
});

describe("fit refuses data", () => {
  const attempt = (data: unknown, options: object = {}) =>
    network.fit(mistyped<Dataset>(data), { epochs: 1, ...options });

  it("that is no data set", async () => {
    const expected = "expected a Dataset";
    await expectRejected(attempt({ inputs: [[1, 2]], targets: [[1]] }), "ERR_DATA", "data is an object", expected);
    await expectRejected(attempt({ inputSize: 2, targetSize: 1, size: 1 }), "ERR_DATA", "data is an object", expected);
    await expectRejected(attempt(undefined), "ERR_DATA", "data is undefined", expected);
    await expectRejected(attempt(null), "ERR_DATA", "data is null", expected);
  });

  it("whose sizes are not the network's", async () => {
    await expectRejected(
      attempt(smoothData(4, 3, 1)),
      "ERR_SHAPE",
      "data.inputSize is 3, expected 2 as in the network",
    );
    await expectRejected(
      attempt(smoothData(4, 2, 2)),
      "ERR_SHAPE",
      "data.targetSize is 2, expected 1 as in the network",
    );
    const labelled = Dataset.from({ inputs: [[1, 2]], labels: [1] });
    await expectRejected(attempt(labelled), "ERR_SHAPE", "data.targetSize is 2, expected 1 as in the network");
    const validation = smoothData(4, 2, 3);
    await expectRejected(attempt(xor(), { validation }), "ERR_SHAPE", "options.validation.targetSize is 3, expected 1");
  });

  it("with numbers that float32 cannot hold, unless the network is float64", async () => {
    const input = Dataset.from({ inputs: [[1, 1e100]], targets: [[1]] });
    const target = Dataset.from({ inputs: [[1, 2]], targets: [[1e100]] });
    for (const data of [input, target]) {
      await expectRejected(attempt(data), "ERR_DATA", "[0][", "is 1e+100, expected a number that float32 can hold");
      const validation = { validation: data };
      await expectRejected(attempt(xor(), validation), "ERR_DATA", "options.validation", "float32 can hold");
      expect(allWeights(network)).toEqual(initial);
      const double = new Network([2, 1], { dtype: "float64", initializer: "zeros" });
      await double.fit(data, { epochs: 1, learningRate: 0 });
    }
  });

  it("and is free for the next fit", async () => {
    await rejectionOf(attempt(undefined));
    const copy = network.clone();
    await rejectionOf(copy.fit(smoothData(4, 3, 1), { epochs: 1 }));
    expect((await copy.fit(xor(), { epochs: 1 })).epochs.length).toBe(1);
  });
});
