import { describe, expect, it } from "vitest";
import type { LayerSpec, NetworkOptions } from "../../src/index.ts";
import { ABI, createModel, withDType } from "../../src/model.ts";
import {
  checkedOptions,
  finiteNumber,
  integer,
  oneOf,
  optionalSeed,
  optionError,
  resolveActivation,
  resolveNetworkOptions,
} from "../../src/options.ts";
import { expectThrown } from "../support/errors.ts";

describe("checkedOptions", () => {
  const check = (given: unknown) => checkedOptions<{ a: number; b: number }>(given, "options", ["a", "b"]);

  it("gives back what it knows, and an empty object for nothing", () => {
    expect(check(undefined)).toEqual({});
    const given = { a: 1 };
    expect(check(given)).toBe(given);
    expect(check({ b: undefined })).toEqual({ b: undefined });
    expect(check(Object.assign(Object.create({ inherited: 1 }), { b: 2 }))).toEqual({ b: 2 });
  });

  it("refuses other things and other keys", () => {
    for (const given of [null, 1, "a", true, [], [1]]) {
      expectThrown(() => check(given), "ERR_OPTION", "options is", "expected an object");
    }
    expectThrown(() => check({ a: 1, c: 2 }), "ERR_OPTION", 'options has no option "c"; there are a, b');
    expectThrown(() => check({ A: undefined }), "ERR_OPTION", 'options has no option "A"');
  });
});

describe("single options", () => {
  it("oneOf takes a name of the list, or the default", () => {
    expect(oneOf("b", "x", ["a", "b"], "a")).toBe("b");
    expect(oneOf(undefined, "x", ["a", "b"], "a")).toBe("a");
    for (const given of ["c", "", null, 0, ["a"]]) {
      expectThrown(() => oneOf(given, "x", ["a", "b"], "a"), "ERR_OPTION", "x is", "expected one of a, b");
    }
  });

  it("finiteNumber takes finite numbers that pass, or the default", () => {
    expect(finiteNumber(-2.5, "x", 1)).toBe(-2.5);
    expect(finiteNumber(undefined, "x", 1)).toBe(1);
    expectThrown(() => finiteNumber(undefined, "x", undefined), "ERR_OPTION", "x is undefined, expected a finite");
    for (const given of [Number.NaN, Number.POSITIVE_INFINITY, "1", null, 1n]) {
      expectThrown(() => finiteNumber(given, "x", 1), "ERR_OPTION", "x is", "expected a finite number");
    }
    const positive = (given: unknown) => finiteNumber(given, "x", 1, "more than 0", (value) => value > 0);
    expect(positive(5e-324)).toBe(5e-324);
    expectThrown(() => positive(-0), "ERR_OPTION", "x is -0, expected more than 0");
  });

  it("integer takes safe integers of a range", () => {
    expect(integer(3, "x", 3)).toBe(3);
    expect(integer(Number.MAX_SAFE_INTEGER, "x", 0)).toBe(Number.MAX_SAFE_INTEGER);
    expect(integer(5, "x", 3, 5)).toBe(5);
    expectThrown(() => integer(6, "x", 3, 5), "ERR_OPTION", "x is 6, expected an integer from 3 to 5");
    for (const given of [2, 3.5, 2 ** 53, Number.NaN, "3", undefined, null]) {
      expectThrown(() => integer(given, "x", 3), "ERR_OPTION", "x is", "expected an integer of at least 3");
    }
  });

  it("optionalSeed takes a seed or nothing", () => {
    expect(optionalSeed(undefined, "seed")).toBeUndefined();
    expect(optionalSeed(0, "seed")).toBe(0);
    expectThrown(() => optionalSeed(-1, "seed"), "ERR_OPTION", "seed is -1, expected an integer of at least 0");
  });

  it("optionError says where, what was given and what was expected", () => {
    const error = optionError("options.x", [1, 2], "a word");
    expect(error).toMatchObject({ code: "ERR_OPTION", message: "options.x is an array of length 2, expected a word" });
  });
});

describe("resolveActivation", () => {
  const resolve = (given: unknown, isOutput = false) => resolveActivation(given, "here", isOutput);

  it("fills in defaults", () => {
    expect(resolve("sigmoid")).toEqual({ kind: "sigmoid", parameter: 1, derivativeParameter: 1 });
    expect(resolve({ type: "sigmoid", slope: 0.5 })).toEqual({
      kind: "sigmoid",
      parameter: 0.5,
      derivativeParameter: 0.5,
    });
    expect(resolve("leakyRelu")).toEqual({ kind: "leakyRelu", parameter: 0.01, derivativeParameter: 0.01 });
    expect(resolve({ type: "leakyRelu", alpha: 0 })).toEqual({
      kind: "leakyRelu",
      parameter: 0,
      derivativeParameter: 0,
    });
    for (const kind of ["tanh", "relu", "linear"]) {
      expect(resolve(kind)).toEqual({ kind, parameter: 1, derivativeParameter: 1 });
      expect(resolve({ type: kind })).toEqual(resolve(kind));
    }
    expect(resolve("softmax", true)).toEqual({ kind: "softmax", parameter: 1, derivativeParameter: 1 });
  });

  it("leaves the slope out of an unscaled derivative", () => {
    const unscaled = { type: "sigmoid", slope: 0.01, derivative: "unscaled" };
    expect(resolve(unscaled)).toEqual({ kind: "sigmoid", parameter: 0.01, derivativeParameter: 1 });
    const exact = { ...unscaled, derivative: "exact" };
    expect(resolve(exact)).toEqual({ kind: "sigmoid", parameter: 0.01, derivativeParameter: 0.01 });
  });
});

describe("resolveNetworkOptions", () => {
  it("makes every choice", () => {
    const layers: LayerSpec[] = [2, { units: 3, activation: "relu", initializer: "zeros" }, { units: 4 }, 5];
    const options: NetworkOptions = {
      activation: "tanh",
      outputActivation: "linear",
      initializer: "heNormal",
      seed: 7,
    };
    const resolved = resolveNetworkOptions(layers, options);
    expect(resolved).toMatchObject({ inputs: 2, loss: "squaredError", dtype: "float32", arithmetic: "fast" });
    expect(resolved).toMatchObject({ backend: "auto", seed: 7 });
    expect(resolved.layers.map(({ units, activation, initializer }) => [units, activation.kind, initializer])).toEqual([
      [3, "relu", "zeros"],
      [4, "tanh", "heNormal"],
      [5, "linear", "heNormal"],
    ]);
    expect(resolveNetworkOptions([1, 1], undefined).seed).toBeUndefined();
  });

  it("changes nothing of what it was given", () => {
    const layers = Object.freeze([2, Object.freeze({ units: 3, activation: "relu" as const }), 1]);
    const options = Object.freeze({ loss: "binaryCrossEntropy" as const });
    expect(resolveNetworkOptions(layers, options).layers.length).toBe(2);
  });

  it("checks a choice that every layer overrides all the same", () => {
    const layers: LayerSpec[] = [2, { units: 3, activation: "relu" }, { units: 1, activation: "sigmoid" }];
    for (const options of [{ activation: "none" }, { outputActivation: "none" }, { initializer: "none" }]) {
      expectThrown(() => resolveNetworkOptions(layers, options as unknown as NetworkOptions), "ERR_OPTION", '"none"');
    }
  });

  it("takes as many layers as there may be", () => {
    expect(resolveNetworkOptions(new Array(257).fill(1), undefined).layers.length).toBe(256);
    expectThrown(() => resolveNetworkOptions(new Array(258).fill(1), undefined), "ERR_SHAPE", "1 to 256 layers");
  });
});

describe("a model", () => {
  const activations = [resolveActivation({ type: "sigmoid", slope: 0.5, derivative: "unscaled" }, "here", false)];

  it("is encoded as native code reads it", () => {
    const choices = { dtype: "float64", arithmetic: "fast", loss: "binaryCrossEntropy" } as const;
    const { encoded } = createModel([3, 2], activations, choices);
    // abi, bytes of a value, loss, layers, inputs; units, activation, parameter, parameter of the derivative
    expect(Array.from(encoded)).toEqual([ABI, 8, 1, 1, 3, 2, 1, 0.5, 1]);
  });

  it("has the same choices in another type", () => {
    const choices = { dtype: "float32", arithmetic: "reproducible", loss: "squaredError" } as const;
    const model = createModel([3, 2], activations, choices);
    expect(withDType(model, "float64")).toEqual(createModel([3, 2], activations, { ...choices, dtype: "float64" }));
  });
});
