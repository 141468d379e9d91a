import { OWN_FAMILY } from "../workloads/contenders.ts";
import type { ContenderResult, WorkloadResult } from "./results.ts";

/** A contender that was measured. */
type Measured = ContenderResult & Required<Pick<ContenderResult, "rate">>;

function isMeasured(result: ContenderResult): result is Measured {
  return result.rate !== undefined;
}

function isOwn({ family }: Pick<ContenderResult, "family">): boolean {
  return family === OWN_FAMILY;
}

/** The fastest of some results. */
function fastest(results: readonly ContenderResult[]): Measured | undefined {
  return results
    .filter(isMeasured)
    .reduce<Measured | undefined>(
      (best, each) => (best && best.rate.median >= each.rate.median ? best : each),
      undefined,
    );
}

/** The fastest peer that uses no more threads than a contender; undefined without any. */
export function bestPeer({ contenders }: Pick<WorkloadResult, "contenders">, threads: number): Measured | undefined {
  return fastest(contenders.filter((result) => !isOwn(result) && result.threads <= threads));
}

/** How many times as fast a contender is as the best peer that uses no more threads. */
export function timesBestPeer(result: ContenderResult, all: Pick<WorkloadResult, "contenders">): number | undefined {
  const best = bestPeer(all, result.threads);
  return best && result.rate && result.rate.median / best.rate.median;
}

/** Whether its loss rose where it should have fallen. */
export function learnsNothing({ lossBefore, lossAfter }: ContenderResult): boolean {
  return lossBefore !== undefined && lossAfter !== undefined && !(lossAfter < lossBefore);
}

/** One row of an overview: a variant of this package, or a peer's best one. */
export interface Line {
  readonly label: string;
  readonly isOwn: boolean;
  readonly result: Measured;
}

/** What overviews show of this package, and what they call it there. */
const OWN_LABELS: Readonly<Record<string, (threads: number) => string>> = {
  native: () => "downhill, native",
  "native-threads": (threads) => `downhill, native, ${threads} threads`,
  "native-float64": () => "downhill, native, float64",
  typescript: () => "downhill, TypeScript",
};

/** This package's variants in the order of `OWN_LABELS`, then each peer's fastest variant. */
export function overview({ contenders }: Pick<WorkloadResult, "contenders">): Line[] {
  const own = Object.entries(OWN_LABELS).flatMap(([variant, label]): Line[] => {
    const result = contenders.find((each) => isOwn(each) && each.variant === variant);
    return result && isMeasured(result) ? [{ label: label(result.threads), isOwn: true, result }] : [];
  });
  const families = new Map<string, ContenderResult[]>();
  for (const result of contenders.filter((each) => !isOwn(each))) {
    families.set(result.family, [...(families.get(result.family) ?? []), result]);
  }
  const peers = [...families.values()].flatMap((results): Line[] => {
    const result = fastest(results);
    return result ? [{ label: result.title, isOwn: false, result }] : [];
  });
  return [...own, ...peers];
}
