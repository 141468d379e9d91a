import { definitionOf } from "../workloads/definitions.ts";
import { bytesText, grouped, percent, speedText } from "./numbers.ts";
import type { Results, WorkloadResult } from "./results.ts";
import { packedWith } from "./section_tables.ts";
import { type Line, overview } from "./standings.ts";

/** A Markdown table: the columns' titles, then rows of as many cells. The first column is text, the others numbers. */
export function markdownTable(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [titles, ...rows].map((cells) => cells.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = titles.map((_, c) => Math.max(4, ...all.map((cells) => cells[c].length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]) : cell.padStart(widths[c]))).join(" | ")} |`;
  const rule = `| ${widths.map((width, c) => (c === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  return [line(all[0]), rule, ...all.slice(1).map(line)];
}

/** Contenders down, workloads across; a peer stands for its fastest variant. */
export function overviewTable(workloads: readonly WorkloadResult[]): string[] {
  const columns = workloads.map((result) => ({ result, lines: overview(result) }));
  const labels = [...new Set(columns.flatMap(({ lines }) => lines.map(rowLabel)))];
  const ofOwn = new Set(columns.flatMap(({ lines }) => lines.filter(({ isOwn }) => isOwn).map(rowLabel)));
  const ordered = [...labels.filter((label) => ofOwn.has(label)), ...labels.filter((label) => !ofOwn.has(label))];
  const rows = ordered.map((label) => [
    label,
    ...columns.map(({ result, lines }) => {
      const line = lines.find((each) => rowLabel(each) === label);
      return line ? cellOf(line, result) : "";
    }),
  ]);
  const limit = columns.map(({ result }) => {
    const share = result.contenders.find(
      ({ variant, family }) => variant === "native" && family === "downhill",
    )?.shareOfLimit;
    return share === undefined ? "" : percent(share);
  });
  return markdownTable(
    ["", ...workloads.map(({ workload }) => workload.name)],
    [...rows, ["native’s share of the limit", ...limit]],
  );
}

function rowLabel({ label }: Line): string {
  return label;
}

/** The speed; of a peer that is fastest with several threads, their number, too. */
function cellOf({ isOwn, result }: Line, { workload }: WorkloadResult): string {
  const speed = speedText(result.rate.median, definitionOf(workload.name));
  return isOwn || result.threads === 1 ? speed : `${speed} (${result.threads} t.)`;
}

/** What the names of workloads stand for. */
export function workloadLegend(workloads: readonly WorkloadResult[]): string[] {
  return workloads.map(({ workload: { name, layers } }) => {
    const { title, unit } = definitionOf(name);
    return `- ${name}: ${title}, \`[${layers.join(", ")}]\`, ${unit}`;
  });
}

/** Import and install of every package, where they were measured. */
export function packageTable({ import: imports = [], install = [] }: Pick<Results, "import" | "install">): string[] {
  const titles = [...new Set([...imports, ...install].map(({ title }) => title))];
  if (titles.length === 0) return [];
  const rows = titles.map((title) => {
    const time = imports.find((each) => each.title === title);
    const size = install.find((each) => each.title === title);
    return [
      `${title} ${(time ?? size)?.version}`,
      time ? grouped(time.milliseconds.median) : "",
      size ? String(size.packages) : "",
      size ? bytesText(size.packedBytes) : "",
      size ? bytesText(size.unpackedBytes) : "",
    ];
  });
  return [...markdownTable(["", "import, ms", "packages", "packed", "unpacked"], rows), ...packedWith(install)];
}
