/** Derived from float32.ts by `npm run derive`; change that file instead. */
import { exponentialFloat64, sigmoidFloat64, tanhFloat64 } from "./elementary.ts";

type Values = Float64Array;

/** 64 bytes of values, the lanes of the virtual vector. */
const LANES = 64 / Float64Array.BYTES_PER_ELEMENT;
const lanes = new Float64Array(LANES);

/** Adds lane i + n/2 to lane i until one is left. */
function sumOfLanes(): number {
  for (let half = LANES / 2; half >= 1; half /= 2) {
    for (let i = 0; i < half; i++) lanes[i] = lanes[i] + lanes[i + half];
  }
  return lanes[0];
}

/** Eight lanes of a row's sum at a time keep their values in registers. */
function sumEightLanes(w: Values, row: number, end: number, x: Values, first: number): void {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let s4 = 0;
  let s5 = 0;
  let s6 = 0;
  let s7 = 0;
  for (let j = first; j < end; j += LANES) {
    const k = row + j;
    s0 = s0 + w[k] * x[j];
    s1 = s1 + w[k + 1] * x[j + 1];
    s2 = s2 + w[k + 2] * x[j + 2];
    s3 = s3 + w[k + 3] * x[j + 3];
    s4 = s4 + w[k + 4] * x[j + 4];
    s5 = s5 + w[k + 5] * x[j + 5];
    s6 = s6 + w[k + 6] * x[j + 6];
    s7 = s7 + w[k + 7] * x[j + 7];
  }
  lanes[first] = s0;
  lanes[first + 1] = s1;
  lanes[first + 2] = s2;
  lanes[first + 3] = s3;
  lanes[first + 4] = s4;
  lanes[first + 5] = s5;
  lanes[first + 6] = s6;
  lanes[first + 7] = s7;
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

/** out = W x, (rows) */
export function gemv(w: Values, rows: number, columns: number, stride: number, x: Values, out: Values): void {
  if (columns <= 4) {
    gemvOfShortRows(w, rows, columns, stride, x, out);
    return;
  }
  const whole = columns - (columns % LANES);
  for (let i = 0; i < rows; i++) {
    const row = i * stride;
    for (let first = 0; first < LANES; first += 8) sumEightLanes(w, row, whole, x, first);
    for (let j = whole; j < columns; j++) {
      lanes[j - whole] = lanes[j - whole] + w[row + j] * x[j];
    }
    out[i] = sumOfLanes();
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
  for (let i = 0; i < rows; i++) {
    const step = factor * psi[i];
    const row = i * stride;
    for (let j = 0; j < columns; j++) w[row + j] = w[row + j] + step * x[j];
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
  lanes.fill(0);
  for (let j = 0; j < count; j++) {
    out[j] = exponentialFloat64(z[j] - largest);
    lanes[j % LANES] = lanes[j % LANES] + out[j];
  }
  const total = sumOfLanes();
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
