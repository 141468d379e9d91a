import { DownhillError, describe, isDetached } from "./errors.ts";
import { zeroed } from "./memory.ts";
import type { Matrix, Values, Vector } from "./types.ts";

/** Whether a value can be read as a row of numbers. */
export function isVector(value: unknown): value is Vector {
  if (Array.isArray(value)) return true;
  return ArrayBuffer.isView(value) && !(value instanceof DataView) && typeof (value as never)[0] !== "bigint";
}

/**
 * A float64 array of what `read` makes of each value. By index: the iterators of a typed array throw errors of their own where
 * its buffer was transferred away.
 */
export function mapVector(vector: ArrayLike<unknown>, read: (value: unknown, index: number) => number): Float64Array {
  return Float64Array.from({ length: vector.length }, (_, i) => read(vector[i], i));
}

/** From here on a typed array is copied as a whole, and then looked at. */
const LONG_VECTOR = 32;

/** Zero times a number is zero; times NaN or an infinity it is NaN. Several sums, as each waits for its last addition. */
export function areFinite(values: Vector, length: number): boolean {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let j = 0;
  for (; j + 4 <= length; j += 4) {
    a += values[j] * 0;
    b += values[j + 1] * 0;
    c += values[j + 2] * 0;
    d += values[j + 3] * 0;
  }
  for (; j < length; j++) a += values[j] * 0;
  return a + b + c + d === 0;
}

/** Whether a row's buffer was transferred away, which makes it look like one of length 0. */
export function isGone(vector: ArrayLike<unknown>): boolean {
  return ArrayBuffer.isView(vector) && isDetached(vector.buffer);
}

/** @throws DownhillError `ERR_SHAPE` for what is no row of `length` numbers */
export function assertLength(vector: Vector, where: string, length: number): void {
  if (!isVector(vector))
    throw new DownhillError("ERR_SHAPE", `${where} is ${describe(vector)}, expected ${length} numbers`);
  if (vector.length !== length) {
    const detached = isGone(vector) ? "; its buffer is detached" : "";
    throw new DownhillError("ERR_SHAPE", `${where} has length ${vector.length}, expected ${length}${detached}`);
  }
}

/**
 * Copies a vector of exactly `length` finite numbers to the front of `out`.
 *
 * @throws DownhillError `ERR_SHAPE` for a wrong length, `ERR_DATA` for a value that is no finite number in out's type
 */
export function copyVector(vector: Vector, where: string, length: number, out: Values): void {
  assertLength(vector, where, length);
  if ((vector instanceof Float32Array || vector instanceof Float64Array) && length >= LONG_VECTOR) {
    out.set(vector);
    if (areFinite(out, length)) return;
  }
  for (let j = 0; j < length; j++) {
    const value: unknown = vector[j];
    if (typeof value !== "number") throw notFinite(`${where}[${j}]`, value, out);
    out[j] = value;
    if (!Number.isFinite(out[j])) throw notFinite(`${where}[${j}]`, value, out);
  }
}

/** Says what is wrong with a value, and whether it is only too large for float32. */
export function notFinite(where: string, value: unknown, out: Values): DownhillError {
  const expected =
    Number.isFinite(value) && out instanceof Float32Array ? "a number that float32 can hold" : "a finite number";
  return new DownhillError("ERR_DATA", `${where} is ${describe(value)}, expected ${expected}`);
}

/** A copy of padded rows as a plain matrix. */
export function unpadded(padded: Values, rows: number, columns: number, stride: number): Matrix {
  const data =
    padded instanceof Float64Array ? zeroed(Float64Array, rows * columns) : zeroed(Float32Array, rows * columns);
  for (let row = 0; row < rows; row++) {
    data.set(padded.subarray(row * stride, row * stride + columns), row * columns);
  }
  return { rows, columns, data };
}
