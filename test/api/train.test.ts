import { describe, expect, it } from "vitest";
import { Network, type Vector } from "../../src/index.ts";
import { numbersOf, OUTPUT_CHOICES, targetFor, titleOf } from "../support/choices.ts";
import { expectClose } from "../support/closeness.ts";
import { expectThrown, mistyped } from "../support/errors.ts";
import { allWeights } from "../support/networks.ts";
import { ReferenceNetwork } from "../support/reference.ts";

const LAYERS = [5, 9, 4, 3];

describe.each(["float32", "float64"] as const)("one step in %s", (dtype) => {
  it.each(OUTPUT_CHOICES.map((choice) => [titleOf(choice), choice] as const))(
    "with %s moves the weights as the reference does, and tells the loss before",
    (_, { loss, outputActivation }) => {
      for (const activation of ["tanh", { type: "sigmoid", slope: 2, derivative: "unscaled" }] as const) {
        const options = { activation, outputActivation, loss, dtype, seed: 21 } as const;
        const network = new Network(LAYERS, options);
        const reference = new ReferenceNetwork(network, options);
        const input = numbersOf(1, 5).map(Math.fround);
        const target = targetFor(loss, 2, 3).map(Math.fround);
        const before = network.train(input, target, { learningRate: 0.5 });
        expectClose([before], [reference.step([{ input, target }], 0.5)], dtype, "loss");
        reference.weights.forEach((rows, l) => {
          expectClose(network.weights(l).data, rows.flat(), dtype, `layer ${l}: weight`);
        });
      }
    },
  );
});

describe("train", () => {
  it("steps by 0.01 when no rate is given", () => {
    const [given, absent] = [{ learningRate: 0.01 }, undefined].map((options) => {
      const network = new Network([2, 3, 1], { seed: 4 });
      network.train([0.5, -1], [1], options);
      return allWeights(network);
    });
    expect(absent).toEqual(given);
  });

  it("changes nothing at rate 0", () => {
    const network = new Network([2, 3, 1], { seed: 4 });
    const before = allWeights(network);
    const loss = network.train([0.5, -1], [1], { learningRate: 0 });
    expect(loss).toBeCloseTo((1 - network.predict([0.5, -1])[0]) ** 2, 6);
    expect(allWeights(network)).toEqual(before);
  });

  it("goes down the slope: each loss is less than the one before", () => {
    const network = new Network([2, 3, 1], { seed: 4 });
    const losses = Array.from({ length: 20 }, () => network.train([0.5, -1], [1], { learningRate: 0.5 }));
    for (let i = 1; i < losses.length; i++) expect(losses[i]).toBeLessThan(losses[i - 1]);
  });

  it("changes nothing when the loss is not finite", () => {
    const network = new Network([1, 1], { activation: "linear", outputActivation: "linear" });
    network.setWeights(0, [[3e38, 0]]);
    const before = allWeights(network);
    for (const input of [[3e38], [-3e38]]) {
      const action = () => network.train(input, [0], { learningRate: 0.1 });
      expectThrown(action, "ERR_DIVERGED", "the loss before this step is Infinity; the step was not taken");
      expect(allWeights(network)).toEqual(before);
    }
    // The squares of float32 numbers are summed in double precision, where they fit.
    expect(network.train([1], [0], { learningRate: 0 })).toBeCloseTo(9e76, -71);
  });

  it("refuses inputs and targets that do not fit, and changes nothing", () => {
    const network = new Network([2, 3, 1], { seed: 4 });
    const before = allWeights(network);
    const train = (input: unknown, target: unknown) => () =>
      network.train(mistyped<Vector>(input), mistyped<Vector>(target));
    expectThrown(train([1], [1]), "ERR_SHAPE", "input has length 1, expected 2");
    expectThrown(train([1, 2], [1, 2]), "ERR_SHAPE", "target has length 2, expected 1");
    expectThrown(train([1, 2], 1), "ERR_SHAPE", "target is 1, expected 1 numbers");
    expectThrown(train([1, Number.NaN], [1]), "ERR_DATA", "input[1] is NaN");
    expectThrown(train([1, 2], [Number.POSITIVE_INFINITY]), "ERR_DATA", "target[0] is Infinity");
    expectThrown(train([1, 2], [1e300]), "ERR_DATA", "target[0] is 1e+300, expected a number that float32 can hold");
    expect(allWeights(network)).toEqual(before);
  });

  it("refuses learning rates and options that make no sense", () => {
    const network = new Network([2, 3, 1], { seed: 4 });
    const train = (options: unknown) => () => network.train([1, 2], [1], mistyped<{ learningRate: number }>(options));
    for (const learningRate of [-0.1, Number.NaN, Number.POSITIVE_INFINITY, "0.1", null]) {
      expectThrown(train({ learningRate }), "ERR_OPTION", "options.learningRate is", "a finite number of at least 0");
    }
    expectThrown(train({ rate: 1 }), "ERR_OPTION", 'options has no option "rate"');
    expectThrown(train(0.5), "ERR_OPTION", "options is 0.5, expected an object");
  });
});
