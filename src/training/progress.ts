import type { Progress, ResolvedFitOptions } from "./fit_options.ts";

/** Reports come at least so far apart, but for the last. */
const INTERVAL_MS = 100;

/** A clock too coarse for a chunk is taken to have measured this. */
const SHORTEST_SECONDS = 1e-6;

/** How long an epoch is. */
interface Extent {
  readonly samples: number;
  readonly batches: number;
}

/** How much of an epoch is done. */
export interface Done extends Extent {
  /** Of the samples that are done. */
  readonly lossSum: number;
  /** Spent on training alone. */
  readonly seconds: number;
}

/** Tells `onProgress` how far a fit has come. */
export class ProgressMeter {
  readonly #options: Pick<ResolvedFitOptions, "epochs" | "onProgress">;
  /** Epochs that an earlier process has trained tell nothing of the speed of this one. */
  #epochsSkipped = 0;
  #secondsOfEpochs = 0;
  #lastEpoch: Extent = { samples: 0, batches: 0 };
  #last: Progress | undefined;
  #lastTime = Number.NEGATIVE_INFINITY;

  constructor(options: Pick<ResolvedFitOptions, "epochs" | "onProgress">) {
    this.#options = options;
  }

  skip(epochs: number): void {
    this.#epochsSkipped = epochs;
  }

  /**
   * To be called between chunks.
   *
   * @param known - what is known of the epoch: data in parts tells its end when it is there. It is taken to be as long as
   *   the one before
   */
  async report(epoch: number, done: Done, known: Extent): Promise<void> {
    if (performance.now() - this.#lastTime < INTERVAL_MS) return;
    await this.#tell(epoch, done, {
      samples: Math.max(known.samples, this.#lastEpoch.samples),
      batches: Math.max(known.batches, this.#lastEpoch.batches),
    });
  }

  /** To be called when an epoch is through; the end of the last one is always told. */
  async endEpoch(epoch: number, done: Done): Promise<void> {
    if (epoch === this.#options.epochs && !this.#hasTold(epoch, done)) await this.#tell(epoch, done, done);
    this.#lastEpoch = done;
    this.#secondsOfEpochs += done.seconds;
  }

  #hasTold(epoch: number, { samples }: Extent): boolean {
    const last = this.#last;
    return last?.epoch === epoch && last.samples === samples && last.samplesPerEpoch === samples;
  }

  async #tell(epoch: number, { samples, batches, lossSum, seconds }: Done, all: Extent): Promise<void> {
    const { epochs, onProgress } = this.#options;
    if (!onProgress) return;
    const trained = (epoch - 1 - this.#epochsSkipped) * all.samples + samples;
    const left = (epochs - epoch + 1) * all.samples - samples;
    const samplesPerSecond = trained / Math.max(this.#secondsOfEpochs + seconds, SHORTEST_SECONDS);
    this.#lastTime = performance.now();
    this.#last = {
      epoch,
      epochs,
      samples,
      samplesPerEpoch: all.samples,
      batch: batches,
      batches: all.batches,
      samplesPerSecond,
      secondsLeft: left / samplesPerSecond,
      loss: lossSum / samples,
    };
    await onProgress(this.#last);
  }
}
