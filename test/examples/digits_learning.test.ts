import { beforeAll, describe, expect, it } from "vitest";
import { generateDigits } from "../../examples/digits/generate.ts";
import { CLASSES, fallingRate, layers, NETWORK_OPTIONS } from "../../examples/digits/recipe.ts";
import { PIXELS } from "../../examples/digits/render.ts";
import { Dataset, Network } from "../../src/index.ts";

describe("the built-in digits", () => {
  let train: Dataset;
  let test: Dataset;

  beforeAll(() => {
    const toDataset = ({ images, labels }: { images: Uint8Array; labels: Uint8Array }) =>
      Dataset.from({ inputs: images, labels, classes: CLASSES, inputScale: 1 / 255 });
    train = toDataset(generateDigits(12_000, 1));
    test = toDataset(generateDigits(2_000, 2));
  });

  it("are too hard for a linear model", { timeout: 60_000 }, async () => {
    const network = new Network([PIXELS, CLASSES], {
      outputActivation: "softmax",
      loss: "categoricalCrossEntropy",
      seed: 1,
    });
    const epochs = 8;
    const falling = fallingRate(epochs);
    await network.fit(train, { epochs, learningRate: (epoch) => falling(epoch) / 30 });
    const { accuracy } = await network.evaluate(test);
    // Far above chance, so it did learn what it can.
    expect(accuracy).toBeGreaterThan(0.8);
    expect(accuracy).toBeLessThan(0.92);
  });

  it("are learnt by a network with a hidden layer", { timeout: 60_000 }, async () => {
    const network = new Network(layers(48), { ...NETWORK_OPTIONS, seed: 1 });
    const epochs = 5;
    await network.fit(train, { epochs, learningRate: fallingRate(epochs) });
    const { accuracy } = await network.evaluate(test);
    expect(accuracy).toBeGreaterThan(0.95);
  });
});

describe("fallingRate", () => {
  it("falls from 0.3 to a fiftieth of it", () => {
    const rate = fallingRate(7);
    expect(rate(1)).toBeCloseTo(0.3, 12);
    expect(rate(4)).toBeCloseTo((0.3 + 0.006) / 2, 12);
    expect(rate(7)).toBeCloseTo(0.006, 12);
    for (let epoch = 2; epoch <= 7; epoch++) expect(rate(epoch)).toBeLessThan(rate(epoch - 1));
  });

  it("begins and ends with the first rate when there is one epoch", () => {
    expect(fallingRate(1)(1)).toBeCloseTo(0.3, 12);
  });
});
