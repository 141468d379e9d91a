import type { Progress, ResolvedFitOptions } from "./fit_options.ts";

/** Reports come at least so far apart, but for the last. */
const INTERVAL_MS = 100;

/** How much of an epoch is done. */
export interface EpochProgress {
  /** Counted from 1. */
  readonly epoch: number;
  readonly samples: number;
  /** The samples of the epoch, as far as is known: data in parts tells when its first epoch is over. */
  readonly samplesPerEpoch: number;
  /** The mean over the samples that are done. */
  readonly loss: number;
}

/** Tells `onProgress` how far a fit has come. */
export class ProgressMeter {
  readonly #options: Pick<ResolvedFitOptions, "epochs" | "batchSize" | "onProgress">;
  #epochsBefore = 0;
  #reported = Number.NEGATIVE_INFINITY;
  #samplesPerEpoch = 0;

  constructor(options: Pick<ResolvedFitOptions, "epochs" | "batchSize" | "onProgress">) {
    this.#options = options;
  }

  /** Of the last epoch that was reported on; 0 before. */
  get samplesPerEpoch(): number {
    return this.#samplesPerEpoch;
  }

  /** Epochs that an earlier process has trained tell nothing of the speed of this one. */
  skip(epochs: number): void {
    this.#epochsBefore = epochs;
  }

  /** @param trainingSeconds - spent on training alone by this process */
  async report({ epoch, samples, samplesPerEpoch, loss }: EpochProgress, trainingSeconds: number): Promise<void> {
    const { epochs, batchSize, onProgress } = this.#options;
    this.#samplesPerEpoch = samplesPerEpoch;
    const now = performance.now();
    const isLast = epoch === epochs && samples === samplesPerEpoch;
    if (!onProgress || (!isLast && now - this.#reported < INTERVAL_MS)) return;
    this.#reported = now;
    const done = (epoch - 1 - this.#epochsBefore) * samplesPerEpoch + samples;
    const left = (epochs - epoch + 1) * samplesPerEpoch - samples;
    const samplesPerSecond = done / Math.max(trainingSeconds, 1e-6);
    const progress: Progress = {
      epoch,
      epochs,
      samples,
      samplesPerEpoch,
      batch: Math.ceil(samples / batchSize),
      batches: Math.ceil(samplesPerEpoch / batchSize),
      samplesPerSecond,
      secondsLeft: left / samplesPerSecond,
      loss,
    };
    await onProgress(progress);
  }
}
