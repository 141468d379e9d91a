/**
 * Elementary functions in float32, without the engine's `Math.exp`, as in `src/elementary.ts`: the operations of
 * `native/kernels/exponential.h` one by one. `Math.fround` stands where the machine rounds.
 */
import { POWERS } from "../../../elementary.ts";

const fround = Math.fround;

const LN2_HIGH = 0.693359375;
const LN2_LOW = fround(-2.1219444e-4);
const LOG2E = fround(Math.LOG2E);
/** Bits of a number behind its first. */
const MANTISSA_BITS = 23;
/** Adding and subtracting it rounds to the nearest integer. */
const ROUNDER = 1.5 * 2 ** MANTISSA_BITS;
const LOWEST = -104;

const F2 = fround(1 / 2);
const F3 = fround(1 / 6);
const F4 = fround(1 / 24);
const F5 = fround(1 / 120);
const F6 = fround(1 / 720);
const F7 = fround(1 / 5040);

/** k of x = k ln 2 + r, for x ≤ 0. */
function exponentFloat32(x: number): number {
  return fround(fround(fround(x * LOG2E) + ROUNDER) - ROUNDER);
}

/** p = e^r − 1 with r = x − k ln 2. */
function fractionFloat32(x: number, k: number): number {
  const r = fround(fround(x - fround(k * LN2_HIGH)) - fround(k * LN2_LOW));
  let sum = F7;
  sum = fround(fround(sum * r) + F6);
  sum = fround(fround(sum * r) + F5);
  sum = fround(fround(sum * r) + F4);
  sum = fround(fround(sum * r) + F3);
  sum = fround(fround(sum * r) + F2);
  return fround(fround(fround(r * r) * sum) + r);
}

/** e^x for x ≤ 0 in float32; NaN for NaN. */
export function exponentialFloat32(x: number): number {
  if (Number.isNaN(x)) return NaN;
  const bounded = LOWEST > x ? LOWEST : x;
  const k = exponentFloat32(bounded);
  return fround(fround(1 + fractionFloat32(bounded, k)) * POWERS[0 - k]);
}

/** 1 / (1 + e^(−u)) in float32. */
export function sigmoidFloat32(u: number): number {
  const e = exponentialFloat32(u < 0 ? u : -u);
  return fround((0 > u ? e : 1) / fround(1 + e));
}

/** tanh in float32. */
export function tanhFloat32(z: number): number {
  if (Number.isNaN(z)) return NaN;
  const x = fround(0 - 2 * Math.abs(z));
  const bounded = -40 > x ? -40 : x;
  const k = exponentFloat32(bounded);
  const power = POWERS[0 - k];
  const m = fround(fround(power * fractionFloat32(bounded, k)) + fround(power - 1));
  const size = fround((0 - m) / fround(2 + m));
  return z < 0 || Object.is(z, -0) ? -size : size;
}
