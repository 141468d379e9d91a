import type { Contents } from "./contents.ts";
import { type Html, html } from "./html.ts";
import { bestEpochOf } from "./series.ts";
import { counted, duration, number, several, share } from "./words.ts";

/** What it is called where nobody has said so. */
export function titleOf({ options, network }: Contents): string {
  return options.title ?? `A network of ${network.layers.join("-")}`;
}

/** What it came to, in a sentence. */
export function resultOf({ evaluation, history }: Contents): string {
  const epochs = history && several(history.epochs.length, "epoch");
  const time = history && Number.isFinite(history.seconds) ? ` and ${duration(history.seconds)} of training` : "";
  const trained = history ? `, after ${epochs}${time}` : "";
  if (evaluation?.accuracy !== undefined) {
    const right = counted(Math.round(evaluation.accuracy * evaluation.samples));
    const of = `${right} of ${several(evaluation.samples, "sample")}`;
    return `It tells ${of} right, ${share(evaluation.accuracy)}${trained}.`;
  }
  if (evaluation?.rmse !== undefined) {
    const off = `Its answers to ${several(evaluation.samples, "sample")} are off by ${number(evaluation.rmse)}`;
    return `${off} (root mean square)${trained}.`;
  }
  if (history) {
    const [first, last] = [history.epochs[0].loss, history.epochs[history.epochs.length - 1].loss];
    if (history.epochs.length === 1) return `The loss of its first epoch is ${number(first)}.`;
    const way = last < first ? `fell from ${number(first)} to ${number(last)}` : `did not fall: it is ${number(last)}`;
    return `The loss ${way}${trained}.`;
  }
  return evaluation
    ? `Its mean loss over ${several(evaluation.samples, "sample")} is ${number(evaluation.loss)}.`
    : "It has been neither trained nor evaluated.";
}

/** The numbers that people look for first. */
export function keyFigures({ evaluation, history, network }: Contents): Html {
  const figures: (readonly [name: string, value: string, note?: string | undefined])[] = [];
  if (evaluation) {
    const { accuracy, mae, rmse, r2, f1, topK, loss } = evaluation;
    if (accuracy !== undefined) figures.push(["accuracy", share(accuracy), commonest(evaluation.perClass)]);
    if (f1 !== undefined) figures.push(["F1", number(f1), "mean of the classes"]);
    if (topK !== undefined) figures.push(["top-k accuracy", share(topK), "the class is among the largest outputs"]);
    if (r2 !== undefined && evaluation.samples > 1)
      figures.push(["R²", number(r2), "1 is perfect, 0 as good as the mean"]);
    if (rmse !== undefined) figures.push(["RMSE", number(rmse), "root mean square error"]);
    if (mae !== undefined) figures.push(["MAE", number(mae), "mean absolute error"]);
    figures.push(["loss", number(loss), `over ${several(evaluation.samples, "sample")}`]);
  }
  if (history) {
    const best = bestEpochOf(history);
    const stopped = history.stopped === undefined ? undefined : "stopped early";
    const note = best === undefined ? stopped : `best: ${counted(best)}${stopped ? `, ${stopped}` : ""}`;
    figures.push(["epochs", counted(history.epochs.length), note]);
    figures.push(["time", duration(history.seconds), speed(history.epochs.map((report) => report.samplesPerSecond))]);
  }
  figures.push(["parameters", counted(network.parameterCount), network.layers.join("-")]);
  return html`<dl class="figures">${figures.map(
    ([name, value, note]) =>
      html`<div><dt>${name}</dt><dd><b>${value}</b>${note === undefined ? undefined : html`<small>${note}</small>`}</dd></div>\n`,
  )}</dl>`;
}

/** What whoever always says the most frequent class comes to. */
function commonest(perClass: readonly { readonly support: number }[] | undefined): string | undefined {
  if (!perClass) return undefined;
  const counts = perClass.map(({ support }) => support);
  const samples = counts.reduce((sum, count) => sum + count, 0);
  if (samples === 0) return undefined;
  return `${share(counts.reduce((most, count) => Math.max(most, count), 0) / samples, 1)} by the commonest class alone`;
}

function speed(samplesPerSecond: readonly number[]): string | undefined {
  const middle = [...samplesPerSecond].sort((a, b) => a - b)[Math.floor(samplesPerSecond.length / 2)];
  return Number.isFinite(middle) ? `${counted(Number(middle.toPrecision(3)))} samples/s` : undefined;
}
