import type { ThreadsResult } from "../report/results.ts";
import { ownContender } from "../workloads/contenders.ts";
import { definitionOf } from "../workloads/definitions.ts";
import { type Conduct, measureWorkload } from "../workloads/measure_workload.ts";
import { ownVariant } from "../workloads/own_variants.ts";

/** Workloads with enough work for many threads: training and predicting. */
const NAMES = ["W5", "W7b"];

/** 1, 2, 4 … and all of them; on a few cores every number. */
export function threadCounts(cores: number): number[] {
  if (cores <= 4) return Array.from({ length: cores }, (_, i) => i + 1);
  const powers = Array.from({ length: Math.floor(Math.log2(cores)) + 1 }, (_, i) => 2 ** i);
  return [...new Set([...powers, cores])];
}

/** How much faster the native backend gets with more threads. */
export async function measureThreads(conduct: Conduct, cores: number): Promise<ThreadsResult[]> {
  const results: ThreadsResult[] = [];
  for (const { workload } of NAMES.map(definitionOf)) {
    const contenders = threadCounts(cores).map((threads) =>
      ownContender(ownVariant(threads === 1 ? "native" : "native-threads", threads)),
    );
    const measured = await measureWorkload({ workload, bound: "none", contenders }, conduct);
    const single = measured.contenders[0].rate;
    for (const { threads, rate } of measured.contenders) {
      if (!rate || !single) continue;
      results.push({ workload: workload.name, threads, rate, speedup: rate.median / single.median });
    }
  }
  return results;
}
