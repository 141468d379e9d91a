import { describe, expect, it } from "vitest";
import { exponentialFloat32 } from "../../src/backend/typescript/float32/elementary.ts";
import { typescriptBackend } from "../../src/backend/typescript/index.ts";
import { exponentialFloat64, log } from "../../src/elementary.ts";
import { Random } from "../../src/random.ts";
import type { DType, Values } from "../../src/types.ts";
import { exponentialOfMinus, fixed, ONE, ulpsBetween } from "../support/exact.ts";
import { everyNativeBackend } from "../support/native.ts";

/** Stated in native/kernels/activation.h: units in the last place, over all inputs. */
const BOUND = { sigmoid: 3, tanh: 3, exponential: 2, log: 2 };
/** Mantissa bits and the exponent of the least normal number; below it the unit in the last place stays the same. */
const FORMAT = { float32: [23, -126], float64: [52, -1022] } as const;

/** 256 fixed-point bits hold values down to 2^−256; the float64 range beyond is covered in `tails`. */
const LIMIT = { float32: 110, float64: 120 };

function inputsFor(dtype: DType): Values {
  const random = new Random(1);
  const values: number[] = [0, -0];
  for (let x = -LIMIT[dtype]; x <= LIMIT[dtype]; x += 0.173) values.push(x);
  for (let i = 0; i < 600; i++) values.push(random.normal() * 2 ** (random.below(36) - 30));
  // Where the argument reduction changes its integer, and where tanh stops changing.
  for (let k = -30; k < 30; k++) for (const nudge of [-1e-7, 0, 1e-7]) values.push((k + 0.5) * Math.LN2 * (1 + nudge));
  return dtype === "float64" ? Float64Array.from(values) : Float32Array.from(values);
}

function exactSigmoid(x: number): bigint {
  const e = exponentialOfMinus(fixed(Math.abs(x)));
  return x < 0 ? (e * ONE) / (ONE + e) : (ONE * ONE) / (ONE + e);
}

function exactTanh(x: number): bigint {
  const e = exponentialOfMinus(2n * fixed(Math.abs(x)));
  const size = ((ONE - e) * ONE) / (ONE + e);
  return x < 0 ? -size : size;
}

const backends = [typescriptBackend, ...everyNativeBackend()];

describe.each(["float32", "float64"] as const)("%s", (dtype) => {
  const [mantissa, least] = FORMAT[dtype];
  const inputs = inputsFor(dtype);
  const worstOf = (results: Values, exact: readonly bigint[]) =>
    Math.max(...exact.map((value, i) => ulpsBetween(results[i], value, mantissa, least)));
  const exact = {
    sigmoid: Array.from(inputs, exactSigmoid),
    tanh: Array.from(inputs, exactTanh),
  };

  describe.each(["fast", "reproducible"] as const)("%s", (arithmetic) => {
    it.each(["sigmoid", "tanh"] as const)("%s keeps its error bound on every backend", (name) => {
      for (const { kernels, isa } of backends) {
        const out = inputs.slice();
        if (name === "sigmoid") kernels.sigmoid(inputs, out, 1, arithmetic);
        else kernels.tanh(inputs, out, arithmetic);
        expect(worstOf(out, exact[name]), isa).toBeLessThanOrEqual(BOUND[name]);
      }
    });

    it("saturates, keeps denormals, and passes NaN on", () => {
      const special = inputs.slice(0, 6);
      special.set([Infinity, -Infinity, NaN, 1e30, -1e30, 0]);
      for (const { kernels } of backends) {
        const out = special.slice();
        kernels.sigmoid(special, out, 1, arithmetic);
        expect(Array.from(out)).toEqual([1, 0, NaN, 1, 0, 0.5]);
        kernels.tanh(special, out, arithmetic);
        expect(Array.from(out)).toEqual([1, -1, NaN, 1, -1, 0]);
        const [deep, denormal] = dtype === "float32" ? [-104, -100] : [-746, -740];
        const tail = special.slice(0, 2);
        tail.set([deep, denormal]);
        kernels.sigmoid(tail, tail, 1, arithmetic);
        expect(tail[0]).toBe(0);
        expect(tail[1]).toBeGreaterThan(0);
        expect(tail[1]).toBeLessThan(dtype === "float32" ? 2 ** -126 : 2 ** -1022);
      }
    });

    it("softmax sums to 1 and stays finite for large inputs", () => {
      for (const { kernels } of backends) {
        const z = inputs.slice(0, 5);
        z.set([1000, 999, -1000, 998.5, 0]);
        const out = z.slice();
        kernels.softmax(z, out, arithmetic);
        const sum = Array.from(out).reduce((total, value) => total + value, 0);
        expect(Math.abs(sum - 1)).toBeLessThan(4 * 2 ** -mantissa);
        expect(out[0] / out[1]).toBeCloseTo(Math.E, 5);
        expect(out[2]).toBe(0);
      }
    });
  });

  it("the exponential keeps its bound over the whole range it serves", () => {
    const exponential = dtype === "float32" ? exponentialFloat32 : exponentialFloat64;
    for (const x of inputs) {
      const argument = -Math.abs(x);
      const error = ulpsBetween(exponential(argument), exponentialOfMinus(fixed(-argument)), mantissa, least);
      expect(error, String(argument)).toBeLessThanOrEqual(BOUND.exponential);
    }
  });
});

describe("float64 tails", () => {
  it("e^x agrees with a product of two in-range exponentials down to the least normal number", () => {
    for (let x = -700; x <= -120; x += 3.7) {
      const whole = exponentialFloat64(x);
      const parts = exponentialFloat64(x / 8) ** 8;
      // Eight factors of 2 units each, and seven roundings.
      expect(Math.abs(whole - parts) / whole).toBeLessThan(32 * 2 ** -52);
    }
  });
});

describe("log", () => {
  it("keeps its bound: e^ln x gives x back", () => {
    const random = new Random(4);
    for (let i = 0; i < 500; i++) {
      const x = random.uniform() * 2 ** (random.below(60) - 30);
      const y = log(x);
      const e = exponentialOfMinus(fixed(Math.abs(y)));
      const back = y < 0 ? e : (ONE * ONE) / e;
      // An error of d in ln x is a relative error of d in x.
      const relative = Number(((back - fixed(x)) * (1n << 100n)) / fixed(x)) / 2 ** 100;
      const ulp = 2 ** (Math.floor(Math.log2(Math.abs(y) || 1)) - 52);
      expect(Math.abs(relative) / ulp, String(x)).toBeLessThanOrEqual(BOUND.log);
    }
    expect(log(1)).toBe(0);
  });
});
