import type { Progress, ResolvedFitOptions } from "./fit_options.ts";

/** Reports at most this often. */
const INTERVAL_MS = 100;

/** Tells `onProgress` how far a fit has come. */
export class ProgressMeter {
  readonly #samplesPerEpoch: number;
  readonly #epochs: number;
  readonly #onProgress: ResolvedFitOptions["onProgress"];
  readonly #started = performance.now();
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
   */
  report(epoch: number, samples: number, loss: number): void {
    const now = performance.now();
    if (!this.#onProgress || now - this.#reported < INTERVAL_MS) return;
    this.#reported = now;
    const done = (epoch - 1) * this.#samplesPerEpoch + samples;
    const samplesPerSecond = (done * 1000) / Math.max(now - this.#started, 1e-3);
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
    this.#onProgress(progress);
  }
}
