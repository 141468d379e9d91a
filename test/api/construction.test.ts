import { describe, expect, it } from "vitest";
import { backendInfo, Network } from "../../src/index.ts";
import { expectThrown } from "../support/errors.ts";
import { allWeights } from "../support/networks.ts";

describe("a new network", () => {
  it("has the layers it was given, as numbers or as objects", () => {
    expect(new Network([2, 3, 3, 2]).layers).toEqual([2, 3, 3, 2]);
    const mixed = new Network([{ units: 4 }, { units: 3, activation: "relu", initializer: "heNormal" }, 2]);
    expect(mixed.layers).toEqual([4, 3, 2]);
    expect(new Network([1, 1]).layers).toEqual([1, 1]);
  });

  it("has layers that nobody can change", () => {
    const given = [2, 3, 1];
    const network = new Network(given);
    given[1] = 99;
    expect(network.layers).toEqual([2, 3, 1]);
    expect(Object.isFrozen(network.layers)).toBe(true);
    expect(() => Object.assign(network.layers, [5])).toThrow(TypeError);
  });

  it("counts weights and biases", () => {
    expect(new Network([2, 3, 3, 2]).parameterCount).toBe(3 * (2 + 1) + 3 * (3 + 1) + 2 * (3 + 1));
    expect(new Network([1, 1]).parameterCount).toBe(2);
    expect(new Network([784, 128, 10]).parameterCount).toBe(128 * 785 + 10 * 129);
  });

  it("is a float32 network of fast arithmetic on the preferred backend", () => {
    const network = new Network([2, 3, 1]);
    expect(network).toMatchObject({ dtype: "float32", arithmetic: "fast", backend: backendInfo().backend });
    expect(network.predict([0, 0])).toBeInstanceOf(Float32Array);
  });

  it("has the choices it was made with", () => {
    const options = { dtype: "float64", arithmetic: "reproducible", backend: "typescript", seed: 7 } as const;
    const network = new Network([2, 3, 1], options);
    expect(network).toMatchObject(options);
    expect(network.predict([0, 0])).toBeInstanceOf(Float64Array);
    expect(network.weights(0).data).toBeInstanceOf(Float64Array);
  });

  it("has sigmoids, the squared error and glorotUniform weights by default", () => {
    const { layers, loss } = new Network([2, 3, 1]).toJSON();
    const sigmoid = { type: "sigmoid", slope: 1, derivative: "exact" };
    expect(layers.map(({ activation }) => activation)).toEqual([sigmoid, sigmoid]);
    expect(layers.map(({ initializer }) => initializer)).toEqual(["glorotUniform", "glorotUniform"]);
    expect(loss).toBe("squaredError");
  });

  it("gives hidden layers, the output layer and single layers their own activations", () => {
    const layers = [2, 3, { units: 4, activation: "tanh", initializer: "zeros" }, 5] as const;
    const options = { activation: "relu", outputActivation: "softmax", initializer: "heUniform" } as const;
    const json = new Network(layers, options).toJSON();
    expect(json.layers.map(({ activation }) => activation)).toEqual(["relu", "tanh", "softmax"]);
    expect(json.layers.map(({ initializer }) => initializer)).toEqual(["heUniform", "zeros", "heUniform"]);
    const output = new Network([2, { units: 1, activation: "linear" }], { outputActivation: "softmax" }).toJSON();
    expect(output.layers[0].activation).toBe("linear");
  });
});

describe("the seed", () => {
  it("is drawn when absent, and can be read", () => {
    const seeds = Array.from({ length: 8 }, () => new Network([2, 2]).seed);
    for (const seed of seeds) expect(Number.isSafeInteger(seed) && seed >= 0).toBe(true);
    // 8 equal draws of 32 bits happen once in 2^224.
    expect(new Set(seeds).size).toBeGreaterThan(1);
    const drawn = new Network([2, 2]);
    expect(allWeights(new Network([2, 2], { seed: drawn.seed }))).toEqual(allWeights(drawn));
  });

  it("decides the weights, on every backend", () => {
    const weightsOf = (seed: number) => allWeights(new Network([5, 4, 3], { seed }));
    expect(weightsOf(42)).toEqual(weightsOf(42));
    expect(weightsOf(42)).not.toEqual(weightsOf(43));
    const onTypeScript = new Network([5, 4, 3], { seed: 42, backend: "typescript" });
    expect(allWeights(onTypeScript)).toEqual(weightsOf(42));
  });

  it("gives float32 networks the rounded weights of float64 networks", () => {
    for (const initializer of ["glorotUniform", "heNormal", { type: "normal", standardDeviation: 2 }] as const) {
      const single = new Network([17, 9, 4], { seed: 3, initializer });
      const double = new Network([17, 9, 4], { seed: 3, initializer, dtype: "float64" });
      expect(allWeights(single)).toEqual(allWeights(double).map((values) => Float32Array.from(values)));
      expect(allWeights(single)).not.toEqual(allWeights(double).map((values) => new Float32Array(values.length)));
    }
  });

  it("may be any non-negative safe integer", () => {
    for (const seed of [0, 1, 2 ** 32, Number.MAX_SAFE_INTEGER]) expect(new Network([2, 2], { seed }).seed).toBe(seed);
    expect(allWeights(new Network([2, 2], { seed: 5 }))).not.toEqual(
      allWeights(new Network([2, 2], { seed: 5 + 2 ** 32 })),
    );
  });
});

describe("the backend of a network", () => {
  it("is TypeScript where that is asked for", () => {
    expect(new Network([2, 2], { backend: "typescript" }).backend).toBe("typescript");
    expect(new Network([2, 2], { backend: "auto" }).backend).toBe(backendInfo().backend);
  });

  it("is native where it can be had, and an error elsewhere", () => {
    const make = () => new Network([2, 2], { backend: "native" });
    if (backendInfo().backend === "native") expect(make().backend).toBe("native");
    else expectThrown(make, "ERR_BACKEND_UNAVAILABLE", "backend is native, and DOWNHILL_BACKEND is typescript");
  });
});
