import type { Evaluation } from "../../index.ts";
import type { Colors } from "./colors.ts";
import { count, percent, short } from "./numbers.ts";
import { listOf, tableOf } from "./table.ts";

/** Confusion matrices of more classes are too wide to be read. */
const SHOWN_CLASSES = 20;

/** @param on - what was evaluated, in words */
export function evaluationText(on: string, evaluation: Evaluation, colors: Colors): string {
  const { samples, loss, accuracy, precision, recall, f1, mae, rmse, r2, topK } = evaluation;
  const share = (value: number | undefined) => value !== undefined && percent(value);
  const number = (value: number | undefined) => value !== undefined && short(value);
  const entries: [string, string | false][] = [
    ["evaluated on", `${on}, ${count(samples)} ${samples === 1 ? "sample" : "samples"}`],
    ["loss", short(loss)],
    ["accuracy", share(accuracy)],
    ["in the top k", share(topK)],
    ["precision", share(precision)],
    ["recall", share(recall)],
    ["F1", share(f1)],
    ["mean absolute error", number(mae)],
    ["root mean square error", number(rmse)],
    ["R²", number(r2)],
  ];
  return listOf(
    entries.filter((entry): entry is [string, string] => entry[1] !== false),
    colors,
  );
}

/** The classes one by one, and which was taken for which. Empty for data without classes. */
export function classesText(
  { perClass, confusionMatrix }: Evaluation,
  classNames: readonly string[] | undefined,
  colors: Colors,
): string {
  if (!perClass || !confusionMatrix) return "";
  const names = perClass.map((_, k) => classNames?.[k] ?? String(k));
  const perClassTable = tableOf(
    ["class", "precision", "recall", "F1", "samples"],
    perClass.map(({ precision, recall, f1, support }, k) => {
      return [names[k], percent(precision), percent(recall), percent(f1), count(support)];
    }),
    ["left", "right", "right", "right", "right"],
    colors,
  );
  if (names.length > SHOWN_CLASSES) return `\n${perClassTable}`;
  const confusion = tableOf(
    ["is ↓  predicted →", ...names],
    confusionMatrix.map((row, actual) => {
      const cell = (found: number, k: number) =>
        k === actual ? colors.green(count(found)) : found ? count(found) : "·";
      return [names[actual], ...row.map(cell)];
    }),
    ["left", ...names.map(() => "right" as const)],
    colors,
  );
  return `\n${perClassTable}\n${confusion}`;
}
