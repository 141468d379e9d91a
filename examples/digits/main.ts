import { DownhillError, type Evaluation, type History, Network } from "downhill";
import { type Arguments, HELP, parseArguments } from "./arguments.ts";
import { type DigitData, loadDigits } from "./data.ts";
import { epochLine, formatShare, progressLine } from "./display.ts";
import { CommandError, errorCode } from "./errors.ts";
import { checkWritable, loadJson, saveJson } from "./network_file.ts";
import { choosePaint } from "./paint.ts";
import { ProgressDisplay } from "./progress.ts";
import { CLASSES, fallingRate, layers, NETWORK_OPTIONS } from "./recipe.ts";
import { PIXELS } from "./render.ts";
import { describeConfusion, describeData, describeExamples, describeNetwork, describeResult } from "./report.ts";

const paint = choosePaint(process.stdout);
const interruption = new AbortController();

async function main(): Promise<void> {
  const options = parseArguments(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(HELP);
    return;
  }
  if (options.save !== undefined) await checkWritable(options.save);
  const loaded = options.load === undefined ? undefined : await loadNetwork(options.load);

  const data = await loadDigits(options.source, {
    signal: interruption.signal,
    onFetch: (address) => print([`fetching ${address}`]),
  });
  print(describeData(data, paint));
  const network = loaded ?? new Network(layers(options.hidden), { ...NETWORK_OPTIONS, seed: options.seed });
  print(describeNetwork(network, paint));
  const history = loaded ? undefined : await train(network, data, options);
  if (options.save !== undefined) await saveJson(options.save, network.toJSON());

  const evaluation = await network.evaluate(data.test);
  print(["", ...describeResult({ network, data, evaluation, history }, paint)]);
  print(describeConfusion(evaluation, paint));
  print(await describeExamples(network, data.test, paint));
  if (options.save !== undefined) print(["", `The network is saved in ${options.save}.`]);
  requireAccuracy(evaluation, options.requireAccuracy);
}

async function loadNetwork(path: string): Promise<Network> {
  const network = restore(await loadJson(path), path);
  const [inputs, outputs] = [network.layers[0], network.layers[network.layers.length - 1]];
  if (inputs !== PIXELS || outputs !== CLASSES) {
    throw new CommandError(
      `cannot load ${path}: it has ${inputs} inputs and ${outputs} outputs, expected ${PIXELS} and ${CLASSES}`,
    );
  }
  return network;
}

function restore(value: unknown, path: string): Network {
  try {
    return Network.fromJSON(value);
  } catch (error) {
    if (!(error instanceof DownhillError)) throw error;
    throw new CommandError(`cannot load ${path}: ${error.message}`, { cause: error });
  }
}

async function train(network: Network, data: DigitData, options: Arguments): Promise<History> {
  const epochs = options.epochs ?? data.epochs;
  print([""]);
  const display = new ProgressDisplay(process.stdout);
  try {
    return await network.fit(data.train, {
      epochs,
      batchSize: 1,
      learningRate: fallingRate(epochs),
      signal: interruption.signal,
      onProgress: (progress) => display.update(progressLine(progress)),
      onEpoch: (report) => display.finish(epochLine(report, epochs)),
    });
  } finally {
    display.clear();
  }
}

function print(lines: readonly string[]): void {
  for (const line of lines) console.log(line);
}

function requireAccuracy({ accuracy = 0 }: Evaluation, percent: number | undefined): void {
  if (percent === undefined || accuracy * 100 >= percent) return;
  throw new CommandError(`the test accuracy of ${formatShare(accuracy)} is below the required ${percent} %`);
}

/** Whether an error's message is meant for the user; any other is a mistake in the program and shown in full. */
function isForUser(error: unknown): error is Error {
  return (
    error instanceof CommandError ||
    error instanceof DownhillError ||
    // The operating system's answers, such as ENOSPC, carry the name of the call.
    (errorCode(error) !== undefined && "syscall" in (error as Error))
  );
}

process.once("SIGINT", () => {
  process.exitCode = 130;
  interruption.abort(new CommandError("interrupted"));
});

// Whoever reads the output may stop early, as `head` does.
process.stdout.on("error", (error) => {
  if (errorCode(error) !== "EPIPE") throw error;
  process.exit();
});

try {
  await main();
} catch (error) {
  if (!isForUser(error)) throw error;
  process.exitCode ||= 1;
  console.error(`digits: ${error.message}`);
}
