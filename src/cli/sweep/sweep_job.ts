import { JOB_KEYS, trainingJobOf } from "../job/check_training_job.ts";
import { DEFAULTS } from "../job/networks.ts";
import type { Place } from "../job/place.ts";
import type { TrainingJob } from "../job/training_job.ts";
import { FILE_KEYS, filesOf } from "../train/job.ts";
import { assertUsable } from "./usable.ts";

/** What a hyperparameter may be: one of some values, or any number of a range. */
export type Candidates =
  | { readonly values: readonly unknown[] }
  | {
      readonly min: number;
      readonly max: number;
      readonly scale: "linear" | "log";
      /** Whether only whole numbers are drawn. */
      readonly integer: boolean;
    };

/** Hyperparameters by their names, such as `fit.learningRate`. */
export type Parameters = Readonly<Record<string, Candidates>>;

/** How hyperparameters are searched for. */
export interface Search {
  /** `grid`: all combinations of the values, the last parameter changing fastest; `random`: each drawn by itself. */
  readonly method: "grid" | "random";
  /** How many combinations are drawn. */
  readonly points: number;
  /** What is drawn follows from it. */
  readonly seed: number;
  readonly parameters: Parameters;
  /** What the best one is best at, of the validation data. */
  readonly monitor: "loss" | "accuracy";
  /** How many trainings run at once; as many as there is room for where it is undefined. */
  readonly parallel: number | undefined;
}

/** A search in words. */
export interface SweepJob {
  readonly job: TrainingJob;
  readonly search: Search;
  /** Where the network of the best point goes. */
  readonly out?: string;
  /** Where the job says what the points are ranked by. */
  readonly monitorPlace?: Place;
}

const METHODS = ["grid", "random"] as const;
const MONITORS = ["validation loss", "accuracy"] as const;
const SEARCH_KEYS = ["method", "points", "seed", "parameters", "monitor", "parallel"] as const;
const MOST_POINTS = 100_000;
const MOST_PARALLEL = 1024;

/** Of data that says nothing else of what the points are compared on. */
const VALIDATION_SHARE = 0.1;
const POINTS = 20;

/** Makes a search of what a job file says. */
export function checkSweepJob(place: Place): SweepJob {
  const { sweep, ...training } = place.fields([...JOB_KEYS, ...FILE_KEYS, "sweep"]);
  if (!sweep) throw place.error("has no sweep, which says what is searched for");
  const job = trainingJobOf(place, training);
  const { out } = filesOf(training);
  const fields = sweep.fields(SEARCH_KEYS);
  if (!fields.parameters) throw sweep.error("has no parameters");
  const method = fields.method?.oneOf(METHODS) ?? "grid";
  if (method === "grid" && fields.points) throw fields.points.error("belongs to random: a grid has all combinations");
  const candidates = candidatesOf(fields.parameters, method);
  const search: Search = {
    method,
    points: fields.points?.integer(1, MOST_POINTS) ?? POINTS,
    seed: fields.seed?.integer(0) ?? DEFAULTS.seed,
    parameters: Object.fromEntries(candidates),
    monitor: fields.monitor?.oneOf(MONITORS) === "accuracy" ? "accuracy" : "loss",
    parallel: fields.parallel?.integer(1, MOST_PARALLEL),
  };
  const combinations = candidates.reduce(
    (product, [, given]) => product * ("values" in given ? given.values.length : 1),
    1,
  );
  if (method === "grid" && combinations > MOST_POINTS) {
    throw fields.parameters.error(`make ${combinations} combinations, expected at most ${MOST_POINTS}`);
  }
  assertUsable(place.value as object, search.parameters, fields.parameters);
  return {
    job: { ...job, validation: job.validation ?? VALIDATION_SHARE },
    search,
    ...(out !== undefined && { out }),
    ...(fields.monitor && { monitorPlace: fields.monitor }),
  };
}

function candidatesOf(place: Place, method: Search["method"]): [string, Candidates][] {
  const names = typeof place.value === "object" && place.value !== null ? Object.keys(place.value) : [];
  const fields = Object.entries(place.fields(names)) as [string, Place][];
  if (fields.length === 0) throw place.error("are none, expected names such as fit.learningRate with their values");
  return fields.map(([name, candidates]) => {
    if (!/^(fit|network)\.\w+$/.test(name)) {
      throw candidates.error("is no hyperparameter, expected a name such as fit.learningRate or network.layers");
    }
    return [name, checkedCandidates(candidates, method)];
  });
}

function checkedCandidates(place: Place, method: Search["method"]): Candidates {
  if (Array.isArray(place.value)) return valuesOf(place);
  const { values, min, max, scale, integer } = place.fields(["values", "min", "max", "scale", "integer"]);
  if (values) {
    const other = min ?? max ?? scale ?? integer;
    if (other) throw other.error("belongs to a range, but there are values");
    return valuesOf(values);
  }
  if (!min || !max) throw place.error("is neither a list of values nor a mapping with values, or min and max");
  if (method === "grid") throw place.error("is a range, from which only method: random draws; a grid needs values");
  const isInteger = integer?.flag() ?? false;
  const isLog = scale?.oneOf(["linear", "log"]) === "log";
  for (const end of isInteger ? [min, max] : []) end.integer(0);
  const least = min.number(isLog ? "a number above 0" : "a number", (value) => !isLog || value > 0);
  const most = max.number(`a number above ${least}`, (value) => value > least);
  return { min: least, max: most, scale: isLog ? "log" : "linear", integer: isInteger };
}

function valuesOf(place: Place): Candidates {
  const values = place.items().map(({ value }) => value);
  if (values.length === 0) throw place.error("has no values");
  return { values };
}
