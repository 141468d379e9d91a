/** Derived from float32/products.ts by `npm run derive`; change that file instead. */
import { sigmoidDerivative } from "./activations.ts";
import { LANES, sumOfLanes } from "./lanes.ts";

type Values = Float64Array;

/** A row this short is multiplied without a loop. */
export const SHORT_ROW = 4;

/** The lanes of up to four rows. */
const lanes = new Float64Array(4 * LANES);

/**
 * A row of at most four values without its empty lanes: their zeros would not change a bit of the sum. The products of
 * a lane are added to 0 as in the general case, which turns −0 into 0.
 */
function gemvOfShortRows(
  w: Values,
  rows: number,
  columns: number,
  stride: number,
  x: Values,
  firstX: number,
  out: Values,
  firstOut: number,
): void {
  const x0 = x[firstX];
  const x1 = columns > 1 ? x[firstX + 1] : 0;
  const x2 = columns > 2 ? x[firstX + 2] : 0;
  const x3 = columns > 3 ? x[firstX + 3] : 0;
  for (let i = 0; i < rows; i++) {
    const k = i * stride;
    const s0 = 0 + w[k] * x0;
    const s1 = columns > 1 ? 0 + w[k + 1] * x1 : 0;
    const s2 = columns > 2 ? 0 + w[k + 2] * x2 : 0;
    const s3 = columns > 3 ? 0 + w[k + 3] * x3 : 0;
    out[firstOut + i] = s0 + s2 + (s1 + s3);
  }
}

/** gemv of the vector that begins at `firstX`, into the rows that begin at `firstOut`; four rows share what they read. */
export function gemvAt(
  w: Values,
  rows: number,
  columns: number,
  stride: number,
  x: Values,
  firstX: number,
  out: Values,
  firstOut: number,
): void {
  if (columns <= SHORT_ROW) {
    gemvOfShortRows(w, rows, columns, stride, x, firstX, out, firstOut);
    return;
  }
  const step = LANES;
  let i = 0;
  for (; i + 4 <= rows; i += 4) {
    const k0 = i * stride;
    const k1 = k0 + stride;
    const k2 = k1 + stride;
    const k3 = k2 + stride;
    for (let lane = 0; lane < step; lane++) {
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let j = lane; j < columns; j += step) {
        const xj = x[firstX + j];
        s0 = s0 + w[k0 + j] * xj;
        s1 = s1 + w[k1 + j] * xj;
        s2 = s2 + w[k2 + j] * xj;
        s3 = s3 + w[k3 + j] * xj;
      }
      lanes[lane] = s0;
      lanes[step + lane] = s1;
      lanes[2 * step + lane] = s2;
      lanes[3 * step + lane] = s3;
    }
    for (let r = 0; r < 4; r++) out[firstOut + i + r] = sumOfLanes(lanes, r * step);
  }
  for (; i < rows; i++) {
    const k = i * stride;
    for (let lane = 0; lane < step; lane++) {
      let sum = 0;
      for (let j = lane; j < columns; j += step) sum = sum + w[k + j] * x[firstX + j];
      lanes[lane] = sum;
    }
    out[firstOut + i] = sumOfLanes(lanes, 0);
  }
}

/** out = W x, (rows) */
export function gemv(w: Values, rows: number, columns: number, stride: number, x: Values, out: Values): void {
  gemvAt(w, rows, columns, stride, x, 0, out, 0);
}

/** out = Wᵀ psi, (columns), every sum in the order of the rows */
export function gemvTransposed(
  w: Values,
  rows: number,
  columns: number,
  stride: number,
  psi: Values,
  out: Values,
): void {
  for (let j = 0; j < columns; j++) out[j] = 0;
  let i = 0;
  for (; i + 4 <= rows; i += 4) {
    const p0 = psi[i];
    const p1 = psi[i + 1];
    const p2 = psi[i + 2];
    const p3 = psi[i + 3];
    const k0 = i * stride;
    const k1 = k0 + stride;
    const k2 = k1 + stride;
    const k3 = k2 + stride;
    for (let j = 0; j < columns; j++) {
      let sum = out[j] + w[k0 + j] * p0;
      sum = sum + w[k1 + j] * p1;
      sum = sum + w[k2 + j] * p2;
      out[j] = sum + w[k3 + j] * p3;
    }
  }
  for (; i < rows; i++) {
    const p = psi[i];
    const k = i * stride;
    for (let j = 0; j < columns; j++) out[j] = out[j] + w[k + j] * p;
  }
}

/** W += scale · psi xᵀ */
export function outerProduct(
  w: Values,
  rows: number,
  columns: number,
  stride: number,
  psi: Values,
  x: Values,
  scale: number,
): void {
  const factor = scale;
  let i = 0;
  for (; i + 4 <= rows; i += 4) {
    const k0 = i * stride;
    const k1 = k0 + stride;
    const k2 = k1 + stride;
    const k3 = k2 + stride;
    const step0 = factor * psi[i];
    const step1 = factor * psi[i + 1];
    const step2 = factor * psi[i + 2];
    const step3 = factor * psi[i + 3];
    for (let j = 0; j < columns; j++) {
      const xj = x[j];
      w[k0 + j] = w[k0 + j] + step0 * xj;
      w[k1 + j] = w[k1 + j] + step1 * xj;
      w[k2 + j] = w[k2 + j] + step2 * xj;
      w[k3 + j] = w[k3 + j] + step3 * xj;
    }
  }
  for (; i < rows; i++) {
    const step = factor * psi[i];
    const k = i * stride;
    for (let j = 0; j < columns; j++) w[k + j] = w[k + j] + step * x[j];
  }
}

/** out = Wᵀ psi with W as it was, and W += scale · psi xᵀ, in one pass over W */
export function gemvTransposedUpdate(
  w: Values,
  rows: number,
  columns: number,
  stride: number,
  psi: Values,
  x: Values,
  out: Values,
  scale: number,
): void {
  const factor = scale;
  for (let j = 0; j < columns; j++) out[j] = 0;
  let i = 0;
  for (; i + 4 <= rows; i += 4) {
    const p0 = psi[i];
    const p1 = psi[i + 1];
    const p2 = psi[i + 2];
    const p3 = psi[i + 3];
    const step0 = factor * p0;
    const step1 = factor * p1;
    const step2 = factor * p2;
    const step3 = factor * p3;
    const k0 = i * stride;
    const k1 = k0 + stride;
    const k2 = k1 + stride;
    const k3 = k2 + stride;
    for (let j = 0; j < columns; j++) {
      const xj = x[j];
      const w0 = w[k0 + j];
      const w1 = w[k1 + j];
      const w2 = w[k2 + j];
      const w3 = w[k3 + j];
      let sum = out[j] + w0 * p0;
      sum = sum + w1 * p1;
      sum = sum + w2 * p2;
      out[j] = sum + w3 * p3;
      w[k0 + j] = w0 + step0 * xj;
      w[k1 + j] = w1 + step1 * xj;
      w[k2 + j] = w2 + step2 * xj;
      w[k3 + j] = w3 + step3 * xj;
    }
  }
  for (; i < rows; i++) {
    const p = psi[i];
    const step = factor * p;
    const k = i * stride;
    for (let j = 0; j < columns; j++) {
      const weight = w[k + j];
      out[j] = out[j] + weight * p;
      w[k + j] = weight + step * x[j];
    }
  }
}

/** out = (Wᵀ psi) ⊙ slope · x (1 − x) */
export function sigmoidBackprop(
  w: Values,
  rows: number,
  columns: number,
  stride: number,
  psi: Values,
  x: Values,
  out: Values,
  slope: number,
): void {
  gemvTransposed(w, rows, columns, stride, psi, out);
  sigmoidDerivative(x, out, out, columns, slope);
}

/** sigmoidBackprop and the update W += scale · psi xᵀ, in one pass over W */
export function backpropUpdate(
  w: Values,
  rows: number,
  columns: number,
  stride: number,
  psi: Values,
  x: Values,
  out: Values,
  scale: number,
  slope: number,
): void {
  gemvTransposedUpdate(w, rows, columns, stride, psi, x, out, scale);
  sigmoidDerivative(x, out, out, columns, slope);
}
