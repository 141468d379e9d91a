import type { Environment } from "./child.ts";

/**
 * The environment of a process whose memory is looked at. Linux gets large arrays back at once, V8's young generation
 * stays small, and one arena serves all threads: what is left is little noise. Elsewhere the size of a process says too
 * little.
 */
export const QUIET_MEMORY: Environment = {
  MALLOC_MMAP_THRESHOLD_: "65536",
  MALLOC_ARENA_MAX: "1",
  NODE_OPTIONS: "--expose-gc --max-semi-space-size=1",
};

/** Whether the size of a process says something. */
export const isRssQuiet = process.platform === "linux";

/** What a process that was started with `QUIET_MEMORY` holds on to. */
export async function settledMemory(): Promise<NodeJS.MemoryUsage> {
  // Arrays that a collection frees are no longer counted in a later turn of the event loop.
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return process.memoryUsage();
}
