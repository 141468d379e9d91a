import { backendInfo, type Dataset, type Evaluation, type History, type Network } from "downhill";
import {
  backendName,
  type ConfusionWords,
  confusionTable,
  factLines,
  formatCount,
  formatShare,
} from "../common/display.ts";
import type { Paint } from "../common/paint.ts";
import type { DigitData } from "./data.ts";
import { drawDigit } from "./drawing.ts";
import { gallery, type Picture } from "./gallery.ts";
import { chooseExamples, type Reading, readDigits } from "./reading.ts";
import { CLASSES, RECIPES, type RecipeName } from "./recipe.ts";

/** Right readings to show, and as many wrong ones. */
const EXAMPLES = 3;

/** Digits are written by one and read by another. */
const CONFUSION_WORDS: ConfusionWords = {
  classes: Array.from({ length: CLASSES }, (_, digit) => String(digit)),
  actual: "written",
  predicted: "read as",
};

/** Which digits there are. */
export function describeData({ name, train, test }: DigitData, paint: Paint): string[] {
  const sizes = `${formatCount(train.size)} to learn from, ${formatCount(test.size)} others to be tested on`;
  return factLines(
    [
      ["digits", paint("bold", name)],
      ["", sizes],
    ],
    paint,
  );
}

/** How the network is built. */
export function describeNetwork(network: Network, paint: Paint): string[] {
  const shape = `${network.layers.join("-")}, ${formatCount(network.parameterCount)} parameters, seed ${network.seed}`;
  const { layers, loss } = network.toJSON();
  const units = layers.map(({ activation }) => (typeof activation === "string" ? activation : activation.type));
  return factLines(
    [
      ["network", shape],
      ["", `activations ${units.join(", ")}; loss ${loss}`],
    ],
    paint,
  );
}

/** How the network is trained. */
export function describeTraining(name: RecipeName, paint: Paint): string[] {
  return factLines([["recipe", `${name}: ${RECIPES[name].description}`]], paint);
}

/** What one run came to. */
export interface Outcome {
  readonly network: Network;
  readonly data: DigitData;
  readonly evaluation: Evaluation;
  /** Absent when the network was loaded instead of trained. */
  readonly history: History | undefined;
}

/** Accuracy, time and what did the work. */
export function describeResult({ network, data, evaluation, history }: Outcome, paint: Paint): string[] {
  const { accuracy = 0, samples } = evaluation;
  const facts: [string, string][] = [
    ["test accuracy", paint("bold", formatShare(accuracy))],
    ["", `${formatCount(accuracy * samples)} of ${formatCount(samples)} digits read right`],
  ];
  if (history) {
    const epochs = history.epochs.length;
    facts.push(["training time", `${history.seconds.toFixed(2)} s for ${epochs} ${epochs === 1 ? "epoch" : "epochs"}`]);
    facts.push(["speed", `${formatCount((epochs * data.train.size) / history.seconds)} samples/s`]);
  } else {
    facts.push(["training time", "none: the network was loaded"]);
  }
  const { isa, reason } = backendInfo();
  facts.push(["backend", backendName(network.backend, isa)], ["", reason]);
  return factLines(facts, paint);
}

/** Which digits were taken for which. */
export function describeConfusion({ confusionMatrix }: Evaluation, paint: Paint): string[] {
  return confusionMatrix ? ["", ...confusionTable(confusionMatrix, CONFUSION_WORDS, paint)] : [];
}

/** A few digits that were read right and a few that were not. */
export async function describeExamples(network: Network, test: Dataset, paint: Paint): Promise<string[]> {
  const { right, wrong } = chooseExamples(await readDigits(network, test), EXAMPLES);
  const section = (title: string, readings: readonly Reading[]) => {
    if (readings.length === 0) return [];
    return ["", title, "", ...gallery(readings.map((reading) => toPicture(reading, test)))];
  };
  return [...section(paint("green", "Read right"), right), ...section(paint("red", "Read wrong"), wrong)];
}

function toPicture({ index, actual, predicted, score }: Reading, test: Dataset): Picture {
  return {
    lines: drawDigit(test.sample(index).input),
    caption: `a ${actual}, read as ${predicted} (${score.toFixed(2)})`,
  };
}
