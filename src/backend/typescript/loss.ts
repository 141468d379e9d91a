import { exponentialFloat64, log } from "../../elementary.ts";
import type { Loss, Values } from "../../types.ts";

/**
 * Losses of one sample, and ψ of the output layer, in the order of operations of `native/loss.cc`. `round` is
 * `Math.fround` for float32 and the identity for float64.
 */
export type Round = (value: number) => number;

/** What a loss is made of: the output layer's z, its outputs y and the targets t, each (count). */
export interface OutputView {
  readonly z: Values;
  readonly y: Values;
  readonly t: Values;
  readonly count: number;
  /** The slope of a sigmoid output, 1 otherwise; already rounded. */
  readonly slope: number;
}

/** The sum over the outputs, in double precision. Cross-entropies come from z, not from a rounded y. */
export function lossOf(loss: Loss, output: OutputView, round: Round): number {
  switch (loss) {
    case "squaredError":
      return squaredError(output);
    case "binaryCrossEntropy":
      return binaryCrossEntropy(output, round);
    case "categoricalCrossEntropy":
      return categoricalCrossEntropy(output);
  }
}

function squaredError({ y, t, count }: OutputView): number {
  let sum = 0;
  for (let j = 0; j < count; j++) {
    const difference = t[j] - y[j];
    sum = sum + difference * difference;
  }
  return sum;
}

/** −t ln σ(u) − (1 − t) ln(1 − σ(u)) = max(u, 0) − u t + ln(1 + e^(−|u|)) */
function binaryCrossEntropy({ z, t, count, slope }: OutputView, round: Round): number {
  let sum = 0;
  for (let j = 0; j < count; j++) {
    const u = round(slope * z[j]);
    const positive = u > 0 ? u : 0 * u;
    const tail = log(1 + exponentialFloat64(u > 0 ? -u : u));
    sum = sum + (positive - u * t[j] + tail);
  }
  return sum;
}

/** −Σ t ln y = Σ t (ln Σ e^(z − max) + max − z) */
function categoricalCrossEntropy({ z, t, count }: OutputView): number {
  let largest = z[0];
  for (let j = 1; j < count; j++) largest = z[j] > largest ? z[j] : largest;
  let total = 0;
  for (let j = 0; j < count; j++) total = total + exponentialFloat64(z[j] - largest);
  const logTotal = log(total);
  let sum = 0;
  for (let j = 0; j < count; j++) sum = sum + t[j] * (logTotal + (largest - z[j]));
  return sum;
}

/** ∂E/∂y of the squared error: −2 (t − y). */
export function squaredErrorGradient({ y, t, count }: OutputView, out: Values, round: Round): void {
  for (let j = 0; j < count; j++) out[j] = -2 * round(t[j] - y[j]);
}

/** Turns ∂E/∂y in `psi` into ψ through softmax: y ⊙ (g − Σ g y). */
export function throughSoftmax({ y, count }: OutputView, psi: Values, round: Round): void {
  let dot = 0;
  for (let j = 0; j < count; j++) dot = round(dot + round(psi[j] * y[j]));
  for (let j = 0; j < count; j++) psi[j] = y[j] * round(psi[j] - dot);
}

/** ψ of binary cross-entropy over a sigmoid: scale (y − t). */
export function binaryCrossEntropyPsi({ y, t, count }: OutputView, scale: number, psi: Values, round: Round): void {
  const factor = round(scale);
  for (let j = 0; j < count; j++) psi[j] = factor * round(y[j] - t[j]);
}

/** ψ of categorical cross-entropy over softmax: y Σ t − t. */
export function categoricalCrossEntropyPsi({ y, t, count }: OutputView, psi: Values, round: Round): void {
  let total = 0;
  for (let j = 0; j < count; j++) total = round(total + t[j]);
  for (let j = 0; j < count; j++) psi[j] = round(y[j] * total) - t[j];
}
