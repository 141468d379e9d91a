import { ONLINE_BLOCK, onlineBlock } from "../../layout.ts";
import type { Values } from "../../types.ts";
import { ChunkStatus, type TrainingJob } from "../types.ts";
import type { SampleBlock } from "./block.ts";
import type { SampleNetwork } from "./network.ts";
import type { Pieces } from "./pieces.ts";
import type { Training } from "./range.ts";
import { loadInput, loadTarget } from "./samples.ts";

/** Rows of the Gram matrix computed together: those below the diagonal cost least in small groups. */
const GRAM_ROWS = 8;

/**
 * Online gradient descent: one step a sample, in the order of the samples, as `native/online.cc` does it. Large first
 * layers are trained at the speed of matrix products, exactly: between two updates of W, B samples apart, the z of each
 * sample is what W gives minus what the steps since would have taken away,
 *
 *     z_j = W x̂_j + scale · Σ_{i<j} (x̂_i · x̂_j) ψ_i        scale = −η
 *
 * and then W takes all steps at once. Smaller networks go sample by sample (B = 1).
 */
export class OnlineTraining implements Training {
  status: number = ChunkStatus.ok;
  readonly #job: TrainingJob;
  readonly #network: SampleNetwork;
  readonly #block: SampleBlock;
  readonly #blockSize: number;
  readonly #sampleCount: number;
  readonly #epochSize: number;
  #epoch = 0;
  #scale = 0;

  constructor(job: TrainingJob, network: SampleNetwork, block: SampleBlock) {
    this.#job = job;
    this.#network = network;
    this.#block = block;
    this.#blockSize = onlineBlock(job.model.layout);
    this.#sampleCount = job.samples.inputs.length / job.model.layout.layers[0].inputs;
    this.#epochSize = job.order.length / job.learningRates.length;
  }

  startEpoch(epoch: number): void {
    this.#epoch = epoch;
    this.#scale = this.#network.round(-this.#job.learningRates[epoch]);
  }

  advance(position: number): number | Pieces<number> {
    return this.#blockSize === 1 ? this.#trainAlone(position) : this.#trainInBlock(position);
  }

  /** Which sample stands at a position of the epoch. */
  #indexAt(position: number): number {
    return this.#job.order[this.#epoch * this.#epochSize + position];
  }

  #fail(position: number, status: number): number {
    this.status = status;
    return position;
  }

  /** The loss of the last forward pass goes into the sum, unless it is not finite. */
  #takesLoss(): boolean {
    const loss = this.#network.loss();
    if (!Number.isFinite(loss)) return false;
    this.#job.lossSums[this.#epoch] += loss;
    return true;
  }

  #trainAlone(position: number): number {
    const { state } = this.#job;
    const index = this.#indexAt(position);
    if (index >= this.#sampleCount || !loadTarget(this.#job, index, state.target)) {
      return this.#fail(position, ChunkStatus.badSample);
    }
    loadInput(this.#job, index, state.activations[0]);
    this.#network.forward();
    if (!this.#takesLoss()) return this.#fail(position, ChunkStatus.lossNotFinite);
    this.#network.update(this.#scale);
    return position + 1;
  }

  *#trainInBlock(position: number): Pieces<number> {
    const { state } = this.#job;
    const j = position % this.#blockSize;
    const count = Math.min(this.#blockSize, this.#epochSize - (position - j));
    if (j === 0) {
      const unreadable = yield* this.#beginBlock(position, count);
      if (unreadable >= 0) return this.#fail(unreadable, ChunkStatus.badSample);
    }
    // Looked at again: a chunk may begin here, with an order that the one before has not seen.
    const index = this.#indexAt(position);
    if (index >= this.#sampleCount || !loadTarget(this.#job, index, state.target)) {
      return this.#fail(position, ChunkStatus.badSample);
    }
    this.#network.forwardFrom(this.#zOf(j));
    if (!this.#takesLoss()) return this.#fail(position, ChunkStatus.lossNotFinite);
    this.#network.updateAbove(this.#scale);
    const units = this.#network.layers[0].units;
    const psi = this.#block.psi[0].of[j];
    for (let i = 0; i < units; i++) psi[i] = state.psi[0][i];
    if (j + 1 === count) yield* this.#block.stepOfLayer(0, this.#scale, count);
    return position + 1;
  }

  /** What the samples of a block share: their inputs, W x̂ and the products of the inputs. @returns a bad position or -1 */
  *#beginBlock(position: number, count: number): Pieces<number> {
    const { kernels, layers } = this.#network;
    const { columns, stride } = layers[0];
    const x = this.#block.activations[0];
    for (let s = 0; s < count; s++) {
      const index = this.#indexAt(position + s);
      if (index >= this.#sampleCount) return position + s;
      loadInput(this.#job, index, x.of[s]);
    }
    yield* this.#block.multiply(0, count, this.#block.activations[1]);
    for (let s = 0; s < count; s += GRAM_ROWS) {
      const rows = Math.min(GRAM_ROWS, count - s);
      const gram = this.#block.gram.subarray(s * ONLINE_BLOCK);
      kernels.gemm(x.all, s + rows, columns, stride, x.all.subarray(s * stride), rows, stride, gram, ONLINE_BLOCK);
    }
    return -1;
  }

  /** z of sample j of the block, from what the whole block shares */
  #zOf(j: number): Values {
    const z = this.#block.activations[1].of[j];
    if (j === 0) return z;
    const { kernels, layers } = this.#network;
    const { all, stride, of } = this.#block.psi[0];
    const { units } = layers[0];
    // The place of this sample's ψ is free until it is known.
    kernels.gemvTransposed(all, j, units, stride, this.#block.gram.subarray(j * ONLINE_BLOCK), of[j]);
    kernels.addScaled(of[j], z, units, this.#scale);
    return z;
  }
}
