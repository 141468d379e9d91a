import { describe, expect, it } from "vitest";
import { isPlainDescent, PLAIN_DESCENT } from "../../src/optimizer.ts";
import { resolveOptimizer } from "../../src/training/optimizers.ts";
import { expectThrown } from "../support/errors.ts";

const resolve = (options: object) => resolveOptimizer(options, "options");
const none = { weightDecay: 0, clipGradientNorm: Number.POSITIVE_INFINITY };

describe("an optimizer", () => {
  it("is plain gradient descent by default", () => {
    for (const optimizer of [undefined, "sgd", { type: "sgd" }, { type: "sgd", momentum: 0, nesterov: false }]) {
      expect(resolve({ optimizer })).toEqual(PLAIN_DESCENT);
    }
  });

  it("has PyTorch's constants by name", () => {
    const rmsprop = { kind: "rmsprop", firstDecay: 0.99, secondDecay: 0, epsilon: 1e-8, ...none };
    const adam = { kind: "adam", firstDecay: 0.9, secondDecay: 0.999, epsilon: 1e-8, ...none };
    expect(resolve({ optimizer: "rmsprop" })).toEqual(rmsprop);
    expect(resolve({ optimizer: { type: "rmsprop" } })).toEqual(rmsprop);
    expect(resolve({ optimizer: "adam" })).toEqual(adam);
    expect(resolve({ optimizer: { type: "adam" } })).toEqual(adam);
  });

  it("takes constants of its own", () => {
    expect(resolve({ optimizer: { type: "sgd", momentum: 0.9 } })).toEqual({
      kind: "momentum",
      firstDecay: 0.9,
      secondDecay: 0,
      epsilon: 0,
      ...none,
    });
    const nesterov = { type: "sgd", momentum: 0.5, nesterov: true };
    expect(resolve({ optimizer: nesterov })).toMatchObject({ kind: "nesterov", firstDecay: 0.5 });
    const rmsprop = { type: "rmsprop", decay: 0.9, epsilon: 1e-6 };
    expect(resolve({ optimizer: rmsprop })).toMatchObject({ kind: "rmsprop", firstDecay: 0.9, epsilon: 1e-6 });
    expect(resolve({ optimizer: { type: "adam", beta1: 0, beta2: 0.5, epsilon: 1 } })).toMatchObject({
      kind: "adam",
      firstDecay: 0,
      secondDecay: 0.5,
      epsilon: 1,
    });
  });

  it("goes with weight decay and clipping, which make a descent no longer plain", () => {
    const options = { weightDecay: 0.01, clipGradientNorm: 5 };
    expect(resolve({ optimizer: "adam", ...options })).toMatchObject({ kind: "adam", ...options });
    expect(resolve(options)).toEqual({ ...PLAIN_DESCENT, ...options });
    expect(isPlainDescent(resolve({}))).toBe(true);
    expect(isPlainDescent(resolve({ weightDecay: 0.01 }))).toBe(false);
    expect(isPlainDescent(resolve({ clipGradientNorm: 5 }))).toBe(false);
  });
});

describe("an optimizer is refused", () => {
  const refused = (options: object, ...fragments: string[]) =>
    expectThrown(() => resolve(options), "ERR_OPTION", ...fragments);

  it("when it is of no known kind", () => {
    refused({ optimizer: "adagrad" }, 'options.optimizer is "adagrad", expected one of sgd, rmsprop, adam');
    refused({ optimizer: { type: "adamw" } }, 'options.optimizer.type is "adamw", expected one of sgd, rmsprop, adam');
    refused({ optimizer: {} }, "options.optimizer.type is undefined");
    for (const optimizer of [null, 1, [], true]) refused({ optimizer }, "options.optimizer is", "one of sgd");
    refused({ optimizer: { type: "adam", momentum: 0.9 } }, 'options.optimizer has no option "momentum"', "beta1");
    refused({ optimizer: { type: "sgd", beta1: 0.9 } }, 'options.optimizer has no option "beta1"');
  });

  it("when nesterov has no momentum to look ahead with", () => {
    for (const momentum of [undefined, 0]) {
      const optimizer = { type: "sgd", momentum, nesterov: true };
      refused({ optimizer }, "options.optimizer.nesterov is true, expected false, as there is no momentum above 0");
    }
    const optimizer = { type: "sgd", momentum: 0.9, nesterov: "yes" };
    refused({ optimizer }, 'options.optimizer.nesterov is "yes", expected true or false');
  });

  it.each([
    ["sgd", "momentum"],
    ["rmsprop", "decay"],
    ["adam", "beta1"],
    ["adam", "beta2"],
  ])("for a %s %s outside 0 to 1", (type, name) => {
    for (const value of [null, -0.1, 1, 1.5, Number.NaN, "0.9"]) {
      refused(
        { optimizer: { type, [name]: value } },
        `options.optimizer.${name} is`,
        "expected a number from 0 to below 1",
      );
    }
  });

  it.each(["rmsprop", "adam"])("for a %s epsilon that would divide by 0", (type) => {
    for (const epsilon of [0, -1, 1e-46, 1e39, Number.NaN, null]) {
      refused({ optimizer: { type, epsilon } }, "options.optimizer.epsilon is", "above 0 that float32 can hold");
    }
    expect(resolve({ optimizer: { type, epsilon: 1e-45 } }).epsilon).toBe(1e-45);
  });

  it("for weight decay or clipping that are none", () => {
    for (const weightDecay of [null, -1, Number.NaN, Number.POSITIVE_INFINITY, "0"]) {
      refused({ weightDecay }, "options.weightDecay is", "expected a finite number of at least 0");
    }
    for (const clipGradientNorm of [null, 0, -1, Number.NaN, Number.POSITIVE_INFINITY, "1"]) {
      refused({ clipGradientNorm }, "options.clipGradientNorm is", "expected a finite number above 0");
    }
  });
});
