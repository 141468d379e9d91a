/**
 * Elementary functions without the engine's `Math.exp` and `Math.log`, whose last bits differ from engine to engine.
 * They perform the operations of `native/kernels/exponential.h`, `native/kernels/activation.h` and `native/loss.cc` one
 * by one, so both backends give the same bits. In the float32 forms `Math.fround` stands where the machine rounds.
 *
 * x = k ln 2 + r with |r| ≤ ln 2 / 2, e^x = 2^k (1 + p), p = e^r − 1 by its Taylor polynomial.
 */

/** 2^−k for k = 0 … 1100; exact, with zeros below the smallest denormal. */
export const POWERS = new Float64Array(1101);
for (let k = 0, power = 1; k < POWERS.length; k++, power /= 2) POWERS[k] = power;

const LN2_HIGH_64 = 6.9314718036912381649e-1;
const LN2_LOW_64 = 1.90821492927058770002e-10;
const LOG2E_64 = 1.4426950408889634;
/** 1.5 · 2^52: adding and subtracting it rounds to the nearest integer. */
const ROUNDER_64 = 6755399441055744;
const LOWEST_64 = -746;

function exponentFloat64(x: number): number {
  return x * LOG2E_64 + ROUNDER_64 - ROUNDER_64;
}

function fractionFloat64(x: number, k: number): number {
  const r = x - k * LN2_HIGH_64 - k * LN2_LOW_64;
  let sum = 1 / 6227020800;
  sum = sum * r + 1 / 479001600;
  sum = sum * r + 1 / 39916800;
  sum = sum * r + 1 / 3628800;
  sum = sum * r + 1 / 362880;
  sum = sum * r + 1 / 40320;
  sum = sum * r + 1 / 5040;
  sum = sum * r + 1 / 720;
  sum = sum * r + 1 / 120;
  sum = sum * r + 1 / 24;
  sum = sum * r + 1 / 6;
  sum = sum * r + 1 / 2;
  return r * r * sum + r;
}

/** e^x for x ≤ 0 in float64; NaN for NaN. */
export function exponentialFloat64(x: number): number {
  if (Number.isNaN(x)) return NaN;
  const bounded = LOWEST_64 > x ? LOWEST_64 : x;
  const k = exponentFloat64(bounded);
  // 2^k in two halves: only the second multiplication rounds, whether the result is denormal or not.
  const half = k >> 1;
  return (1 + fractionFloat64(bounded, k)) * POWERS[0 - half] * POWERS[half - k];
}

/** 1 / (1 + e^(−u)) in float64. */
export function sigmoidFloat64(u: number): number {
  const e = exponentialFloat64(u < 0 ? u : -u);
  return (0 > u ? e : 1) / (1 + e);
}

/** tanh in float64. */
export function tanhFloat64(z: number): number {
  if (Number.isNaN(z)) return NaN;
  const x = 0 - 2 * Math.abs(z);
  const bounded = -40 > x ? -40 : x;
  const k = exponentFloat64(bounded);
  const power = POWERS[0 - k];
  const m = power * fractionFloat64(bounded, k) + (power - 1);
  const size = (0 - m) / (2 + m);
  return z < 0 || Object.is(z, -0) ? -size : size;
}

const bitsOf = new DataView(new ArrayBuffer(8));

/**
 * ln x for normal x > 0: x = 2^k m with m in [√½, √2), ln m = 2 artanh s with s = (m − 1) / (m + 1), by its series.
 */
export function log(x: number): number {
  bitsOf.setFloat64(0, x);
  const high = bitsOf.getUint32(0);
  let exponent = (high >>> 20) - 1023;
  bitsOf.setUint32(0, (high & 0x000fffff) | 0x3ff00000);
  let m = bitsOf.getFloat64(0);
  if (m > 1.4142135623730951) {
    m = m * 0.5;
    exponent = exponent + 1;
  }
  const s = (m - 1) / (m + 1);
  const square = s * s;
  let series = 0;
  for (let n = 23; n >= 3; n -= 2) series = series * square + 2 / n;
  return exponent * LN2_HIGH_64 + (2 * s + (s * square * series + exponent * LN2_LOW_64));
}
