import { describe, expect, it } from "vitest";
import { Network, type Vector } from "../../src/index.ts";
import { detached, resizableBuffer } from "../support/buffers.ts";
import { expectThrown, mistyped } from "../support/errors.ts";

const single = new Network([2, 3, 1], { seed: 1 });
const double = new Network([2, 3, 1], { seed: 1, dtype: "float64" });

function expectInputRefused(input: unknown, code: "ERR_SHAPE" | "ERR_DATA", ...fragments: string[]): void {
  for (const network of [single, double]) {
    expectThrown(() => network.predict(mistyped<Vector>(input)), code, ...fragments);
  }
}

describe("an input", () => {
  it("may be an array or any typed array of numbers", () => {
    const numbers = [3, 100];
    for (const network of [single, double]) {
      const expected = network.predict(numbers);
      for (const Type of [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array]) {
        expect(network.predict(Type.from(numbers))).toEqual(expected);
      }
      expect(network.predict(Float32Array.from(numbers))).toEqual(expected);
      expect(network.predict(Float64Array.from(numbers))).toEqual(expected);
      expect(network.predict(Buffer.from(numbers))).toEqual(expected);
      expect(network.predict(Float64Array.of(9, 3, 100, 9).subarray(1, 3))).toEqual(expected);
      const shared = new Float32Array(new SharedArrayBuffer(8));
      shared.set(numbers);
      expect(network.predict(shared)).toEqual(expected);
    }
  });

  it("is read once, and may change afterwards", () => {
    const input = [0.25, 0.5];
    const output = single.predict(input);
    input[0] = 9;
    expect(single.predict([0.25, 0.5])).toEqual(output);
    expect(input).toEqual([9, 0.5]);
  });

  it("is rounded to float32 in a float32 network", () => {
    expect(single.predict([0.1, 1 / 3])).toEqual(single.predict([Math.fround(0.1), Math.fround(1 / 3)]));
    expect(double.predict([0.1, 1 / 3])).not.toEqual(double.predict([Math.fround(0.1), Math.fround(1 / 3)]));
  });

  it("of another length is refused", () => {
    expectInputRefused([1], "ERR_SHAPE", "input has length 1, expected 2");
    expectInputRefused([1, 2, 3], "ERR_SHAPE", "input has length 3, expected 2");
    expectInputRefused([], "ERR_SHAPE", "input has length 0, expected 2");
    expectInputRefused(new Float32Array(5), "ERR_SHAPE", "input has length 5, expected 2");
  });

  it("that is no vector is refused", () => {
    expectInputRefused(undefined, "ERR_SHAPE", "input is undefined, expected 2 numbers");
    expectInputRefused(null, "ERR_SHAPE", "input is null");
    expectInputRefused("12", "ERR_SHAPE", 'input is "12"');
    expectInputRefused({ length: 2, 0: 1, 1: 2 }, "ERR_SHAPE", "input is an object");
    expectInputRefused(new DataView(new ArrayBuffer(2)), "ERR_SHAPE", "input is a DataView");
    expectInputRefused(BigInt64Array.of(1n, 2n), "ERR_SHAPE", "input is a BigInt64Array of length 2");
  });

  it("with a value that is no finite number is refused", () => {
    expectInputRefused([1, Number.NaN], "ERR_DATA", "input[1] is NaN, expected a finite number");
    expectInputRefused([Number.POSITIVE_INFINITY, 1], "ERR_DATA", "input[0] is Infinity, expected a finite number");
    expectInputRefused(Float32Array.of(1, Number.NEGATIVE_INFINITY), "ERR_DATA", "input[1] is -Infinity");
    expectInputRefused(["1", 2], "ERR_DATA", 'input[0] is "1", expected a finite number');
    expectInputRefused([1, null], "ERR_DATA", "input[1] is null");
    expectInputRefused([true, 1], "ERR_DATA", "input[0] is true");
    expectInputRefused([[1], 2], "ERR_DATA", "input[0] is an array of length 1");
    expectInputRefused(new Array(2), "ERR_DATA", "input[0] is undefined");
  });

  it("with a value that cannot even be converted is refused the same way", () => {
    expectInputRefused([1n, 2n], "ERR_DATA", "input[0] is 1n, expected a finite number");
    expectInputRefused([1, Symbol("two")], "ERR_DATA", "input[1] is Symbol(two)");
  });

  it("that float32 cannot hold is refused by float32 networks only", () => {
    for (const value of [1e300, -1e39, 3.4028235677973366e38]) {
      const action = () => single.predict([0, value]);
      expectThrown(action, "ERR_DATA", `input[1] is ${value}`, "expected a number that float32 can hold");
      expect(double.predict([0, value]).length).toBe(1);
    }
    expect(single.predict([0, 3.4028234663852886e38]).length).toBe(1);
    expect(single.predict([0, 1e-300])).toEqual(single.predict([0, 0]));
  });

  it("whose buffer is detached is refused", () => {
    expectInputRefused(detached(Float64Array.of(1, 2)), "ERR_SHAPE", "input has length 0", "its buffer is detached");
  });

  it("on a resizable buffer counts with the length it has", () => {
    const buffer = resizableBuffer(16, 32);
    const tracking = new Float64Array(buffer);
    const fixed = new Float64Array(buffer, 0, 2);
    tracking.set([3, 100]);
    const expected = single.predict([3, 100]);
    expect(single.predict(tracking)).toEqual(expected);
    buffer.resize(32);
    expectInputRefused(tracking, "ERR_SHAPE", "input has length 4, expected 2");
    expect(single.predict(fixed)).toEqual(expected);
    buffer.resize(8);
    expectInputRefused(tracking, "ERR_SHAPE", "input has length 1, expected 2");
    expectInputRefused(fixed, "ERR_SHAPE", "input has length 0, expected 2");
    buffer.resize(0);
    expectInputRefused(tracking, "ERR_SHAPE", "input has length 0, expected 2");
  });
});
