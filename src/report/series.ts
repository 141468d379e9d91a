import type { EpochReport, History } from "../training/fit_options.ts";

/** What was measured epoch after epoch. */

/** An epoch and a value. */
export type Point = readonly [epoch: number, value: number];

/** The values of all epochs that have a finite one. */
export function seriesOf(history: History, measured: (report: EpochReport) => number | undefined): Point[] {
  return history.epochs.flatMap((report): Point[] => {
    const value = measured(report);
    return value !== undefined && Number.isFinite(value) ? [[report.epoch, value]] : [];
  });
}

/** As many points as a plot can tell apart. */
const MOST_POINTS = 400;

/**
 * So many of the points that a plot looks the same: the first and the last one, and of every stretch in between the smallest
 * and the largest value, so that no spike is lost. What is left is as it was.
 */
export function thinned(points: readonly Point[], most = MOST_POINTS): readonly Point[] {
  if (points.length <= most) return points;
  const stretches = Math.floor(most / 2) - 1;
  const kept = new Set([0, points.length - 1]);
  for (let s = 0; s < stretches; s++) {
    const from = Math.floor((s * points.length) / stretches);
    const to = Math.floor(((s + 1) * points.length) / stretches);
    let [least, largest] = [from, from];
    for (let i = from + 1; i < to; i++) {
      if (points[i][1] < points[least][1]) least = i;
      if (points[i][1] > points[largest][1]) largest = i;
    }
    kept.add(least).add(largest);
  }
  return Array.from(kept)
    .sort((a, b) => a - b)
    .map((i) => points[i]);
}

/**
 * The epoch that was best: the one that early stopping found, or the first with the smallest loss on the validation set.
 * Undefined without either: the loss of the training alone does not tell.
 */
export function bestEpochOf(history: History): number | undefined {
  if (history.bestEpoch !== undefined) return history.bestEpoch;
  const losses = seriesOf(history, ({ validation }) => validation?.loss);
  if (losses.length < 2) return undefined;
  return losses.reduce((best, point) => (point[1] < best[1] ? point : best))[0];
}
