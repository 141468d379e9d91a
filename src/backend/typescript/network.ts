import { PANEL_ROWS } from "../../layout.ts";
import type { Model } from "../../model.ts";
import type { NetworkState } from "../../state.ts";
import type { Values } from "../../types.ts";
import { type Layer, layersOf, outputPsi, outputView, roundingOf } from "./layer.ts";
import { lossOf, type OutputView, type Round } from "./loss.ts";
import { type KernelTable, kernelsOf } from "./table.ts";

/** Rows of W whose share of Wᵀψ is summed by itself. */
interface Panel {
  readonly rows: number;
  readonly weights: Values;
  readonly psi: Values;
  /** Where the share goes; that of the first panel to the psi of the layer below. */
  readonly share: Values;
}

/** Forward, psi, gradient and update of one sample, as `native/network.cc` does them. */
export class SampleNetwork {
  readonly model: Model;
  readonly state: NetworkState;
  readonly kernels: KernelTable;
  readonly round: Round;
  readonly layers: readonly Layer[];
  readonly #output: OutputView;
  readonly #panels: readonly (readonly Panel[])[];

  constructor(model: Model, state: NetworkState) {
    this.model = model;
    this.state = state;
    this.kernels = kernelsOf(model);
    this.round = roundingOf(model.dtype);
    this.layers = layersOf(model);
    this.#output = outputView(model, state.logits, state.activations[this.layers.length], state.target);
    this.#panels = this.layers.map((layer, l) => (l === 0 ? [] : panelsOf(layer, l, model, state)));
  }

  /** x̂_0 → x̂_L */
  forward(): void {
    for (let l = 0; l < this.layers.length; l++) this.#forwardThrough(l);
  }

  /** x̂_1 → x̂_L, given z of the first layer */
  forwardFrom(firstZ: Values): void {
    const { layers, state } = this;
    const first = layers[0];
    if (layers.length === 1) for (let i = 0; i < first.units; i++) state.logits[i] = firstZ[i];
    first.activate(firstZ, state.activations[1]);
    for (let l = 1; l < layers.length; l++) this.#forwardThrough(l);
  }

  #forwardThrough(l: number): void {
    const layer = this.layers[l];
    const { weights, activations, logits } = this.state;
    const out = activations[l + 1];
    const z = l + 1 === this.layers.length ? logits : out;
    this.kernels.gemv(weights[l], layer.units, layer.columns, layer.stride, activations[l], z);
    layer.activate(z, out);
  }

  /** The loss of the last forward pass. */
  loss(): number {
    return lossOf(this.model.loss, this.#output, this.round);
  }

  /** One step of online gradient descent after a forward pass: W_l += scale · ψ x̂ᵀ for every layer. */
  update(scale: number): void {
    this.updateAbove(scale);
    const first = this.layers[0];
    const { weights, psi, activations } = this.state;
    this.kernels.outerProduct(weights[0], first.units, first.columns, first.stride, psi[0], activations[0], scale);
  }

  /** The same for every layer but the first, of which it only finds ψ. */
  updateAbove(scale: number): void {
    const { layers, state, kernels } = this;
    this.#outputPsi();
    for (let l = layers.length - 1; l > 0; l--) {
      const { columns, stride } = layers[l];
      const x = state.activations[l];
      for (const { rows, weights, psi, share } of this.#panels[l]) {
        kernels.gemvTransposedUpdate(weights, rows, columns, stride, psi, x, share, scale);
      }
      this.#finishPsi(l);
    }
  }

  /** Adds ∂E/∂W of the last forward pass to matrices shaped like the weights. */
  addGradient(gradient: readonly Values[]): void {
    const { layers, state, kernels } = this;
    this.#outputPsi();
    for (let l = layers.length - 1; l >= 0; l--) {
      const { units, columns, stride } = layers[l];
      kernels.outerProduct(gradient[l], units, columns, stride, state.psi[l], state.activations[l], 1);
      if (l === 0) break;
      for (const { rows, weights, psi, share } of this.#panels[l]) {
        kernels.gemvTransposed(weights, rows, columns, stride, psi, share);
      }
      this.#finishPsi(l);
    }
  }

  #outputPsi(): void {
    const last = this.layers.length - 1;
    outputPsi(this.model, this.layers[last], this.#output, this.state.psi[last], this.round);
  }

  /** Makes ψ of the layer below l from the panels' shares, and clears that of the bias, which is no unit. */
  #finishPsi(l: number): void {
    const below = this.layers[l - 1];
    const psi = this.state.psi[l - 1];
    const panels = this.#panels[l];
    for (let p = 1; p < panels.length; p++) this.kernels.addScaled(panels[p].share, psi, below.units, 1);
    below.differentiate(this.state.activations[l], psi);
    psi[below.units] = 0;
  }
}

function panelsOf(layer: Layer, l: number, { layout }: Model, { workspace, weights, psi }: NetworkState): Panel[] {
  const { units, stride } = layer;
  return Array.from({ length: Math.ceil(units / PANEL_ROWS) }, (_, p) => {
    const first = p * PANEL_ROWS;
    const end = Math.min(units, first + PANEL_ROWS);
    const partial = layout.sampleValues + (p - 1) * stride;
    return {
      rows: end - first,
      weights: weights[l].subarray(first * stride, end * stride),
      psi: psi[l].subarray(first, end),
      share: p === 0 ? psi[l - 1] : workspace.subarray(partial, partial + stride),
    };
  });
}
