import { type History, type Network, writeReport } from "../../index.ts";
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
  argv: readonly string[],
): Promise<void> {
  const configuration = { ...job };
  await writeReport(history, network, evaluation, path, { data, command: commandLine(argv), configuration });
}
