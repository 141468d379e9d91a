/** Derived from float32/elementary.ts by `npm run derive`; change that file instead. */
import { POWERS } from "../../../elementary.ts";

const LN2_HIGH = 0.693359375;
const LN2_LOW = -2.1219444e-4;
const LOG2E = Math.LOG2E;
/** Bits of a number behind its first. */
const MANTISSA_BITS = 52;
/** Adding and subtracting it rounds to the nearest integer. */
const ROUNDER = 1.5 * 2 ** MANTISSA_BITS;
const LOWEST = -104;

const F2 = 1 / 2;
const F3 = 1 / 6;
const F4 = 1 / 24;
const F5 = 1 / 120;
const F6 = 1 / 720;
const F7 = 1 / 5040;

/** k of x = k ln 2 + r, for x ≤ 0. */
function exponentFloat32(x: number): number {
  return x * LOG2E + ROUNDER - ROUNDER;
}

/** p = e^r − 1 with r = x − k ln 2. */
function fractionFloat32(x: number, k: number): number {
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  let sum = F7;
  sum = sum * r + F6;
  sum = sum * r + F5;
  sum = sum * r + F4;
  sum = sum * r + F3;
  sum = sum * r + F2;
  return r * r * sum + r;
}

/** e^x for x ≤ 0 in float32; NaN for NaN. */
export function exponentialFloat32(x: number): number {
  if (Number.isNaN(x)) return NaN;
  const bounded = LOWEST > x ? LOWEST : x;
  const k = exponentFloat32(bounded);
  return (1 + fractionFloat32(bounded, k)) * POWERS[0 - k];
}

/** 1 / (1 + e^(−u)) in float32. */
export function sigmoidFloat32(u: number): number {
  const e = exponentialFloat32(u < 0 ? u : -u);
  return (0 > u ? e : 1) / (1 + e);
}

/** tanh in float32. */
export function tanhFloat32(z: number): number {
  if (Number.isNaN(z)) return NaN;
  const x = 0 - 2 * Math.abs(z);
  const bounded = -40 > x ? -40 : x;
  const k = exponentFloat32(bounded);
  const power = POWERS[0 - k];
  const m = power * fractionFloat32(bounded, k) + (power - 1);
  const size = (0 - m) / (2 + m);
  return z < 0 || Object.is(z, -0) ? -size : size;
}
