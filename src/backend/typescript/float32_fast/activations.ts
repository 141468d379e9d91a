/** Derived from float32/activations.ts by `npm run derive`; change that file instead. */

import { exponentialFloat32, sigmoidFloat32, tanhFloat32 } from "./elementary.ts";
import { LANES, sumOfLanes } from "./lanes.ts";

type Values = Float32Array;

const lanes = new Float64Array(LANES);
/**
 * Two values, of which a comparison picks one as an index: engines compile `a ? b : c` to a jump, which processors guess
 * wrong for half of all random values, at three times the cost of the rest.
 */
const choice = new Float64Array(2);

/** out = z */
export function linear(z: Values, out: Values, count: number, _parameter: number): void {
  for (let j = 0; j < count; j++) out[j] = z[j];
}

/** out = σ(slope · z) */
export function sigmoid(z: Values, out: Values, count: number, slope: number): void {
  const factor = Math.fround(slope);
  for (let j = 0; j < count; j++) out[j] = sigmoidFloat32(factor * z[j]);
}

/** out = tanh z */
export function tanh(z: Values, out: Values, count: number, _parameter: number): void {
  for (let j = 0; j < count; j++) out[j] = tanhFloat32(z[j]);
}

/** out = 0 where z < 0, else z */
export function relu(z: Values, out: Values, count: number, _parameter: number): void {
  choice[1] = 0;
  for (let j = 0; j < count; j++) {
    const value = z[j];
    choice[0] = value;
    out[j] = choice[Number(0 > value)];
  }
}

/** out = alpha · z where z < 0, else z */
export function leakyRelu(z: Values, out: Values, count: number, alpha: number): void {
  const factor = Math.fround(alpha);
  for (let j = 0; j < count; j++) {
    const value = z[j];
    choice[0] = value;
    choice[1] = factor * value;
    out[j] = choice[Number(0 > value)];
  }
}

/** out = e^(z − max z) / Σ e^(z − max z) */
export function softmax(z: Values, out: Values, count: number, _parameter: number): void {
  if (count === 0) return;
  let largest = z[0];
  for (let j = 1; j < count; j++) largest = z[j] > largest ? z[j] : largest;
  lanes.fill(0);
  for (let j = 0; j < count; j++) {
    out[j] = exponentialFloat32(z[j] - largest);
    lanes[j % LANES] = lanes[j % LANES] + out[j];
  }
  const total = sumOfLanes(lanes, 0);
  for (let j = 0; j < count; j++) out[j] = out[j] / total;
}

/** out = s */
export function linearDerivative(_x: Values, s: Values, out: Values, count: number, _parameter: number): void {
  for (let j = 0; j < count; j++) out[j] = s[j];
}

/** out = s · slope · x (1 − x) */
export function sigmoidDerivative(x: Values, s: Values, out: Values, count: number, slope: number): void {
  const factor = Math.fround(slope);
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
  choice[0] = 0;
  for (let j = 0; j < count; j++) {
    choice[1] = s[j];
    out[j] = choice[Number(x[j] > 0)];
  }
}

/** out = s where x > 0, else alpha · s */
export function leakyReluDerivative(x: Values, s: Values, out: Values, count: number, alpha: number): void {
  const factor = Math.fround(alpha);
  for (let j = 0; j < count; j++) {
    const value = s[j];
    choice[0] = factor * value;
    choice[1] = value;
    out[j] = choice[Number(x[j] > 0)];
  }
}

/** out += scale · x */
export function addScaled(x: Values, out: Values, count: number, scale: number): void {
  const factor = Math.fround(scale);
  for (let j = 0; j < count; j++) out[j] = out[j] + factor * x[j];
}
