import type { LayerLayout } from "../../layout.ts";
import type { Model } from "../../model.ts";
import type { DType, Values } from "../../types.ts";
import {
  binaryCrossEntropyPsi,
  categoricalCrossEntropyPsi,
  type OutputView,
  type Round,
  squaredErrorGradient,
  throughSoftmax,
} from "./loss.ts";
import { type Derivative, type Elementwise, type KernelTable, kernelsOf } from "./table.ts";

/** What layers do to the vectors of one sample, wherever these lie, as `native/layer.cc` does it. */

/** What the machine rounds a result of this dtype to. */
export function roundingOf(dtype: DType): Round {
  return dtype === "float64" ? identity : Math.fround;
}

function identity(value: number): number {
  return value;
}

/** A layer with its kernels, which are looked up once and not for every sample. */
export class Layer {
  readonly place: LayerLayout;
  readonly units: number;
  /** The values of a row alone: the padding behind them would add nothing, and an overflowing step would spoil it. */
  readonly columns: number;
  readonly stride: number;
  readonly outputStride: number;
  /** What a derivative is multiplied by. */
  readonly derivativeParameter: number;
  readonly #parameter: number;
  readonly #activation: Elementwise;
  /** Undefined for a softmax, whose derivative is no product element by element. */
  readonly #derivative: Derivative | undefined;

  constructor(model: Model, l: number, kernels: KernelTable) {
    const { kind, parameter, derivativeParameter } = model.activations[l];
    this.place = model.layout.layers[l];
    this.units = this.place.units;
    this.columns = this.place.inputs + 1;
    this.stride = this.place.stride;
    this.outputStride = this.place.outputStride;
    this.derivativeParameter = derivativeParameter;
    this.#parameter = parameter;
    this.#activation = kernels[kind];
    this.#derivative = kind === "softmax" ? undefined : kernels[`${kind}Derivative`];
  }

  /** out = f(z), (units) */
  activate(z: Values, out: Values): void {
    this.#activation(z, out, this.units, this.#parameter);
  }

  /** psi = psi ⊙ f′(x), (units), where f works element by element. @returns whether it does */
  differentiate(x: Values, psi: Values): boolean {
    if (this.#derivative === undefined) return false;
    this.#derivative(x, psi, psi, this.units, this.derivativeParameter);
    return true;
  }
}

export function layersOf(model: Model): Layer[] {
  const kernels = kernelsOf(model);
  return model.layout.layers.map((_, l) => new Layer(model, l, kernels));
}

/** What the loss of a sample is made of, given its z, y and target in the output layer. */
export function outputView(model: Model, z: Values, y: Values, t: Values): OutputView {
  const last = model.layout.layers.length - 1;
  const { kind, parameter } = model.activations[last];
  const slope = kind === "sigmoid" ? roundingOf(model.dtype)(parameter) : 1;
  return { z, y, t, count: model.layout.layers[last].units, slope };
}

/** ψ of the output layer, (units) */
export function outputPsi(model: Model, last: Layer, output: OutputView, psi: Values, round: Round): void {
  switch (model.loss) {
    case "squaredError":
      squaredErrorGradient(output, psi, round);
      if (!last.differentiate(output.y, psi)) throughSoftmax(output, psi, round);
      break;
    case "binaryCrossEntropy":
      binaryCrossEntropyPsi(output, last.derivativeParameter, psi, round);
      break;
    case "categoricalCrossEntropy":
      categoricalCrossEntropyPsi(output, psi, round);
      break;
  }
}
