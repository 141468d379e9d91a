import type { Backend, Job } from "../backend/types.ts";
import type { Pieces } from "../backend/typescript/pieces.ts";
import { loadInput, loadTarget } from "../backend/typescript/samples.ts";
import type { Model } from "../model.ts";
import type { NetworkState } from "../state.ts";
import { nextTurn } from "../turn.ts";
import type { Values } from "../types.ts";
import { LayerMeter, VALUES_AT_ONCE } from "./layer_meter.ts";
import { Moments } from "./moments.ts";

/** What a layer makes of samples. Numbers are not finite where the network overflows. */
export interface ActivationStatistics {
  /** Which one, as in `network.weights(layer)`: 0 is the first above the input. */
  readonly layer: number;
  readonly units: number;
  /** The mean output, over samples and units. */
  readonly activationMean: number;
  /** The Euclidean norm of the layer's outputs, its mean over the samples. */
  readonly activationNorm: number;
  /**
   * The share of outputs, over samples and units, that lie within 1e-3 of an end: of 0 or 1 with sigmoid, of −1 or 1 with
   * tanh. The derivative there is at most 1/250 of its largest value. 0 for other activations.
   */
  readonly saturation: number;
  /** The share of ReLU units whose output is 0 for every sample, so that they learn nothing. 0 for other activations. */
  readonly deadUnits: number;
  /** √Σ W² over weights and biases. */
  readonly weightNorm: number;
}

/** What comes back to a layer: gradients as a step of plain descent uses them. */
export interface GradientStatistics {
  /** The norm of the mean gradient ∂E/∂W over the samples. */
  readonly gradientNorm: number;
  /** The root mean square, over the samples, of the norm of one sample's gradient: what an online step uses. */
  readonly sampleGradientNorm: number;
  /** The share of the mean gradient's elements that are exactly 0. */
  readonly zeroGradients: number;
  /** The mean of |ψ| over samples and units. */
  readonly psiMean: number;
  /** The root mean square, over the samples, of ‖ψ‖. */
  readonly psiNorm: number;
  /** How far a step by the mean gradient moves the weights: η · gradientNorm / weightNorm. Infinite where all weights are 0. */
  readonly updateRatio: number;
}

/** One layer of a diagnosis; what is about gradients is there for data with targets. */
export interface LayerStatistics extends ActivationStatistics, Partial<GradientStatistics> {}

/** What is measured: a state that nobody else uses meanwhile. Its workspace is written over, its parameters are not. */
export interface Measured {
  readonly model: Model;
  readonly backend: Backend;
  readonly state: NetworkState;
}

/** What one pass over samples with targets tells. */
export interface Learning {
  readonly layers: readonly (ActivationStatistics & GradientStatistics)[];
  /** The mean over the samples. */
  readonly loss: number;
  /** Σ (t − y)² over the outputs, its mean over the samples: the loss itself, or what is comparable among losses. */
  readonly squaredError: number;
  readonly targets: Moments;
  /** Shaped like the parameters. */
  readonly meanGradient: Float64Array;
}

/** How long the asynchronous measurement computes before the event loop has its turn. */
const TURN_MS = 5;

/**
 * Statistics of every layer over some samples with targets, with a turn of the event loop every few milliseconds.
 *
 * @param indices - which samples, at least one, such as `spreadSamples` gives
 * @param learningRate - what `updateRatio` is told for
 */
export async function layerStatistics(
  measured: Measured,
  samples: Job["samples"],
  indices: Uint32Array,
  learningRate: number,
  signal?: AbortSignal,
): Promise<(ActivationStatistics & GradientStatistics)[]> {
  const work = measureLearning(measured, samples, indices, learningRate);
  let due = performance.now() + TURN_MS;
  for (;;) {
    const piece = work.next();
    if (piece.done) return [...piece.value.layers];
    if (performance.now() < due) continue;
    await nextTurn();
    signal?.throwIfAborted();
    due = performance.now() + TURN_MS;
  }
}

/** Runs samples forward, with a pause after each. */
export function* measureOutputs(
  { model, backend, state }: Measured,
  samples: Job["samples"],
  indices: Uint32Array,
): Pieces<ActivationStatistics[]> {
  const meters = metersOf(model, state);
  for (const index of indices) {
    loadInput({ model, samples }, index, state.activations[0]);
    backend.forward(model, state);
    for (const meter of meters) meter.addOutputs();
    yield;
  }
  const statistics: ActivationStatistics[] = [];
  for (const meter of meters) statistics.push(yield* meter.activationStatistics());
  return statistics;
}

/** Runs samples with targets forward and backward, with pauses. */
export function* measureLearning(
  { model, backend, state }: Measured,
  samples: Job["samples"],
  indices: Uint32Array,
  learningRate: number,
): Pieces<Learning> {
  const meters = metersOf(model, state);
  const targets = new Moments(model.layout.layers[meters.length - 1].units);
  const gradient = backend.allocate(model.dtype, model.layout.parameterValues);
  const meanGradient = new Float64Array(model.layout.parameterValues);
  const outputs = state.activations[meters.length];
  let lossSum = 0;
  let squaredErrors = 0;
  for (const index of indices) {
    loadInput({ model, samples }, index, state.activations[0]);
    loadTarget({ model, samples }, index, state.target);
    lossSum += backend.gradient(model, state, gradient);
    targets.add(state.target);
    for (let k = 0; k < targets.means.length; k++) squaredErrors += (state.target[k] - outputs[k]) ** 2;
    for (const meter of meters) {
      meter.addOutputs();
      meter.addPsi();
    }
    yield;
    yield* addScaled(gradient, meanGradient, 1 / indices.length);
  }
  const layers: Learning["layers"][number][] = [];
  for (const meter of meters) {
    const activations = yield* meter.activationStatistics();
    const gradients = yield* meter.gradientStatistics(meanGradient, activations.weightNorm, learningRate);
    layers.push({ ...activations, ...gradients });
  }
  const squaredError = squaredErrors / indices.length;
  return { layers, loss: lossSum / indices.length, squaredError, targets, meanGradient };
}

function metersOf(model: Model, state: NetworkState): LayerMeter[] {
  return model.layout.layers.map((_, l) => new LayerMeter(model, state, l));
}

/** sum += scale · values */
function* addScaled(values: Values, sum: Float64Array, scale: number): Pieces {
  for (let first = 0; first < values.length; first += VALUES_AT_ONCE) {
    const end = Math.min(values.length, first + VALUES_AT_ONCE);
    for (let i = first; i < end; i++) sum[i] += scale * values[i];
    yield;
  }
}
