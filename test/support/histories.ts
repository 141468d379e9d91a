import type { EpochReport, History } from "../../src/index.ts";

/** What an epoch came to, without how long it took. */
export type UntimedReport = Omit<EpochReport, "seconds" | "samplesPerSecond">;

/** All that a history says but for times: what two runs of the same training have in common. */
export function untimed({ epochs, stopped, bestEpoch }: History) {
  const reports = epochs.map(({ seconds, samplesPerSecond, ...report }): UntimedReport => report);
  return { epochs: reports, stopped, bestEpoch };
}

/** The loss of each epoch. */
export function lossesOf({ epochs }: History): number[] {
  return epochs.map(({ loss }) => loss);
}
