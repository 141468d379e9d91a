import { type FitOptions, type History, type Network, writeReport } from "../../index.ts";
import { partsOf, type TrainingData } from "../job/data.ts";
import type { TrainingJob } from "../job/training_job.ts";
import { commandLine } from "./command_line.ts";
import type { Evaluated } from "./evaluated.ts";

/** What a page tells of. */
interface Told {
  readonly network: Network;
  /** Undefined for a training that failed in its first epoch. */
  readonly history: History | undefined;
  /** Undefined for a training that failed. */
  readonly evaluated: Evaluated | undefined;
  readonly job: TrainingJob;
  readonly data: TrainingData;
  readonly fitOptions: FitOptions;
}

/** Writes the page that shows what happened in a training. */
export async function writeTrainingReport(
  path: string,
  { network, history, evaluated, job, data, fitOptions }: Told,
  argv: readonly string[],
): Promise<void> {
  const configuration = { ...fitOptions, data: job.data, ...partsOf(job) };
  await writeReport(history, network, evaluated?.evaluation, path, {
    data: evaluated?.data ?? data.train,
    command: commandLine(argv),
    configuration,
  });
}
