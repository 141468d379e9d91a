import { blockCapacity, blockOffset } from "../../layout.ts";
import type { Values } from "../../types.ts";
import type { Dropout } from "./dropout.ts";
import { outputPsi, outputView } from "./layer.ts";
import { lossOf, type OutputView } from "./loss.ts";
import type { SampleNetwork } from "./network.ts";
import { inPieces, type Pieces } from "./pieces.ts";

/** The vectors of all samples of a block: one array, and a view for each sample. */
interface Rows {
  readonly all: Values;
  readonly stride: number;
  readonly of: readonly Values[];
}

/** Forward, psi and gradient of many samples at once, as `native/block.cc` does them. */
export class SampleBlock {
  readonly capacity: number;
  /** x̂ᵢ · x̂ⱼ of the inputs of online training's samples, (ONLINE_BLOCK, ONLINE_BLOCK) */
  readonly gram: Values;
  /** x̂_0 … x̂_L */
  readonly activations: readonly Rows[];
  /** ψ_1 … ψ_L */
  readonly psi: readonly Rows[];
  readonly targets: Rows;
  readonly network: SampleNetwork;
  readonly #logits: Rows;
  readonly #outputs: readonly OutputView[];

  constructor(network: SampleNetwork, memory: Values) {
    const { model, layers } = network;
    const { layout } = model;
    const last = layers[layers.length - 1];
    const capacity = blockCapacity(layout, memory.length);
    const rowsAt = (offset: number, stride: number): Rows => {
      const first = blockOffset(offset, capacity);
      const all = memory.subarray(first, first + capacity * stride);
      const of = Array.from({ length: capacity }, (_, s) => all.subarray(s * stride, (s + 1) * stride));
      return { all, stride, of };
    };
    this.network = network;
    this.capacity = capacity;
    this.gram = memory.subarray(0, blockOffset(0, capacity));
    this.activations = [
      ...layers.map(({ place }) => rowsAt(place.input, place.stride)),
      rowsAt(last.place.output, last.outputStride),
    ];
    this.psi = layers.map(({ place }) => rowsAt(place.psi, place.outputStride));
    this.#logits = rowsAt(layout.logits, last.outputStride);
    this.targets = rowsAt(layout.target, last.outputStride);
    const y = this.activations[layers.length];
    this.#outputs = this.#logits.of.map((z, s) => outputView(model, z, y.of[s], this.targets.of[s]));
  }

  /** x̂_0 → x̂_L of the first `count` samples */
  *forward(count: number, dropout?: Dropout): Pieces {
    const { layers } = this.network;
    for (let l = 0; l < layers.length; l++) {
      const out = this.activations[l + 1];
      const z = l + 1 === layers.length ? this.#logits : out;
      yield* this.multiply(l, count, z);
      for (let s = 0; s < count; s++) layers[l].activate(z.of[s], out.of[s]);
      if (!dropout || l + 1 === layers.length) continue;
      for (let s = 0; s < count; s++) dropout.drop(l, s, out.of[s], layers[l].units);
    }
  }

  /** z = W x̂ of layer l for the first `count` samples */
  multiply(l: number, count: number, z: Rows): Pieces {
    const { kernels, layers, state } = this.network;
    const { units, columns, stride } = layers[l];
    const x = this.activations[l];
    return inPieces(units, count * columns, (first, end) => {
      const weights = state.weights[l].subarray(first * stride);
      const out = z.all.subarray(first);
      kernels.gemm(weights, end - first, columns, stride, x.all, count, x.stride, out, z.stride);
    });
  }

  /** The loss of a sample of the last forward pass. */
  loss(sample: number): number {
    return lossOf(this.network.model.loss, this.#outputs[sample], this.network.round);
  }

  /**
   * ψ_L … ψ_1 of the first `count` samples
   *
   * @param weights - (count): what each sample's are multiplied by
   * @param dropout - what the forward pass went with
   */
  *backward(count: number, weights?: Values, dropout?: Dropout): Pieces {
    const { kernels, layers, state } = this.network;
    const last = layers.length - 1;
    this.#outputPsi(count, weights);
    for (let l = last; l > 0; l--) {
      const { units, stride } = layers[l];
      const below = layers[l - 1];
      const psi = this.psi[l];
      const out = this.psi[l - 1];
      // Without the column of the bias, which is no unit of the layer below.
      yield* inPieces(below.units, count * units, (first, end) => {
        const weights = state.weights[l].subarray(first);
        const part = out.all.subarray(first);
        kernels.gemmTransposed(weights, units, end - first, stride, psi.all, count, psi.stride, part, out.stride);
      });
      const x = this.activations[l];
      for (let s = 0; s < count; s++) {
        if (dropout) dropout.differentiate(l - 1, s, below, x.of[s], out.of[s]);
        else below.differentiate(x.of[s], out.of[s]);
      }
    }
  }

  #outputPsi(count: number, weights: Values | undefined): void {
    const { model, layers, round } = this.network;
    const last = layers[layers.length - 1];
    const rows = this.psi[layers.length - 1].of;
    for (let s = 0; s < count; s++) {
      const psi = rows[s];
      outputPsi(model, last, this.#outputs[s], psi, round);
      if (!weights) continue;
      for (let j = 0; j < last.units; j++) psi[j] = psi[j] * weights[s];
    }
  }

  /** Adds the gradients of the first `count` samples, one after the other, to matrices shaped like the weights. */
  *accumulateGradient(gradient: readonly Values[], count: number): Pieces {
    const { kernels, layers } = this.network;
    for (let l = 0; l < layers.length; l++) {
      const { units, columns, stride } = layers[l];
      const psi = this.psi[l];
      const x = this.activations[l];
      yield* inPieces(units, count * columns, (first, end) => {
        const sums = gradient[l].subarray(first * stride);
        const psis = psi.all.subarray(first);
        kernels.accumulateOuterProducts(sums, end - first, columns, stride, psis, count, psi.stride, x.all, x.stride);
      });
    }
  }

  /** W_l += scale · Σ ψ x̂ᵀ over the first `count` samples */
  *step(scale: number, count: number): Pieces {
    const { layers } = this.network;
    for (let l = 0; l < layers.length; l++) yield* this.stepOfLayer(l, scale, count);
  }

  /** The same for layer l alone. */
  stepOfLayer(l: number, scale: number, count: number): Pieces {
    const { kernels, layers, state } = this.network;
    const { units, columns, stride } = layers[l];
    const psi = this.psi[l];
    const x = this.activations[l];
    return inPieces(units, count * columns, (first, end) => {
      const weights = state.weights[l].subarray(first * stride);
      const psis = psi.all.subarray(first);
      kernels.outerProducts(weights, end - first, columns, stride, psis, count, psi.stride, x.all, x.stride, scale);
    });
  }
}
