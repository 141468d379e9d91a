import { type Column, tableLines } from "../../bench/table.ts";
import { differingDigests, type Outcome, problemsOf, type SmokeResult } from "./results.ts";
import type { Runtime } from "./runtimes.ts";

const COLUMNS: readonly Column[] = [
  { title: "", align: "left" },
  { title: "runtime", align: "left" },
  { title: "platform", align: "left" },
  { title: "backend", align: "left" },
  { title: "isa", align: "left" },
  { title: "checks passed", align: "left" },
  { title: "digests", align: "left" },
  { title: "seconds" },
  { title: "", align: "left" },
];

/** The table, what was skipped and why, and what failed: once where it is the same for several. */
export function reportLines(outcomes: readonly Outcome[], reference: SmokeResult | undefined): string[] {
  const rows = outcomes.map((outcome) => cellsOf(outcome, reference));
  const notes = new Map<string, string[]>();
  for (const outcome of outcomes) {
    for (const note of notesOf(outcome, reference)) {
      notes.set(note, [...(notes.get(note) ?? []), outcome.runtime.name]);
    }
  }
  const noteLines = [...notes].map(([note, names]) => `${names.join(", ")}: ${note}`);
  const counts = ["passed", "skipped", "FAILED"].map(
    (word) => `${rows.filter((row) => row.at(-1) === word).length} ${word}`,
  );
  return ["", ...tableLines(COLUMNS, rows), "", ...noteLines, `runtimes: ${counts.join(", ")}`];
}

/** What there is to be said about a row, in words. */
function notesOf(outcome: Outcome, reference: SmokeResult | undefined): string[] {
  if ("skipped" in outcome) return [`skipped: ${outcome.skipped}`];
  const skipped = outcome.result?.checks.filter(({ status }) => status === "skipped") ?? [];
  return [
    ...skipped.map(({ name, message }) => `"${name}" skipped: ${message}`),
    ...problemsOf(outcome, reference).map((problem) => `FAILED: ${problem}`),
  ];
}

function cellsOf(outcome: Outcome, reference: SmokeResult | undefined): string[] {
  const { name } = outcome.runtime;
  if ("skipped" in outcome) return [name, "", outcome.runtime.platform, "", "", "", "", "", "skipped"];
  const verdict = problemsOf(outcome, reference).length > 0 ? "FAILED" : "passed";
  const { result } = outcome;
  if (!result) return [name, "", outcome.runtime.platform, "", "", "", "", "", verdict];
  const passed = result.checks.filter(({ status }) => status === "passed").length;
  const skipped = result.checks.filter(({ status }) => status === "skipped").length;
  return [
    name,
    `${result.runtime} ${result.version}`,
    `${result.platform}-${result.arch}`,
    result.backend,
    result.isa,
    `${passed} of ${result.checks.length}${skipped > 0 ? `, ${skipped} skipped` : ""}`,
    !reference || differingDigests(result, reference).length > 0 ? "DIFFER" : "equal",
    result.seconds.toFixed(1),
    verdict,
  ];
}

/** What there is to be chosen from. */
export function runtimeLines(runtimes: readonly Runtime[]): string[] {
  const columns: Column[] = ["name", "platform", "from", "in CI"].map((title) => ({ title, align: "left" }));
  const rows = runtimes.map(({ name, platform, origin, ci }) => [
    name,
    platform,
    origin?.specifier ?? "the Node.js that runs this",
    ci ? "yes" : "",
  ]);
  return tableLines(columns, rows);
}
