import { DownhillError } from "../../errors.ts";
import { isPlainDescent, optimizerSlots } from "../../optimizer.ts";
import { weightViews } from "../../state.ts";
import type { Values } from "../../types.ts";
import { allocateValues, ChunkStatus, type TrainingJob } from "../types.ts";
import type { SampleBlock } from "./block.ts";
import { Dropout } from "./dropout.ts";
import { Epoch } from "./epoch.ts";
import type { SampleNetwork } from "./network.ts";
import { OptimizerSteps } from "./optimizer.ts";
import type { Pieces } from "./pieces.ts";
import type { Training } from "./range.ts";
import { loadInput, loadTarget } from "./samples.ts";

/** Steps by the mean gradient of a batch; a shorter last batch has the mean over what it has. */
export class BatchTraining implements Training {
  status: number = ChunkStatus.ok;
  readonly #job: TrainingJob;
  readonly #network: SampleNetwork;
  readonly #block: SampleBlock;
  readonly #epoch: Epoch;
  readonly #gradient: Values;
  /** The same as matrices shaped like the weights. */
  readonly #gradients: readonly Values[];
  /** Undefined for plain descent, which adds the gradient to the weights at once. */
  readonly #optimizer: OptimizerSteps | undefined;
  readonly #dropout: Dropout | undefined;
  /** (capacity): of the block's samples, in the network's element type; undefined where all are 1. */
  readonly #weights: Values | undefined;

  constructor(job: TrainingJob, network: SampleNetwork, block: SampleBlock) {
    const { model, sampleWeights } = job;
    this.#job = job;
    this.#network = network;
    this.#block = block;
    this.#epoch = new Epoch(job);
    this.#gradient = needed(job.gradient, "gradient");
    this.#gradients = weightViews(model.layout, this.#gradient);
    this.#optimizer = isPlainDescent(job.optimizer) ? undefined : optimizerOf(job, network, this.#gradient);
    this.#dropout = job.dropout && new Dropout(job.dropout, needed(job.dropoutKeys, "dropoutKeys"), network.round);
    this.#weights = sampleWeights && allocateValues(model.dtype, block.capacity);
  }

  startEpoch(epoch: number): void {
    this.#epoch.index = epoch;
  }

  /** Trains up to a block of the batch that `position` lies in; at the batch's end its step is taken. */
  *advance(position: number): Pieces<number> {
    const { batchSize } = this.#job;
    const begin = position - (position % batchSize);
    const size = Math.min(this.#epoch.size - begin, batchSize);
    const count = Math.min(begin + size - position, this.#block.capacity);
    const loaded = this.#load(position, count);
    if (loaded < count) return this.#fail(position + loaded, ChunkStatus.badSample);

    const block = this.#block;
    this.#dropout?.moveTo(this.#epoch.index, position);
    yield* block.forward(count, this.#dropout);
    const taken = this.#takeLosses(position, count);
    if (taken < count) return this.#fail(position + taken, ChunkStatus.lossNotFinite);
    yield* block.backward(count, this.#weights, this.#dropout);

    const rate = this.#epoch.rateAt(position);
    if (count === size && !this.#optimizer) {
      yield* block.step(this.#network.round(-rate / size), count);
      return position + count;
    }
    if (position === begin) this.#gradient.fill(0);
    yield* block.accumulateGradient(this.#gradients, count);
    if (position + count === begin + size) yield* this.#step(rate, size);
    return position + count;
  }

  #fail(position: number, status: number): number {
    this.status = status;
    return position;
  }

  /** @returns how many samples could be read */
  #load(position: number, count: number): number {
    const { targets, activations } = this.#block;
    for (let s = 0; s < count; s++) {
      const sample = this.#epoch.sampleAt(position + s);
      if (!this.#epoch.has(sample) || !loadTarget(this.#job, sample, targets.of[s])) return s;
      loadInput(this.#job, sample, activations[0].of[s]);
      if (this.#weights) this.#weights[s] = this.#epoch.weightOf(sample);
    }
    return count;
  }

  /** @returns how many of the block's samples have a finite loss, up to the first that has none */
  #takeLosses(position: number, count: number): number {
    for (let s = 0; s < count; s++) {
      if (!this.#epoch.takesLoss(this.#block.loss(s), this.#epoch.sampleAt(position + s))) return s;
    }
    return count;
  }

  /** The step of a batch whose gradient is summed up. */
  *#step(rate: number, size: number): Pieces {
    if (this.#optimizer) {
      yield* this.#optimizer.take(rate, size);
      return;
    }
    const { kernels, round, state } = this.#network;
    kernels.addScaled(this.#gradient, state.parameters, state.parameters.length, round(-rate / size));
  }
}

/** @throws DownhillError `ERR_SHAPE` for a job without an array that its choices call for */
function needed<T>(array: T | undefined, name: string): T {
  if (array === undefined) throw new DownhillError("ERR_SHAPE", `the training job has no ${name}`);
  return array;
}

function optimizerOf(job: TrainingJob, network: SampleNetwork, gradient: Values): OptimizerSteps {
  const { optimizer, optimizerState, optimizerPowers } = job;
  const size = gradient.length;
  const slots = Array.from({ length: optimizerSlots(optimizer) }, (_, slot) =>
    needed(optimizerState, "optimizerState").subarray(slot * size, (slot + 1) * size),
  );
  return new OptimizerSteps(optimizer, network, gradient, slots, optimizerPowers);
}
