import { type Dataset, labelsOf, samplesOf } from "../dataset.ts";
import { DownhillError } from "../errors.ts";
import { nonNegative, optionError } from "../options.ts";
import { isGone, isVector, mapVector } from "../vectors.ts";

/** Class weights whose values were checked; how many there are is for the data to say. */
export type CheckedClassWeights = Float64Array | "balanced" | undefined;

const WHERE = "options.classWeights";

/** Copies the weights, so that later changes to what was given do not matter. */
export function checkedClassWeights(given: unknown): CheckedClassWeights {
  if (given === undefined || given === "balanced") return given;
  if (!isVector(given) || isGone(given)) throw optionError(WHERE, given, `"balanced" or a weight for each class`);
  const weights = mapVector(given, (weight, k) => nonNegative(weight, `${WHERE}[${k}]`));
  if (areZero(weights)) {
    throw new DownhillError("ERR_OPTION", `${WHERE} has no number above 0, expected at least one`);
  }
  return weights;
}

/**
 * What the loss and the gradient of each sample are multiplied by, (size): the sample's own weight times the weight of its
 * class. "balanced" gives class k, which n_k of n samples have, the weight n / (K n_k), where K classes occur at all
 * (scikit-learn's `compute_class_weight`); one that does not occur gets 0.
 *
 * @param options - `isPart`: whether other data follows in the same epoch, so that all weights may be 0; false by default
 * @returns undefined where every weight is 1
 * @throws DownhillError `ERR_OPTION` for data without classes, and for class weights that leave nothing to learn from;
 *   `ERR_DATA` where the samples' own leave nothing, as in a part of a data set; `ERR_SHAPE` for a wrong number of weights
 */
export function effectiveWeights(
  data: Dataset,
  classWeights: CheckedClassWeights,
  { isPart = false }: { readonly isPart?: boolean } = {},
): Float64Array | undefined {
  const { weights } = samplesOf(data);
  if (!isPart && weights && areZero(weights)) {
    throw new DownhillError("ERR_DATA", "data has no sample with a weight above 0, expected at least one");
  }
  const products = classWeights === undefined ? weights : weightedByClass(data, classWeights, weights);
  if (!isPart && products && areZero(products)) {
    throw new DownhillError("ERR_OPTION", `${WHERE} leaves no sample with a weight above 0`);
  }
  return products?.every((weight) => weight === 1) ? undefined : products;
}

function weightedByClass(
  data: Dataset,
  given: Float64Array | "balanced",
  sampleWeights: Float64Array | undefined,
): Float64Array {
  const labels = labelsOf(data);
  if (!labels || data.classes === undefined) {
    throw optionError(WHERE, given, "nothing, as the data has no classes");
  }
  const ofClass = given === "balanced" ? balancedWeights(labels, data.classes) : given;
  if (ofClass.length !== data.classes) {
    throw new DownhillError(
      "ERR_SHAPE",
      `${WHERE} has length ${ofClass.length}, expected ${data.classes}, one a class`,
    );
  }
  const products = new Float64Array(labels.length);
  for (let s = 0; s < labels.length; s++) products[s] = ofClass[labels[s]] * (sampleWeights ? sampleWeights[s] : 1);
  const overflowing = products.findIndex((product) => !Number.isFinite(product));
  if (overflowing < 0) return products;
  throw new DownhillError("ERR_OPTION", `${WHERE} makes sample ${overflowing} weigh more than a number can say`);
}

function balancedWeights(labels: Uint32Array, classes: number): Float64Array {
  const counts = new Float64Array(classes);
  for (const label of labels) counts[label]++;
  const occurring = counts.reduce((sum, count) => sum + Math.sign(count), 0);
  return counts.map((count) => (count === 0 ? 0 : labels.length / (occurring * count)));
}

function areZero(weights: Float64Array): boolean {
  return weights.every((weight) => weight === 0);
}
