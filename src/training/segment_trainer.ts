import { type Backend, ChunkStatus, POSITION, STATUS, type TrainingJob, trainsOnline } from "../backend/types.ts";
import { trainingBlock } from "../layout.ts";
import type { Model } from "../model.ts";
import { optimizerSlots, optimizerValues } from "../optimizer.ts";
import type { Samples } from "../samples.ts";
import { createBlock, createState, type NetworkState } from "../state.ts";
import type { Values } from "../types.ts";
import type { Abort } from "./abort.ts";
import type { ResolvedFitOptions } from "./fit_options.ts";

/** Epochs of samples in memory that are trained without anybody looking in between; mostly it is one. */
export interface Segment {
  readonly samples: Samples;
  /** Which part of the data they are, counted from 0; undefined for data in one piece. */
  readonly part: number | undefined;
  readonly sampleWeights: Float64Array | undefined;
  readonly epochs: number;
  /** (epochs, samples of an epoch): which sample stands at which position. */
  readonly order: Uint32Array;
  /** One for each epoch, or one for each of its steps. */
  readonly learningRates: Float64Array;
  readonly dropoutKeys: Uint32Array | undefined;
}

/** Where a segment went wrong: a position counted through its epochs. */
export interface SegmentFailure {
  readonly status: number;
  readonly position: number;
}

/** Called between chunks with what is done of an epoch, counted from 0, and the seconds of training so far. */
type OnChunk = (epoch: number, samples: number, lossSum: number, seconds: number) => Promise<void>;

/** What training changes: parameters, and what the optimizer remembers. */
export interface TrainingMemory {
  readonly state: NetworkState;
  readonly optimizerState: Values | undefined;
  readonly optimizerPowers: Float64Array;
}

/** Trains a working copy in bounded chunks. */
export class SegmentTrainer {
  readonly memory: TrainingMemory;
  readonly #model: Model;
  readonly #backend: Backend;
  readonly #options: ResolvedFitOptions;
  readonly #control: Int32Array;
  readonly #abort: Abort;
  readonly #gradient: Values | undefined;
  readonly #block: Values;

  constructor(model: Model, backend: Backend, options: ResolvedFitOptions, control: Int32Array, abort: Abort) {
    const allocate = backend.allocate.bind(backend);
    const { dtype, layout } = model;
    const { optimizer, batchSize } = options;
    const state = createState(model, allocate);
    const optimizerState =
      optimizerSlots(optimizer) > 0 ? allocate(dtype, optimizerValues(optimizer, layout)) : undefined;
    this.memory = { state, optimizerState, optimizerPowers: Float64Array.of(1, 1) };
    this.#model = model;
    this.#backend = backend;
    this.#options = options;
    this.#control = control;
    this.#abort = abort;
    if (!trainsOnline(options)) this.#gradient = allocate(dtype, layout.parameterValues);
    this.#block = createBlock(model, trainingBlock(layout, batchSize), allocate);
  }

  /** @returns for each epoch the sum of its samples' losses, each before its own step, and the time of training */
  async run(
    segment: Segment,
    onChunk: OnChunk,
  ): Promise<{ lossSums: Float64Array; seconds: number; failure?: SegmentFailure }> {
    const { order, epochs } = segment;
    const size = order.length / epochs;
    const lossSums = new Float64Array(epochs);
    const control = this.#control;
    let seconds = 0;
    for (let from = 0; from < order.length; from = control[POSITION]) {
      const started = performance.now();
      await this.#backend.train(this.#jobOf(segment, from, lossSums));
      seconds += (performance.now() - started) / 1000;
      this.#abort.throwIfAborted();
      const position = control[POSITION];
      const status = control[STATUS];
      if (status !== ChunkStatus.ok) return { lossSums, seconds, failure: { status, position } };
      const epoch = Math.ceil(position / size) - 1;
      await onChunk(epoch, position - epoch * size, lossSums[epoch], seconds);
    }
    return { lossSums, seconds };
  }

  #jobOf(segment: Segment, from: number, lossSums: Float64Array): TrainingJob {
    const { samples, sampleWeights, order, learningRates, dropoutKeys } = segment;
    const { batchSize, optimizer, dropout, threads } = this.#options;
    return {
      ...this.memory,
      model: this.#model,
      samples,
      control: this.#control,
      lossSums,
      budgetSeconds: this.#backend.chunkSeconds,
      order,
      from,
      batchSize,
      learningRates,
      optimizer,
      sampleWeights,
      dropout,
      dropoutKeys,
      gradient: this.#gradient,
      block: this.#block,
      threads,
    };
  }
}
