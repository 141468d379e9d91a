import { checkedOptions, flag, integer, nonNegative, oneOf } from "../options.ts";
import { BestSoFar, MONITORS, type Monitor, type Observed } from "./monitor.ts";
import { isCount, savedNumberOrNone } from "./saved_state.ts";

/** When a training ends before its last epoch. */
export interface EarlyStoppingOptions {
  /**
   * What has to get better, of the validation set if there is one, else of the training, which knows its loss only;
   * default `"loss"`.
   */
  readonly monitor?: Monitor;
  /** The training stops at the end of so many epochs in a row without a new best one; at least 1. */
  readonly patience: number;
  /** Better means better by more than this; at least 0, the default. */
  readonly minDelta?: number;
  /** Whether the network goes back to the weights of the best epoch when the training has ended; default true. */
  readonly restoreBest?: boolean;
}

/** Early stopping, checked and complete. */
export type ResolvedEarlyStopping = Required<EarlyStoppingOptions>;

/** Checks the options and fills in the defaults. */
export function resolveEarlyStopping(given: unknown, where: string): ResolvedEarlyStopping {
  const keys = ["monitor", "patience", "minDelta", "restoreBest"] as const;
  const { monitor, patience, minDelta, restoreBest } = checkedOptions<EarlyStoppingOptions>(given, where, keys);
  return {
    monitor: oneOf(monitor, `${where}.monitor`, MONITORS, "loss"),
    patience: integer(patience, `${where}.patience`, 1),
    minDelta: nonNegative(minDelta, `${where}.minDelta`, 0),
    restoreBest: flag(restoreBest, `${where}.restoreBest`, true),
  };
}

/** Decides after every epoch whether it was the best one and whether it is time to stop. */
export class EarlyStopping {
  readonly #patience: number;
  readonly #best: BestSoFar;
  #bestEpoch: number | undefined;

  constructor({ monitor, minDelta, patience }: ResolvedEarlyStopping) {
    this.#patience = patience;
    this.#best = new BestSoFar(monitor, minDelta);
  }

  /** Undefined before any epoch was good: what is monitored may have been NaN in all of them. */
  get bestEpoch(): number | undefined {
    return this.#bestEpoch;
  }

  /** To be told after every epoch. */
  observe(epoch: number, report: Observed): { isBest: boolean; shouldStop: boolean } {
    const isBest = this.#best.observe(report);
    if (isBest) this.#bestEpoch = epoch;
    return { isBest, shouldStop: this.#best.epochsWithout >= this.#patience };
  }

  /** Plain data, for a checkpoint. */
  state(): unknown {
    return { bestEpoch: this.#bestEpoch ?? null, ...this.#best.state() };
  }

  /** @throws DownhillError `ERR_CHECKPOINT` for what `state` cannot have given; nothing is changed then */
  restore(state: unknown): void {
    const bestEpoch = savedNumberOrNone(state, "bestEpoch", "earlyStopping", isCount);
    this.#best.restore(state, "earlyStopping");
    this.#bestEpoch = bestEpoch;
  }
}
