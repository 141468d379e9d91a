/**
 * Exponentials in fixed-point arithmetic with 256 bits after the point: references that owe nothing to the functions
 * under test or to the engine's Math.
 */
const BITS = 256n;
export const ONE = 1n << BITS;

/** A finite number as a fixed-point one; exact down to 2^−256, and cut below. */
export function fixed(value: number): bigint {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const raw = bits.getBigUint64(0);
  const biased = (raw >> 52n) & 0x7ffn;
  const fraction = raw & 0xfffffffffffffn;
  const mantissa = biased === 0n ? fraction : fraction | (1n << 52n);
  const shift = (biased === 0n ? 1n : biased) - 1075n + BITS;
  const size = shift >= 0n ? mantissa << shift : mantissa >> -shift;
  return value < 0 ? -size : size;
}

/** e^−x for a fixed-point x ≥ 0: (e^(−x / 2^k))^(2^k) by Taylor, with bits to spare for the squarings. */
export function exponentialOfMinus(x: bigint): bigint {
  const extra = 64n;
  const one = ONE << extra;
  let halvings = 0n;
  while (x >> halvings > ONE >> 8n) halvings++;
  const r = (x << extra) >> halvings;
  let term = one;
  let sum = one;
  for (let n = 1n; term !== 0n; n++) {
    term = -(term * r) / (one * n);
    sum += term;
  }
  for (let i = 0n; i < halvings; i++) sum = (sum * sum) / one;
  return sum >> extra;
}

/** How far a computed value lies from an exact fixed-point one, in units in the last place of the latter. */
export function ulpsBetween(computed: number, exact: bigint, mantissaBits: number, leastExponent: number): number {
  const size = exact < 0n ? -exact : exact;
  const exponent = size === 0n ? leastExponent : size.toString(2).length - 1 - Number(BITS);
  const ulpExponent = Math.max(exponent, leastExponent) - mantissaBits;
  const difference = fixed(computed) - exact;
  const scaled = (difference < 0n ? -difference : difference) << 20n;
  return Number(scaled >> (BITS + BigInt(ulpExponent))) / 2 ** 20;
}
