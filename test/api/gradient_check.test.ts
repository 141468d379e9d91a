import { describe, expect, it } from "vitest";
import { type Activation, type GradientCheck, Network } from "../../src/index.ts";
import {
  ELEMENTWISE_ACTIVATIONS,
  nameOf,
  numbersOf,
  OUTPUT_CHOICES,
  type OutputChoice,
  targetFor,
  titleOf,
} from "../support/choices.ts";
import { expectThrown, mistyped } from "../support/errors.ts";
import { fc } from "../support/fast_check.ts";
import { allWeights } from "../support/networks.ts";

/**
 * Differences of fourth order in float64 with ε = 1e-3 are off by about ε⁴ / 30 ≈ 3e-14 of truncation and 2^-53 / ε ≈ 1e-13
 * of rounding, on gradients of which the smallest that count are a thousandth of the largest. A wrong factor or a missing
 * term is off by far more.
 */
const AGREEMENT = 1e-6;

function checked(layers: readonly number[], activation: Activation, output: OutputChoice, seed: number): GradientCheck {
  const network = new Network(layers, { activation, ...output, seed });
  const input = numbersOf(seed, layers[0]);
  const target = targetFor(output.loss, seed + 1, layers[layers.length - 1]);
  return network.checkGradients(input, target);
}

/** Small, as the gradients agree; not 0, as differences were taken and they never agree to the last bit. */
function expectAgreement({ maxRelativeError }: GradientCheck): void {
  expect(maxRelativeError).toBeLessThan(AGREEMENT);
  expect(maxRelativeError).toBeGreaterThan(0);
}

describe("backpropagation agrees with finite differences", () => {
  it.each(ELEMENTWISE_ACTIVATIONS.map((activation) => [nameOf(activation), activation] as const))(
    "through hidden layers of %s, at several depths",
    (_, activation) => {
      const output = { loss: "squaredError", outputActivation: "linear" } as const;
      for (const layers of [
        [3, 4, 2],
        [3, 6, 5, 2],
        [2, 5, 5, 5, 2],
        [16, 17, 15, 3],
      ]) {
        expectAgreement(checked(layers, activation, output, 31));
      }
    },
  );

  it.each(OUTPUT_CHOICES.map((choice) => [titleOf(choice), choice] as const))(
    "with %s, at several depths",
    (_, choice) => {
      for (const layers of [
        [3, 2],
        [3, 5, 4],
        [3, 5, 4, 3],
      ]) {
        expectAgreement(checked(layers, "tanh", choice, 41));
      }
    },
  );

  it("in random networks", () => {
    const size = fc.integer({ min: 1, max: 12 });
    const architecture = fc.record({
      below: fc.array(size, { minLength: 1, maxLength: 3 }),
      // Softmax over one output is constant, and so is its loss.
      outputs: fc.integer({ min: 2, max: 12 }),
      activation: fc.constantFrom(...ELEMENTWISE_ACTIVATIONS),
      output: fc.constantFrom(...OUTPUT_CHOICES),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(architecture, ({ below, outputs, activation, output, seed }) => {
        const { maxRelativeError } = checked([...below, outputs], activation, output, seed);
        expect(maxRelativeError).toBeLessThan(AGREEMENT);
      }),
      // The seed is fixed: in one network of many a ReLU stands at its kink all the same.
      { seed: 2024, numRuns: 150 },
    );
  });

  it("behind gentle slopes, where gradients are tiny", () => {
    const gentle = { type: "sigmoid", slope: 0.01, derivative: "unscaled" } as const;
    const initializer = { type: "uniform", min: 0, max: 1 } as const;
    for (let seed = 1; seed <= 4; seed++) {
      const network = new Network([2, 3, 3, 2], { activation: gentle, outputActivation: gentle, initializer, seed });
      expect(network.checkGradients([0.2, 0.3], [0.3, 0.67]).maxRelativeError).toBeLessThan(AGREEMENT);
    }
  });

  it("in large layers, of which some parameters are checked", () => {
    const output = { loss: "categoricalCrossEntropy", outputActivation: "softmax" } as const;
    const { maxRelativeError } = checked([60, 50, 40], "tanh", output, 5);
    expect(maxRelativeError).toBeLessThan(AGREEMENT);
  });
});

describe("checkGradients", () => {
  const network = new Network([3, 4, 2], { seed: 2 });

  it("names the parameter that agrees least", () => {
    const { worst } = network.checkGradients([0.5, -0.5, 1], [1, 0]);
    expect([0, 1]).toContain(worst.layer);
    expect(worst.row).toBeLessThan(network.weights(worst.layer).rows);
    expect(worst.column).toBeLessThan(network.weights(worst.layer).columns);
  });

  it("sees what central differences of that distance are off by", () => {
    const errorAt = (epsilon: number) => network.checkGradients([0.5, -0.5, 1], [1, 0], { epsilon }).maxRelativeError;
    expect(errorAt(1e-3)).toBeLessThan(AGREEMENT);
    // Far away even the closest of the distances is too far.
    expect(errorAt(3e7)).toBeGreaterThan(0.01);
    // A difference over ReLU's kink is not its derivative: the check can say no.
    const kinked = new Network([1, 1], { outputActivation: "relu" });
    kinked.setWeights(0, [[1e-9, 0]]);
    expect(kinked.checkGradients([1], [1]).maxRelativeError).toBeGreaterThan(0.1);
  });

  it("leaves the network as it is", () => {
    const before = allWeights(network);
    const output = network.predict([1, 2, 3]);
    network.checkGradients([0.5, -0.5, 1], [1, 0]);
    expect(allWeights(network)).toEqual(before);
    expect(network.predict([1, 2, 3])).toEqual(output);
  });

  it("finds no error in gradients that are all 0", () => {
    const dead = new Network([2, 1], { outputActivation: "relu" });
    dead.setWeights(0, [[-1, -1, -1]]);
    expect(dead.checkGradients([1, 1], [1])).toEqual({ maxRelativeError: 0, worst: { layer: 0, row: 0, column: 0 } });
  });

  it("refuses what it cannot work with", () => {
    for (const epsilon of [0, -1e-5, Number.NaN, "1e-5"]) {
      const options = mistyped<{ epsilon: number }>({ epsilon });
      expectThrown(
        () => network.checkGradients([1, 2, 3], [1, 0], options),
        "ERR_OPTION",
        "options.epsilon is",
        "above 0",
      );
    }
    const unknown = mistyped<object>({ eps: 1 });
    expectThrown(() => network.checkGradients([1, 2, 3], [1, 0], unknown), "ERR_OPTION", 'has no option "eps"');
    expectThrown(() => network.checkGradients([1, 2], [1, 0]), "ERR_SHAPE", "input has length 2, expected 3");
    expectThrown(() => network.checkGradients([1, 2, 3], [1, Number.NaN]), "ERR_DATA", "target[1] is NaN");
  });
});
