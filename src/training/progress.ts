import type { Progress, ResolvedFitOptions } from "./fit_options.ts";

/** Reports come at least so far apart, but for the last. */
const INTERVAL_MS = 100;

/** Tells `onProgress` how far a fit has come. */
export class ProgressMeter {
  readonly #samplesPerEpoch: number;
  readonly #epochs: number;
  readonly #onProgress: ResolvedFitOptions["onProgress"];
  #reported = Number.NEGATIVE_INFINITY;

  constructor(samplesPerEpoch: number, options: Pick<ResolvedFitOptions, "epochs" | "onProgress">) {
    this.#samplesPerEpoch = samplesPerEpoch;
    this.#epochs = options.epochs;
    this.#onProgress = options.onProgress;
  }

  /**
   * @param epoch - counted from 1
   * @param samples - done in this epoch
   * @param loss - the mean over them
   * @param trainingSeconds - spent on training alone, from the first epoch on
   */
  async report(epoch: number, samples: number, loss: number, trainingSeconds: number): Promise<void> {
    const now = performance.now();
    const done = (epoch - 1) * this.#samplesPerEpoch + samples;
    const isLast = done === this.#epochs * this.#samplesPerEpoch;
    if (!this.#onProgress || (!isLast && now - this.#reported < INTERVAL_MS)) return;
    this.#reported = now;
    const samplesPerSecond = done / Math.max(trainingSeconds, 1e-6);
    const secondsLeft = (this.#epochs * this.#samplesPerEpoch - done) / samplesPerSecond;
    const progress: Progress = {
      epoch,
      epochs: this.#epochs,
      samples,
      samplesPerEpoch: this.#samplesPerEpoch,
      samplesPerSecond,
      secondsLeft,
      loss,
    };
    await this.#onProgress(progress);
  }
}
