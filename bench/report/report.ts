import { limitTitle } from "../limits/limits.ts";
import { headerLines } from "../machine.ts";
import { tableLines } from "../table.ts";
import type { Commit } from "./commit.ts";
import { footnotes } from "./footnotes.ts";
import { limitRateText, spreadText } from "./numbers.ts";
import type { LimitsResult, Results } from "./results.ts";
import { sectionLines } from "./section_tables.ts";
import { workloadLines } from "./workload_table.ts";

const LEGEND = [
  "Medians of samples taken in turn, each contender in a process of its own; spread: half the distance of the quartiles.",
  "Error: of predictions, the largest difference from float64; of training, the difference of the mean loss after the",
  "first samples in order, as a share of the loss in float64. × best peer: the best that uses no more threads. Of limit:",
  "the work that has to be done at the measured speed, over what the machine can do at most in the same minutes.",
];

/** A whole run as text of at most 120 columns, but for messages of contenders that failed. */
export function reportLines(results: Results): string[] {
  const { machine, commit, settings, limits, workloads } = results;
  const notes = footnotes(results);
  return [
    ...headerLines(machine),
    `${commitText(commit)}, ${settings.rounds} rounds of ${settings.sampleSeconds} s`,
    ...(workloads.length > 0 ? ["", ...LEGEND, "", ...limitLines(limits)] : []),
    ...workloads.flatMap((result) => ["", ...workloadLines(result)]),
    ...sectionLines(results),
    ...(notes.length > 0 ? ["", ...notes] : []),
  ];
}

/** `commit 0123456789`, and whether it was changed since. */
export function commitText(commit: Commit | undefined): string {
  if (!commit) return "no commit";
  return `commit ${commit.hash.slice(0, 10)}${commit.isDirty ? " with changes" : ""}`;
}

function limitLines({ missing, measured }: LimitsResult): string[] {
  if (missing !== undefined) return [`The machine's limits are unknown: ${missing}.`];
  const columns = [{ title: "limit of this machine", align: "left" }, { title: "" }, { title: "spread" }] as const;
  const rows = measured.map(({ limit, rate }) => [
    limitTitle(limit),
    limitRateText(limit.resource, rate.median),
    spreadText(rate),
  ]);
  return tableLines(columns, rows);
}
