import { beforeAll, describe, expect, it } from "vitest";
import { CLASSES, fallingRate, layers, RECIPES } from "../../examples/digits/recipe.ts";
import { digits, PIXELS } from "../../src/digits/index.ts";
import { type Dataset, Network } from "../../src/index.ts";

describe("the built-in digits", () => {
  let train: Dataset;
  let test: Dataset;

  beforeAll(() => {
    ({ train, test } = digits());
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

  it.each(["tutorial", "modern"] as const)("are learnt by the %s recipe", { timeout: 60_000 }, async (name) => {
    const recipe = RECIPES[name];
    const network = new Network(layers(48), { ...recipe.network, seed: 1 });
    const epochs = 5;
    await network.fit(train, { ...recipe.fit(epochs), epochs });
    const { accuracy } = await network.evaluate(test);
    expect(accuracy).toBeGreaterThan(0.95);
  });
});

describe("the recipes", () => {
  it("know how many epochs suit each kind of digits", () => {
    for (const { epochs } of Object.values(RECIPES)) {
      expect(epochs.builtIn).toBeGreaterThanOrEqual(1);
      expect(epochs.mnist).toBeGreaterThanOrEqual(1);
    }
  });

  it("are what they are called", () => {
    const { tutorial, modern } = RECIPES;
    expect(tutorial.fit(7)).toEqual({ batchSize: 1, learningRate: expect.any(Function) });
    expect(tutorial.network).toMatchObject({
      activation: "sigmoid",
      outputActivation: "sigmoid",
      loss: "squaredError",
    });
    expect(modern.fit(12)).toEqual({
      batchSize: 64,
      optimizer: "adam",
      learningRate: { type: "oneCycle", learningRate: 0.004 },
    });
    expect(modern.network).toEqual({
      activation: "relu",
      outputActivation: "softmax",
      loss: "categoricalCrossEntropy",
      initializer: "heUniform",
    });
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
