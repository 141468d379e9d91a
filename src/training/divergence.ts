import { DownhillError } from "../errors.ts";
import type { Model } from "../model.ts";
import type { Samples } from "../samples.ts";
import type { Values } from "../types.ts";

/** What is known when a training comes upon a value that is not finite. */
export interface Divergence {
  /** Counted from 1. */
  readonly epoch: number;
  /** Of this epoch, counted from 1. */
  readonly batch: number;
  /** Where the sample stands in the epoch's order, counted from 0. */
  readonly position: number;
  /** The number of the sample in the data set. */
  readonly sample: number;
  /** What the part of the data is called that sample, position and batch are counted in, if it comes in parts. */
  readonly part?: string | undefined;
  /** Whose value it is: a sample's loss, or a weight, which is looked for at the end of an epoch. */
  readonly what: "loss" | "weights";
  readonly model: Model;
  /** The working copy that is given up. */
  readonly parameters: Values;
  /** Those of the last good epoch, which the network keeps. */
  readonly previous: Values;
  readonly samples: Samples;
  /** Of the step it happened in. */
  readonly learningRate: number;
  /** Of the last good epoch; undefined before the first. */
  readonly lastGoodLoss: number | undefined;
  /** Of the sample it happened at, with the weights the epoch began with, if it is known. */
  readonly gradientNorm: number | undefined;
}

/** What probably went wrong, and what to change: one sentence each. */
interface Finding {
  readonly cause: string;
  readonly remedy: string;
}

/** Weights that moved by more than this many times their own norm since the last good epoch were moved too far. */
const FAR = 10;

/** Inputs are called unscaled from here on. */
const LARGE = 10;

/** With scaled inputs and targets a larger learning rate hardly ever converges. */
const LARGE_RATE = 1;

/** Puts into words where a training diverged, the likeliest cause, and what to change. */
export function describeDivergence(facts: Divergence): DownhillError {
  const growth = largestGrowth(facts);
  const { cause, remedy } = findingOf(facts, growth);
  return new DownhillError("ERR_DIVERGED", [placeOf(facts), historyOf(facts, growth), cause, remedy].join(" "));
}

function placeOf({ epoch, position, sample, part, samples, what }: Divergence): string {
  const where = part === undefined ? "" : ` of ${part}`;
  const subject =
    what === "loss"
      ? `the loss of sample ${sample}${where}, number ${position + 1} of ${samples.size},`
      : `a weight at the end${where}`;
  const kept = epoch === 1 ? "it had before" : `of epoch ${epoch - 1}`;
  return `epoch ${epoch}: ${subject} is not finite; the network keeps the weights ${kept}.`;
}

function historyOf({ batch, lastGoodLoss }: Divergence, growth: Growth): string {
  const loss = lastGoodLoss === undefined ? "" : `; the last good loss was ${short(lastGoodLoss)}`;
  return `By batch ${batch} ${growthInWords(growth)}${loss}.`;
}

function growthInWords({ layer, before, after }: Growth): string {
  if (after <= before) return "no layer's weights had grown";
  if (!Number.isFinite(after))
    return `layer ${layer} had weights that are not finite, of norm ${short(before)} when the epoch began`;
  return `layer ${layer} had grown most, the norm of its weights from ${short(before)} to ${short(after)}`;
}

/** The norms of the weights of a layer. */
interface Growth {
  readonly layer: number;
  readonly before: number;
  /** Not finite when a weight is not. */
  readonly after: number;
  /** Of the difference. */
  readonly moved: number;
}

/** The first layer with a weight that is not finite, or else the one that grew by the largest factor. */
function largestGrowth({ model, parameters, previous }: Divergence): Growth {
  const growths = model.layout.layers.map((place, layer): Growth => {
    const begin = place.weights;
    const count = place.units * place.stride;
    return {
      layer,
      before: norm(count, (i) => previous[begin + i]),
      after: norm(count, (i) => parameters[begin + i]),
      moved: norm(count, (i) => parameters[begin + i] - previous[begin + i]),
    };
  });
  const broken = growths.find(({ after }) => !Number.isFinite(after));
  return broken ?? growths.reduce((most, growth) => (factorOf(growth) > factorOf(most) ? growth : most));
}

function factorOf({ before, after }: Growth): number {
  return after === before ? 1 : after / before;
}

/** The Euclidean norm, by way of the largest value, whose square may be too large. NaN if a value is not finite. */
function norm(count: number, valueAt: (index: number) => number): number {
  let largest = 0;
  for (let i = 0; i < count; i++) {
    const value = valueAt(i);
    if (!Number.isFinite(value)) return Number.NaN;
    largest = Math.max(largest, Math.abs(value));
  }
  if (largest === 0) return 0;
  let sum = 0;
  for (let i = 0; i < count; i++) sum += (valueAt(i) / largest) ** 2;
  return largest * Math.sqrt(sum);
}

function findingOf(facts: Divergence, growth: Growth): Finding {
  const tables = tablesOf(facts);
  const tooFar = movedTooFar(facts, growth);
  const unscaled = firstOf(tables, (table) => unscaledColumn(table, facts));
  return (
    firstOf(tables, notFiniteValue) ??
    (tooFar && facts.learningRate > LARGE_RATE ? tooFar : unscaled) ??
    tooFar ??
    noCauseFound(facts)
  );
}

function firstOf<Item>(items: readonly Item[], find: (item: Item) => Finding | undefined): Finding | undefined {
  for (const item of items) {
    const found = find(item);
    if (found) return found;
  }
  return undefined;
}

/** Inputs or targets, with what a search in them found. */
interface Table {
  readonly name: "inputs" | "targets";
  readonly values: Samples["inputs"];
  readonly width: number;
  readonly scale: number;
  /** The index of the first value that is not finite once it is scaled, or -1. */
  readonly notFinite: number;
  /** The index of the largest value in size. */
  readonly largest: number;
}

function tablesOf({ samples, model }: Divergence): Table[] {
  const { inputs, inputSize, inputScale, targets, targetSize } = samples;
  const round = model.dtype === "float32" ? Math.fround : (value: number) => value;
  const search = (name: Table["name"], values: Table["values"], width: number, scale: number): Table => {
    let largest = 0;
    for (let i = 0; i < values.length; i++) {
      if (!Number.isFinite(round(values[i] * scale))) return { name, values, width, scale, notFinite: i, largest: i };
      if (Math.abs(values[i]) > Math.abs(values[largest])) largest = i;
    }
    return { name, values, width, scale, notFinite: -1, largest };
  };
  const tables = [search("inputs", inputs, inputSize, inputScale)];
  if (targets) tables.push(search("targets", targets, targetSize, 1));
  return tables;
}

function notFiniteValue({ name, values, width, scale, notFinite }: Table): Finding | undefined {
  if (notFinite < 0) return undefined;
  const scaled = scale === 1 ? "" : ` before it is multiplied by ${scale}`;
  return {
    cause: `${name}[${Math.floor(notFinite / width)}][${notFinite % width}] is ${values[notFinite]}${scaled}.`,
    remedy: "Every value has to be a finite number, also once it is scaled, and none may change during a training",
  };
}

function unscaledColumn(table: Table, { learningRate }: Divergence): Finding | undefined {
  const { name, values, width, scale, largest } = table;
  if (!(Math.abs(values[largest] * scale) > LARGE)) return undefined;
  const column = largest % width;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = column; i < values.length; i += width) {
    low = Math.min(low, values[i] * scale);
    high = Math.max(high, values[i] * scale);
  }
  const how = name === "inputs" ? ', as normalize("minMax") of a data set makes them,' : "";
  return {
    cause: `The ${name} are not scaled: column ${column} goes from ${short(low)} to ${short(high)}.`,
    remedy: `Values scaled to about 0 … 1${how} or a smaller learningRate (it is ${learningRate}) usually help`,
  };
}

function movedTooFar({ learningRate, gradientNorm }: Divergence, growth: Growth): Finding | undefined {
  const { before, moved } = growth;
  if (moved <= FAR * before) return undefined;
  const distance = Number.isFinite(moved) ? `by ${short(moved)}` : "beyond all numbers";
  const gradient =
    gradientNorm !== undefined && Number.isFinite(gradientNorm)
      ? `, where the gradient of that sample had a norm of ${short(gradientNorm)}`
      : "";
  return {
    cause: `The steps are too large: since the epoch began they moved weights of norm ${short(before)} ${distance}${gradient}.`,
    remedy: `A smaller learningRate (it is ${learningRate}) or clipGradientNorm usually helps`,
  };
}

function noCauseFound({ learningRate }: Divergence): Finding {
  return {
    cause: "The data is finite and scaled, and the weights have moved little: they may have been too large before.",
    remedy: `Smaller first weights, by another initializer, or a smaller learningRate (it is ${learningRate}) usually help`,
  };
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
