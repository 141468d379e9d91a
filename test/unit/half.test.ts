import { expect, it } from "vitest";
import { bfloat16, float16 } from "../../src/formats/half.ts";

/** The number with these bits as a float32. */
function float32Of(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, bits >>> 0);
  return view.getFloat32(0);
}

/** IEEE 754-2019, 3.4 and 3.6: wider fields of the same meaning; a denormal number counts units of 2^−24. */
function widened(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15, (bits >> 10) & 31, bits & 1023];
  if (exponent === 0) return (sign ? -1 : 1) * (fraction / 2 ** 24);
  const wide = exponent === 31 ? 255 : exponent - 15 + 127;
  return float32Of((sign << 31) | (wide << 23) | (fraction << 13));
}

it("every float16 has the value of the float32 with the same fields", () => {
  for (let bits = 0; bits < 2 ** 16; bits++) {
    if (!Object.is(float16(bits), widened(bits))) expect.fail(`0x${bits.toString(16)} is ${float16(bits)}`);
  }
});

it("known float16 have their values", () => {
  const known = { 1: 2 ** -24, 1023: 1023 * 2 ** -24, 1024: 2 ** -14, 13653: 0.333251953125, 15360: 1, 31743: 65504 };
  for (const [bits, value] of Object.entries(known)) expect(float16(Number(bits))).toBe(value);
  expect([0x8000, 0x7c00, 0xfc00, 0x7e00].map(float16)).toEqual([-0, Infinity, -Infinity, NaN]);
});

it("every bfloat16 has the value of the float32 that begins with it", () => {
  for (let bits = 0; bits < 2 ** 16; bits++) {
    const expected = float32Of(bits << 16);
    if (!Object.is(bfloat16(bits), expected)) expect.fail(`0x${bits.toString(16)} is ${bfloat16(bits)}`);
  }
  expect([0x3f80, 0x4049, 0x8000, 0x0001].map(bfloat16)).toEqual([1, 3.140625, -0, 2 ** -133]);
});
