// Numbers of 16 bits, which float32 holds exactly.

/** A float16's value: IEEE 754's binary16, a sign, 5 bits of exponent and 10 of fraction. */
export function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

const float32 = new DataView(new ArrayBuffer(4));

/** A bfloat16's value: the first half of the bits of a float32. */
export function bfloat16(bits: number): number {
  float32.setUint16(0, bits);
  return float32.getFloat32(0);
}
