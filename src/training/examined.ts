import type { Model } from "../model.ts";
import type { Samples } from "../samples.ts";
import type { Initializer, Values } from "../types.ts";
import type { ColumnStatistics } from "./column_statistics.ts";
import type { LayerStatistics, Learning } from "./layer_statistics.ts";
import type { OnlineSteps } from "./online_steps.ts";

/**
 * What a finding is about. Codes are stable; messages may change.
 *
 * - `unscaledInputs`: columns of inputs with a root mean square above 10, or no input beyond ±0.01.
 * - `unscaledTargets`: columns of targets with a root mean square above 10, for a linear output with squared error that
 *   leaves more than half of their variance.
 * - `constantInputs`: columns of inputs with one value; of 0 only where zeros are rare.
 * - `targetsOutOfRange`: targets that the output activation cannot reach.
 * - `labelsDoNotMatch`: targets of a softmax that do not sum to 1, or a softmax over a single output.
 * - `missingClasses`: classes that no sample belongs to.
 * - `equalWeights`: a hidden layer whose units have the same weights.
 *
 * What follows is looked for as long as the outputs leave more than half of the targets' variance:
 *
 * - `saturated`: three quarters or more of a layer's outputs within 1e-3 of the ends of sigmoid or tanh.
 * - `deadUnits`: three quarters or more of a layer's ReLUs are 0 for every sample.
 * - `vanishingGradients`, `explodingGradients`: a layer's ‖ψ‖ below 2e-3 or above 1e3 times that of the output layer, or
 *   numbers that are not finite.
 * - `learningRateTooSmall`: a sample's step changes no layer's weights by a millionth of their size, and the loss is larger
 *   than with the targets' mean for every sample. A rule of thumb asks for about a thousandth.
 * - `learningRateTooLarge`: a step by the mean gradient changes a layer's weights by a tenth of their size or more, and
 *   raises the loss by more than a quarter; or samples' own steps raise their losses by as much, and a few of them in a row
 *   the loss, as with a batchSize of 1.
 */
export type FindingCode =
  | "unscaledTargets"
  | "unscaledInputs"
  | "constantInputs"
  | "targetsOutOfRange"
  | "labelsDoNotMatch"
  | "missingClasses"
  | "equalWeights"
  | "saturated"
  | "deadUnits"
  | "vanishingGradients"
  | "explodingGradients"
  | "learningRateTooSmall"
  | "learningRateTooLarge";

/** Something that keeps a network from learning. */
export interface Finding {
  readonly code: FindingCode;
  /** The layer it is about, as in `network.weights(layer)`, where it is about one. */
  readonly layer?: number;
  /** A sentence for people: what was found, and what to change. */
  readonly message: string;
}

/** The samples a diagnosis looks at; without targets it can say less. */
type ExaminedSamples = Pick<Samples, "size" | "inputs" | "inputScale" | "targets" | "labels">;

/** Everything that findings are drawn from. */
export interface Examined {
  readonly model: Model;
  /** W_l with its padding: (units, stride) */
  readonly weights: readonly Values[];
  readonly initializers: readonly Initializer[];
  readonly samples: ExaminedSamples;
  /** The class of each sample, for data with classes. */
  readonly labels: Uint32Array | undefined;
  readonly inputs: ColumnStatistics;
  /** How many samples went through the network. */
  readonly passes: number;
  readonly layers: readonly LayerStatistics[];
  /** For data with targets. */
  readonly learning: Learning | undefined;
  readonly learningRate: number;
  /** For data with targets. */
  readonly onlineSteps: () => OnlineSteps;
  /** Takes a step by the mean gradient, and gives the mean loss of the same samples after it. To be called last, and once. */
  readonly lossAfterStep: () => number;
}

/** The best of constant outputs leave all of the targets' variance. A network that leaves no more than this has learned. */
const LEARNED = 0.5;
/** So has one that leaves no more than this of the targets' mean square, as targets may hardly vary. */
const REACHED = 1e-3;

/**
 * Whether a network already answers so well that nothing can be said to keep it from learning.
 *
 * @param reached - the share of the targets' mean square that may be left whatever their variance
 */
export function hasLearned({ learning }: Examined, reached = REACHED): boolean {
  if (!learning) return false;
  const { means, squaredDeviations, rows } = learning.targets;
  const variance = squaredDeviations.reduce((sum, value) => sum + value / rows, 0);
  const meanSquare = means.reduce((sum, mean) => sum + mean * mean, variance);
  return learning.squaredError <= Math.max(LEARNED * variance, reached * meanSquare);
}
