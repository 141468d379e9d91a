import { exponentialFloat64, log } from "../../elementary.ts";
import { Random } from "../../random.ts";
import type { TrainingJob } from "../job/training_job.ts";
import type { Candidates, Search } from "./sweep_job.ts";
import { withParameter } from "./usable.ts";

/** One combination of hyperparameters. */
export interface Point {
  /** Counted from 1. */
  readonly point: number;
  /** By their names, such as `fit.learningRate`. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** All points of a search, in their order. A random one's are the same whatever number of them is asked for. */
export function pointsOf({ method, points, seed, parameters }: Search): Point[] {
  const names = Object.entries(parameters);
  const combinations =
    method === "grid"
      ? names.reduce<[string, unknown][][]>(
          (before, [name, candidates]) =>
            before.flatMap((entries) =>
              gridValues(candidates).map((value) => [...entries, [name, value] as [string, unknown]]),
            ),
          [[]],
        )
      : Array.from({ length: points }, (_, i) => {
          const random = new Random(seed, i);
          return names.map(([name, candidates]): [string, unknown] => [name, drawn(candidates, random)]);
        });
  return combinations.map((entries, i) => ({ point: i + 1, parameters: Object.fromEntries(entries) }));
}

/** A training job with the hyperparameters of a point. */
export function jobOf(job: TrainingJob, { parameters }: Point): TrainingJob {
  return Object.entries(parameters).reduce((changed, [name, value]) => withParameter(changed, name, value), job);
}

/** Ranges are for random searches only. */
function gridValues(candidates: Candidates): readonly unknown[] {
  return "values" in candidates ? candidates.values : [];
}

/** So many, as a person may want to type the number again. */
const DIGITS = 4;

function drawn(candidates: Candidates, random: Random): unknown {
  if ("values" in candidates) return candidates.values[random.below(candidates.values.length)];
  const { min, max, scale, integer } = candidates;
  const share = random.uniform();
  const value = scale === "log" ? max * exponentialFloat64(share * (log(min) - log(max))) : min + share * (max - min);
  const rounded = integer ? Math.round(value) : Number(value.toPrecision(DIGITS));
  return Math.min(max, Math.max(min, rounded));
}
