import { limitTitle } from "../limits/limits.ts";
import { type Column, significant, tableLines } from "../table.ts";
import { type Definition, definitionOf } from "../workloads/definitions.ts";
import { shortened, wrapped } from "./lines.ts";
import { limitRateText, percent, speedText, spreadText } from "./numbers.ts";
import type { ContenderResult, WorkloadResult } from "./results.ts";
import { learnsNothing, timesBestPeer } from "./standings.ts";

/** What keeps the table within 120 columns. */
const WIDEST_NAME = 58;

/** What was done, the limits that were measured beside it, a row a contender, and who is missing. */
export function workloadLines(result: WorkloadResult): string[] {
  const definition = definitionOf(result.workload.name);
  const rows = result.contenders.filter(({ rate }) => rate).map((each) => rowOf(each, result, definition));
  const { name, layers } = result.workload;
  const title = `${name}  ${definition.title} [${layers.join(", ")}]`;
  return [title, ...limitLines(result), ...tableLines(columnsOf(definition), rows), ...missingLines(result.contenders)];
}

function limitLines({ limits }: WorkloadResult): string[] {
  const measured = limits.map(
    ({ limit, rate }) => `${limitTitle(limit)} ${limitRateText(limit.resource, rate.median)}`,
  );
  return measured.length > 0 ? wrapped("    limits:", measured) : [];
}

function columnsOf({ unit }: Definition): Column[] {
  return [
    { title: "contender", align: "left" },
    { title: "threads" },
    { title: unit },
    { title: "spread" },
    { title: "error" },
    { title: "× best peer" },
    { title: "of limit" },
  ];
}

function rowOf(result: ContenderResult, all: WorkloadResult, definition: Definition): string[] {
  const { title, how, threads, rate, shareOfLimit } = result;
  const times = timesBestPeer(result, all);
  return [
    shortened(`${title} ${how}`, WIDEST_NAME),
    String(threads),
    rate ? speedText(rate.median, definition) : "",
    rate ? spreadText(rate) : "",
    errorText(result),
    times === undefined ? "" : significant(times),
    shareOfLimit === undefined ? "" : percent(shareOfLimit),
  ];
}

/** The error, unless the loss did not even fall. */
function errorText(result: ContenderResult): string {
  if (learnsNothing(result)) return "learns nothing";
  if (result.error === undefined) return "";
  return result.error === 0 ? "0" : result.error.toExponential(1);
}

/** One line for all variants that are missing for the same reason. */
function missingLines(contenders: readonly ContenderResult[]): string[] {
  const reasons = contenders
    .filter(({ outcome, why }) => outcome !== "measured" || why !== undefined)
    .map(({ title, outcome, why }) => `  ${title}: ${outcome === "measured" ? "stopped" : outcome}: ${why}`);
  return [...new Set(reasons)];
}
