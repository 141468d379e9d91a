import { readFileSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { UsageError } from "../command.ts";
import { limitTitle } from "../limits/limits.ts";
import { ROOT } from "./commit.ts";
import { footnotes } from "./footnotes.ts";
import { limitRateText } from "./numbers.ts";
import { overviewTable, packageTable, workloadLegend } from "./overview_table.ts";
import { commitText } from "./report.ts";
import type { Results } from "./results.ts";
import { readResults } from "./results_file.ts";

const BEGIN = "<!-- bench:begin -->";
const END = "<!-- bench:end -->";

/** Writes a run's results between the README's markers, and returns the README's path. */
export function updateReadme(path: string): string {
  const file = join(ROOT, "README.md");
  const picture = relative(ROOT, path)
    .replace(/\.json$/, ".svg")
    .replaceAll("\\", "/");
  const section = readmeSection(readResults(path), picture, basename(path));
  writeFileSync(file, withSection(readFileSync(file, "utf8"), section));
  return relative(ROOT, file);
}

/**
 * A text with what is between the markers replaced.
 *
 * @throws UsageError when there is not exactly one pair of markers
 */
export function withSection(document: string, section: readonly string[]): string {
  const parts = document.split(BEGIN);
  const rest = parts[1]?.split(END);
  if (parts.length !== 2 || rest?.length !== 2) {
    throw new UsageError(`README.md needs one ${BEGIN} and one ${END} after it, between which the results go`);
  }
  return [parts[0], BEGIN, "\n\n", section.join("\n"), "\n\n", END, rest[1]].join("");
}

/** Table, picture and what they mean, in Markdown. */
export function readmeSection(results: Results, picture: string, source: string): string[] {
  const { machine, commit, limits, workloads } = results;
  const { cpu, cores, node, isa, date } = machine;
  const measured = limits.measured.map(
    ({ limit, rate }) => `${limitTitle(limit)} ${limitRateText(limit.resource, rate.median)}`,
  );
  const packages = packageTable(results);
  const notes = footnotes(results);
  return [
    `Measured with \`npm run bench\` on ${cpu} (${cores} cores, ${isa ?? "no native backend"}), Node ${node}, ${date.slice(0, 10)}, ${commitText(commit)}: medians, one thread unless said, float32 unless said. The whole result is in \`${source}\`.`,
    "",
    ...overviewTable(workloads),
    "",
    ...workloadLegend(workloads),
    "",
    `![Speed of downhill and its peers, a panel a workload](${picture})`,
    ...(measured.length > 0 ? ["", `The machine's limits in the same run: ${measured.join("; ")}.`] : []),
    ...(packages.length > 0 ? ["", ...packages] : []),
    ...(notes.length > 0 ? ["", ...notes] : []),
  ];
}
