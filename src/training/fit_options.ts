import { Dataset } from "../dataset.ts";
import { DownhillError } from "../errors.ts";
import type { ResolvedOptimizer } from "../optimizer.ts";
import {
  belowOne,
  checkedOptions,
  flag,
  integer,
  nonNegative,
  optionalSeed,
  optionalThreads,
  optionError,
} from "../options.ts";
import { resolvedPath } from "../platform.ts";
import type { Vector } from "../types.ts";
import { isGone, isVector, mapVector } from "../vectors.ts";
import { checkedSignal } from "./abort.ts";
import { type CheckedClassWeights, checkedClassWeights } from "./class_weights.ts";
import { type EarlyStoppingOptions, type ResolvedEarlyStopping, resolveEarlyStopping } from "./early_stopping.ts";
import { type Optimizer, resolveOptimizer } from "./optimizers.ts";
import { type ResolvedSchedule, resolveSchedule, type Schedule } from "./schedules.ts";

/**
 * Where a training leaves what it takes to go on. The file is written as often as `everyEpochs` and `everySeconds` say, after
 * the last epoch, and when the training ends early, for whatever reason: it then holds the last whole epoch.
 */
export interface CheckpointOptions {
  /** The file. A relative path is taken from the directory that the process is in when `fit` is called. */
  readonly path: string;
  /**
   * It is written after every so many epochs, at least 1, the default where `everySeconds` is not given. It holds the whole
   * history, so very many short epochs had better not all write it.
   */
  readonly everyEpochs?: number;
  /** It is written after an epoch that ends at least so long after it was last written, or after the start; at least 0. */
  readonly everySeconds?: number;
}

/** How a network is trained. */
export interface FitOptions {
  /** How many times all samples are gone through, at least 1. */
  readonly epochs: number;
  /** 1 (default): online, a step after each sample. Larger: a step a batch, by the mean gradient of its samples. */
  readonly batchSize?: number;
  /**
   * The factor of the gradient in a step; or a function of the epoch (from 1), asked when it begins, or of epoch and step;
   * or a schedule. Default 0.01. See `Schedule`.
   */
  readonly learningRate?: number | Schedule;
  /** How gradients become steps; default `"sgd"`, plain gradient descent. See `Optimizer`. */
  readonly optimizer?: Optimizer;
  /** Pulls weights, not biases, towards 0 in every step: the λ of `Optimizer`, at least 0, the default. */
  readonly weightDecay?: number;
  /**
   * A batch's mean gradient of a larger norm, taken over all layers, is scaled down to this one before the step (Pascanu,
   * Mikolov and Bengio, 2013). Above 0; default: gradients stay as they are.
   */
  readonly clipGradientNorm?: number;
  /**
   * The share of units that every sample leaves out at random while training, from 0 (default) to below 1: one for all
   * hidden layers, or one for each. Those that are kept are scaled by 1 / (1 − share) (inverted dropout; Srivastava et al.,
   * 2014), so predictions and evaluations use all units as they are.
   */
  readonly dropout?: number | readonly number[];
  /**
   * What samples of each class count, beside their own weights: a number of at least 0 for each class, or `"balanced"`:
   * samples / (classes · samples of the class). For data with classes. Default: 1 for each.
   */
  readonly classWeights?: Vector | "balanced";
  /** Whether each epoch goes through the samples in a new random order; default true. */
  readonly shuffle?: boolean;
  /** Decides the orders, what is held out, and what dropout leaves out; default: the network's seed. */
  readonly seed?: number;
  /** How many threads may share the work; default: the network's. See `NetworkOptions`. */
  readonly threads?: number;
  /**
   * Evaluated after every epoch: a data set; or the share of the training data, above 0 and below 1, that is held out for
   * it, of each class alike where there are classes.
   */
  readonly validation?: Dataset | number | undefined;
  /** Ends the training when it gets no better. See `EarlyStoppingOptions`. */
  readonly earlyStopping?: EarlyStoppingOptions;
  /** Whether reports tell each layer's gradient and saturation; default false. See `EpochReport`. */
  readonly statistics?: boolean;
  /**
   * Writes a file from which another `fit` goes on. See `CheckpointOptions`. Where that fails, so does the training, with
   * `ERR_CHECKPOINT`.
   */
  readonly checkpoint?: CheckpointOptions | undefined;
  /**
   * The checkpoint to go on from, as if the training had never been interrupted: the path of its file. Network, options,
   * seed and sizes of the data have to be those that it was written with; `epochs` may be more, unless the learning rate is
   * a curve over all steps.
   */
  readonly resumeFrom?: string | undefined;
  /**
   * Stops within a chunk's time; `fit` then rejects with the signal's reason, and the last whole epoch stays. Epochs so
   * short that some of them are trained together, a few milliseconds' worth, stay or go together.
   */
  readonly signal?: AbortSignal | undefined;
  /** Called after every epoch, once it is published; a promise is waited for. What it throws ends the training. */
  readonly onEpoch?: (report: EpochReport) => unknown;
  /** Called at most ten times a second, and at the very end; a promise is waited for. What it throws ends the training. */
  readonly onProgress?: (progress: Progress) => unknown;
}

/** What an epoch came to. */
export interface EpochReport {
  /** Counted from 1. */
  readonly epoch: number;
  /**
   * The mean loss over the samples, each as it was before the step it took part in, multiplied by the weights of the sample
   * and its class.
   */
  readonly loss: number;
  /** On the validation set, without weights; accuracy for data with classes. */
  readonly validation?: { readonly loss: number; readonly accuracy?: number };
  /** The one of the last step, where it changes within the epoch. */
  readonly learningRate: number;
  /** Time of training, without validation and callbacks. */
  readonly seconds: number;
  readonly samplesPerSecond: number;
  /**
   * With `statistics`: measured after the epoch on up to 64 samples of the training set, or of its last part, one entry
   * for each matrix of weights: the norm of the mean gradient, and the share, 0 to 1, of its units' outputs that are
   * saturated.
   */
  readonly statistics?: { readonly layers: readonly { readonly gradientNorm: number; readonly saturation: number }[] };
}

/** How far a training has come. */
export interface Progress {
  /** Counted from 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** Done in this epoch. */
  readonly samples: number;
  /** Of data in parts those that are known: of the parts so far, or as many as the epoch before had. */
  readonly samplesPerEpoch: number;
  /** The batch of this epoch that the last of these samples is in, counted from 1. */
  readonly batch: number;
  /** Of this epoch, as far as is known. */
  readonly batches: number;
  readonly samplesPerSecond: number;
  /** Until the end of the last epoch, at the speed so far. */
  readonly secondsLeft: number;
  /** The mean over this epoch's samples so far. */
  readonly loss: number;
}

/** A training's record, plain data. */
export interface History {
  readonly epochs: readonly EpochReport[];
  /** Of the whole training, with validation and callbacks. */
  readonly seconds: number;
  /** Why the training ended before its last epoch; absent when it did not. */
  readonly stopped?: "earlyStopping";
  /** With early stopping: the epoch, counted from 1, that was best by what is monitored; absent when that was never finite. */
  readonly bestEpoch?: number;
}

/** Options, checked and complete. */
export interface ResolvedFitOptions {
  readonly epochs: number;
  readonly batchSize: number;
  readonly schedule: ResolvedSchedule;
  readonly optimizer: ResolvedOptimizer;
  /** (hidden layers), at least one of them above 0. */
  readonly dropout: Float64Array | undefined;
  readonly classWeights: CheckedClassWeights;
  readonly shuffle: boolean;
  readonly seed: number;
  readonly threads: number;
  readonly validation: Dataset | number | undefined;
  readonly earlyStopping: ResolvedEarlyStopping | undefined;
  readonly statistics: boolean;
  readonly checkpoint: Required<CheckpointOptions> | undefined;
  readonly resumeFrom: string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onEpoch: FitOptions["onEpoch"];
  readonly onProgress: FitOptions["onProgress"];
}

const FIT_KEYS = [
  "epochs",
  "batchSize",
  "learningRate",
  "optimizer",
  "weightDecay",
  "clipGradientNorm",
  "dropout",
  "classWeights",
  "shuffle",
  "seed",
  "threads",
  "validation",
  "earlyStopping",
  "statistics",
  "checkpoint",
  "resumeFrom",
  "signal",
  "onEpoch",
  "onProgress",
] as const;

/** What `fit` has to know of the network to check its options. */
export interface FittedNetwork {
  readonly seed: number;
  readonly threads: number;
  readonly hiddenLayers: number;
}

/** Checks what `fit` was given and makes every choice. */
export function resolveFitOptions(given: FitOptions, network: FittedNetwork): ResolvedFitOptions {
  if (given === undefined) throw optionError("options", given, "an object with epochs");
  const options = checkedOptions<FitOptions>(given, "options", FIT_KEYS);
  const epochs = integer(options.epochs, "options.epochs", 1);
  const { earlyStopping, resumeFrom } = options;
  const resolved: ResolvedFitOptions = {
    epochs,
    batchSize: options.batchSize === undefined ? 1 : integer(options.batchSize, "options.batchSize", 1),
    schedule: resolveSchedule(options.learningRate, "options.learningRate", epochs),
    optimizer: resolveOptimizer(options, "options"),
    dropout: resolveDropout(options.dropout, network.hiddenLayers),
    classWeights: checkedClassWeights(options.classWeights),
    shuffle: flag(options.shuffle, "options.shuffle", true),
    seed: optionalSeed(options.seed, "options.seed") ?? network.seed,
    threads: optionalThreads(options.threads, "options.threads") ?? network.threads,
    validation: checkedValidation(options.validation),
    earlyStopping:
      earlyStopping === undefined ? undefined : resolveEarlyStopping(earlyStopping, "options.earlyStopping"),
    statistics: flag(options.statistics, "options.statistics", false),
    checkpoint: resolveCheckpoint(options.checkpoint),
    resumeFrom: resumeFrom === undefined ? undefined : checkedPath(resumeFrom, "options.resumeFrom"),
    signal: checkedSignal(options.signal),
    onEpoch: checkedCallback(options.onEpoch, "options.onEpoch"),
    onProgress: checkedCallback(options.onProgress, "options.onProgress"),
  };
  assertMonitored(resolved, resolved.validation);
  return resolved;
}

/**
 * Refuses to monitor an accuracy that nothing tells: only a validation set with classes does. Of a share that is still to
 * be held out the classes are unknown; when it is there it has to be looked at again.
 */
export function assertMonitored(
  { schedule, earlyStopping }: Pick<ResolvedFitOptions, "schedule" | "earlyStopping">,
  validation: Dataset | number | undefined,
): void {
  if (typeof validation === "number" || (validation && validation.classes !== undefined)) return;
  const why = validation ? "as the validation data has no classes" : "as there is no options.validation";
  for (const [where, monitor] of [
    ["options.learningRate.monitor", schedule.monitor],
    ["options.earlyStopping.monitor", earlyStopping?.monitor],
  ] as const) {
    if (monitor === "accuracy") throw optionError(where, monitor, `loss, ${why}`);
  }
}

function checkedCallback<Callback>(given: Callback, where: string): Callback {
  if (given === undefined || typeof given === "function") return given;
  throw optionError(where, given, "a function");
}

/** A relative path is resolved when `fit` is called: a training may outlast the working directory. */
function checkedPath(given: unknown, where: string): string {
  if (typeof given === "string" && given !== "") return resolvedPath(given);
  throw optionError(where, given, "a path");
}

function checkedValidation(given: unknown): Dataset | number | undefined {
  if (given === undefined || given instanceof Dataset) return given;
  if (typeof given === "number" && given > 0 && given < 1) return given;
  throw optionError("options.validation", given, "a Dataset, or a share above 0 and below 1");
}

function resolveCheckpoint(given: unknown): Required<CheckpointOptions> | undefined {
  if (given === undefined) return undefined;
  const where = "options.checkpoint";
  const keys = ["path", "everyEpochs", "everySeconds"] as const;
  const { path, everyEpochs, everySeconds } = checkedOptions<CheckpointOptions>(given, where, keys);
  const never = Number.POSITIVE_INFINITY;
  const epochs = everyEpochs === undefined ? undefined : integer(everyEpochs, `${where}.everyEpochs`, 1);
  const seconds = everySeconds === undefined ? undefined : nonNegative(everySeconds, `${where}.everySeconds`);
  return {
    path: checkedPath(path, `${where}.path`),
    everyEpochs: epochs ?? (seconds === undefined ? 1 : never),
    everySeconds: seconds ?? never,
  };
}

/** One share for each hidden layer; undefined where none drops anything. */
function resolveDropout(given: unknown, hiddenLayers: number): Float64Array | undefined {
  if (given === undefined) return undefined;
  if (isVector(given) && isGone(given))
    throw optionError("options.dropout", given, "a share, or one for each hidden layer");
  const shares = isVector(given) ? sharesOf(given, hiddenLayers) : sameShares(given, hiddenLayers);
  return shares.some((share) => share > 0) ? shares : undefined;
}

function sharesOf(given: Vector, hiddenLayers: number): Float64Array {
  if (given.length === hiddenLayers) {
    return mapVector(given, (share, l) => belowOne(share, `options.dropout[${l}]`));
  }
  throw new DownhillError(
    "ERR_SHAPE",
    `options.dropout has length ${given.length}, expected ${hiddenLayers}, one for each hidden layer`,
  );
}

function sameShares(given: unknown, hiddenLayers: number): Float64Array {
  const share = belowOne(given, "options.dropout");
  if (share === 0 || hiddenLayers > 0) return new Float64Array(hiddenLayers).fill(share);
  throw optionError("options.dropout", given, "0, as the network has no hidden layers");
}
