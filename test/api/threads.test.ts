import { describe, expect, it } from "vitest";
import { Dataset, type FitOptions, Network, type NetworkOptions, type Values } from "../../src/index.ts";
import { expectSameBits } from "../support/bits.ts";
import { numbersOf } from "../support/choices.ts";
import { expectRejected, expectThrown, mistyped } from "../support/errors.ts";
import { allWeights } from "../support/networks.ts";
import { smoothData } from "../support/samples.ts";

/**
 * A thread more is worth 2^18 multiply-adds of a single product (`kWorkPerThread` in `native/team.cc`); the layers here
 * have several times as many, so that their work is split.
 */
const WORK_PER_THREAD = 2 ** 18;
const THREADS = [1, 2, 3, 8];

interface Training {
  readonly layers: readonly number[];
  /** Samples whose vectors are multiplied at once by the largest layer. */
  readonly together: number;
  readonly samples: number;
  readonly options: NetworkOptions;
  readonly fit: Omit<FitOptions, "epochs">;
}

const TRAININGS: Readonly<Record<string, Training>> = {
  "online, a large layer in the middle": {
    layers: [2, 1000, 1000, 2],
    together: 1,
    samples: 6,
    options: { activation: "tanh" },
    fit: { learningRate: 0.001 },
  },
  "online, more threads than a layer has panels": {
    layers: [3, 4000, 300, 3],
    together: 1,
    samples: 4,
    options: { outputActivation: "softmax", loss: "categoricalCrossEntropy" },
    fit: { learningRate: 0.001 },
  },
  "online, the first layer in blocks": {
    layers: [300, 150, 5],
    together: 32,
    samples: 75,
    options: { arithmetic: "reproducible" },
    fit: { learningRate: 0.01 },
  },
  "online in blocks, one layer only, float64": {
    layers: [401, 133],
    together: 32,
    samples: 70,
    options: { dtype: "float64", outputActivation: "softmax", loss: "categoricalCrossEntropy" },
    fit: { learningRate: 0.01 },
  },
  "batches within a block": {
    layers: [60, 200, 170, 5],
    together: 64,
    samples: 150,
    options: {},
    fit: { learningRate: 0.01, batchSize: 64 },
  },
  "batches larger than a block, float64": {
    layers: [60, 170, 100, 5],
    together: 128,
    samples: 330,
    options: { dtype: "float64", activation: "leakyRelu", outputActivation: "linear" },
    fit: { learningRate: 0.001, batchSize: 300 },
  },
};

/** Arrays by what they are; `toEqual` would take seconds for a million weights. */
type Outcome = Readonly<Record<string, Values>>;

function expectSameOutcome(actual: Outcome, expected: Outcome): void {
  for (const [what, values] of Object.entries(expected)) expectSameBits(actual[what], values, what);
}

function weightsOf(network: Network): Outcome {
  return Object.fromEntries(allWeights(network).map((values, l) => [`weights of layer ${l}`, values]));
}

/** Everything that a network does with threads. */
async function outcomeOf({ layers, samples, options, fit }: Training, threads: number): Promise<Outcome> {
  const data = targetsOf(layers, samples, options);
  const network = new Network(layers, { seed: 3, threads, ...options });
  const { epochs } = await network.fit(data, { epochs: 2, validation: data, ...fit });
  const { loss } = await network.evaluate(data);
  const inputs = Float64Array.from(numbersOf(4, 140 * layers[0]));
  const predictions = network.predictBatch(inputs).data;
  expectSameBits((await network.predictBatchAsync(inputs)).data, predictions, "predictions of another thread");
  const losses = epochs.flatMap((report) => [report.loss, report.validation?.loss ?? Number.NaN]);
  return { losses: Float64Array.of(...losses, loss), predictions, ...weightsOf(network) };
}

function targetsOf(layers: readonly number[], samples: number, { loss }: NetworkOptions): Dataset {
  const [inputSize, targetSize] = [layers[0], layers[layers.length - 1]];
  if (loss !== "categoricalCrossEntropy") return smoothData(samples, inputSize, targetSize);
  const labels = Array.from({ length: samples }, (_, i) => (i * 7) % targetSize);
  return Dataset.from({ inputs: Float64Array.from(numbersOf(2, samples * inputSize)), labels, classes: targetSize });
}

describe("threads", () => {
  it.each(Object.entries(TRAININGS))("change no bit: %s", async (_name, training) => {
    const { layers, together } = training;
    const largest = Math.max(...layers.slice(1).map((units, l) => units * (layers[l] + 1)));
    expect(largest * together).toBeGreaterThan(2 * WORK_PER_THREAD);
    const [alone, ...others] = await Promise.all(THREADS.map((threads) => outcomeOf(training, threads)));
    expect(alone.losses.every(Number.isFinite)).toBe(true);
    for (const outcome of others) expectSameOutcome(outcome, alone);
  });

  it("of a fit are those that it is told, or those of the network", async () => {
    const { layers, samples, options, fit } = TRAININGS["online, a large layer in the middle"];
    const data = targetsOf(layers, samples, options);
    const train = async (ofNetwork: number | undefined, ofFit: number | undefined) => {
      const network = new Network(layers, { seed: 3, ...options, ...(ofNetwork && { threads: ofNetwork }) });
      await network.fit(data, { epochs: 1, ...fit, ...(ofFit && { threads: ofFit }) });
      return weightsOf(network);
    };
    const expected = await train(1, undefined);
    for (const [ofNetwork, ofFit] of [
      [undefined, undefined],
      [undefined, 3],
      [2, 5],
      [8, 1],
      [1, 1024],
    ]) {
      expectSameOutcome(await train(ofNetwork, ofFit), expected);
    }
  });

  it("of several fits at once, more than the machine has, get in nobody's way", async () => {
    const training = TRAININGS["batches within a block"];
    const alone = await outcomeOf(training, 1);
    const together = await Promise.all(Array.from({ length: 8 }, () => outcomeOf(training, 8)));
    for (const outcome of together) expectSameOutcome(outcome, alone);
  });

  it("are an integer from 1 to 1024", async () => {
    const network = new Network([2, 3, 1], { threads: 1024 });
    const data = smoothData(3, 2, 1);
    for (const [wrong, said] of [
      [0, "0"],
      [-1, "-1"],
      [1.5, "1.5"],
      [1025, "1025"],
      ["2", '"2"'],
      [Number.NaN, "NaN"],
      [Number.POSITIVE_INFINITY, "Infinity"],
      [null, "null"],
    ]) {
      const threads = mistyped<number>(wrong);
      const message = `options.threads is ${said}, expected an integer from 1 to 1024`;
      expectThrown(() => new Network([2, 3, 1], { threads }), "ERR_OPTION", message);
      await expectRejected(network.fit(data, { epochs: 1, threads }), "ERR_OPTION", message);
    }
    expect((await network.fit(data, { epochs: 1, threads: 1 })).epochs.length).toBe(1);
  });

  it("are the machine's matter: they are not saved with a network", () => {
    const network = new Network([2, 3, 1], { seed: 1, threads: 3 });
    expect(network.toJSON()).toEqual(new Network([2, 3, 1], { seed: 1 }).toJSON());
    expect(allWeights(network.clone())).toEqual(allWeights(network));
  });
});
