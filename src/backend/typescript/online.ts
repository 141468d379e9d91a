import { ONLINE_BLOCK, onlineBlock } from "../../layout.ts";
import type { Values } from "../../types.ts";
import { ChunkStatus, type TrainingJob } from "../types.ts";
import type { SampleBlock } from "./block.ts";
import { Epoch } from "./epoch.ts";
import type { SampleNetwork } from "./network.ts";
import type { Pieces } from "./pieces.ts";
import type { Training } from "./range.ts";
import { loadInput, loadTarget } from "./samples.ts";

/** Rows of the Gram matrix computed together: those below the diagonal cost least in small groups. */
const GRAM_ROWS = 8;

/**
 * Online gradient descent: one step a sample, in the order of the samples, as `native/online.cc` does it. Large first
 * layers are trained at the speed of matrix products, exactly: between two updates of W, B samples apart, the z of each
 * sample is what W gives and what the steps since would have added,
 *
 *     z_j = W x̂_j + Σ_{i<j} (x̂_i · x̂_j) s_i        s_i = −η_i ψ_i
 *
 * and then W takes all steps at once: W += Σ s_i x̂_iᵀ. Each sample has its own η_i, the rate of its step times its weight.
 * Smaller networks go sample by sample (B = 1).
 */
export class OnlineTraining implements Training {
  status: number = ChunkStatus.ok;
  readonly #job: TrainingJob;
  readonly #network: SampleNetwork;
  readonly #block: SampleBlock;
  readonly #blockSize: number;
  readonly #epoch: Epoch;

  constructor(job: TrainingJob, network: SampleNetwork, block: SampleBlock) {
    this.#job = job;
    this.#network = network;
    this.#block = block;
    this.#blockSize = onlineBlock(job.model.layout);
    this.#epoch = new Epoch(job);
  }

  startEpoch(epoch: number): void {
    this.#epoch.index = epoch;
  }

  advance(position: number): number | Pieces<number> {
    return this.#blockSize === 1 ? this.#trainAlone(position) : this.#trainInBlock(position);
  }

  #fail(position: number, status: number): number {
    this.status = status;
    return position;
  }

  /** What ψ of a sample at a position is multiplied by in its step; kernels round it. */
  #scaleOf(position: number, sample: number): number {
    return -this.#epoch.rateAt(position) * this.#epoch.weightOf(sample);
  }

  #trainAlone(position: number): number {
    const { state } = this.#job;
    const epoch = this.#epoch;
    const sample = epoch.sampleAt(position);
    if (!epoch.has(sample) || !loadTarget(this.#job, sample, state.target)) {
      return this.#fail(position, ChunkStatus.badSample);
    }
    loadInput(this.#job, sample, state.activations[0]);
    this.#network.forward();
    if (!epoch.takesLoss(this.#network.loss(), sample)) return this.#fail(position, ChunkStatus.lossNotFinite);
    this.#network.update(this.#scaleOf(position, sample));
    return position + 1;
  }

  *#trainInBlock(position: number): Pieces<number> {
    const { state } = this.#job;
    const j = position % this.#blockSize;
    const epoch = this.#epoch;
    const count = Math.min(this.#blockSize, epoch.size - (position - j));
    if (j === 0) {
      const unreadable = yield* this.#beginBlock(position, count);
      if (unreadable >= 0) return this.#fail(unreadable, ChunkStatus.badSample);
    }
    // Looked at again: a chunk may begin here, with an order that the one before has not seen.
    const sample = epoch.sampleAt(position);
    if (!epoch.has(sample) || !loadTarget(this.#job, sample, state.target)) {
      return this.#fail(position, ChunkStatus.badSample);
    }
    this.#network.forwardFrom(this.#zOf(j));
    if (!epoch.takesLoss(this.#network.loss(), sample)) return this.#fail(position, ChunkStatus.lossNotFinite);
    const scale = this.#network.round(this.#scaleOf(position, sample));
    this.#network.updateAbove(scale);
    const units = this.#network.layers[0].units;
    const step = this.#block.psi[0].of[j];
    for (let i = 0; i < units; i++) step[i] = scale * state.psi[0][i];
    if (j + 1 === count) yield* this.#block.stepOfLayer(0, 1, count);
    return position + 1;
  }

  /** What the samples of a block share: their inputs, W x̂ and the products of the inputs. @returns a bad position or -1 */
  *#beginBlock(position: number, count: number): Pieces<number> {
    const { kernels, layers } = this.#network;
    const { columns, stride } = layers[0];
    const x = this.#block.activations[0];
    for (let s = 0; s < count; s++) {
      const sample = this.#epoch.sampleAt(position + s);
      if (!this.#epoch.has(sample)) return position + s;
      loadInput(this.#job, sample, x.of[s]);
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
    // The place of this sample's step is free until it is known.
    kernels.gemvTransposed(all, j, units, stride, this.#block.gram.subarray(j * ONLINE_BLOCK), of[j]);
    kernels.addScaled(of[j], z, units, 1);
    return z;
  }
}
