import { describe, expect, it } from "vitest";
import { Network, type Vector } from "../../src/index.ts";
import { ELEMENTWISE_ACTIVATIONS, nameOf, numbersOf, OUTPUT_CHOICES, targetFor, titleOf } from "../support/choices.ts";
import { expectClose } from "../support/closeness.ts";
import { expectThrown, mistyped } from "../support/errors.ts";
import { allWeights } from "../support/networks.ts";
import { type ReferenceChoices, ReferenceNetwork } from "../support/reference.ts";

const LAYERS = [5, 17, 8, 3];

/** Expects loss, psi and gradients of one sample to be the reference's. */
function expectReferenceGradients(choices: ReferenceChoices, dtype: "float32" | "float64"): void {
  const network = new Network(LAYERS, { ...choices, dtype, seed: 8 });
  const input = numbersOf(3, 5).map(Math.fround);
  const target = targetFor(choices.loss ?? "squaredError", 4, 3).map(Math.fround);
  const expected = new ReferenceNetwork(network, choices).gradients({ input, target });
  const { loss, layers } = network.gradients(input, target);
  expectClose([loss], [expected.loss], dtype, "loss");
  expect(layers.length).toBe(expected.psi.length);
  layers.forEach(({ psi, gradient }, l) => {
    expectClose(psi, expected.psi[l], dtype, `layer ${l}: psi`);
    expectClose(gradient.data, expected.gradients[l].flat(), dtype, `layer ${l}: gradient`);
  });
}

describe.each(["float32", "float64"] as const)("gradients in %s", (dtype) => {
  it.each(OUTPUT_CHOICES.map((choice) => [titleOf(choice), choice] as const))(
    "agree with the reference for %s",
    (_, choice) => {
      expectReferenceGradients({ ...choice, activation: "tanh" }, dtype);
    },
  );

  it.each(ELEMENTWISE_ACTIVATIONS.map((activation) => [nameOf(activation), activation] as const))(
    "agree with the reference for hidden %s",
    (_, activation) => {
      expectReferenceGradients({ activation, outputActivation: "linear" }, dtype);
    },
  );
});

describe("gradients", () => {
  it("have the shapes of the weights, and psi one value a unit", () => {
    const network = new Network(LAYERS, { seed: 8 });
    const { layers } = network.gradients(numbersOf(3, 5), numbersOf(4, 3));
    expect(layers.map(({ gradient }) => [gradient.rows, gradient.columns, gradient.data.length])).toEqual([
      [17, 6, 17 * 6],
      [8, 18, 8 * 18],
      [3, 9, 3 * 9],
    ]);
    expect(layers.map(({ psi }) => psi.length)).toEqual([17, 8, 3]);
    expect(layers[0].gradient.data).toBeInstanceOf(Float32Array);
  });

  it("are what a step subtracts", () => {
    const network = new Network([3, 4, 2], { seed: 8, dtype: "float64" });
    const before = allWeights(network);
    const sample = [
      [0.5, -1, 2],
      [1, 0],
    ] as const;
    const { loss, layers } = network.gradients(...sample);
    expect(allWeights(network)).toEqual(before);
    expect(network.train(...sample, { learningRate: 0.25 })).toBe(loss);
    allWeights(network).forEach((weights, l) => {
      const expected = before[l].map((weight, i) => weight - 0.25 * layers[l].gradient.data[i]);
      expectClose(weights, expected, "float64");
    });
  });

  it("are the caller's", () => {
    const network = new Network([3, 4, 2], { seed: 8 });
    const first = network.gradients([1, 2, 3], [0, 1]);
    const kept = structuredClone(first);
    network.gradients([3, 2, 1], [1, 0]);
    network.predict([9, 9, 9]);
    expect(first).toEqual(kept);
    for (const { gradient, psi } of first.layers) {
      gradient.data.fill(99);
      psi.fill(99);
    }
    expect(network.gradients([1, 2, 3], [0, 1])).toEqual(kept);
  });

  it("are 0 where the answer is right", () => {
    const network = new Network([2, 2], { outputActivation: "linear" });
    network.setWeights(0, [
      [1, 0, 0],
      [0, 1, 0],
    ]);
    const { loss, layers } = network.gradients([3, -4], [3, -4]);
    expect(loss).toBe(0);
    // −2 · 0 is −0: the sign of zero does not matter here.
    expect(Array.from(layers[0].psi, Math.abs)).toEqual([0, 0]);
    expect(Array.from(layers[0].gradient.data, Math.abs)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it("refuse inputs and targets that do not fit", () => {
    const network = new Network([2, 3, 1], { seed: 4 });
    const nothing = mistyped<Vector>(undefined);
    expectThrown(() => network.gradients([1], [1]), "ERR_SHAPE", "input has length 1, expected 2");
    expectThrown(() => network.gradients([1, 2], nothing), "ERR_SHAPE", "target is undefined, expected 1 numbers");
    expectThrown(() => network.gradients([1, 2], [Number.NaN]), "ERR_DATA", "target[0] is NaN");
  });
});
