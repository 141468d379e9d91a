import { type Evaluation, type History, Network } from "downhill";
import { PIXELS } from "downhill/digits";
import { epochLine, formatShare, progressLine } from "../common/display.ts";
import { CommandError } from "../common/errors.ts";
import { checkWritable } from "../common/files.ts";
import { choosePaint } from "../common/paint.ts";
import { print, runProgram } from "../common/program.ts";
import { ProgressDisplay } from "../common/progress.ts";
import { type Arguments, HELP, parseArguments } from "./arguments.ts";
import { type DigitData, loadDigits } from "./data.ts";
import { CLASSES, layers, RECIPES } from "./recipe.ts";
import {
  describeConfusion,
  describeData,
  describeExamples,
  describeNetwork,
  describeResult,
  describeTraining,
} from "./report.ts";

const paint = choosePaint(process.stdout);

async function main(signal: AbortSignal): Promise<void> {
  const options = parseArguments(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(HELP);
    return;
  }
  if (options.save !== undefined) await checkWritable(options.save);
  const loaded = options.load === undefined ? undefined : await loadNetwork(options.load);

  const data = await loadDigits(options.source, { signal, onFetch: (address) => print([`fetching ${address}`]) });
  print(describeData(data, paint));
  const network =
    loaded ?? new Network(layers(options.hidden), { ...RECIPES[options.recipe].network, seed: options.seed });
  print(describeNetwork(network, paint));
  const history = loaded ? undefined : await train(network, data, options, signal);
  if (options.save !== undefined) await network.save(options.save, { format: "json" });

  const evaluation = await network.evaluate(data.test);
  print(["", ...describeResult({ network, data, evaluation, history }, paint)]);
  print(describeConfusion(evaluation, paint));
  print(await describeExamples(network, data.test, paint));
  if (options.save !== undefined) print(["", `The network is saved in ${options.save}.`]);
  requireAccuracy(evaluation, options.requireAccuracy);
}

async function loadNetwork(path: string): Promise<Network> {
  const network = await Network.load(path, { format: "json" });
  const [inputs, outputs] = [network.layers[0], network.layers[network.layers.length - 1]];
  if (inputs !== PIXELS || outputs !== CLASSES) {
    throw new CommandError(
      `cannot load ${path}: it has ${inputs} inputs and ${outputs} outputs, expected ${PIXELS} and ${CLASSES}`,
    );
  }
  return network;
}

async function train(network: Network, data: DigitData, options: Arguments, signal: AbortSignal): Promise<History> {
  const recipe = RECIPES[options.recipe];
  const epochs = options.epochs ?? recipe.epochs[data.kind];
  print([...describeTraining(options.recipe, paint), ""]);
  const display = new ProgressDisplay(process.stdout);
  try {
    return await network.fit(data.train, {
      ...recipe.fit(epochs),
      epochs,
      signal,
      onProgress: (progress) => display.update(progressLine(progress)),
      onEpoch: (report) => display.finish(epochLine(report, epochs)),
    });
  } finally {
    display.clear();
  }
}

function requireAccuracy({ accuracy = 0 }: Evaluation, percent: number | undefined): void {
  if (percent === undefined || accuracy * 100 >= percent) return;
  throw new CommandError(`the test accuracy of ${formatShare(accuracy)} is below the required ${percent} %`);
}

await runProgram("digits", main);
