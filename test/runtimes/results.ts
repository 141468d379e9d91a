import type { Runtime } from "./runtimes.ts";

/** What the smoke program writes. */
export interface SmokeResult {
  readonly runtime: string;
  readonly version: string;
  readonly platform: string;
  readonly arch: string;
  readonly backend: string;
  readonly isa: string;
  /** By backend: SHA-256 of the weights that the same trainings come to. */
  readonly digests: Readonly<Record<string, { readonly fast: string; readonly reproducible: string }>>;
  readonly checks: readonly {
    readonly name: string;
    readonly status: "passed" | "failed" | "skipped";
    readonly message?: string;
  }[];
  /** The check in which the process ended: the last, unless it died. */
  readonly running: string;
  readonly seconds: number;
}

/** What a row of the table is made from. */
export type Outcome =
  | { readonly runtime: Runtime; readonly skipped: string }
  | {
      readonly runtime: Runtime;
      /** Absent where the program did not even begin. */
      readonly result?: SmokeResult;
      /** How the process ended, when it was not by itself with status 0. */
      readonly problem?: string;
    };

/** The instruction sets with fused multiply-add, on which `fast` gives the same bits. */
const FUSED = ["avx512", "avx2", "neon"];

/**
 * The digests of a result that have to be the same everywhere, by what they have in common: all backends have the bits of
 * `reproducible`; those of `fast` are one thing on TypeScript and another with fused multiply-add.
 */
export function comparableDigests({ isa, digests }: SmokeResult): { readonly kind: string; readonly digest: string }[] {
  return Object.entries(digests).flatMap(([backend, { fast, reproducible }]) => [
    { kind: "reproducible", digest: reproducible },
    ...(backend === "typescript" ? [{ kind: "fast on TypeScript", digest: fast }] : []),
    ...(backend === "native" && FUSED.includes(isa) ? [{ kind: "fast", digest: fast }] : []),
  ]);
}

/** The kinds of digests that differ from those of the reference, or are missing. */
export function differingDigests(result: SmokeResult, reference: SmokeResult): string[] {
  const expected = new Map(comparableDigests(reference).map(({ kind, digest }) => [kind, digest]));
  const given = comparableDigests(result);
  const wrong = given.filter(({ kind, digest }) => digest !== expected.get(kind)).map(({ kind }) => kind);
  const kinds = result.backend === "typescript" ? ["reproducible", "fast on TypeScript"] : [...expected.keys()];
  const missing = kinds.filter((kind) => given.every((other) => other.kind !== kind));
  return [...new Set([...wrong, ...missing])];
}

/** What is wrong with a row, in words; nothing where it passed. */
export function problemsOf(outcome: Outcome, reference: SmokeResult | undefined): string[] {
  if ("skipped" in outcome) return [];
  const { runtime, result, problem } = outcome;
  if (!result) return [problem ?? "it wrote no result"];
  const { backend = "native", isa = reference?.isa ?? result.isa } = runtime;
  const problems = result.checks
    .filter(({ status }) => status === "failed")
    .map(({ name, message }) => `${name}: ${message}`);
  if (problem) problems.push(`${result.running}: ${problem}`);
  if (result.backend !== backend) problems.push(`its backend is ${result.backend}, expected ${backend}`);
  if (result.isa !== isa) problems.push(`its instruction set is ${result.isa}, expected ${isa}`);
  const differing = reference ? differingDigests(result, reference) : [];
  if (differing.length > 0) problems.push(`digests differ: ${differing.join(", ")}`);
  return problems;
}
