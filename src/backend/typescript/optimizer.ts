import type { OptimizerKind, ResolvedOptimizer } from "../../optimizer.ts";
import type { Values } from "../../types.ts";
import { STEP_CONSTANTS, StepConstant } from "../kernel_list.ts";
import { allocateValues } from "../types.ts";
import type { Layer } from "./layer.ts";
import type { SampleNetwork } from "./network.ts";
import { inPieces, type Pieces } from "./pieces.ts";

/** What the step of a value costs, in multiply-adds: at most a root and a quotient besides a few of them. */
const STEP_WORK = 16;

/** Keeps a gradient of norm 0 from being divided by it; PyTorch's value. */
const NORM_EPSILON = 1e-6;

/** Runs the optimizer's kernel over `count` of the parameters from `from` on. */
type StepKernel = (constants: Values, count: number, from: number) => void;

/** The step that ends a batch, over all layers, as `native/optimizer.cc` does it. */
export class OptimizerSteps {
  readonly #optimizer: ResolvedOptimizer;
  readonly #network: SampleNetwork;
  readonly #gradient: Values;
  readonly #powers: Float64Array;
  readonly #run: StepKernel;
  readonly #constants: Values;
  /** The same for biases, which do not decay. */
  readonly #biasConstants: Values;
  /** (1) */
  readonly #rowSum: Values;

  /**
   * @param gradient - shaped like the parameters: the sum over a batch when `take` is called
   * @param slots - `optimizerSlots` arrays shaped like the parameters, which steps change
   * @param powers - (2): `optimizerPowers` of a training job, which steps change
   */
  constructor(
    optimizer: ResolvedOptimizer,
    network: SampleNetwork,
    gradient: Values,
    slots: readonly Values[],
    powers: Float64Array,
  ) {
    const { dtype } = network.model;
    this.#optimizer = optimizer;
    this.#network = network;
    this.#gradient = gradient;
    this.#powers = powers;
    this.#run = kernelOf(optimizer.kind, network, gradient, slots);
    this.#constants = allocateValues(dtype, STEP_CONSTANTS);
    this.#biasConstants = allocateValues(dtype, STEP_CONSTANTS);
    this.#rowSum = allocateValues(dtype, 1);
  }

  /** One step by the mean gradient of `count` samples. */
  *take(rate: number, count: number): Pieces {
    const { clipGradientNorm, weightDecay } = this.#optimizer;
    const mean = 1 / count;
    const clip = Number.isFinite(clipGradientNorm) ? yield* this.#clip(mean) : 1;
    this.#setConstants(rate, mean * clip);
    for (const layer of this.#network.layers) {
      yield* weightDecay === 0 ? this.#stepAtOnce(layer) : this.#stepByRows(layer);
    }
  }

  /** What the mean gradient is multiplied by, so that its norm over all layers stays within bounds. */
  *#clip(mean: number): Pieces<number> {
    const sum = this.#rowSum;
    const { layers, kernels } = this.#network;
    let total = 0;
    for (const { place, units, stride } of layers) {
      yield* inPieces(units, stride, (first, end) => {
        for (let row = first; row < end; row++) {
          kernels.sumSquares(this.#gradient, sum, stride, place.weights + row * stride);
          total += sum[0];
        }
      });
    }
    const share = this.#optimizer.clipGradientNorm / (mean * Math.sqrt(total) + NORM_EPSILON);
    return share < 1 ? share : 1;
  }

  #setConstants(rate: number, gradientScale: number): void {
    const { kind, firstDecay, secondDecay, epsilon, weightDecay } = this.#optimizer;
    const powers = this.#powers;
    const isAdam = kind === "adam";
    if (isAdam) {
      powers[0] *= firstDecay;
      powers[1] *= secondDecay;
    }
    const constants = this.#constants;
    constants[StepConstant.rate] = isAdam ? -rate / (1 - powers[0]) : -rate;
    constants[StepConstant.gradientScale] = gradientScale;
    constants[StepConstant.decay] = weightDecay;
    constants[StepConstant.keep] = 1 - rate * weightDecay;
    constants[StepConstant.firstDecay] = firstDecay;
    constants[StepConstant.firstShare] = 1 - firstDecay;
    constants[StepConstant.secondDecay] = secondDecay;
    constants[StepConstant.secondShare] = 1 - secondDecay;
    constants[StepConstant.rootScale] = isAdam ? 1 / Math.sqrt(1 - powers[1]) : 1;
    constants[StepConstant.epsilon] = epsilon;
    this.#biasConstants.set(constants);
    this.#biasConstants[StepConstant.decay] = 0;
    this.#biasConstants[StepConstant.keep] = 1;
  }

  /** The whole layer is one stretch; its padding stays 0, as that of the gradient is. */
  #stepAtOnce({ place, units, stride }: Layer): Pieces {
    return inPieces(units * stride, STEP_WORK, (first, end) => {
      this.#run(this.#constants, end - first, place.weights + first);
    });
  }

  #stepByRows({ place, units, stride }: Layer): Pieces {
    return inPieces(units, stride * STEP_WORK, (first, end) => {
      for (let row = first; row < end; row++) {
        const begin = place.weights + row * stride;
        this.#run(this.#constants, place.inputs, begin);
        this.#run(this.#biasConstants, 1, begin + place.inputs);
      }
    });
  }
}

function kernelOf(
  kind: OptimizerKind,
  { kernels, state }: SampleNetwork,
  g: Values,
  [f, s]: readonly Values[],
): StepKernel {
  const w = state.parameters;
  switch (kind) {
    case "sgd":
      return (constants, count, from) => kernels.sgdStep(w, g, constants, count, from);
    case "momentum":
      return (constants, count, from) => kernels.momentumStep(w, g, f, constants, count, from);
    case "nesterov":
      return (constants, count, from) => kernels.nesterovStep(w, g, f, constants, count, from);
    case "rmsprop":
      return (constants, count, from) => kernels.rmspropStep(w, g, f, constants, count, from);
    case "adam":
      return (constants, count, from) => kernels.adamStep(w, g, f, s, constants, count, from);
  }
}
