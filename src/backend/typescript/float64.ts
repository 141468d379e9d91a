/** Derived from float32.ts by `npm run derive`; change that file instead. */
import { exponentialFloat64, sigmoidFloat64, tanhFloat64 } from "../../elementary.ts";

type Values = Float64Array;

/** 64 bytes of values, the lanes of the virtual vector. */
const LANES = 64 / Float64Array.BYTES_PER_ELEMENT;
/** The lanes of up to four rows. */
const lanes = new Float64Array(4 * LANES);

/** Adds lane i + n/2 to lane i until one is left; the lanes begin at `first`. */
function sumOfLanes(first: number): number {
  for (let half = LANES / 2; half >= 1; half /= 2) {
    for (let i = first; i < first + half; i++) lanes[i] = lanes[i] + lanes[i + half];
  }
  return lanes[first];
}

/**
 * A row of at most four values without its empty lanes: their zeros would not change a bit of the sum. The products of
 * a lane are added to 0 as in the general case, which turns −0 into 0.
 */
function gemvOfShortRows(w: Values, rows: number, columns: number, stride: number, x: Values, out: Values): void {
  const x0 = x[0];
  const x1 = columns > 1 ? x[1] : 0;
  const x2 = columns > 2 ? x[2] : 0;
  const x3 = columns > 3 ? x[3] : 0;
  for (let i = 0; i < rows; i++) {
    const k = i * stride;
    const s0 = 0 + w[k] * x0;
    const s1 = columns > 1 ? 0 + w[k + 1] * x1 : 0;
    const s2 = columns > 2 ? 0 + w[k + 2] * x2 : 0;
    const s3 = columns > 3 ? 0 + w[k + 3] * x3 : 0;
    out[i] = s0 + s2 + (s1 + s3);
  }
}

/** out = W x, (rows); four rows at a time share what they read of x */
export function gemv(w: Values, rows: number, columns: number, stride: number, x: Values, out: Values): void {
  if (columns <= 4) {
    gemvOfShortRows(w, rows, columns, stride, x, out);
    return;
  }
  let i = 0;
  for (; i + 4 <= rows; i += 4) {
    const k0 = i * stride;
    const k1 = k0 + stride;
    const k2 = k1 + stride;
    const k3 = k2 + stride;
    for (let lane = 0; lane < LANES; lane++) {
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let j = lane; j < columns; j += LANES) {
        const xj = x[j];
        s0 = s0 + w[k0 + j] * xj;
        s1 = s1 + w[k1 + j] * xj;
        s2 = s2 + w[k2 + j] * xj;
        s3 = s3 + w[k3 + j] * xj;
      }
      lanes[lane] = s0;
      lanes[LANES + lane] = s1;
      lanes[2 * LANES + lane] = s2;
      lanes[3 * LANES + lane] = s3;
    }
    for (let r = 0; r < 4; r++) out[i + r] = sumOfLanes(r * LANES);
  }
  for (; i < rows; i++) {
    const k = i * stride;
    for (let lane = 0; lane < LANES; lane++) {
      let sum = 0;
      for (let j = lane; j < columns; j += LANES) sum = sum + w[k + j] * x[j];
      lanes[lane] = sum;
    }
    out[i] = sumOfLanes(0);
  }
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
  for (let i = 0; i < rows; i++) {
    const p = psi[i];
    const step = factor * p;
    const row = i * stride;
    for (let j = 0; j < columns; j++) {
      const weight = w[row + j];
      out[j] = out[j] + weight * p;
      w[row + j] = weight + step * x[j];
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

/** out = z */
export function linear(z: Values, out: Values, count: number, _parameter: number): void {
  for (let j = 0; j < count; j++) out[j] = z[j];
}

/** out = σ(slope · z) */
export function sigmoid(z: Values, out: Values, count: number, slope: number): void {
  const factor = slope;
  for (let j = 0; j < count; j++) out[j] = sigmoidFloat64(factor * z[j]);
}

/** out = tanh z */
export function tanh(z: Values, out: Values, count: number, _parameter: number): void {
  for (let j = 0; j < count; j++) out[j] = tanhFloat64(z[j]);
}

/** out = 0 where z < 0, else z */
export function relu(z: Values, out: Values, count: number, _parameter: number): void {
  for (let j = 0; j < count; j++) out[j] = 0 > z[j] ? 0 : z[j];
}

/** out = alpha · z where z < 0, else z */
export function leakyRelu(z: Values, out: Values, count: number, alpha: number): void {
  const factor = alpha;
  for (let j = 0; j < count; j++) out[j] = 0 > z[j] ? factor * z[j] : z[j];
}

/** out = e^(z − max z) / Σ e^(z − max z) */
export function softmax(z: Values, out: Values, count: number, _parameter: number): void {
  if (count === 0) return;
  let largest = z[0];
  for (let j = 1; j < count; j++) largest = z[j] > largest ? z[j] : largest;
  lanes.fill(0, 0, LANES);
  for (let j = 0; j < count; j++) {
    out[j] = exponentialFloat64(z[j] - largest);
    lanes[j % LANES] = lanes[j % LANES] + out[j];
  }
  const total = sumOfLanes(0);
  for (let j = 0; j < count; j++) out[j] = out[j] / total;
}

/** out = s */
export function linearDerivative(_x: Values, s: Values, out: Values, count: number, _parameter: number): void {
  for (let j = 0; j < count; j++) out[j] = s[j];
}

/** out = s · slope · x (1 − x) */
export function sigmoidDerivative(x: Values, s: Values, out: Values, count: number, slope: number): void {
  const factor = slope;
  for (let j = 0; j < count; j++) {
    out[j] = s[j] * (factor * (x[j] * (1 - x[j])));
  }
}

/** out = s · (1 − x) (1 + x) */
export function tanhDerivative(x: Values, s: Values, out: Values, count: number, _parameter: number): void {
  for (let j = 0; j < count; j++) out[j] = s[j] * ((1 - x[j]) * (1 + x[j]));
}

/** out = s where x > 0, else 0 */
export function reluDerivative(x: Values, s: Values, out: Values, count: number, _parameter: number): void {
  for (let j = 0; j < count; j++) out[j] = x[j] > 0 ? s[j] : 0;
}

/** out = s where x > 0, else alpha · s */
export function leakyReluDerivative(x: Values, s: Values, out: Values, count: number, alpha: number): void {
  const factor = alpha;
  for (let j = 0; j < count; j++) out[j] = x[j] > 0 ? s[j] : factor * s[j];
}

/** out += scale · x */
export function addScaled(x: Values, out: Values, count: number, scale: number): void {
  const factor = scale;
  for (let j = 0; j < count; j++) out[j] = out[j] + factor * x[j];
}
