import { Dataset } from "../dataset.ts";
import { checkedOptions, finiteNumber, integer, optionalSeed, optionalThreads, optionError } from "../options.ts";
import { checkedSignal } from "./abort.ts";

/** How a network is trained. */
export interface FitOptions {
  /** How many times all samples are gone through, at least 1. */
  readonly epochs: number;
  /** 1 (default): online, a step after each sample. Larger: a step a batch, by the mean gradient of its samples. */
  readonly batchSize?: number;
  /** The factor of the gradient in a step; or a function of the epoch (from 1), asked when it begins. Default 0.01. */
  readonly learningRate?: number | ((epoch: number) => number);
  /** Whether each epoch goes through the samples in a new random order; default true. */
  readonly shuffle?: boolean;
  /** Decides the orders; default: the network's seed. */
  readonly seed?: number;
  /** How many threads may share the work; default: the network's. See `NetworkOptions`. */
  readonly threads?: number;
  /** Evaluated after every epoch. */
  readonly validation?: Dataset | undefined;
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
  /** The mean loss over the samples, each as it was before the step it took part in. */
  readonly loss: number;
  /** On the validation set; accuracy for data with classes. */
  readonly validation?: { readonly loss: number; readonly accuracy?: number };
  readonly learningRate: number;
  /** Time of training, without validation and callbacks. */
  readonly seconds: number;
  readonly samplesPerSecond: number;
}

/** How far a training has come. */
export interface Progress {
  /** Counted from 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** Done in this epoch. */
  readonly samples: number;
  readonly samplesPerEpoch: number;
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
}

/** Options, checked and complete. */
export interface ResolvedFitOptions {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: (epoch: number) => number;
  readonly shuffle: boolean;
  readonly seed: number;
  readonly threads: number;
  readonly validation: Dataset | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onEpoch: FitOptions["onEpoch"];
  readonly onProgress: FitOptions["onProgress"];
}

const FIT_KEYS = [
  "epochs",
  "batchSize",
  "learningRate",
  "shuffle",
  "seed",
  "threads",
  "validation",
  "signal",
  "onEpoch",
  "onProgress",
] as const;

/** A learning rate: finite and not negative. */
export function checkedLearningRate(given: unknown, where: string, fallback: number | undefined): number {
  return finiteNumber(given, where, fallback, "a finite number of at least 0", (value) => value >= 0);
}

/** Checks what `fit` was given and makes every choice. */
export function resolveFitOptions(
  given: FitOptions,
  network: { readonly seed: number; readonly threads: number },
): ResolvedFitOptions {
  if (given === undefined) throw optionError("options", given, "an object with epochs");
  const options = checkedOptions<FitOptions>(given, "options", FIT_KEYS);
  const { learningRate, shuffle = true, validation, signal } = options;
  if (typeof shuffle !== "boolean") throw optionError("options.shuffle", shuffle, "true or false");
  if (validation !== undefined && !(validation instanceof Dataset)) {
    throw optionError("options.validation", validation, "a Dataset");
  }
  for (const name of ["onEpoch", "onProgress"] as const) {
    if (options[name] !== undefined && typeof options[name] !== "function") {
      throw optionError(`options.${name}`, options[name], "a function");
    }
  }
  const constantRate =
    typeof learningRate === "function" ? 0 : checkedLearningRate(learningRate, "options.learningRate", 0.01);
  return {
    epochs: integer(options.epochs, "options.epochs", 1),
    batchSize: options.batchSize === undefined ? 1 : integer(options.batchSize, "options.batchSize", 1),
    learningRate:
      typeof learningRate === "function"
        ? (epoch) => checkedLearningRate(learningRate(epoch), `options.learningRate(${epoch})`, undefined)
        : () => constantRate,
    shuffle,
    seed: optionalSeed(options.seed, "options.seed") ?? network.seed,
    threads: optionalThreads(options.threads, "options.threads") ?? network.threads,
    validation,
    signal: checkedSignal(signal),
    onEpoch: options.onEpoch,
    onProgress: options.onProgress,
  };
}
