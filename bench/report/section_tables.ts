import { significant, tableLines } from "../table.ts";
import { definitionOf } from "../workloads/definitions.ts";
import { shortened } from "./lines.ts";
import { bytesText, grouped, speedText, spreadText } from "./numbers.ts";
import type { GrowthResult, ImportResult, InstallResult, MemoryReport, Results, ThreadsResult } from "./results.ts";

/** What keeps the tables within the width of a report. */
const WIDEST_NAME = 58;

/** A report's tables beside the workloads, each with a line above it. */
export function sectionLines(results: Results): string[] {
  return [
    ...(results.growth ? ["", ...growthLines(results.growth)] : []),
    ...(results.threads ? ["", ...threadsLines(results.threads)] : []),
    ...(results.memory ? ["", ...memoryLines(results.memory)] : []),
    ...(results.import ? ["", ...importLines(results.import)] : []),
    ...(results.install ? ["", ...installLines(results.install)] : []),
  ];
}

function growthLines(results: readonly GrowthResult[]): string[] {
  const columns = [
    { title: "n" },
    { title: "backend", align: "left" },
    { title: "threads" },
    { title: "samples/s" },
    { title: "spread" },
    { title: "ps a multiply-add" },
  ] as const;
  const rows = results.map(({ units, backend, threads, rate, secondsPerMultiplyAdd }) => [
    String(units),
    backend,
    String(threads),
    speedText(rate.median),
    spreadText(rate),
    grouped(secondsPerMultiplyAdd * 1e12),
  ]);
  return ["Growth: training [n, n, n] in batches of 128", ...tableLines(columns, rows)];
}

function threadsLines(results: readonly ThreadsResult[]): string[] {
  const columns = [
    { title: "workload", align: "left" },
    { title: "threads" },
    { title: "samples/s" },
    { title: "spread" },
    { title: "speed-up" },
  ] as const;
  const rows = results.map(({ workload, threads, rate, speedup }) => [
    `${workload} ${definitionOf(workload).title}`,
    String(threads),
    speedText(rate.median),
    spreadText(rate),
    significant(speedup),
  ]);
  return ["Threads: native", ...tableLines(columns, rows)];
}

function memoryLines({ workload, parameterBytes, dataBytes, contenders }: MemoryReport): string[] {
  const columns = [
    { title: "contender", align: "left" },
    { title: "threads" },
    { title: "idle" },
    { title: "peak" },
    { title: "× (parameters + data)" },
  ] as const;
  const held = parameterBytes + dataBytes;
  const rows = contenders.map(({ title, how, threads, idleBytes, peakBytes }) => [
    shortened(`${title} ${how}`, WIDEST_NAME),
    String(threads),
    bytesText(idleBytes),
    bytesText(peakBytes),
    significant((peakBytes - idleBytes) / held),
  ]);
  const what = `parameters ${bytesText(parameterBytes)}, data ${bytesText(dataBytes)}`;
  return [`Memory: a process for ${workload}; ${what}; ×: of what came after idle`, ...tableLines(columns, rows)];
}

function importLines(results: readonly ImportResult[]): string[] {
  const columns = [
    { title: "package", align: "left" },
    { title: "version", align: "left" },
    { title: "ms" },
    { title: "spread" },
  ] as const;
  const rows = results.map(({ title, version, milliseconds }) => [
    title,
    version,
    grouped(milliseconds.median),
    spreadText(milliseconds),
  ]);
  return ["Import: in fresh processes", ...tableLines(columns, rows)];
}

function installLines(results: readonly InstallResult[]): string[] {
  const columns = [
    { title: "package", align: "left" },
    { title: "version", align: "left" },
    { title: "packages" },
    { title: "packed" },
    { title: "unpacked" },
  ] as const;
  const rows = results.map(({ title, version, packages, packedBytes, unpackedBytes }) => [
    title,
    version,
    String(packages),
    bytesText(packedBytes),
    bytesText(unpackedBytes),
  ]);
  return ["Install: with dependencies", ...tableLines(columns, rows), ...packedWith(results)];
}

/** With which platforms' binaries the package was packed, on which its size depends. */
export function packedWith(results: readonly InstallResult[]): string[] {
  return results.flatMap(({ title, platforms = [] }) =>
    platforms.length > 0 ? ["", `${title} was packed with binaries for ${platforms.join(", ")}.`] : [],
  );
}
