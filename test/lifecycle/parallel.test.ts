import { describe, expect, it } from "vitest";
import { Dataset, Network, type NetworkOptions } from "../../src/index.ts";
import { rejectionOf } from "../support/errors.ts";
import { allWeights } from "../support/networks.ts";
import { smoothData, smoothRows } from "../support/samples.ts";

const data = smoothData(1500, 20, 5);

/** Trainings that differ in everything that may matter. */
const TRAININGS: readonly { options: NetworkOptions; batchSize: number }[] = [
  { options: { dtype: "float32", arithmetic: "fast" }, batchSize: 1 },
  { options: { dtype: "float64", arithmetic: "fast" }, batchSize: 1 },
  { options: { dtype: "float32", arithmetic: "reproducible" }, batchSize: 8 },
  { options: { dtype: "float64", arithmetic: "reproducible", backend: "typescript" }, batchSize: 3 },
  { options: { activation: "tanh", outputActivation: "softmax" }, batchSize: 1 },
  { options: { activation: "leakyRelu", outputActivation: "linear" }, batchSize: 32 },
];

async function run({ options, batchSize }: (typeof TRAININGS)[number]) {
  const network = new Network([20, 33, 17, 5], { seed: 8, ...options });
  const { epochs } = await network.fit(data, { epochs: 3, batchSize, learningRate: 0.02 });
  const { loss } = await network.evaluate(data);
  return { losses: epochs.map((report) => report.loss), loss, weights: allWeights(network) };
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
