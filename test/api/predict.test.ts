import { describe, expect, it } from "vitest";
import { Network, type NetworkOptions, type Values } from "../../src/index.ts";
import { ELEMENTWISE_ACTIVATIONS, nameOf, numbersOf } from "../support/choices.ts";
import { expectClose } from "../support/closeness.ts";
import { ReferenceNetwork } from "../support/reference.ts";

const DTYPES = ["float32", "float64"] as const;
const ARITHMETICS = ["fast", "reproducible"] as const;

/** A network with weights in −1 … 1 and biases like them, and its reference. */
function pairOf(layers: readonly number[], options: NetworkOptions) {
  const network = new Network(layers, { initializer: { type: "uniform", min: -1, max: 1 }, seed: 5, ...options });
  return { network, reference: new ReferenceNetwork(network, options) };
}

describe.each(DTYPES)("predict in %s", (dtype) => {
  describe.each(ARITHMETICS)("and %s arithmetic", (arithmetic) => {
    it.each(ELEMENTWISE_ACTIVATIONS.map((activation) => [nameOf(activation), activation] as const))(
      "agrees with the reference on %s",
      (_, activation) => {
        // Inputs that float32 holds exactly: the tolerance is for the network's rounding alone.
        const input = numbersOf(9, 19).map(Math.fround);
        const options = { activation, outputActivation: activation, dtype, arithmetic };
        const { network, reference } = pairOf([19, 17, 16, 3], options);
        expectClose(network.predict(input), reference.predict(input), dtype, "output", 1);
      },
    );

    it("agrees with the reference on softmax", () => {
      const input = numbersOf(9, 5).map(Math.fround);
      const { network, reference } = pairOf([5, 8, 17], { outputActivation: "softmax", dtype, arithmetic });
      const output = network.predict(input);
      expectClose(output, reference.predict(input), dtype);
      expectClose([Array.from(output).reduce((sum, share) => sum + share, 0)], [1], dtype);
    });

    it("stays finite where an exponential would overflow", () => {
      const weights = [Float64Array.of(3000, 0), Float64Array.of(-3000, 0)];
      const outputs = (outputActivation: NetworkOptions["outputActivation"], layers = [1, 2]) => {
        const options = { dtype, arithmetic, ...(outputActivation && { outputActivation }) };
        const network = new Network(layers, options);
        network.setWeights(0, weights);
        return Array.from(network.predict([1]));
      };
      // e^−3000 is far below the smallest number of either type.
      expect(outputs("sigmoid")).toEqual([1, 0]);
      expect(outputs("tanh")).toEqual([1, -1]);
      expect(outputs("softmax")).toEqual([1, 0]);
      expect(outputs("relu")).toEqual([3000, 0]);
      expect(outputs("linear")).toEqual([3000, -3000]);
    });
  });

  it("is right for one input and one output, and for sizes around a vector's", () => {
    for (const size of [1, 7, 8, 9, 15, 16, 17, 31, 32, 33]) {
      const { network, reference } = pairOf([size, size, 1], { dtype, activation: "tanh", outputActivation: "linear" });
      const input = numbersOf(size, size).map(Math.fround);
      expectClose(network.predict(input), reference.predict(input), dtype, `size ${size}: output`, 1);
    }
  });

  it("uses the bias", () => {
    const network = new Network([2, 1], { dtype, outputActivation: "linear" });
    network.setWeights(0, [[0, 0, 0.75]]);
    expect(Array.from(network.predict([5, -5]))).toEqual([0.75]);
  });
});

describe("what predict gives", () => {
  const network = new Network([3, 4, 2], { seed: 1 });

  it("is the caller's, and the network's memory is not", () => {
    const first = network.predict([1, 2, 3]);
    const kept = Array.from(first);
    const second = network.predict([-1, 0, 1]);
    expect(Array.from(first)).toEqual(kept);
    expect(Array.from(second)).not.toEqual(kept);
    expect(first.buffer).not.toBe(second.buffer);
    first.fill(99);
    expect(Array.from(network.predict([1, 2, 3]))).toEqual(kept);
    expect(Array.from(network.predict([-1, 0, 1]))).toEqual(Array.from(second));
  });

  it("has room for the outputs alone", () => {
    const output: Values = network.predict([1, 2, 3]);
    expect(output.length).toBe(2);
    expect(output.buffer.byteLength).toBe(8);
  });

  it("does not depend on what was predicted before, nor on a failure in between", () => {
    const expected = network.predict([0.5, 0.25, 0.125]);
    network.predict([1e30, -1e30, 1e30]);
    expect(() => network.predict([1, Number.NaN, 3])).toThrow("input[1] is NaN");
    expect(network.predict([0.5, 0.25, 0.125])).toEqual(expected);
  });
});
