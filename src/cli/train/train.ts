import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import {
  DownhillError,
  type EpochReport,
  type FitOptions,
  type History,
  type Network,
  TensorBoardWriter,
} from "../../index.ts";
import { CommandError } from "../command_error.ts";
import type { CommandContext } from "../context.ts";
import { loadData, type TrainingData } from "../job/data.ts";
import { createNetwork, fitOptionsOf } from "../job/networks.ts";
import { assertModelFile } from "../model_file.ts";
import { colorsFor } from "../output/colors.ts";
import { classesText, evaluationText } from "../output/evaluation.ts";
import { count, duration } from "../output/numbers.ts";
import { listOf } from "../output/table.ts";
import { resumingCommandLine } from "./command_line.ts";
import { type Evaluated, evaluateTrained } from "./evaluated.ts";
import { assertFiles } from "./files.ts";
import { jobOf, type TrainOptions } from "./job.ts";
import { progressOf } from "./progress.ts";
import { recordTraining } from "./record.ts";
import { writeTrainingReport } from "./report.ts";
import { adviseOnTask } from "./task_advice.ts";

/** So much of a training is lost at most when the process is killed. */
const CHECKPOINT_SECONDS = 10;

/** Where the state of a training lies. */
interface TrainCheckpoint {
  readonly path: string;
  /** Whether nobody asked for it: it is gone when the training is done. */
  readonly isTemporary: boolean;
}

/** `downhill train`. */
export async function train(source: string, options: TrainOptions, context: CommandContext): Promise<void> {
  const { out = "model.json", report, tensorboard, checkpoint: path, ...job } = await jobOf(source, options);
  const checkpoint = { path: path ?? `${out}.checkpoint`, isTemporary: path === undefined };
  const files = { "--out": out, "--report": report, "--checkpoint": checkpoint.path };
  await assertFiles(files, source, job, options.force === true);
  assertMeant(checkpoint, options);
  const data = await loadData(job, context.signal);
  adviseOnTask(job, data, context);
  const network = createNetwork(job, data);
  await assertModelFile(out, network, options.force === true);
  const isShown = report !== undefined || tensorboard !== undefined;
  const fitOptions = { ...fitOptionsOf(job, data), ...(isShown && { statistics: true }) };
  const draw = (history: History | undefined, evaluated: Evaluated | undefined) =>
    report === undefined
      ? undefined
      : writeTrainingReport(report, { network, history, evaluated, job, data, fitOptions }, context.argv);
  const training = { network, data, fitOptions, checkpoint, tensorboard, options, draw };
  const history = await run(training, context);
  const evaluated = await unlessInterrupted(training, context, () => evaluateTrained(network, data, context.signal));
  recordTraining(network, job, data, history, evaluated);
  await network.save(out);
  await draw(history, evaluated);
  if (checkpoint.isTemporary) await rm(checkpoint.path, { force: true });
  tell({ network, history, out, report, ...evaluated }, options, context);
}

interface Training {
  readonly network: Network;
  readonly data: TrainingData;
  readonly fitOptions: FitOptions;
  readonly checkpoint: TrainCheckpoint;
  readonly tensorboard: string | undefined;
  /** Writes the report, if one is wanted. */
  readonly draw: (history: History | undefined, evaluated: Evaluated | undefined) => Promise<void> | undefined;
  readonly options: TrainOptions;
}

/** An interrupted training is easily lost by starting it once more. */
function assertMeant({ path }: TrainCheckpoint, { resume, restart }: TrainOptions): void {
  const isThere = existsSync(path);
  if (resume && !isThere) throw new CommandError(`there is no checkpoint ${path} to resume from`);
  if (resume || restart || !isThere) return;
  throw new CommandError(`${path} is there, of another training: --resume goes on with it, --restart starts over`);
}

async function run(training: Training, context: CommandContext): Promise<History> {
  const { network, data, fitOptions, checkpoint, tensorboard, options, draw } = training;
  const { path } = checkpoint;
  const progress = progressOf(options, fitOptions.epochs, context);
  const started = performance.now();
  const reports: EpochReport[] = [];
  const board = tensorboard === undefined ? undefined : new TensorBoardWriter(tensorboard);
  try {
    return await network.fit(data.train, {
      ...fitOptions,
      checkpoint: { path, everySeconds: CHECKPOINT_SECONDS },
      ...(options.resume && { resumeFrom: path }),
      signal: context.signal,
      onEpoch: async (report) => {
        reports.push(report);
        progress.onEpoch(report);
        await board?.onEpoch(report, network);
      },
      ...(progress.onProgress && { onProgress: progress.onProgress }),
    });
  } catch (error) {
    progress.stop();
    if (error instanceof DownhillError && error.code === "ERR_DIVERGED") {
      // It would end in the same way again.
      if (checkpoint.isTemporary) await rm(path, { force: true });
      // Now there is most to be seen.
      const seconds = (performance.now() - started) / 1000;
      await draw(reports.length > 0 ? { epochs: reports, seconds } : undefined, undefined);
    }
    return await unlessInterrupted(training, context, () => Promise.reject(error));
  } finally {
    progress.stop();
  }
}

/** Does what can be interrupted, and then says how to go on. */
async function unlessInterrupted<T>(
  { checkpoint: { path } }: Training,
  { signal, stderr, argv }: CommandContext,
  action: () => Promise<T>,
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (signal.aborted && error === signal.reason) {
      stderr.write(
        existsSync(path)
          ? `The last whole epoch is in ${path}. To go on:\n  ${resumingCommandLine(argv)}\n`
          : "No epoch had ended, so there is nothing to go on from.\n",
      );
    }
    throw error;
  }
}

function tell(
  {
    network,
    history,
    out,
    report,
    on,
    evaluation,
  }: Evaluated & {
    readonly network: Network;
    readonly history: History;
    readonly out: string;
    readonly report: string | undefined;
  },
  { json }: TrainOptions,
  { stdout, env }: CommandContext,
): void {
  const { layers, parameterCount, backend } = network;
  const { epochs, seconds, stopped, bestEpoch } = history;
  if (json) {
    const done = { epochs: epochs.length, seconds, stopped, bestEpoch, evaluatedOn: on, evaluation };
    stdout.write(`${JSON.stringify({ model: out, report, layers, parameterCount, backend, ...done })}\n`);
    return;
  }
  const colors = colorsFor(stdout, env);
  const best = bestEpoch === undefined ? "" : `, the best of them ${bestEpoch}`;
  const early = stopped ? ", stopped early" : "";
  const entries: [string, string][] = [
    ["network", `${layers.join(" → ")}, ${count(parameterCount)} parameters, ${backend} backend`],
    [
      "trained",
      `${count(epochs.length)} ${epochs.length === 1 ? "epoch" : "epochs"} in ${duration(seconds)}${early}${best}`,
    ],
    ["saved", out],
    ...(report === undefined ? [] : [["report", report] satisfies [string, string]]),
  ];
  stdout.write(`${listOf(entries, colors)}\n${evaluationText(on, evaluation, colors)}`);
  stdout.write(classesText(evaluation, network.classNames, colors));
}
