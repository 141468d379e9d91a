import type { Pieces } from "../backend/typescript/pieces.ts";
import type { LayerLayout } from "../layout.ts";
import type { Model, ResolvedActivation } from "../model.ts";
import type { NetworkState } from "../state.ts";
import type { Values } from "../types.ts";
import type { ActivationStatistics, GradientStatistics } from "./layer_statistics.ts";

/** Values gone through without a pause: a millisecond or less. */
export const VALUES_AT_ONCE = 2 ** 18;

/** An output nearer than this to an end of a sigmoid or tanh counts as saturated. */
const NEAR_END = 1e-3;

/** Sums up what one layer makes of sample after sample, from the vectors that a pass leaves in the state. */
export class LayerMeter {
  readonly #layer: number;
  readonly #place: LayerLayout;
  readonly #state: NetworkState;
  /** From here to there an output is not saturated. */
  readonly #open: readonly [from: number, to: number];
  /** (units): whether a sample made it differ from 0; empty where a unit cannot die. */
  readonly #alive: Uint8Array;
  #samples = 0;
  #outputSum = 0;
  #outputNormSum = 0;
  #saturated = 0;
  #psiSum = 0;
  #psiSquares = 0;
  #gradientSquares = 0;

  constructor(model: Model, state: NetworkState, layer: number) {
    this.#layer = layer;
    this.#place = model.layout.layers[layer];
    this.#state = state;
    this.#open = openRange(model.activations[layer]);
    this.#alive = new Uint8Array(canDie(model.activations[layer]) ? this.#place.units : 0);
  }

  /** Counts the outputs of the last forward pass. */
  addOutputs(): void {
    const outputs = this.#state.activations[this.#layer + 1];
    const [from, to] = this.#open;
    let squares = 0;
    for (let i = 0; i < this.#place.units; i++) {
      const value = outputs[i];
      this.#outputSum += value;
      squares += value * value;
      if (value < from || value > to) this.#saturated++;
    }
    for (let i = 0; i < this.#alive.length; i++) if (outputs[i] !== 0) this.#alive[i] = 1;
    this.#outputNormSum += Math.sqrt(squares);
    this.#samples++;
  }

  /** Counts the psi of the last backward pass. */
  addPsi(): void {
    const psi = this.#state.psi[this.#layer];
    let squares = 0;
    for (let i = 0; i < this.#place.units; i++) {
      this.#psiSum += Math.abs(psi[i]);
      squares += psi[i] * psi[i];
    }
    this.#psiSquares += squares;
    // ‖ψ x̂ᵀ‖ = ‖ψ‖ ‖x̂‖
    this.#gradientSquares += squares * sumOfSquares(this.#state.activations[this.#layer], 0, this.#place.inputs + 1);
  }

  *activationStatistics(): Pieces<ActivationStatistics> {
    const { units } = this.#place;
    const outputs = this.#samples * units;
    const dead = this.#alive.reduce((count, alive) => count + 1 - alive, 0);
    return {
      layer: this.#layer,
      units,
      activationMean: this.#outputSum / outputs,
      activationNorm: this.#outputNormSum / this.#samples,
      saturation: this.#saturated / outputs,
      deadUnits: dead / units,
      weightNorm: Math.sqrt(yield* sumInParts(this.#state.weights[this.#layer], sumOfSquares)),
    };
  }

  /** @param meanGradient - of the whole network, shaped like the parameters */
  *gradientStatistics(
    meanGradient: Float64Array,
    weightNorm: number,
    learningRate: number,
  ): Pieces<GradientStatistics> {
    const { units, inputs, stride, weights } = this.#place;
    const gradient = meanGradient.subarray(weights, weights + units * stride);
    const gradientNorm = Math.sqrt(yield* sumInParts(gradient, sumOfSquares));
    const zeros = (yield* sumInParts(gradient, countZeros)) - units * (stride - inputs - 1);
    const update = learningRate * gradientNorm;
    return {
      gradientNorm,
      sampleGradientNorm: Math.sqrt(this.#gradientSquares / this.#samples),
      zeroGradients: zeros / (units * (inputs + 1)),
      psiMean: this.#psiSum / (this.#samples * units),
      psiNorm: Math.sqrt(this.#psiSquares / this.#samples),
      updateRatio: update === 0 ? 0 : update / weightNorm,
    };
  }
}

function openRange({ kind }: ResolvedActivation): readonly [from: number, to: number] {
  if (kind === "sigmoid") return [NEAR_END, 1 - NEAR_END];
  if (kind === "tanh") return [-1 + NEAR_END, 1 - NEAR_END];
  return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
}

/** Whether outputs of 0 let nothing through: those of a ReLU, and of a leaky one that does not leak. */
function canDie({ kind, parameter }: ResolvedActivation): boolean {
  return kind === "relu" || (kind === "leakyRelu" && parameter === 0);
}

/** Adds up what `measure` gives for every part of the values, with a pause behind each. */
function* sumInParts(values: Values, measure: (values: Values, first: number, end: number) => number): Pieces<number> {
  let sum = 0;
  for (let first = 0; first < values.length; first += VALUES_AT_ONCE) {
    sum += measure(values, first, Math.min(values.length, first + VALUES_AT_ONCE));
    yield;
  }
  return sum;
}

function sumOfSquares(values: Values, first: number, end: number): number {
  let sum = 0;
  for (let i = first; i < end; i++) sum += values[i] * values[i];
  return sum;
}

function countZeros(values: Values, first: number, end: number): number {
  let count = 0;
  for (let i = first; i < end; i++) if (values[i] === 0) count++;
  return count;
}
