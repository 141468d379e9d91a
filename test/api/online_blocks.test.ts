import { describe, expect, it } from "vitest";
import { Dataset, DownhillError, Network, type NetworkOptions } from "../../src/index.ts";
import { numbersOf } from "../support/choices.ts";
import { expectNear } from "../support/closeness.ts";
import { expectRejected, thrownBy } from "../support/errors.ts";
import { allWeights } from "../support/networks.ts";
import { samplesIn, smoothData } from "../support/samples.ts";

/**
 * Online training takes the samples of a large first layer in blocks of 32; what it computes is still one step after
 * the other. The two ways round differently, by some units in the last place a step.
 */
const TOLERANCE = 1e-12;

const SHAPES: readonly { layers: readonly number[]; options: NetworkOptions }[] = [
  { layers: [40, 33, 5], options: { activation: "tanh" } },
  { layers: [40, 33, 5], options: { outputActivation: "softmax", loss: "categoricalCrossEntropy" } },
  { layers: [33, 40], options: {} },
  { layers: [33, 40], options: { outputActivation: "softmax", loss: "categoricalCrossEntropy" } },
  { layers: [32, 32, 9, 3], options: { activation: "leakyRelu", outputActivation: "linear" } },
];

function dataFor(layers: readonly number[], { loss }: NetworkOptions, size: number): Dataset {
  const [inputSize, targetSize] = [layers[0], layers[layers.length - 1]];
  if (loss !== "categoricalCrossEntropy") return smoothData(size, inputSize, targetSize);
  const labels = Array.from({ length: size }, (_, i) => (i * i) % targetSize);
  return Dataset.from({ inputs: Float64Array.from(numbersOf(2, size * inputSize)), labels, classes: targetSize });
}

/** One step a sample, in order. @returns the sum of the losses before each */
function trainOneByOne(network: Network, data: Dataset, learningRate: number): number {
  let sum = 0;
  for (const { input, target } of samplesIn(data)) sum += network.train(input, target, { learningRate });
  return sum;
}

describe.each(SHAPES.map((shape) => [`${shape.layers} ${JSON.stringify(shape.options)}`, shape] as const))(
  "an online epoch of %s",
  (_name, { layers, options }) => {
    it.each([1, 31, 32, 33, 65, 100])("of %i samples is one step after the other", async (size) => {
      const data = dataFor(layers, options, size);
      const learningRate = 0.05;
      const inBlocks = new Network(layers, { seed: 6, dtype: "float64", ...options });
      const oneByOne = inBlocks.clone();
      const { epochs } = await inBlocks.fit(data, { epochs: 2, learningRate, shuffle: false });
      for (const { loss } of epochs) {
        expectNear([loss * size], [trainOneByOne(oneByOne, data, learningRate)], TOLERANCE, "the sum of losses");
      }
      const expected = allWeights(oneByOne);
      allWeights(inBlocks).forEach((weights, l) => {
        expectNear(weights, expected[l], TOLERANCE, `weights of layer ${l}`);
      });
      // Both have learnt something: the comparison is not one of networks that stayed as they were.
      expect(expected[0]).not.toEqual(new Network(layers, { seed: 6, dtype: "float64", ...options }).weights(0).data);
    });
  },
);

describe("a loss that is not finite within a block", () => {
  const layers = [40, 33, 5];
  const options: NetworkOptions = { seed: 6, dtype: "float64", activation: "linear", outputActivation: "linear" };

  it("names the sample, whatever the order, and leaves the network as it was", async () => {
    for (const place of [0, 13, 31, 32, 64, 99]) {
      const inputs = Float64Array.from(numbersOf(3, 100 * 40));
      const targets = new Float64Array(100 * 5);
      targets[place * 5] = 1e200;
      const data = Dataset.from({ inputs, targets, size: 100 });
      const network = new Network(layers, options);
      const before = allWeights(network);
      const fit = network.fit(data, { epochs: 1, learningRate: 1e-4, shuffle: false });
      const message = `epoch 1: the loss of sample ${place}, number ${place + 1} of 100, is not finite`;
      await expectRejected(fit, "ERR_DIVERGED", message, "it had before");
      await expectRejected(network.fit(data, { epochs: 1, learningRate: 1e-4 }), "ERR_DIVERGED", `sample ${place},`);
      expect(allWeights(network)).toEqual(before);
    }
  });

  it("keeps the last good epoch, and is found where single steps find it", async () => {
    const data = smoothData(100, 40, 33);
    // With one linear layer an error grows by about the same factor a step: slowly enough to come to another block.
    const network = new Network([40, 33], options);
    const oneByOne = network.clone();
    const diverging = 100;
    let published = allWeights(network);
    const fit = network.fit(data, {
      epochs: 5,
      learningRate: (epoch) => (epoch < 3 ? 1e-3 : diverging),
      shuffle: false,
      onEpoch: () => {
        published = allWeights(network);
      },
    });
    const { message } = await expectRejected(fit, "ERR_DIVERGED", "epoch 3: the loss of sample", "of epoch 2");
    expect(allWeights(network)).toEqual(published);

    for (let epoch = 0; epoch < 2; epoch++) trainOneByOne(oneByOne, data, 1e-3);
    const samples = samplesIn(data);
    const found = samples.findIndex(
      ({ input, target }) =>
        thrownBy(() => oneByOne.train(input, target, { learningRate: diverging })) instanceof DownhillError,
    );
    expect(found).toBeGreaterThan(32);
    expect(message).toContain(`the loss of sample ${found}, number ${found + 1} of 100`);
  });
});
