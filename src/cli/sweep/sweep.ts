import { extname } from "node:path";
import { CommandError } from "../command_error.ts";
import type { Context } from "../context.ts";
import { loadData, type TrainingData } from "../job/data.ts";
import { readJobFile } from "../job/job_file.ts";
import { createNetwork } from "../job/networks.ts";
import { assertModelFile } from "../model_file.ts";
import { colorsFor } from "../output/colors.ts";
import { identityOf } from "./identity.ts";
import { isTrained, type Outcome, ranked } from "./outcome.ts";
import { jobOf, type Point, pointsOf } from "./points.ts";
import { ResultsFile } from "./results_file.ts";
import { roomFor } from "./room.ts";
import { saveBest } from "./save_best.ts";
import { checkSweepJob, type Search, type SweepJob } from "./sweep_job.ts";
import { outcomeText, rankingText } from "./sweep_text.ts";
import { type Setting, tryPoint } from "./train_point.ts";

export interface SweepOptions {
  readonly results?: string;
  readonly out?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** `downhill sweep`. */
export async function sweep(path: string, options: SweepOptions, context: Context): Promise<void> {
  const { stderr, signal } = context;
  const sweepJob = await readJobFile(path, checkSweepJob);
  const { job, search } = sweepJob;
  const data = await loadData(job, signal);
  assertRankable(sweepJob, data);
  const points = pointsOf(search);
  const { out = sweepJob.out } = options;
  if (out !== undefined) await assertModelFile(out, createNetwork(jobOf(job, points[0]), data), options.force === true);
  const results = await ResultsFile.open(options.results ?? resultsPath(path), identityOf(sweepJob, data));
  try {
    const { parallel, threads, hint } = roomFor(sweepJob, points.length, context);
    if (hint) stderr.write(`${hint}\n`);
    const setting = { job, data, threads, signal };
    const outcomes = await outcomesOf(points, results, setting, parallel, options, context);
    const ranking = ranked(outcomes, search.monitor);
    tell(ranking, search, options, context);
    const [best] = ranking;
    if (!isTrained(best)) throw new CommandError(`no point could be trained: ${best.error}`);
    if (out !== undefined) await saveBest(out, best, setting, context);
  } catch (error) {
    if (error === signal.reason) {
      stderr.write(`What is done is kept in ${results.path}. The same command goes on with the rest.\n`);
    }
    throw error;
  } finally {
    results.close();
  }
}

/** Only data with classes tells an accuracy; whether it has any is known once it is read. */
function assertRankable({ search, monitorPlace }: SweepJob, { validation }: TrainingData): void {
  if (search.monitor !== "accuracy" || !monitorPlace || validation?.classes !== undefined) return;
  throw monitorPlace.error("is accuracy, expected validation loss, as the validation data has no classes");
}

/** Trains what the results do not have yet. */
async function outcomesOf(
  points: readonly Point[],
  results: ResultsFile,
  setting: Setting,
  parallel: number,
  { json }: SweepOptions,
  { stdout, stderr }: Context,
): Promise<Outcome[]> {
  const found = new Map(results.outcomes.map((outcome) => [outcome.point, outcome]));
  const left = points.filter(({ point }) => !found.has(point));
  let done = points.length - left.length;
  if (done > 0) stderr.write(`${done} of ${points.length} points are done already, by ${results.path}\n`);
  await trainAll(left, setting, parallel, (outcome) => {
    results.append(outcome);
    found.set(outcome.point, outcome);
    done++;
    if (json) stdout.write(`${JSON.stringify(outcome)}\n`);
    stderr.write(`${done} of ${points.length}: ${outcomeText(outcome)}\n`);
  });
  return points.map(({ point }) => found.get(point) as Outcome);
}

function tell(ranking: readonly Outcome[], search: Search, { json }: SweepOptions, { stdout, env }: Context): void {
  if (json) stdout.write(`${JSON.stringify({ monitor: search.monitor, ranking })}\n`);
  else stdout.write(rankingText(ranking, search, colorsFor(stdout, env)));
}

/** Beside the job. */
function resultsPath(path: string): string {
  return `${path.slice(0, path.length - extname(path).length)}.sweep.jsonl`;
}

/** Trains points side by side, each as soon as there is room. The first error that is no outcome ends all of them. */
async function trainAll(
  points: readonly Point[],
  setting: Setting,
  parallel: number,
  onOutcome: (outcome: Outcome) => void,
): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([setting.signal, stop.signal]);
  const waiting = points.values();
  const work = async () => {
    for (const point of waiting) {
      signal.throwIfAborted();
      onOutcome(await tryPoint(point, { ...setting, signal }));
    }
  };
  const workers = Array.from({ length: Math.min(parallel, points.length) }, () =>
    work().catch((error) => {
      stop.abort(error);
      throw error;
    }),
  );
  await Promise.allSettled(workers);
  await Promise.all(workers);
}
