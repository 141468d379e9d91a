import type { Initializer, Values } from "../types.ts";
import { isAsGoodAsMean } from "./constant_answer.ts";
import {
  constantInputs,
  labelsDoNotMatch,
  largeColumns,
  missingClasses,
  targetsOutOfRange,
  unscaledInputs,
  unscaledTargets,
} from "./data_findings.ts";
import { type Examined, type Finding, hasLearned } from "./examined.ts";
import type { LayerStatistics } from "./layer_statistics.ts";
import { brief, percent } from "./wording.ts";

/**
 * Everything found, causes before effects: where units are stuck, what this does to gradients is not told again, and the
 * learning rate is looked at when gradients arrive, of targets that are scaled. A network that has learned cannot be stuck.
 */
export function findingsOf(examined: Examined): Finding[] {
  const findAll = (...finders: readonly ((examined: Examined) => Finding[])[]) =>
    finders.flatMap((find) => find(examined));
  const targets = unscaledTargets(examined);
  const others = findAll(unscaledInputs, constantInputs, targetsOutOfRange, labelsDoNotMatch, missingClasses);
  const data = [...targets, ...others];
  const overflow = notFinite(examined);
  if (overflow.length > 0) return [...data, ...overflow];
  const symmetry = equalWeights(examined);
  if (hasLearned(examined)) return [...data, ...symmetry];
  const stuck = [...symmetry, ...findAll(saturated, deadUnits)];
  if (stuck.length > 0) return [...data, ...stuck];
  const gradients = findAll(vanishingGradients, explodingGradients);
  if (gradients.length > 0 || targets.length > 0) return [...data, ...gradients];
  return [...data, ...findAll(learningRateTooSmall, learningRateTooLarge)];
}

/** Hidden layers whose units all have the same weights, below and above. */
function equalWeights({ model, weights }: Examined): Finding[] {
  const { layers } = model.layout;
  return layers.slice(0, -1).flatMap(({ units, inputs, stride }, layer): Finding[] => {
    const above = layers[layer + 1];
    if (units === 1 || !areRowsEqual(weights[layer], units, inputs + 1, stride)) return [];
    if (!areColumnsEqual(weights[layer + 1], above.units, units, above.stride)) return [];
    const message =
      `layer ${layer}: all ${units} units have the same weights, so they get the same gradients and never come to ` +
      "differ: draw the weights at random, with glorotUniform for instance";
    return [{ code: "equalWeights", layer, message }];
  });
}

function areRowsEqual(values: Values, rows: number, columns: number, stride: number): boolean {
  for (let row = 1; row < rows; row++) {
    for (let c = 0; c < columns; c++) if (values[row * stride + c] !== values[c]) return false;
  }
  return true;
}

function areColumnsEqual(values: Values, rows: number, columns: number, stride: number): boolean {
  for (let row = 0; row < rows; row++) {
    for (let c = 1; c < columns; c++) if (values[row * stride + c] !== values[row * stride]) return false;
  }
  return true;
}

/** From this share on a layer counts as saturated. Some units of a layer that learns may well be. */
const SATURATED = 0.75;

/**
 * Layers of sigmoid or tanh whose outputs lie at the ends, where derivatives are almost 0. An output layer only with
 * squared error, and with targets: other losses have gradients there, and outputs that are good, or as good
 * as the mean of rare targets, may lie there.
 */
function saturated(examined: Examined): Finding[] {
  const { model, layers, learning } = examined;
  const isWrong = () => learning && model.loss === "squaredError" && !isAsGoodAsMean(examined, learning);
  return layers.flatMap(({ layer, saturation, zeroGradients }): Finding[] => {
    const isOutput = layer === layers.length - 1;
    if (saturation < SATURATED || (isOutput && !isWrong())) return [];
    const stopped = zeroGradients === 1 ? ", every gradient is 0" : "";
    const message = `layer ${layer}: ${percent(saturation)} of units are saturated${stopped}: ${saturationAdvice(examined, layer)}`;
    return [{ code: "saturated", layer, message }];
  });
}

/** Why a layer is saturated, and what helps. */
function saturationAdvice(examined: Examined, layer: number): string {
  const { model, layers } = examined;
  if (layer === 0 && largeColumns(examined).length > 0) return "its inputs are large; scale them to about 0 … 1";
  const isSigmoid = model.activations[layer].kind === "sigmoid";
  const slope = isSigmoid ? `, give the sigmoid a slope of about ${gentleSlope(examined, layer)}` : "";
  const instead = layer < layers.length - 1 ? "use leakyRelu" : "use a linear output";
  return `${largeSums(examined, layer)} with glorotUniform${slope}, or ${instead}`;
}

/** Weights of more than so many times the size that glorotUniform gives them are large. */
const LARGE_WEIGHTS = 3;

/** Why a layer's sums are large, and which weights to draw. Weights may have been set or trained since they were drawn. */
function largeSums({ model, initializers, layers }: Examined, layer: number): string {
  const initializer = initializers[layer];
  const { units, inputs } = model.layout.layers[layer];
  const { weightNorm } = layers[layer];
  const times = weightNorm / Math.sqrt((2 * units * inputs) / (units + inputs));
  if (typeof initializer === "object") {
    const { mean, size } = meanAndSize(initializer);
    const grown = weightNorm / Math.sqrt(units * (inputs + 1)) / size;
    const isAsDrawn = grown < AS_DRAWN && grown > 1 / AS_DRAWN;
    // Small weights of one sign add up.
    if (isAsDrawn && (times > LARGE_WEIGHTS || mean !== 0)) {
      return `weights are drawn ${rangeOrSpread(initializer)}; draw them`;
    }
  }
  if (times > LARGE_WEIGHTS) return `weights are ${brief(times)} times as large as glorotUniform draws them; draw them`;
  return "what it is given is large; draw the weights below it";
}

/** Weights within so many times the size that their initializer gives them are taken for its own: few vary by chance. */
const AS_DRAWN = 3;

/** The mean and the root mean square of weights as they are drawn. */
function meanAndSize(initializer: Exclude<Initializer, string>): { mean: number; size: number } {
  if (initializer.type === "normal") {
    const { mean = 0, standardDeviation } = initializer;
    return { mean, size: Math.hypot(mean, standardDeviation) };
  }
  const { min, max } = initializer;
  const mean = (min + max) / 2;
  return { mean, size: Math.hypot(mean, (max - min) / Math.sqrt(12)) };
}

function rangeOrSpread(initializer: Exclude<Initializer, string>): string {
  if (initializer.type === "uniform") return `from [${initializer.min}, ${initializer.max})`;
  return `with mean ${initializer.mean ?? 0} and standard deviation ${initializer.standardDeviation}`;
}

/** Where a sigmoid of slope 1 is at 0.007 or 0.993: there it still has a derivative. */
const OPEN_SUM = 5;

/** The slope that takes sums as large as the layer's weights make them to ±5, in one digit. */
function gentleSlope({ model, weights }: Examined, layer: number): string {
  const { units, inputs, stride } = model.layout.layers[layer];
  let squares = 0;
  for (let row = 0; row < units; row++) {
    let sum = 0;
    for (let c = 0; c <= inputs; c++) sum += weights[layer][row * stride + c];
    squares += sum * sum;
  }
  return brief(OPEN_SUM / Math.sqrt(squares / units), 1);
}

/** From this share on a layer of ReLUs is called dead. In one that learns, half of the units may be. */
const DEAD = 0.75;
/** Of fewer samples than this nothing but a layer of dead units alone is told: a unit may be 0 for them by chance. */
const ENOUGH_SAMPLES = 8;

/** Layers of ReLUs of which most are 0 for every sample: no gradient passes them. */
function deadUnits({ layers, passes, learning }: Examined): Finding[] {
  const least = passes < ENOUGH_SAMPLES ? 1 : DEAD;
  // Without targets nobody can tell whether outputs of 0 are wrong.
  const looked = learning ? layers : layers.slice(0, -1);
  return looked
    .filter((layer) => layer.deadUnits >= least)
    .map(({ layer, deadUnits: share }) => ({
      code: "deadUnits",
      layer,
      message:
        `layer ${layer}: ${percent(share)} of units are 0 for every sample, no gradient passes them: use leakyRelu, ` +
        "draw weights with heNormal and biases of 0, or take a smaller learning rate",
    }));
}

/** Numbers that are not finite: weights, activations or gradients have grown beyond the element type. */
function notFinite({ model, layers, learning }: Examined): Finding[] {
  const found = layers.find(
    ({ activationNorm, gradientNorm = 0 }) => !Number.isFinite(activationNorm) || !Number.isFinite(gradientNorm),
  );
  if (!found && Number.isFinite(learning?.loss ?? 0)) return [];
  const layer = found?.layer ?? layers.length - 1;
  const message =
    `layer ${layer}: activations or gradients are too large for ${model.dtype}: draw weights with glorotUniform or ` +
    "heNormal, scale inputs to about 0 … 1, or take a smaller learning rate";
  return [{ code: "explodingGradients", layer, message }];
}

/**
 * With less than this share of the ψ of the output layer, a layer hardly learns. A sigmoid passes on a quarter at most:
 * three hidden layers of them, which learn, leave about 2e-2, and five, which do not, 1e-3.
 */
const VANISHING = 2e-3;
/** More than so many times the ψ of the output layer. With weights drawn well, the layers' ψ are of a size. */
const EXPLODING = 1e3;

/** A hidden layer that is reached by next to nothing of the error. */
function vanishingGradients({ model, layers, learning }: Examined): Finding[] {
  const { layer, ratio } = extremePsi(layers, (a, b) => a < b);
  // Weights of 0 let nothing through before the first step, but then they do.
  const startsAtZero = layers.some(({ weightNorm }) => weightNorm === 0);
  if (!learning || startsAtZero || !(ratio < VANISHING)) return [];
  const passed = model.activations.slice(layer, -1).map(({ kind }) => kind);
  const message =
    `layer ${layer}: ψ, the error that comes back, is ${brief(ratio)} times that of the output layer: it vanishes on ` +
    `its way through ${passed.length === 1 ? "a layer" : `${passed.length} layers`} of ` +
    `${[...new Set(passed)].join(" and ")}; use relu or leakyRelu with heNormal, or fewer layers`;
  return [{ code: "vanishingGradients", layer, message }];
}

/** A hidden layer that is reached by many times the error. */
function explodingGradients({ layers, learning }: Examined): Finding[] {
  const { layer, ratio } = extremePsi(layers, (a, b) => a > b);
  if (!learning || !(ratio > EXPLODING)) return [];
  const message =
    `layer ${layer}: ψ, the error that comes back, is ${brief(ratio)} times that of the output layer: it grows in every ` +
    "layer; draw weights with glorotUniform or heNormal, use fewer layers, or fit with clipGradientNorm";
  return [{ code: "explodingGradients", layer, message }];
}

/** The layer with the smallest or largest ‖ψ‖, as a multiple of that of the output layer. */
function extremePsi(layers: readonly LayerStatistics[], isMore: (a: number, b: number) => boolean) {
  const norms = layers.map(({ psiNorm = 0 }) => psiNorm);
  const layer = norms.reduce((best, norm, l) => (isMore(norm, norms[best]) ? l : best), 0);
  return { layer, ratio: norms[layer] / norms[norms.length - 1] };
}

/**
 * A step should change weights by about a thousandth of their size: a rule of thumb, from A. Karpathy's course notes
 * (Stanford CS231n, "Neural Networks Part 3"). Much is fine around it, so only far away something is said.
 */
const HEALTHY_RATIO = 1e-3;
const SMALL_RATIO = 1e-6;
const LARGE_RATIO = 0.1;
/** What is advised is not beyond this, or so many times the present rate. */
const LARGEST_ADVICE = 1;
const LARGEST_RISE = 10;
/** Near the largest rate that works a step may well raise the loss a little; training goes on all the same. */
const RISE = 1.25;

/** Not even the step of a single sample changes any layer's weights by a millionth, and there is something to learn. */
function learningRateTooSmall(examined: Examined): Finding[] {
  const { layers, learning, learningRate } = examined;
  if (!learning) return [];
  const perRate = Math.max(
    ...layers.map(({ sampleGradientNorm = 0, weightNorm }) => sampleGradientNorm / (weightNorm || 1)),
  );
  if (perRate === 0 || perRate * learningRate >= SMALL_RATIO || isAsGoodAsMean(examined, learning)) return [];
  const advice = Math.min(HEALTHY_RATIO / perRate, Math.max(LARGEST_ADVICE, LARGEST_RISE * learningRate));
  const message =
    `with a learningRate of ${learningRate} a step changes the weights of no layer by more than ` +
    `${brief(perRate * learningRate)} of their size, where about ${HEALTHY_RATIO} is healthy: ` +
    `try about ${brief(advice, 1)}`;
  return [{ code: "learningRateTooSmall", message }];
}

/** Steps raise the loss: those by the mean gradient, or those of single samples. */
function learningRateTooLarge(examined: Examined): Finding[] {
  const online = onlineStepTooLarge(examined);
  const batch = batchStepTooLarge(examined);
  return batch.length > 0 ? batch : online;
}

/** How rates are lowered in search of one that works, and once more, for samples differ. */
const BACK = 4;

/**
 * Samples' own steps, which online training takes, make their losses much larger, and a few in a row the loss: deep
 * networks may overshoot at first, and learn all the same.
 */
function onlineStepTooLarge({ learning, learningRate, onlineSteps }: Examined): Finding[] {
  if (!learning) return [];
  const steps = onlineSteps();
  const overshoots = (rate: number) => {
    const { before, after } = steps.alone(rate);
    return !(after <= RISE * before);
  };
  if (!overshoots(learningRate)) return [];
  const { before, after } = steps.inARow(learningRate);
  if (after <= RISE * before) return [];
  let rate = learningRate / BACK;
  while (overshoots(rate)) rate /= BACK;
  const message =
    `with a learningRate of ${learningRate} and a batchSize of 1 each step overshoots, and a few of them take the loss ` +
    `from ${brief(before, 3)} to ${Number.isFinite(after) ? brief(after, 3) : "infinity"}: ` +
    `try about ${brief(rate / BACK, 1)}, or a larger batchSize`;
  return [{ code: "learningRateTooLarge", message }];
}

/** A step by the mean gradient changes a layer's weights by a tenth or more, and the loss is much larger after it. */
function batchStepTooLarge({ layers, learning, learningRate, lossAfterStep }: Examined): Finding[] {
  if (!learning) return [];
  // Weights of 0 have no size to compare a step with.
  const ratios = layers.map(({ updateRatio = 0 }) => (updateRatio < Number.POSITIVE_INFINITY ? updateRatio : 0));
  const updateRatio = Math.max(...ratios);
  if (updateRatio < LARGE_RATIO) return [];
  const after = lossAfterStep();
  if (after <= RISE * learning.loss) return [];
  const layer = ratios.indexOf(updateRatio);
  const message =
    `layer ${layer}: with a learningRate of ${learningRate} a step changes the weights by ${brief(updateRatio)} of ` +
    `their size, where about ${HEALTHY_RATIO} is healthy, and takes the loss from ${brief(learning.loss, 3)} to ` +
    `${brief(after, 3)}: try about ${brief((learningRate * HEALTHY_RATIO) / updateRatio, 1)}`;
  return [{ code: "learningRateTooLarge", layer, message }];
}
