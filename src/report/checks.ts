import type { Dataset } from "../dataset.ts";
import { Network } from "../network.ts";
import { optionError } from "../options.ts";
import type { History } from "../training/fit_options.ts";
import type { Evaluation } from "../training/metrics.ts";

/** Whether what a report is to tell of can be told of: it may have come from a file. */

export function checkedNetwork(given: unknown): Network {
  if (given instanceof Network) return given;
  throw optionError("network", given, "a Network");
}

/** @throws DownhillError `ERR_OPTION` for what `fit` never gave of this network; numbers may be any, also NaN */
export function checkedHistory(given: unknown, network: Network): History | undefined {
  if (given === undefined) return undefined;
  const { epochs, seconds, bestEpoch } = objectOf(given, "history", "what fit gave");
  if (!Array.isArray(epochs)) throw optionError("history.epochs", epochs, "an array of reports");
  assertNumber(seconds, "history.seconds");
  if (bestEpoch !== undefined) assertNumber(bestEpoch, "history.bestEpoch");
  let last = 0;
  for (const [i, report] of epochs.entries()) {
    const where = `history.epochs[${i}]`;
    checkReport(report, where, network.layers.length - 1);
    if (!(report.epoch > last)) throw optionError(`${where}.epoch`, report.epoch, `more than ${last}`);
    last = report.epoch;
  }
  return given as History;
}

function checkReport(given: unknown, where: string, layers: number): void {
  const { epoch, loss, learningRate, seconds, samplesPerSecond, validation, statistics } = objectOf(given, where);
  for (const [name, value] of Object.entries({ epoch, loss, learningRate, seconds, samplesPerSecond })) {
    assertNumber(value, `${where}.${name}`);
  }
  if (validation !== undefined) {
    const found = objectOf(validation, `${where}.validation`);
    assertNumber(found.loss, `${where}.validation.loss`);
    if (found.accuracy !== undefined) assertNumber(found.accuracy, `${where}.validation.accuracy`);
  }
  if (statistics === undefined) return;
  const place = `${where}.statistics.layers`;
  const found = objectOf(statistics, `${where}.statistics`).layers;
  if (!Array.isArray(found) || found.length !== layers) throw optionError(place, found, `an array of ${layers} layers`);
  for (const [l, layer] of found.entries()) {
    const { gradientNorm, saturation } = objectOf(layer, `${place}[${l}]`);
    assertNumber(gradientNorm, `${place}[${l}].gradientNorm`);
    assertNumber(saturation, `${place}[${l}].saturation`);
  }
}

/** @throws DownhillError `ERR_OPTION` for what `evaluate` never gave of this network, or of other data */
export function checkedEvaluation(given: unknown, network: Network, data: Dataset | undefined): Evaluation | undefined {
  if (given === undefined) return undefined;
  const fields = objectOf(given, "evaluation", "what evaluate gave");
  const { samples, confusionMatrix, perClass } = fields;
  for (const name of ["samples", "loss"]) assertNumber(fields[name], `evaluation.${name}`);
  for (const name of ["accuracy", "topK", "precision", "recall", "f1", "mae", "rmse", "r2"]) {
    if (fields[name] !== undefined) assertNumber(fields[name], `evaluation.${name}`);
  }
  if (data && samples !== data.size) {
    throw optionError("evaluation.samples", samples, `${data.size}, as many as options.data has`);
  }
  const classes = Math.max(2, network.layers[network.layers.length - 1]);
  if (confusionMatrix !== undefined) checkMatrix(confusionMatrix, classes);
  if (perClass !== undefined) checkPerClass(perClass, classes);
  return given as Evaluation;
}

function checkMatrix(given: unknown, classes: number): void {
  const where = "evaluation.confusionMatrix";
  if (!isArrayOf(given, classes)) throw optionError(where, given, `an array of ${classes} rows, one for each class`);
  for (const [r, row] of given.entries()) {
    if (!isArrayOf(row, classes)) throw optionError(`${where}[${r}]`, row, `an array of ${classes} counts`);
    const wrong = row.findIndex((count) => !Number.isSafeInteger(count) || (count as number) < 0);
    if (wrong >= 0) throw optionError(`${where}[${r}][${wrong}]`, row[wrong], "an integer of at least 0");
  }
}

function checkPerClass(given: unknown, classes: number): void {
  const where = "evaluation.perClass";
  if (!isArrayOf(given, classes)) throw optionError(where, given, `an array of ${classes}, one for each class`);
  for (const [c, entry] of given.entries()) {
    const metrics = objectOf(entry, `${where}[${c}]`);
    for (const name of ["precision", "recall", "f1", "support"]) assertNumber(metrics[name], `${where}[${c}].${name}`);
  }
}

function isArrayOf(given: unknown, length: number): given is readonly unknown[] {
  return Array.isArray(given) && given.length === length;
}

function objectOf(given: unknown, where: string, expected = "an object"): Record<string, unknown> {
  if (typeof given === "object" && given !== null && !Array.isArray(given)) return given as Record<string, unknown>;
  throw optionError(where, given, expected);
}

function assertNumber(given: unknown, where: string): void {
  if (typeof given !== "number") throw optionError(where, given, "a number");
}

/** @throws DownhillError `ERR_OPTION` for anything but a name */
export function checkedPath(given: unknown): string {
  if (typeof given === "string" && given !== "") return given;
  throw optionError("path", given, "the name of a file");
}
