import type { EpochReport, History } from "../../src/index.ts";

/** All that a history says but for times: what two runs of the same training have in common. */
export interface UntimedHistory extends Omit<History, "epochs" | "seconds"> {
  readonly epochs: readonly Omit<EpochReport, "seconds" | "samplesPerSecond">[];
}

/** Leaves out the times of a history. */
export function untimed({ epochs, seconds: _, ...rest }: History): UntimedHistory {
  return { ...rest, epochs: epochs.map(({ seconds: _, samplesPerSecond: __, ...report }) => report) };
}

/** The loss of each epoch. */
export function lossesOf({ epochs }: History): number[] {
  return epochs.map(({ loss }) => loss);
}
