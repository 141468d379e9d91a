import type { Evaluation, History, Network } from "downhill";
import { confusionTable, factLines, formatCount, formatShare } from "../common/display.ts";
import type { Paint } from "../common/paint.ts";
import { COLUMNS_WITH_GAPS, type GeneratedFacts, MISSING_SHARE, TARGET } from "./generate.ts";
import type { Prediction } from "./predict.ts";

/** The file, and what is known of it where it was generated. */
export function describeData(path: string, facts: GeneratedFacts | undefined, paint: Paint): string[] {
  if (!facts) return factLines([["data", paint("bold", path)]], paint);
  const { rows, cancelledShare, ruleAccuracy } = facts;
  return factLines(
    [
      ["data", paint("bold", path)],
      ["", `${formatCount(rows)} made-up customers, of which ${formatShare(cancelledShare, 1)} cancelled`],
      ["", `${formatShare(MISSING_SHARE, 0)} of the values are missing in ${COLUMNS_WITH_GAPS.join(", ")}`],
      ["best possible", `${formatShare(ruleAccuracy)}: the rule that made the answers, apart from chance`],
    ],
    paint,
  );
}

/** How many rows there are for what. */
export function describeRows(train: number, heldOutShare: number, test: number, paint: Paint): string[] {
  const learning = `${formatCount(train)} to learn from, ${formatShare(heldOutShare, 0)} of them held out`;
  return factLines([["rows", `${learning} to see when to stop; ${formatCount(test)} others for the test`]], paint);
}

/** How the network is built. */
export function describeNetwork({ layers, parameterCount, backend }: Network, paint: Paint): string[] {
  return factLines(
    [["network", `${layers.join("-")}, ${formatCount(parameterCount)} parameters, on ${backend}`]],
    paint,
  );
}

/** How the training ended. */
export function describeTraining({ epochs, seconds, stopped, bestEpoch }: History, paint: Paint): string[] {
  const count = `${epochs.length} ${epochs.length === 1 ? "epoch" : "epochs"}`;
  const end = stopped ? `${count}, then it got no better` : count;
  const best =
    bestEpoch === undefined ? [] : [["", `the network is that of epoch ${bestEpoch}, the best one`] as const];
  return factLines([["training", `${seconds.toFixed(1)} s: ${end}`], ...best], paint);
}

/** What the test came to, beside the best that is possible where that is known. */
export function describeResult(
  { accuracy = 0, samples, perClass = [], confusionMatrix = [] }: Evaluation,
  classes: readonly string[],
  facts: GeneratedFacts | undefined,
  paint: Paint,
): string[] {
  const best = facts ? ` (best possible: ${formatShare(facts.ruleAccuracy)})` : "";
  const accuracyLine = `${paint("bold", formatShare(accuracy))} of ${formatCount(samples)} rows${best}`;
  return [
    ...factLines([["test accuracy", accuracyLine]], paint),
    "",
    ...classTable(perClass, classes),
    "",
    ...confusionTable(confusionMatrix, { classes, actual: TARGET, predicted: "predicted" }, paint),
  ];
}

/** Precision, recall and F1 of each class, and of how many samples. */
export function classTable(metrics: NonNullable<Evaluation["perClass"]>, classes: readonly string[]): string[] {
  const nameWidth = Math.max(...classes.map((name) => name.length));
  const line = (name: string, cells: readonly string[]) => name + cells.map((cell) => cell.padStart(11)).join("");
  const head = line(" ".repeat(TARGET.length + 1 + nameWidth), ["precision", "recall", "F1", "rows"]);
  const rows = metrics.map(({ precision, recall, f1, support }, index) => {
    const shares = [precision, recall, f1].map((share) => formatShare(share, 1));
    return line(`${TARGET} ${classes[index].padStart(nameWidth)}`, [...shares, formatCount(support)]);
  });
  return [head, ...rows];
}

/** One line for each row: the answer and its probability, for a person as for another program. */
export function predictionLines(predictions: readonly Prediction[]): string[] {
  return predictions.map(({ name, probability }) => `${name}\t${probability.toFixed(4)}`);
}
