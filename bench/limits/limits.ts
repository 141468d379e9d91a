import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DType } from "downhill";
import type { Workload } from "../peers/protocol.ts";
import type { Command } from "../workloads/contender_process.ts";
import { type Bound, operationsPerUnit, weightsRead } from "../workloads/definitions.ts";
import { bytesToRead, type CacheSizes, levelHolding, type MemoryLevel } from "./caches.ts";

/** A limit of the machine: multiply-adds, in floating-point operations a second, or reading, in bytes a second. */
export interface LimitKind {
  readonly resource: "fma32" | "fma64" | "read";
  /** For `read`. */
  readonly level?: MemoryLevel;
  readonly threads: number;
}

/** `fma32, 1 thread` */
export function limitTitle({ resource, level, threads }: LimitKind): string {
  const what = { fma32: "float32 multiply-add", fma64: "float64 multiply-add", read: `read ${level}` }[resource];
  return `${what}, ${threads} ${threads === 1 ? "thread" : "threads"}`;
}

/** Whether two limits are the same. */
export function isSameLimit(a: LimitKind, b: LimitKind): boolean {
  return a.resource === b.resource && a.level === b.level && a.threads === b.threads;
}

/** A limit and how much of it one unit of a workload needs at least. */
export interface Need {
  readonly limit: LimitKind;
  /** Floating-point operations or bytes. */
  readonly amountPerUnit: number;
}

const BYTES: Readonly<Record<DType, number>> = { float32: 4, float64: 8 };

/** What bounds a contender; undefined where nothing is known to. */
export function needOf(
  { workload, bound }: { readonly workload: Workload; readonly bound: Bound },
  { dtype, threads }: { readonly dtype: DType; readonly threads: number },
  caches: CacheSizes,
): Need | undefined {
  if (bound === "none") return undefined;
  if (bound === "multiplyAdd") {
    const resource = dtype === "float64" ? "fma64" : "fma32";
    return { limit: { resource, threads }, amountPerUnit: operationsPerUnit(workload) };
  }
  const { held, perUnit } = weightsRead(workload);
  const level = levelHolding(held * BYTES[dtype], threads, caches);
  return { limit: { resource: "read", level, threads }, amountPerUnit: perUnit * BYTES[dtype] };
}

/** All limits of the machine, for one thread and for as many as there are cores. */
export function allLimits(cores: number): LimitKind[] {
  return [...new Set([1, cores])].flatMap((threads): LimitKind[] => [
    { resource: "fma32", threads },
    { resource: "fma64", threads },
    ...(["L1", "L2", "L3", "memory"] as const).map((level): LimitKind => ({ resource: "read", level, threads })),
  ]);
}

/** The compiled benchmark of the limits, or why there is none. */
export type LimitsProgram = { readonly path: string } | { readonly missing: string };

/** A limit and the process that measures it. */
export interface LimitContender {
  readonly limit: LimitKind;
  readonly command: Command;
}

/** Compiles the benchmark for this machine. */
export function compileLimits(folder: string): LimitsProgram {
  const compiler = process.env.CXX || "c++";
  const path = join(folder, "limits");
  const source = fileURLToPath(new URL("./limits.cc", import.meta.url));
  const options = ["-O3", "-march=native", "-ffp-contract=fast", "-std=c++17", "-pthread", source, "-o", path];
  try {
    execFileSync(compiler, options, { stdio: ["ignore", "ignore", "pipe"], encoding: "utf8" });
    return { path };
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    const [line] = (stderr || message).split("\n").filter((text) => text.trim() !== "");
    return { missing: `${compiler} cannot compile their benchmark: ${line}` };
  }
}

/** The limits as something to be sampled: those that can be measured, each once. */
export function limitContenders(
  program: LimitsProgram,
  limits: readonly LimitKind[],
  caches: CacheSizes,
): LimitContender[] {
  if ("missing" in program) return [];
  const { path } = program;
  const different = limits.filter((limit, i) => limits.findIndex((other) => isSameLimit(other, limit)) === i);
  return different.flatMap((limit): LimitContender[] => {
    const { resource, level, threads } = limit;
    const bytes = level && bytesToRead(level, threads, caches);
    if (resource === "read" && bytes === undefined) return [];
    const args = [resource, String(threads), ...(bytes === undefined ? [] : [String(bytes)])];
    return [{ limit, command: { file: path, args } }];
  });
}
