import { describe, expect, it } from "vitest";
import { Dataset, type FitOptions, Network } from "../../src/index.ts";
import { Random } from "../../src/random.ts";
import { expectClose } from "../support/closeness.ts";
import { allWeights } from "../support/networks.ts";
import { ReferenceNetwork, type ReferenceSample } from "../support/reference.ts";
import { samplesIn, smoothData, smoothRows, xor } from "../support/samples.ts";

const DTYPES = ["float32", "float64"] as const;

/** Samples in consecutive batches, the last one maybe shorter. */
function batchesOf(samples: readonly ReferenceSample[], size: number): ReferenceSample[][] {
  const count = Math.ceil(samples.length / size);
  return Array.from({ length: count }, (_, b) => samples.slice(b * size, (b + 1) * size));
}

/** The weights after a fit of a fresh network of seed 6. */
async function fittedWeights(data: Dataset, options: Partial<FitOptions>) {
  const network = new Network([3, 4, 2], { seed: 6 });
  await network.fit(data, { epochs: 2, learningRate: 0.1, ...options });
  return allWeights(network);
}

describe("fit learns", () => {
  it.each(DTYPES)("XOR in %s", async (dtype) => {
    const network = new Network([2, 4, 1], { seed: 1, dtype, activation: "tanh" });
    const { epochs } = await network.fit(xor(), { epochs: 2000, learningRate: 0.5 });
    expect(epochs[1999].loss).toBeLessThan(0.01);
    expect(epochs[1999].loss).toBeLessThan(epochs[0].loss / 20);
    for (const [input, target] of [
      [[0, 0], 0],
      [[0, 1], 1],
      [[1, 0], 1],
      [[1, 1], 0],
    ] as const) {
      expect(Math.abs(network.predict(input)[0] - target)).toBeLessThan(0.2);
    }
  });

  it("a curve, in batches", async () => {
    const inputs = Array.from({ length: 64 }, (_, i) => [i / 32 - 1]);
    const targets = inputs.map(([x]) => [Math.sin(3 * x)]);
    const network = new Network([1, 16, 1], { seed: 1, activation: "tanh", outputActivation: "linear" });
    const options = { epochs: 600, batchSize: 4, learningRate: 0.1 };
    const { epochs } = await network.fit(Dataset.from({ inputs, targets }), options);
    // The mean square of the targets is about a half.
    expect(epochs[0].loss).toBeGreaterThan(0.05);
    expect(epochs[599].loss).toBeLessThan(0.02);
  });

  it("classes, by cross-entropy", async () => {
    const { inputs } = smoothRows(120, 2, 1, 3);
    const labels = inputs.map(([x, y]) => (x > 0 ? 2 : y > 0 ? 1 : 0));
    const data = Dataset.from({ inputs, labels });
    const loss = "categoricalCrossEntropy" as const;
    const network = new Network([2, 12, 3], { seed: 1, activation: "tanh", outputActivation: "softmax", loss });
    await network.fit(data, { epochs: 150, learningRate: 0.05 });
    expect((await network.evaluate(data)).accuracy).toBeGreaterThan(0.95);
  });
});

describe.each(DTYPES)("one epoch in %s without shuffling", (dtype) => {
  // 15 samples: batches of 4 and 7 leave a shorter one, of 3 samples and of 1.
  it.each([1, 4, 7, 15, 100])(
    "in batches of %i takes the reference's steps by the mean of each batch",
    async (batchSize) => {
      const options = { seed: 12, dtype, activation: "tanh" } as const;
      const network = new Network([5, 6, 2], options);
      const reference = new ReferenceNetwork(network, options);
      const data = smoothData(15, 5, 2);
      const { epochs } = await network.fit(data, { epochs: 1, batchSize, learningRate: 0.3, shuffle: false });
      const batches = batchesOf(samplesIn(data), batchSize);
      const lossSum = batches.reduce((sum, batch) => sum + reference.step(batch, 0.3) * batch.length, 0);
      expectClose([epochs[0].loss], [lossSum / 15], dtype, "loss");
      reference.weights.forEach((rows, l) => {
        expectClose(network.weights(l).data, rows.flat(), dtype, `layer ${l}: weight`);
      });
    },
  );

  it("does what train does sample by sample", async () => {
    const data = smoothData(9, 3, 2);
    const fitted = new Network([3, 4, 2], { seed: 2, dtype });
    const stepped = fitted.clone();
    await fitted.fit(data, { epochs: 1, learningRate: 0.2, shuffle: false });
    for (const { input, target } of samplesIn(data)) stepped.train(input, target, { learningRate: 0.2 });
    allWeights(fitted).forEach((weights, l) => {
      expectClose(weights, allWeights(stepped)[l], dtype);
    });
  });
});

describe("the samples of a fit", () => {
  it("come in a new order each epoch, which the seed decides", async () => {
    const data = smoothData(20, 3, 2);
    const weights = await fittedWeights(data, { seed: 9 });
    expect(await fittedWeights(data, { seed: 9 })).toEqual(weights);
    expect(await fittedWeights(data, { seed: 10 })).not.toEqual(weights);
    expect(await fittedWeights(data, { shuffle: false })).not.toEqual(weights);
    // Without a seed it is the network's, 6.
    expect(await fittedWeights(data, {})).toEqual(await fittedWeights(data, { seed: 6 }));

    // Each epoch has the order of its own stream of the seed.
    const network = new Network([3, 4, 2], { seed: 6 });
    for (const epoch of [1, 2]) {
      const order = Uint32Array.from({ length: 20 }, (_, i) => i);
      new Random(9, epoch).shuffle(order);
      const samples = Array.from(order, (index) => data.sample(index));
      const ordered = Dataset.from({
        inputs: samples.map(({ input }) => input),
        targets: samples.map(({ target }) => target),
      });
      await network.fit(ordered, { epochs: 1, learningRate: 0.1, shuffle: false });
    }
    expect(allWeights(network)).toEqual(weights);
  });

  it("come in their own order when they are not shuffled", async () => {
    const { inputs, targets } = smoothRows(20, 3, 2);
    const forwards = await fittedWeights(Dataset.from({ inputs, targets }), { shuffle: false, seed: 1 });
    expect(await fittedWeights(Dataset.from({ inputs, targets }), { shuffle: false, seed: 2 })).toEqual(forwards);
    const reversed = Dataset.from({ inputs: inputs.toReversed(), targets: targets.toReversed() });
    expect(await fittedWeights(reversed, { shuffle: false })).not.toEqual(forwards);
  });

  it("may be bytes with a scale, or labels: the network sees the same numbers", async () => {
    const bytes = Uint8Array.from({ length: 30 }, (_, i) => (i * 37) % 256);
    const labels = Array.from({ length: 10 }, (_, i) => i % 2);
    const oneHot = labels.map((label) => [label === 0 ? 1 : 0, label]);
    // A power of two: scaling rounds nothing.
    const scaled = Float32Array.from(bytes, (byte) => byte / 256);
    const expected = await fittedWeights(Dataset.from({ inputs: scaled, targets: oneHot }), {});
    const compact = Dataset.from({ inputs: bytes, labels, inputScale: 1 / 256 });
    expect(await fittedWeights(compact, {})).toEqual(expected);
    const doubles = Dataset.from({ inputs: Float64Array.from(scaled), labels: Uint8Array.from(labels) });
    expect(await fittedWeights(doubles, {})).toEqual(expected);
  });

  it("may lie in shared memory", async () => {
    const { inputs, targets } = smoothRows(12, 3, 2);
    const shared = new Float64Array(new SharedArrayBuffer(12 * 3 * 8));
    shared.set(inputs.flat());
    const expected = await fittedWeights(Dataset.from({ inputs, targets }), {});
    expect(await fittedWeights(Dataset.from({ inputs: shared, targets }), {})).toEqual(expected);
  });

  it("all count in a batch, however large the batch may be", async () => {
    const data = smoothData(10, 3, 2);
    const whole = await fittedWeights(data, { batchSize: 10, shuffle: false });
    for (const batchSize of [11, 2 ** 31, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER]) {
      expect(await fittedWeights(data, { batchSize, shuffle: false })).toEqual(whole);
    }
  });
});

describe("two fits", () => {
  it("go on from each other's weights", async () => {
    const data = smoothData(20, 3, 2);
    const once = await fittedWeights(data, { epochs: 2, shuffle: false });
    const network = new Network([3, 4, 2], { seed: 6 });
    for (let i = 0; i < 2; i++) await network.fit(data, { epochs: 1, learningRate: 0.1, shuffle: false });
    expect(allWeights(network)).toEqual(once);
  });

  it("of equal networks give equal bits, whatever the chunks they ran in", async () => {
    const data = smoothData(3000, 12, 4);
    const run = async () => {
      const network = new Network([12, 40, 4], { seed: 3 });
      const { epochs } = await network.fit(data, { epochs: 2, batchSize: 7, learningRate: 0.05 });
      return { losses: epochs.map(({ loss }) => loss), weights: allWeights(network) };
    };
    const alone = await run();
    // Together they share the processor, so that chunks end elsewhere.
    expect(await Promise.all([run(), run(), run()])).toEqual([alone, alone, alone]);
  });

  it("on one data set at the same time do not disturb each other", async () => {
    const data = smoothData(50, 3, 2);
    const expected = await fittedWeights(data, { seed: 4 });
    const [first, second] = await Promise.all([fittedWeights(data, { seed: 4 }), fittedWeights(data, { seed: 4 })]);
    expect(first).toEqual(expected);
    expect(second).toEqual(expected);
  });
});
