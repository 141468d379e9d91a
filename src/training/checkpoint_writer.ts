import { DownhillError, reasonOf } from "../errors.ts";
import type { Values } from "../types.ts";
import type { CheckpointOptions } from "./fit_options.ts";
import { saveRecord, type TrainingIdentity, type TrainingRecord } from "./training_record.ts";

/** Writes the checkpoint of a training when it is due, and when the training ends early. */
export class CheckpointWriter {
  readonly #options: Required<CheckpointOptions>;
  readonly #identity: TrainingIdentity;
  /** When it was written last, or the training began. */
  #writtenAt = performance.now();
  /** What the last whole epoch came to, where the file holds an earlier one. */
  #unwritten: TrainingRecord | undefined;

  constructor(options: Required<CheckpointOptions>, identity: TrainingIdentity) {
    this.#options = options;
    this.#identity = identity;
  }

  /**
   * Writes what an epoch came to, or keeps it until that is due.
   *
   * @param published - the same parameters, where they stay until the next epoch has ended well; the optimizer's memory does
   *   not, so that is copied
   */
  async afterEpoch(record: TrainingRecord, published: Values, isLast: boolean): Promise<void> {
    const { path, everyEpochs, everySeconds } = this.#options;
    const now = performance.now();
    const isDue = record.epochs.length % everyEpochs === 0 || now - this.#writtenAt >= 1000 * everySeconds;
    if (!isDue && !isLast) {
      this.keep(record, published);
      return;
    }
    this.#writtenAt = now;
    this.#unwritten = undefined;
    await saveRecord(path, this.#identity, record);
  }

  /**
   * Writes the last whole epoch, unless it is written already.
   *
   * @param reason - why the training ends early
   * @throws DownhillError `ERR_CHECKPOINT` when the file cannot be written; its cause is the reason
   */
  async afterFailure(reason: unknown): Promise<void> {
    try {
      await this.writeKept();
    } catch (error) {
      const what = `${reasonOf(error)}; the training ended because of: ${reasonOf(reason)}`;
      throw new DownhillError("ERR_CHECKPOINT", what, { cause: reason });
    }
  }

  /** Writes what was kept, if that is not written yet. */
  async writeKept(): Promise<void> {
    if (this.#unwritten) await saveRecord(this.#options.path, this.#identity, this.#unwritten);
    this.#unwritten = undefined;
  }

  /**
   * Keeps what an epoch came to until it is due, or the training ends.
   *
   * @param published - see `afterEpoch`
   */
  keep(record: TrainingRecord, published: Values): void {
    const { optimizerState, optimizerPowers } = record;
    const kept = this.#unwritten?.optimizerState ?? optimizerState?.slice();
    if (optimizerState) kept?.set(optimizerState);
    this.#unwritten = {
      ...record,
      parameters: published,
      optimizerState: kept,
      optimizerPowers: optimizerPowers.slice(),
    };
  }
}
