import type { Model } from "../../model.ts";
import type { NetworkState } from "../../state.ts";
import type { DType, Values } from "../../types.ts";
import {
  binaryCrossEntropyPsi,
  categoricalCrossEntropyPsi,
  lossOf,
  type OutputView,
  type Round,
  squaredErrorGradient,
  throughSoftmax,
} from "./loss.ts";
import { KERNEL_TABLES } from "./table.ts";

/** Forward, psi, gradient and update of one sample, as `native/network.cc` does them. */

/** What the machine rounds a result of this dtype to. */
export function roundingOf(dtype: DType): Round {
  return dtype === "float64" ? identity : Math.fround;
}

function identity(value: number): number {
  return value;
}

function outputView(model: Model, state: NetworkState): OutputView {
  const last = model.layout.layers.length - 1;
  const { kind, parameter } = model.activations[last];
  return {
    z: state.logits,
    y: state.activations[last + 1],
    t: state.target,
    count: model.layout.layers[last].units,
    slope: kind === "sigmoid" ? roundingOf(model.dtype)(parameter) : 1,
  };
}

/** x̂_0 → x̂_L */
export function forward(model: Model, state: NetworkState): void {
  const { layers } = model.layout;
  const kernels = KERNEL_TABLES[model.dtype];
  for (let l = 0; l < layers.length; l++) {
    const { units, stride } = layers[l];
    const out = state.activations[l + 1];
    const z = l + 1 === layers.length ? state.logits : out;
    // The kernel for the values of a row alone: the padding behind them would add nothing.
    kernels.gemv(state.weights[l], units, layers[l].inputs + 1, stride, state.activations[l], z);
    const { kind, parameter } = model.activations[l];
    kernels[kind](z, out, units, parameter);
  }
}

/** The loss of the last forward pass. */
export function loss(model: Model, state: NetworkState): number {
  return lossOf(model.loss, outputView(model, state), roundingOf(model.dtype));
}

/** Applies the derivative of layer l to what its psi holds, in place. */
function differentiate(model: Model, state: NetworkState, l: number): void {
  const { kind, derivativeParameter } = model.activations[l];
  const psi = state.psi[l];
  if (kind === "softmax") {
    throughSoftmax(outputView(model, state), psi, roundingOf(model.dtype));
    return;
  }
  const units = model.layout.layers[l].units;
  KERNEL_TABLES[model.dtype][`${kind}Derivative`](state.activations[l + 1], psi, psi, units, derivativeParameter);
}

function outputPsi(model: Model, state: NetworkState): void {
  const last = model.layout.layers.length - 1;
  const output = outputView(model, state);
  const round = roundingOf(model.dtype);
  switch (model.loss) {
    case "squaredError":
      squaredErrorGradient(output, state.psi[last], round);
      differentiate(model, state, last);
      break;
    case "binaryCrossEntropy":
      binaryCrossEntropyPsi(output, model.activations[last].derivativeParameter, state.psi[last], round);
      break;
    case "categoricalCrossEntropy":
      categoricalCrossEntropyPsi(output, state.psi[last], round);
      break;
  }
}

/** Finishes the psi of layer l from Wᵀψ of the layer above, and clears the bias's share. */
function finishPsi(model: Model, state: NetworkState, l: number): void {
  differentiate(model, state, l);
  state.psi[l][model.layout.layers[l].units] = 0;
}

/** One step of online gradient descent after `forward`: W_l += scale · ψ x̂ᵀ for every layer. */
export function update(model: Model, state: NetworkState, scale: number): void {
  const { layers } = model.layout;
  const kernels = KERNEL_TABLES[model.dtype];
  outputPsi(model, state);
  for (let l = layers.length - 1; l >= 0; l--) {
    const { units, inputs, stride } = layers[l];
    const x = state.activations[l];
    if (l === 0) {
      kernels.outerProduct(state.weights[l], units, inputs + 1, stride, state.psi[l], x, scale);
    } else {
      const below = state.psi[l - 1];
      kernels.gemvTransposedUpdate(state.weights[l], units, inputs + 1, stride, state.psi[l], x, below, scale);
      finishPsi(model, state, l - 1);
    }
  }
}

/** Adds ∂E/∂W of the last forward pass to matrices shaped like the weights. */
export function addGradient(model: Model, state: NetworkState, gradient: readonly Values[]): void {
  const { layers } = model.layout;
  const kernels = KERNEL_TABLES[model.dtype];
  outputPsi(model, state);
  for (let l = layers.length - 1; l >= 0; l--) {
    const { units, inputs, stride } = layers[l];
    const psi = state.psi[l];
    kernels.outerProduct(gradient[l], units, inputs + 1, stride, psi, state.activations[l], 1);
    if (l > 0) {
      kernels.gemvTransposed(state.weights[l], units, inputs + 1, stride, psi, state.psi[l - 1]);
      finishPsi(model, state, l - 1);
    }
  }
}
