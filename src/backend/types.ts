import { zeroed } from "../memory.ts";
import type { Model } from "../model.ts";
import { isPlainDescent, type ResolvedOptimizer } from "../optimizer.ts";
import type { Samples } from "../samples.ts";
import type { NetworkState } from "../state.ts";
import type { DType, Values } from "../types.ts";
import type { Kernels } from "./kernels.ts";

/** Fields of a job's `control`: JavaScript writes STOP, the chunk writes the rest. `Control` in `native/range.h`. */
export const STOP = 0;
export const POSITION = 1;
export const STATUS = 2;

/** What ended a chunk early, besides time and STOP. `ChunkStatus` in `native/range.h`. */
export const ChunkStatus = { ok: 0, lossNotFinite: 1, parametersNotFinite: 2, badSample: 3 } as const;

/** What a chunk of work over samples needs; it ends after about `budgetSeconds`, and has then done at least one sample. */
export interface Job {
  readonly model: Model;
  readonly state: NetworkState;
  readonly samples: Pick<Samples, "inputs" | "inputScale" | "targets" | "labels">;
  /** (3): STOP, POSITION, STATUS */
  readonly control: Int32Array;
  /** One for each epoch of a training, one for an evaluation: they go on from what they hold, so chunks leave no trace. */
  readonly lossSums: Float64Array;
  readonly budgetSeconds: number;
  /** Room for the vectors of many samples at once (`createBlock`), at least for as many as `onlineBlock` says. */
  readonly block: Values;
  /** How many threads may work at once; never changes a result. */
  readonly threads: number;
}

/**
 * Trains through one or more epochs from position `from`, counted through all of them, as far as time allows. There are
 * as many epochs as `lossSums`.
 */
export interface TrainingJob extends Job {
  /** (epochs, samples of an epoch): which sample stands at which position. */
  readonly order: Uint32Array;
  readonly from: number;
  /** 1: one step a sample. Larger: one step a batch, by its mean gradient; the last batch may be shorter. */
  readonly batchSize: number;
  /** One for each epoch, or one for each step: (epochs, batches of an epoch). */
  readonly learningRates: Float64Array;
  readonly optimizer: ResolvedOptimizer;
  /** `optimizerValues` of them; undefined where there are none. */
  readonly optimizerState: Values | undefined;
  /** (2): adam's beta1^t and beta2^t after t steps; 1 and 1 at first. */
  readonly optimizerPowers: Float64Array;
  /** (samples): what the loss and the gradient of each are multiplied by; undefined: 1. */
  readonly sampleWeights: Float64Array | undefined;
  /** (hidden layers): which share of each one's units is dropped, from 0 to below 1; undefined: none. */
  readonly dropout: Float64Array | undefined;
  /** (epochs): what an epoch's masks are drawn from, with dropout. */
  readonly dropoutKeys: Uint32Array | undefined;
  /** Shaped like the parameters; holds a batch's partial sum from chunk to chunk. Needed unless `trainsOnline`. */
  readonly gradient: Values | undefined;
}

/** Whether each sample takes its step at once, so that no gradient is ever written down. */
export function trainsOnline({
  batchSize,
  optimizer,
  dropout,
}: Pick<TrainingJob, "batchSize" | "optimizer" | "dropout">) {
  return batchSize === 1 && dropout === undefined && isPlainDescent(optimizer);
}

/**
 * Runs samples `from` … `to` forward; adds their losses when the samples have targets. Inputs that are not finite in the
 * network's element type end it with `badSample`.
 */
export interface EvaluationJob extends Job {
  readonly from: number;
  readonly to: number;
  /** (to − from, outputs) */
  readonly outputs: Values;
}

/** The one interface of both backends. Arenas belong to JavaScript; a backend keeps nothing between calls. */
export interface Backend {
  readonly name: "native" | "typescript";
  /** The instruction set its kernels use: `avx512`, `avx2`, `neon`, `baseline`, or `none` for plain JavaScript. */
  readonly isa: string;
  readonly kernels: Kernels;
  /** How long a chunk may run. */
  readonly chunkSeconds: number;
  /** How many threads it can make use of here. */
  readonly threads: number;
  /** A zeroed array, on a 64-byte boundary where the backend can tell. */
  allocate(dtype: DType, length: number): Values;
  /** x̂_0 → x̂_L */
  forward(model: Model, state: NetworkState): void;
  /** Forward, then one online step, unless the loss is not finite. Input and target lie in the state. @returns the loss */
  step(model: Model, state: NetworkState, learningRate: number): number;
  /** Forward and backward; overwrites `gradient`, shaped like the parameters, with ∂E/∂W. @returns the loss */
  gradient(model: Model, state: NetworkState, gradient: Values): number;
  train(job: TrainingJob): Promise<void>;
  evaluate(job: EvaluationJob): Promise<void>;
  evaluateSync(job: EvaluationJob): void;
}

/**
 * A zeroed array of the given element type.
 *
 * @throws DownhillError `ERR_SHAPE` when there is no memory for it
 */
export function allocateValues(dtype: DType, length: number): Values {
  return dtype === "float64" ? zeroed(Float64Array, length) : zeroed(Float32Array, length);
}
