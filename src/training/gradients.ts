import type { Backend } from "../backend/types.ts";
import type { Model } from "../model.ts";
import type { NetworkState } from "../state.ts";
import type { Matrix, Values } from "../types.ts";
import { unpadded } from "../vectors.ts";

/** What backpropagation found for one sample. */
export interface Gradients {
  readonly loss: number;
  /** One entry for each matrix of weights: ∂E/∂W of its shape, and ψ, one value a unit. */
  readonly layers: readonly { readonly gradient: Matrix; readonly psi: Values }[];
}

/** The gradients of the loss of the sample that the state holds. */
export function gradientsOf(model: Model, state: NetworkState, backend: Backend): Gradients {
  const { layout, dtype } = model;
  const gradient = backend.allocate(dtype, layout.parameterValues);
  const loss = backend.gradient(model, state, gradient);
  const layers = layout.layers.map(({ units, inputs, stride, weights }, l) => ({
    gradient: unpadded(gradient.subarray(weights, weights + units * stride), units, inputs + 1, stride),
    psi: state.psi[l].slice(0, units),
  }));
  return { loss, layers };
}
