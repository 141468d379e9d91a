import { describe, expect, it } from "vitest";
import { type LayerSpec, Network, type NetworkOptions } from "../../src/index.ts";
import { expectThrown, mistyped } from "../support/errors.ts";

function expectLayersRefused(layers: unknown, code: "ERR_OPTION" | "ERR_SHAPE", ...fragments: string[]): void {
  expectThrown(() => new Network(mistyped<LayerSpec[]>(layers)), code, ...fragments);
}

function expectOptionsRefused(options: unknown, ...fragments: string[]): void {
  expectThrown(() => new Network([2, 3, 1], mistyped<NetworkOptions>(options)), "ERR_OPTION", ...fragments);
}

describe("a network refuses layers", () => {
  it("that are no list", () => {
    expectLayersRefused(undefined, "ERR_OPTION", "layers is undefined, expected an array such as [2, 3, 3, 2]");
    expectLayersRefused("2, 3", "ERR_OPTION", 'layers is "2, 3"');
    expectLayersRefused(Int32Array.of(2, 3), "ERR_OPTION", "layers is a Int32Array of length 2");
  });

  it("that are too few or too many", () => {
    expectLayersRefused([], "ERR_SHAPE", "layers has length 0");
    expectLayersRefused([5], "ERR_SHAPE", "layers has length 1");
    expectLayersRefused(new Array(258).fill(1), "ERR_SHAPE", "layers has length 258", "1 to 256 layers");
  });

  it("whose units are no positive integers", () => {
    for (const [units, said] of [
      [2.5, "2.5"],
      [-3, "-3"],
      [0, "0"],
      [Number.NaN, "NaN"],
      [Number.POSITIVE_INFINITY, "Infinity"],
      ["4", '"4"'],
      [undefined, "undefined"],
      [2 ** 26 + 1, "67108865"],
    ]) {
      expectLayersRefused([2, units], "ERR_OPTION", `layers[1] is ${said}, expected an integer from 1 to 67108864`);
      expectLayersRefused([2, { units }, 1], "ERR_OPTION", `layers[1].units is ${said}, expected an integer from 1`);
    }
    expectLayersRefused([0, 2], "ERR_OPTION", "layers[0] is 0");
    const withHole: number[] = [2];
    withHole[2] = 3;
    expectLayersRefused(withHole, "ERR_OPTION", "layers[1] is undefined");
    expectLayersRefused([2, null], "ERR_OPTION", "null");
    expectLayersRefused([2, [3]], "ERR_OPTION", "layers[1] is an array of length 1");
  });

  it("that do not fit into memory, however few they are", () => {
    expectLayersRefused([2 ** 26, 2 ** 26], "ERR_SHAPE");
  });

  it("with choices that make no sense there", () => {
    expectLayersRefused([{ units: 2, activation: "relu" }, 1], "ERR_OPTION", "layers[0] is the input");
    expectLayersRefused([{ units: 2, initializer: "zeros" }, 1], "ERR_OPTION", "layers[0] is the input");
    expectLayersRefused(
      [2, { units: 3, activations: "relu" }, 1],
      "ERR_OPTION",
      'layers[1] has no option "activations"',
    );
    expectLayersRefused([2, { units: 3, activation: "softmax" }, 1], "ERR_OPTION", "layers[1].activation is softmax");
    expectLayersRefused([2, { units: 3, activation: "ReLU" }, 1], "ERR_OPTION", 'layers[1].activation is "ReLU"');
    expectLayersRefused([2, { units: 3, initializer: "he" }, 1], "ERR_OPTION", 'layers[1].initializer is "he"');
  });
});

describe("a network refuses options", () => {
  it("that are no object, and keys it does not know", () => {
    expectOptionsRefused(5, "options is 5, expected an object");
    expectOptionsRefused(null, "options is null");
    expectOptionsRefused(["relu"], "options is an array of length 1");
    expectOptionsRefused({ learningRate: 0.1 }, 'options has no option "learningRate"', "there are activation");
    expectOptionsRefused({ outputactivation: "relu" }, 'options has no option "outputactivation"', "outputActivation");
  });

  it("with unknown names", () => {
    const names = "one of linear, sigmoid, tanh, relu, leakyRelu, softmax";
    expectOptionsRefused({ activation: "logistic" }, 'options.activation is "logistic"', names);
    expectOptionsRefused({ outputActivation: { type: "swish" } }, 'options.outputActivation.type is "swish"', names);
    expectOptionsRefused({ loss: "mse" }, 'options.loss is "mse"', "squaredError, binaryCrossEntropy");
    expectOptionsRefused({ initializer: "xavier" }, 'options.initializer is "xavier"', "glorotUniform, glorotNormal");
    expectOptionsRefused(
      { initializer: { type: "cauchy" } },
      'options.initializer.type is "cauchy"',
      "uniform or normal",
    );
    expectOptionsRefused({ dtype: "float16" }, 'options.dtype is "float16", expected one of float32, float64');
    expectOptionsRefused({ arithmetic: "exact" }, 'options.arithmetic is "exact"', "fast, reproducible");
    expectOptionsRefused({ backend: "cuda" }, 'options.backend is "cuda"', "auto, native, typescript");
  });

  it("that are null where there is a default", () => {
    for (const key of [
      "activation",
      "outputActivation",
      "loss",
      "initializer",
      "seed",
      "dtype",
      "arithmetic",
      "backend",
    ]) {
      expectOptionsRefused({ [key]: null }, `options.${key} is null`);
    }
  });

  it("that belong to another activation", () => {
    expectOptionsRefused(
      { activation: "softmax" },
      "options.activation is softmax, which only the output layer can have",
    );
    expectOptionsRefused(
      { activation: { type: "tanh", slope: 2 } },
      "slope and derivative belong to sigmoid, not to tanh",
    );
    expectOptionsRefused({ activation: { type: "relu", derivative: "exact" } }, "belong to sigmoid, not to relu");
    expectOptionsRefused({ activation: { type: "sigmoid", alpha: 0.1 } }, "alpha belongs to leakyRelu, not to sigmoid");
    expectOptionsRefused({ activation: { type: "sigmoid", steepness: 1 } }, 'has no option "steepness"');
    expectOptionsRefused({ activation: 3 }, "options.activation is 3, expected an object");
  });

  it("with slopes and alphas out of range", () => {
    for (const slope of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, "1"]) {
      expectOptionsRefused({ activation: { type: "sigmoid", slope } }, "options.activation.slope is", "above 0");
    }
    for (const alpha of [-0.1, Number.NaN, Number.POSITIVE_INFINITY, "1"]) {
      expectOptionsRefused({ activation: { type: "leakyRelu", alpha } }, "options.activation.alpha is", "at least 0");
    }
    expectOptionsRefused(
      { activation: { type: "sigmoid", derivative: "scaled" } },
      'options.activation.derivative is "scaled"',
      "exact, unscaled",
    );
  });

  it("with slopes and alphas that float32 cannot hold, unless the network is float64", () => {
    for (const outputActivation of [
      { type: "sigmoid", slope: 1e300 },
      { type: "sigmoid", slope: 1e-60 },
      { type: "leakyRelu", alpha: 1e300 },
    ] as const) {
      expectOptionsRefused({ outputActivation }, "expected a number that float32 can hold");
      expect(new Network([1, 1], { outputActivation, dtype: "float64" }).predict([0]).every(Number.isFinite)).toBe(
        true,
      );
    }
  });

  it("with initializers out of range", () => {
    const refused = (initializer: unknown, fragment: string) => expectOptionsRefused({ initializer }, fragment);
    refused({ type: "uniform", min: 0 }, "options.initializer.max is undefined");
    refused({ type: "uniform", max: 1 }, "options.initializer.min is undefined");
    refused(
      { type: "uniform", min: 1, max: 0 },
      "options.initializer.max is 0, expected a finite number of at least min, 1",
    );
    refused({ type: "normal" }, "options.initializer.standardDeviation is undefined");
    refused({ type: "normal", standardDeviation: -1 }, "options.initializer.standardDeviation is -1");
    refused({ type: "normal", mean: Number.NaN, standardDeviation: 1 }, "options.initializer.mean is NaN");
    refused({ type: "uniform", min: 0, max: 1, seed: 1 }, 'options.initializer has no option "seed"');
    refused(7, "options.initializer is 7, expected an object with a type, or the name of an initializer");
    refused([], "options.initializer is an array of length 0");
  });

  it("that belong to another initializer", () => {
    const refused = (initializer: unknown, fragment: string) => expectOptionsRefused({ initializer }, fragment);
    const uniform = { type: "uniform", min: 0, max: 1 };
    refused({ ...uniform, mean: 0 }, 'options.initializer has no option "mean"; there are type, min, max');
    refused({ ...uniform, standardDeviation: 1 }, 'options.initializer has no option "standardDeviation"');
    const normal = { type: "normal", standardDeviation: 1 };
    const keys = "there are type, mean, standardDeviation";
    refused({ ...normal, min: 0 }, `options.initializer has no option "min"; ${keys}`);
    refused({ ...normal, max: 1 }, `options.initializer has no option "max"; ${keys}`);
    const layer = { units: 1, initializer: { ...uniform, mean: 0 } };
    expectLayersRefused([2, layer], "ERR_OPTION", 'layers[1].initializer has no option "mean"');
  });

  it("with an output that the loss makes no sense for, and names the one that does", () => {
    expectOptionsRefused(
      { loss: "binaryCrossEntropy", outputActivation: "tanh" },
      'needs outputActivation "sigmoid"',
      '"tanh"',
    );
    expectOptionsRefused(
      { loss: "binaryCrossEntropy", outputActivation: "softmax" },
      'needs outputActivation "sigmoid"',
    );
    expectOptionsRefused({ loss: "categoricalCrossEntropy" }, 'needs outputActivation "softmax"', 'is "sigmoid"');
    const layers = [2, { units: 2, activation: "linear" }] as const;
    const make = () => new Network(layers, { loss: "categoricalCrossEntropy", outputActivation: "softmax" });
    expectThrown(make, "ERR_OPTION", 'needs outputActivation "softmax"', 'is "linear"');
  });

  it("with seeds that are no non-negative safe integers", () => {
    for (const seed of [-1, 0.5, Number.NaN, 2 ** 53, "1"]) {
      expectOptionsRefused({ seed }, "options.seed is", "expected an integer of at least 0");
    }
  });
});
