import type { Workload } from "../peers/protocol.ts";
import type { GrowthResult } from "../report/results.ts";
import { ownContender } from "../workloads/contenders.ts";
import { operationsPerUnit } from "../workloads/definitions.ts";
import { type Conduct, measureWorkload } from "../workloads/measure_workload.ts";
import { ownVariant } from "../workloads/own_variants.ts";

/** Layers of [n, n, n]. */
const SIZES = [64, 128, 256, 512, 1024, 2048, 4096];

/** A step of the next size would take TypeScript many seconds. */
const MOST_FOR_TYPESCRIPT = 1024;

/** `--quick` leaves the sizes out whose data alone take seconds to make. */
const MOST_FOR_QUICK = 1024;

const BATCH = 128;

/** How the cost of training in batches grows with the layers. */
export async function measureGrowth(
  conduct: Conduct,
  { cores, hasNative, quick }: { readonly cores: number; readonly hasNative: boolean; readonly quick: boolean },
): Promise<GrowthResult[]> {
  const results: GrowthResult[] = [];
  for (const units of SIZES.filter((size) => !quick || size <= MOST_FOR_QUICK)) {
    const workload: Workload = {
      name: `growth-${units}`,
      kind: "batch",
      layers: [units, units, units],
      batchSize: BATCH,
      samples: BATCH,
      learningRate: 0.01,
      checkSamples: 0,
    };
    const variants = [
      ...(hasNative ? [ownVariant("native", 1)] : []),
      ...(hasNative && cores > 1 ? [ownVariant("native-threads", cores)] : []),
      ...(units <= MOST_FOR_TYPESCRIPT ? [ownVariant("typescript", 1)] : []),
    ];
    if (variants.length === 0) continue;
    const contenders = variants.map((variant) => ownContender(variant));
    const measured = await measureWorkload({ workload, bound: "none", contenders }, conduct);
    const multiplyAdds = operationsPerUnit(workload) / 2;
    for (const { variant, threads, rate } of measured.contenders) {
      if (!rate) continue;
      const backend = variant === "typescript" ? "TypeScript" : "native";
      const secondsPerMultiplyAdd = 1 / (rate.median * multiplyAdds);
      results.push({ units, backend, threads, rate, secondsPerMultiplyAdd });
    }
  }
  return results;
}
