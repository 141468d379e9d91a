import { readFile, rm } from "node:fs/promises";
import { addAbortSignal } from "node:stream";
import { text } from "node:stream/consumers";
import { Network } from "downhill";
import { epochLine, progressLine } from "../common/display.ts";
import { CommandError, errorCode } from "../common/errors.ts";
import { choosePaint } from "../common/paint.ts";
import { print, runProgram } from "../common/program.ts";
import { ProgressDisplay } from "../common/progress.ts";
import {
  type GenerateArguments,
  HELP,
  type PredictArguments,
  parseArguments,
  type TrainArguments,
} from "./arguments.ts";
import type { GeneratedFacts } from "./generate.ts";
import { predictRows } from "./predict.ts";
import {
  describeData,
  describeNetwork,
  describeResult,
  describeRows,
  describeTraining,
  predictionLines,
} from "./report.ts";
import { parseRows } from "./rows.ts";
import { CLASSES, createNetwork, type Run, readJobData, train, VALIDATION_SHARE } from "./train.ts";
import { exists, findCustomers, generateCustomers, openWorkFolder, type WorkFolder, workFiles } from "./work_folder.ts";

const paint = choosePaint(process.stdout);

async function main(signal: AbortSignal): Promise<void> {
  const options = parseArguments(process.argv.slice(2));
  switch (options.command) {
    case "help":
      process.stdout.write(HELP);
      return;
    case "generate":
      return generate(options, signal);
    case "train":
      return learn(options, signal);
    case "predict":
      return predict(options, signal);
  }
}

async function generate({ work, rows, seed }: GenerateArguments, signal: AbortSignal): Promise<void> {
  const files = await openWorkFolder(work);
  const facts = await generateCustomers(files, { rows, seed, signal });
  print(describeData(files.data, facts, paint));
}

async function learn(options: TrainArguments, signal: AbortSignal): Promise<void> {
  const files = await openWorkFolder(options.work);
  const facts = options.data === undefined ? await customersFor(files, options, signal) : undefined;
  const path = options.data ?? files.data;
  print(describeData(path, facts, paint));
  const data = await readJobData(path, options.seed, signal);
  const network = createNetwork(data, options.seed);
  print(describeRows(data.train.size, VALIDATION_SHARE, data.test.size, paint));
  print(describeNetwork(network, paint));
  if (await exists(files.checkpoint)) print([`going on from ${files.checkpoint}`]);

  print([""]);
  const history = await withDisplay(options.epochs, (callbacks) =>
    train(network, data.train, { ...callbacks, epochs: options.epochs, checkpoint: files.checkpoint, signal }),
  );
  const evaluation = await network.evaluate(data.test, { signal });
  await network.save(files.model);
  await rm(files.checkpoint, { force: true });
  print(["", ...describeTraining(history, paint), ...describeResult(evaluation, CLASSES, facts, paint)]);
  print(["", `The model is saved in ${files.model}.`]);
}

/** The customers that are there already, or new ones. */
async function customersFor(
  files: WorkFolder,
  { rows, seed }: TrainArguments,
  signal: AbortSignal,
): Promise<GeneratedFacts> {
  const wanted = { rows, seed, signal };
  return (await findCustomers(files, wanted)) ?? (await generateCustomers(files, wanted));
}

async function withDisplay<Result>(
  epochs: number,
  work: (callbacks: Pick<Run, "onEpoch" | "onProgress">) => Promise<Result>,
): Promise<Result> {
  const display = new ProgressDisplay(process.stdout);
  try {
    return await work({
      onProgress: (progress) => display.update(progressLine(progress)),
      onEpoch: (report) => display.finish(epochLine(report, epochs)),
    });
  } finally {
    display.clear();
  }
}

async function predict({ work, rows }: PredictArguments, signal: AbortSignal): Promise<void> {
  const network = await Network.load(workFiles(work).model);
  const predictions = await predictRows(network, parseRows(await readText(rows, signal)), signal);
  print(predictionLines(predictions));
}

async function readText(path: string | undefined, signal: AbortSignal): Promise<string> {
  if (path === undefined) return text(addAbortSignal(signal, process.stdin));
  try {
    return await readFile(path, { encoding: "utf8", signal });
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
    throw new CommandError(`there is no file ${path}`, { cause: error });
  }
}

await runProgram("csv-job", main);
