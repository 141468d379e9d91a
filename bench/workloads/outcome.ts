import type { CacheSizes } from "../limits/caches.ts";
import { isSameLimit, needOf } from "../limits/limits.ts";
import { spreadOf } from "../measure.ts";
import type { Ready, SampleResult, Workload } from "../peers/protocol.ts";
import type { ContenderResult, Identity, LimitResult } from "../report/results.ts";
import type { ReferenceLosses } from "./create_data.ts";
import type { Bound } from "./definitions.ts";
import type { NoStart } from "./entrant.ts";
import type { Samples } from "./interleave.ts";

/** What is known of a contender when a workload is through. */
export interface Course {
  readonly ready: Ready | undefined;
  readonly noStart: NoStart | undefined;
  readonly samples: Samples | undefined;
}

/** Units a second. */
export function rateOf({ units, seconds }: SampleResult): number {
  return units / seconds;
}

/** A contender's course as a result. */
export function resultOf(
  identity: Identity,
  { ready, noStart, samples }: Course,
  reference: ReferenceLosses | undefined,
): ContenderResult {
  if (!ready) return { ...identity, outcome: "failed", why: "never asked", ...noStart };
  const { version, how, lossBefore, lossAfter } = ready;
  const taken = samples?.taken ?? [];
  const failure = samples?.failure;
  const error = errorOf(ready, reference);
  const lastLoss = taken.at(-1)?.loss;
  return {
    ...identity,
    version,
    how,
    outcome: taken.length > 0 ? "measured" : "failed",
    ...(failure !== undefined && { why: failure }),
    ...(taken.length > 0 && { rate: spreadOf(taken.map(rateOf)) }),
    ...(error !== undefined && { error }),
    ...(lossBefore !== undefined && { lossBefore }),
    ...(lossAfter !== undefined && { lossAfter }),
    ...(lastLoss !== undefined && { lastLoss }),
  };
}

/** Prediction: what the contender found; training: |loss − reference| / reference after the same samples. */
function errorOf({ error, lossAfter }: Ready, reference: ReferenceLosses | undefined): number | undefined {
  if (!reference) return error;
  return lossAfter === undefined ? undefined : Math.abs(lossAfter - reference.lossAfter) / reference.lossAfter;
}

/** The result with its share of what bounds it, where that was measured. */
export function withShareOfLimit(
  result: ContenderResult,
  task: { readonly workload: Workload; readonly bound: Bound },
  limits: readonly LimitResult[],
  caches: CacheSizes,
): ContenderResult {
  const need = needOf(task, result, caches);
  const limit = need && limits.find((measured) => isSameLimit(measured.limit, need.limit));
  if (!need || !limit || !result.rate) return result;
  return { ...result, shareOfLimit: (result.rate.median * need.amountPerUnit) / limit.rate.median };
}
