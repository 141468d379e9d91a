import { describe, expect, it } from "vitest";
import { Dataset, type FitOptions, Network, type NetworkOptions } from "../../src/index.ts";
import { rejectionOf } from "../support/errors.ts";
import { allWeights } from "../support/networks.ts";
import { outcomeOf } from "../support/outcomes.ts";
import { smoothData, smoothRows } from "../support/samples.ts";

const data = smoothData(1500, 20, 5);

interface Training {
  /** Of the hidden layers; 33 and 17 by default. */
  readonly hidden?: readonly number[];
  readonly options: NetworkOptions;
  readonly fit?: Partial<FitOptions>;
}

/** Trainings that differ in everything that may matter. */
const TRAININGS: readonly Training[] = [
  { options: { dtype: "float32", arithmetic: "fast" } },
  { options: { dtype: "float64", arithmetic: "fast" } },
  { options: { dtype: "float32", arithmetic: "reproducible" }, fit: { batchSize: 8 } },
  { options: { dtype: "float64", arithmetic: "reproducible", backend: "typescript" }, fit: { batchSize: 3 } },
  { options: { activation: "tanh", outputActivation: "softmax" } },
  { options: { activation: "leakyRelu", outputActivation: "linear" }, fit: { batchSize: 32 } },
  { hidden: [64], options: {}, fit: { batchSize: 32, optimizer: "adam", dropout: 0.3, validation: 0.1 } },
  { hidden: [150, 40], options: { threads: 3 }, fit: { batchSize: 200, optimizer: "rmsprop", weightDecay: 0.01 } },
  {
    hidden: [7, 7, 7],
    options: { dtype: "float64" },
    fit: { batchSize: 5, optimizer: { type: "sgd", momentum: 0.8 } },
  },
  {
    hidden: [],
    options: {},
    fit: { optimizer: { type: "sgd", momentum: 0.9, nesterov: true }, clipGradientNorm: 0.1 },
  },
  { hidden: [16], options: {}, fit: { learningRate: { type: "cosine", learningRate: 0.05 }, statistics: true } },
];

async function run({ hidden = [33, 17], options, fit }: Training) {
  const network = new Network([20, ...hidden, 5], { seed: 8, ...options });
  const history = await network.fit(data, { epochs: 3, learningRate: 0.02, ...fit });
  const { loss } = await network.evaluate(data);
  return { loss, ...outcomeOf(network, history) };
}

describe("fits in parallel", () => {
  it("give what each gives alone, bit for bit", async () => {
    const alone = [];
    for (const training of TRAININGS) alone.push(await run(training));
    // More than the threads of the pool they wait in.
    const together = await Promise.all([...TRAININGS, ...TRAININGS].map(run));
    expect(together).toEqual([...alone, ...alone]);
  });

  it("do not disturb each other when some are aborted or diverge", async () => {
    const alone = await run(TRAININGS[0]);
    const aborted = Array.from({ length: 4 }, (_, i) => {
      const network = new Network([20, 64, 5], { seed: i });
      return rejectionOf(network.fit(data, { epochs: 1_000_000, signal: AbortSignal.timeout(20 + 20 * i) }));
    });
    const linear = new Network([20, 64, 5], { seed: 1, activation: "linear", outputActivation: "linear" });
    const diverging = rejectionOf(linear.fit(data, { epochs: 3, learningRate: 1e9 }));
    expect(await Promise.all([run(TRAININGS[0]), run(TRAININGS[0])])).toEqual([alone, alone]);
    for (const failure of await Promise.all(aborted)) expect(failure).toMatchObject({ name: "TimeoutError" });
    expect(await diverging).toMatchObject({ code: "ERR_DIVERGED" });
  });

  it("may share the memory of their samples", async () => {
    const { inputs, targets } = smoothRows(300, 20, 5);
    const shared = new Float32Array(new SharedArrayBuffer(300 * 20 * 4));
    shared.set(inputs.flat());
    const onShared = Dataset.from({ inputs: shared, targets });
    const train = async () => {
      const network = new Network([20, 16, 5], { seed: 8 });
      await network.fit(onShared, { epochs: 3 });
      return allWeights(network);
    };
    const alone = await train();
    expect(await Promise.all([train(), train(), train()])).toEqual([alone, alone, alone]);
  });
});
