import { isCount, savedNumber, savedNumberOrNone } from "./saved_state.ts";

/** What of an epoch is watched. */
export type Monitor = "loss" | "accuracy";
export const MONITORS: readonly Monitor[] = ["loss", "accuracy"];

/** What is known of an epoch that has ended. */
export interface Observed {
  readonly loss: number;
  readonly accuracy?: number;
  readonly validation?: { readonly loss: number; readonly accuracy?: number };
}

/** What `BestSoFar` leaves in a checkpoint. */
interface BestState {
  /** Null before anything was good. */
  readonly best: number | null;
  readonly epochsWithout: number;
}

/** Follows a number from epoch to epoch: the best so far, and for how long nothing better has come. */
export class BestSoFar {
  readonly #monitor: Monitor;
  readonly #minDelta: number;
  #best: number | undefined;
  #epochsWithout = 0;

  /** @param minDelta - better means better by more than this */
  constructor(monitor: Monitor, minDelta: number) {
    this.#monitor = monitor;
    this.#minDelta = minDelta;
  }

  /** Epochs since the best one, or since `countAgain`. */
  get epochsWithout(): number {
    return this.#epochsWithout;
  }

  countAgain(): void {
    this.#epochsWithout = 0;
  }

  /**
   * Looks at the validation set's number if there is one, else at the training's.
   *
   * @returns whether it is the best so far, which NaN never is
   */
  observe(report: Observed): boolean {
    const value = (report.validation ?? report)[this.#monitor] ?? Number.NaN;
    const isBest = this.#isBetter(value);
    if (isBest) this.#best = value;
    this.#epochsWithout = isBest ? 0 : this.#epochsWithout + 1;
    return isBest;
  }

  #isBetter(value: number): boolean {
    if (this.#best === undefined) return Number.isFinite(value);
    return this.#monitor === "loss" ? value < this.#best - this.#minDelta : value > this.#best + this.#minDelta;
  }

  state(): BestState {
    return { best: this.#best ?? null, epochsWithout: this.#epochsWithout };
  }

  /** @throws DownhillError `ERR_CHECKPOINT` for what `state` cannot have given; nothing is changed then */
  restore(state: unknown, where: string): void {
    const best = savedNumberOrNone(state, "best", where);
    this.#epochsWithout = savedNumber(state, "epochsWithout", where, isCount);
    this.#best = best;
  }
}
