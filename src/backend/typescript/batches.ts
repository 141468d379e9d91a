import type { Values } from "../../types.ts";
import { ChunkStatus, type TrainingJob } from "../types.ts";
import type { SampleBlock } from "./block.ts";
import type { SampleNetwork } from "./network.ts";
import type { Pieces } from "./pieces.ts";
import type { Training } from "./range.ts";
import { loadInput, loadTarget } from "./samples.ts";

/** Steps by the mean gradient of a batch; a shorter last batch has the mean over what it has. */
export class BatchTraining implements Training {
  status: number = ChunkStatus.ok;
  readonly #job: TrainingJob;
  readonly #network: SampleNetwork;
  readonly #block: SampleBlock;
  readonly #gradient: Values;
  readonly #sampleCount: number;
  readonly #epochSize: number;
  #epoch = 0;

  constructor(job: TrainingJob, network: SampleNetwork, block: SampleBlock, gradient: Values) {
    const { layout } = job.model;
    this.#job = job;
    this.#network = network;
    this.#block = block;
    this.#gradient = gradient;
    this.#sampleCount = job.samples.inputs.length / layout.layers[0].inputs;
    this.#epochSize = job.order.length / job.learningRates.length;
  }

  startEpoch(epoch: number): void {
    this.#epoch = epoch;
  }

  /** Trains up to a block of the batch that `position` lies in; at the batch's end its step is taken. */
  *advance(position: number): Pieces<number> {
    const { batchSize, learningRates, lossSums, state } = this.#job;
    const begin = position - (position % batchSize);
    const end = Math.min(this.#epochSize, begin + batchSize);
    const count = Math.min(end - position, this.#block.capacity);
    const loaded = this.#load(position, count);
    if (loaded < count) return this.#fail(position + loaded, ChunkStatus.badSample);

    const block = this.#block;
    yield* block.forward(count);
    for (let s = 0; s < count; s++) {
      const loss = block.loss(s);
      if (!Number.isFinite(loss)) return this.#fail(position + s, ChunkStatus.lossNotFinite);
      lossSums[this.#epoch] += loss;
    }
    yield* block.backward(count);

    const scale = this.#network.round(-learningRates[this.#epoch] / (end - begin));
    if (count === end - begin) {
      yield* block.step(scale, count);
      return end;
    }
    if (position === begin) this.#gradient.fill(0);
    yield* block.accumulateGradient(this.#gradient, count);
    const done = position + count;
    if (done === end) {
      this.#network.kernels.addScaled(this.#gradient, state.parameters, state.parameters.length, scale);
    }
    return done;
  }

  #fail(position: number, status: number): number {
    this.status = status;
    return position;
  }

  /** @returns how many samples could be read */
  #load(position: number, count: number): number {
    const { order } = this.#job;
    const x = this.#block.activations[0];
    for (let s = 0; s < count; s++) {
      const index = order[this.#epoch * this.#epochSize + position + s];
      if (index >= this.#sampleCount || !loadTarget(this.#job, index, this.#block.targets.of[s])) return s;
      loadInput(this.#job, index, x.of[s]);
    }
    return count;
  }
}
