import type { ActivationKind } from "../model.ts";
import { columnStatistics, columnsWhere, rangeOf, rowsToLookAt } from "./column_statistics.ts";
import { type Examined, type Finding, hasLearned } from "./examined.ts";
import { spreadSamples } from "./spread.ts";
import { brief, fewOf } from "./wording.ts";

/** Inputs whose root mean square is larger drive units to their ends and make steps too large. */
const LARGE_INPUT = 10;
/** Where no input is larger than this, weights as they are drawn at first have next to no effect. */
const SMALL_INPUT = 0.01;

/** Columns of inputs with a root mean square above 10. */
export function largeColumns({ inputs }: Examined): number[] {
  return columnsWhere(inputs, (column) => inputs.rootMeanSquare[column] > LARGE_INPUT);
}

/** Columns of inputs with a root mean square above 10, or inputs that are all within ±0.01. */
export function unscaledInputs(examined: Examined): Finding[] {
  const { inputs } = examined;
  const all = [...inputs.min.keys()];
  const large = largeColumns(examined);
  const [smallest, largest] = rangeOf(inputs, large.length > 0 ? large : all);
  const reach = Math.max(-smallest, largest);
  if (large.length === 0 && (reach > SMALL_INPUT || reach === 0)) return [];
  const which = large.length > 0 ? listed("inputs", large, all.length) : "all inputs";
  const message =
    `${which} lie in ${brief(smallest, 3)} … ${brief(largest, 3)}: scale inputs to about 0 … 1, ` +
    "or to mean 0 and standard deviation 1";
  return [{ code: "unscaledInputs", message }];
}

/**
 * Columns with one value in all samples. Where most raw values are 0, as in images and one-hot codes, a column of zeros is
 * nothing unusual.
 */
export function constantInputs({ inputs }: Examined): Finding[] {
  const { rows, min, max, zeros } = inputs;
  if (rows < 2) return [];
  const varying = columnsWhere(inputs, (column) => min[column] !== max[column]);
  const zerosAmongThem = varying.reduce((sum, column) => sum + zeros[column], 0);
  const isSparse = zerosAmongThem > (rows * varying.length) / 2;
  const constant = columnsWhere(
    inputs,
    (column) => min[column] === max[column] && !(isSparse && zeros[column] === rows),
  );
  if (constant.length === 0) return [];
  const message =
    `${listed("inputs", constant, min.length)} have one value in all ${rows} samples looked at, so nothing can be learned ` +
    "from them: see whether the data was read as it should be, or leave them out";
  return [{ code: "constantInputs", message }];
}

/** Columns in words. */
function listed(what: "inputs" | "targets", columns: readonly number[], total: number): string {
  return columns.length === total ? `all ${what}` : `${what} ${fewOf(columns)} (of ${total})`;
}

/** Targets whose root mean square is larger make gradients, and with them steps, too large. */
const LARGE_TARGET = 10;
/** A share of the targets' mean square that is mere rounding, even where targets vary by a thousandth of their size. */
const NOTHING_LEFT = 1e-9;

/** Columns of targets with a root mean square above 10, where no activation keeps outputs small, and they are not learnt. */
export function unscaledTargets(examined: Examined): Finding[] {
  const { model, samples } = examined;
  const isLinear = model.activations[model.activations.length - 1].kind === "linear";
  if (!isLinear || model.loss !== "squaredError" || !samples.targets) return [];
  if (hasLearned(examined, NOTHING_LEFT)) return [];
  const targets = columnStatistics(samples.targets, samples.size, { scale: 1 });
  const large = columnsWhere(targets, (column) => targets.rootMeanSquare[column] > LARGE_TARGET);
  if (large.length === 0) return [];
  const [smallest, largest] = rangeOf(targets, large);
  const message =
    `${listed("targets", large, targets.min.length)} lie in ${brief(smallest, 3)} … ${brief(largest, 3)}, so errors and ` +
    "steps are large: subtract the mean and divide by the standard deviation before training, and undo both in predictions";
  return [{ code: "unscaledTargets", message }];
}

/** What outputs can be, where not everything. */
const OUTPUT_RANGES: Partial<Record<ActivationKind, readonly [least: number, most: number]>> = {
  sigmoid: [0, 1],
  softmax: [0, 1],
  tanh: [-1, 1],
  relu: [0, Number.POSITIVE_INFINITY],
};

/** Room for the rounding of targets, and of sums of them. */
const ROUNDING = 1e-3;

/** Targets that no output can reach. */
export function targetsOutOfRange({ model, samples }: Examined): Finding[] {
  const kind = model.activations[model.activations.length - 1].kind;
  const range = OUTPUT_RANGES[kind];
  if (!range || !samples.targets) return [];
  const targets = columnStatistics(samples.targets, samples.size, { scale: 1 });
  const [smallest, largest] = rangeOf(targets, [...targets.min.keys()]);
  const [least, most] = range;
  if (smallest >= least - ROUNDING && largest <= most + ROUNDING) return [];
  const reach = most === Number.POSITIVE_INFINITY ? "0 and above" : `${least} … ${most}`;
  const message =
    `targets lie in ${brief(smallest, 3)} … ${brief(largest, 3)}, but a ${kind} output reaches ${reach} only: ` +
    "scale the targets, or use outputActivation linear with squaredError";
  return [{ code: "targetsOutOfRange", message }];
}

/** With softmax: targets that are no distribution over the classes, or a single output, which is always 1. */
export function labelsDoNotMatch({ model, samples }: Examined): Finding[] {
  const last = model.activations.length - 1;
  if (model.activations[last].kind !== "softmax") return [];
  const { units } = model.layout.layers[last];
  const code = "labelsDoNotMatch";
  if (units === 1) {
    const message = "softmax over a single output is always 1: use one output for each class, or a sigmoid output";
    return [{ code, layer: last, message }];
  }
  const { size, targets } = samples;
  if (!targets) return [];
  for (const sample of spreadSamples(size, rowsToLookAt(units))) {
    let sum = 0;
    for (let k = 0; k < units; k++) sum += targets[sample * units + k];
    if (Math.abs(sum - 1) <= ROUNDING) continue;
    const message =
      `the targets of sample ${sample} sum to ${brief(sum, 3)}, but softmax outputs always sum to 1: ` +
      "give one-hot targets or labels, or use outputActivation sigmoid where several classes may hold at once";
    return [{ code, message }];
  }
  return [];
}

/** Classes that no sample belongs to. */
export function missingClasses({ model, labels }: Examined): Finding[] {
  if (!labels) return [];
  const classes = Math.max(2, model.layout.layers[model.layout.layers.length - 1].units);
  const occurs = new Uint8Array(classes);
  for (const label of labels) occurs[label] = 1;
  const missing = [...occurs.keys()].filter((label) => occurs[label] === 0);
  if (missing.length === 0) return [];
  const message =
    `no sample is of class ${fewOf(missing)}, so it cannot be learned: ` +
    "see whether the labels were read as they should be, or give the network one output for each class that occurs";
  return [{ code: "missingClasses", message }];
}
