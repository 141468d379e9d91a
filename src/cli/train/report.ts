import { type FitOptions, type History, type Network, writeReport } from "../../index.ts";
import { validationIn } from "../job/data.ts";
import type { TrainingJob } from "../job/training_job.ts";
import { commandLine } from "./command_line.ts";
import type { Evaluated } from "./evaluated.ts";

/** Writes the page that shows what happened in a training. */
export async function writeTrainingReport(
  path: string,
  network: Network,
  history: History,
  { data, evaluation }: Evaluated,
  job: TrainingJob,
  fitOptions: FitOptions,
  argv: readonly string[],
): Promise<void> {
  // As the options of fit they are what a program says; the layers' are the network's own.
  const { data: source, normalize, test } = job;
  const configuration = { ...fitOptions, validation: validationIn(job), data: source, normalize, test };
  await writeReport(history, network, evaluation, path, { data, command: commandLine(argv), configuration });
}
