import { DownhillError, type History, type Network } from "../../index.ts";
import type { TrainingData } from "../job/data.ts";
import { createNetwork, fitOptionsOf } from "../job/networks.ts";
import type { TrainingJob } from "../job/training_job.ts";
import type { Outcome, Trained } from "./outcome.ts";
import { jobOf, type Point } from "./points.ts";

/** What all points have in common. */
export interface Setting {
  readonly job: TrainingJob;
  readonly data: TrainingData;
  /** Of each training, unless the job says so. */
  readonly threads: number;
  readonly signal: AbortSignal;
}

/** Trains a point; one that diverges or makes no sense is an outcome, too. */
export async function tryPoint(point: Point, setting: Setting): Promise<Outcome> {
  try {
    const { outcome } = await trainPoint(point, setting);
    // JSON cannot hold it, and nothing can be ranked by it.
    if (Number.isFinite(outcome.validation.loss)) return outcome;
    return { ...point, error: `the validation loss is ${outcome.validation.loss}` };
  } catch (error) {
    if (!(error instanceof DownhillError) || error.code === "ERR_BACKEND_UNAVAILABLE") throw error;
    return { ...point, error: error.message };
  }
}

/** Trains a point: with the same seed to the same bits each time. */
export async function trainPoint(
  point: Point,
  { job, data, threads, signal }: Setting,
): Promise<{
  readonly network: Network;
  readonly history: History;
  readonly outcome: Trained;
  readonly job: TrainingJob;
}> {
  const own = jobOf({ ...job, network: { threads, ...job.network } }, point);
  const network = createNetwork(own, data);
  const options = fitOptionsOf(own, data);
  const history = await network.fit(data.train, { ...options, signal });
  const restores = options.earlyStopping !== undefined && options.earlyStopping.restoreBest !== false;
  const epoch = (restores ? history.bestEpoch : undefined) ?? history.epochs.length;
  const { validation } = history.epochs[epoch - 1];
  if (!validation) throw new Error("a sweep has validation data");
  const outcome = { ...point, validation, epoch, epochs: history.epochs.length, seconds: history.seconds };
  return { network, history, outcome, job: own };
}
