import { Dataset, type Evaluation, type FitOptions, type History, Network, type ReportOptions } from "downhill";
import { SIDE } from "downhill/digits";
import { loadDigits } from "../digits/data.ts";
import { layers, RECIPES } from "../digits/recipe.ts";
import { createNetwork, INPUT, type Steepness, TARGET } from "../tutorial/experiments.ts";
import type { Arguments } from "./arguments.ts";

/** A training with all that a report on it needs. */
export interface Training {
  /** Of the report's file. */
  readonly name: string;
  readonly network: Network;
  readonly history: History;
  readonly evaluation: Evaluation;
  readonly options: ReportOptions & { readonly title: string };
}

const SEED = 1;
const LARGE = [2, 1000, 1000, 2];
const SLOPE_EPOCHS = 250;
/** Ten times the tutorial's: the gentle slope is to be seen to arrive. */
const SLOPE_RATE = 0.1;
const HIDDEN = 128;

const TITLES: Readonly<Record<Steepness, string>> = {
  plain: "Slope 1: the gradients vanish",
  gentle: "Slope 0.01: the same network learns",
};

/** The large network of the tutorial, with sigmoids that saturate or with gentle ones. */
export async function trainSlope(steepness: Steepness, args: Arguments, signal: AbortSignal): Promise<Training> {
  const network = createNetwork(LARGE, steepness, SEED);
  const data = Dataset.from({ inputs: [INPUT], targets: [TARGET] });
  const fit = { epochs: args.epochs ?? SLOPE_EPOCHS, learningRate: SLOPE_RATE, statistics: true };
  return trained(steepness, network, data, data, fit, { title: TITLES[steepness] }, signal);
}

/** A network that reads digits, the built-in ones or MNIST. */
export async function trainDigits(args: Arguments, signal: AbortSignal): Promise<Training> {
  const source =
    args.data === undefined ? { kind: "builtIn" as const } : { kind: "folder" as const, folder: args.data };
  const { kind, train, test } = await loadDigits(source, { signal, onFetch: () => {} });
  const { modern } = RECIPES;
  const network = new Network(layers(HIDDEN), { ...modern.network, seed: SEED });
  const epochs = args.epochs ?? modern.epochs[kind];
  const fit = { epochs, ...modern.fit(epochs), validation: 0.1, statistics: true };
  const title = kind === "mnist" ? "MNIST" : "Built-in digits";
  const imageShape = { rows: SIDE, columns: SIDE };
  return trained("digits", network, train, test, fit, { title, imageShape }, signal);
}

async function trained(
  name: string,
  network: Network,
  train: Dataset,
  test: Dataset,
  fit: FitOptions,
  options: Training["options"],
  signal: AbortSignal,
): Promise<Training> {
  const history = await network.fit(train, { ...fit, signal });
  const evaluation = await network.evaluate(test, { signal });
  const configuration = { ...fit };
  return {
    name,
    network,
    history,
    evaluation,
    options: { ...options, data: test, command: "npm run reports", configuration },
  };
}
