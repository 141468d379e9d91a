import { isRssQuiet } from "../support/memory.ts";
import type { CyclesOutcome } from "./cycles.ts";

/**
 * What the size of a process may rise by. Measured: up to 5 MB after a few workers, up to 2 MB after 500 of them and in
 * minutes of jobs. A worker holds arrays of 2 MB: if each kept them, sixteen workers would come to twice as much.
 */
export const MOST_RSS = 16_000_000;

/** The same for arrays that JavaScript holds, and for its objects; measured: none, and up to 0.4 MB. */
export const MOST_ARRAYS = 1_000_000;
export const MOST_HEAP = 2_000_000;

/** What is wrong with memory that has risen by so much. */
export function memoryFailures(growth: Pick<NodeJS.MemoryUsage, "rss" | "arrayBuffers" | "heapUsed">): string[] {
  const limits = {
    rss: isRssQuiet ? MOST_RSS : Number.POSITIVE_INFINITY,
    arrayBuffers: MOST_ARRAYS,
    heapUsed: MOST_HEAP,
  };
  return Object.entries(limits)
    .filter(([kind, limit]) => growth[kind as keyof typeof limits] > limit)
    .map(
      ([kind, limit]) => `${kind} has risen by ${growth[kind as keyof typeof limits]} bytes, expected at most ${limit}`,
    );
}

/** What is wrong with a row of workers that were ended. */
export function cyclesFailures({ cycles, whileTraining, growth, leftFiles }: CyclesOutcome): string[] {
  const failures = memoryFailures(growth);
  // Three of four are ended, an eighth of all while they may still start.
  if (whileTraining < cycles / 2)
    failures.push(`only ${whileTraining} of ${cycles} workers were training at their end`);
  if (leftFiles.length > 0) failures.push(`files are left: ${leftFiles.join(" ")}`);
  return failures;
}
