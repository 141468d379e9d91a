import type { Values } from "../../types.ts";
import { areFinite } from "../../vectors.ts";
import {
  ChunkStatus,
  type EvaluationJob,
  type Job,
  POSITION,
  STATUS,
  STOP,
  type TrainingJob,
  trainsOnline,
} from "../types.ts";
import { BatchTraining } from "./batches.ts";
import type { SampleBlock } from "./block.ts";
import type { SampleNetwork } from "./network.ts";
import { OnlineTraining } from "./online.ts";
import type { Pieces } from "./pieces.ts";
import { loadInput, loadTarget } from "./samples.ts";

/** Training and evaluation over a range of samples, as `native/range.cc` does them. */

/** Moves along positions. */
interface Advance {
  /** Other than ok, the last position could not be done. */
  status: number;
  /** @returns the position after those it has done; where that takes long, after a few pauses */
  advance(position: number): number | Pieces<number>;
}

/** The clock is read about every 2^15 parameters' worth of samples, some tens of microseconds. */
const PARAMETERS_PER_CHECK = 2 ** 15;

function* runRange(job: Job, from: number, to: number, work: Advance): Pieces {
  const end = performance.now() + job.budgetSeconds * 1000;
  const interval = Math.max(1, Math.floor(PARAMETERS_PER_CHECK / job.model.layout.parameterValues));
  let check = from + interval;
  let position = from;
  while (position < to) {
    const advanced = work.advance(position);
    position = typeof advanced === "number" ? advanced : yield* advanced;
    if (work.status !== ChunkStatus.ok) break;
    if (position < check) continue;
    check = position + interval;
    if (Atomics.load(job.control, STOP) !== 0 || performance.now() >= end) break;
  }
  Atomics.store(job.control, POSITION, position);
  Atomics.store(job.control, STATUS, work.status);
}

/** Advances through an epoch, positions being counted from its begin. */
export interface Training extends Advance {
  startEpoch(epoch: number): void;
}

/** Goes from epoch to epoch, positions being counted through all of them; looks at all weights when one ends. */
class Epochs implements Advance {
  status: number = ChunkStatus.ok;
  readonly #training: Training;
  readonly #parameters: Values;
  readonly #size: number;
  /** Where the present epoch ends. */
  #end = 0;

  constructor(training: Training, { state, order, lossSums }: TrainingJob) {
    this.#training = training;
    this.#parameters = state.parameters;
    this.#size = order.length / lossSums.length;
  }

  advance(position: number): number | Pieces<number> {
    const size = this.#size;
    if (position >= this.#end) {
      const epoch = Math.floor(position / size);
      this.#training.startEpoch(epoch);
      this.#end = (epoch + 1) * size;
    }
    const advanced = this.#training.advance(position - (this.#end - size));
    return typeof advanced === "number" ? this.#done(position, advanced) : this.#doneInPieces(position, advanced);
  }

  *#doneInPieces(position: number, advanced: Pieces<number>): Pieces<number> {
    return this.#done(position, yield* advanced);
  }

  /** @param advanced - a position counted from the begin of the epoch */
  #done(position: number, advanced: number): number {
    this.status = this.#training.status;
    const done = this.#end - this.#size + advanced;
    if (this.status !== ChunkStatus.ok || done < this.#end) return done;
    if (areFinite(this.#parameters, this.#parameters.length)) return done;
    this.status = ChunkStatus.parametersNotFinite;
    return position;
  }
}

/** Trains from `job.from` on until the epochs or the budget end. */
export function trainRange(job: TrainingJob, network: SampleNetwork, block: SampleBlock): Pieces {
  const training = trainsOnline(job) ? new OnlineTraining(job, network, block) : new BatchTraining(job, network, block);
  return runRange(job, job.from, job.order.length, new Epochs(training, job));
}

/** Runs samples forward; inputs that are not finite are refused. */
class Evaluating implements Advance {
  status: number = ChunkStatus.ok;
  readonly #job: EvaluationJob;
  readonly #block: SampleBlock;
  readonly #hasTargets: boolean;

  constructor(job: EvaluationJob, block: SampleBlock) {
    this.#job = job;
    this.#block = block;
    this.#hasTargets = job.samples.targets !== undefined || job.samples.labels !== undefined;
  }

  *advance(position: number): Pieces<number> {
    const { model, outputs, lossSums, from, to } = this.#job;
    const { layers } = model.layout;
    const size = layers[layers.length - 1].units;
    const block = this.#block;
    const count = Math.min(to - position, this.#block.capacity);
    for (let s = 0; s < count; s++) {
      const x = block.activations[0].of[s];
      loadInput(this.#job, position + s, x);
      if (!areFinite(x, layers[0].inputs)) return this.#fail(position + s);
    }
    yield* block.forward(count);
    for (let s = 0; s < count; s++) {
      const y = block.activations[layers.length].of[s];
      const row = (position - from + s) * size;
      for (let j = 0; j < size; j++) outputs[row + j] = y[j];
      if (!this.#hasTargets) continue;
      if (!loadTarget(this.#job, position + s, block.targets.of[s])) return this.#fail(position + s);
      lossSums[0] += block.loss(s);
    }
    return position + count;
  }

  #fail(position: number): number {
    this.status = ChunkStatus.badSample;
    return position;
  }
}

/** Runs samples `job.from` … `job.to` forward until the budget ends. */
export function evaluateRange(job: EvaluationJob, block: SampleBlock): Pieces {
  return runRange(job, job.from, job.to, new Evaluating(job, block));
}
