import { describe } from "../errors.ts";
import { zeroed } from "../memory.ts";
import {
  checkTable,
  checkVector,
  dataError,
  floatStorage,
  inputStorage,
  isIntegerIn,
  optionError,
  readTable,
  type SampleVectors,
  shapeError,
  type Table,
} from "../sample_table.ts";
import type { Samples } from "../samples.ts";
import { mapVector } from "../vectors.ts";
import { checkedImageShape, type ImageShape } from "./origin.ts";

interface SourceInputs {
  /** What the network reads. All values are finite. */
  readonly inputs: SampleVectors;
  /** Every input is multiplied by it when it is read: 1 / 255 takes bytes to 0 … 1. Finite, above 0; default 1. */
  readonly inputScale?: number;
  /** The number of samples. Only needed when inputs and targets are both flat typed arrays. */
  readonly size?: number;
  /**
   * How much each sample counts in training: its loss and gradient are multiplied by it. One for each sample; finite,
   * at least 0, not all 0. Default: 1 each.
   */
  readonly weights?: ArrayLike<number>;
  /** How inputs are laid out as images, row after row: rows × columns is the length of an input. */
  readonly imageShape?: ImageShape;
}

/** What a data set is made from: inputs, and for each of them either a target vector or a label. */
export type DatasetSource =
  | (SourceInputs & {
      /** What the network should answer. All values are finite. */
      readonly targets: SampleVectors;
      readonly labels?: never;
      readonly classes?: never;
    })
  | (SourceInputs & {
      /** The class of each sample, an integer from 0 to `classes - 1`; the target is its one-hot vector. */
      readonly labels: ArrayLike<number>;
      /** The number of classes, at least 2. Default: the largest label plus 1, at least 2. */
      readonly classes?: number;
      readonly targets?: never;
    });

const SOURCE_KEYS = ["inputs", "targets", "labels", "classes", "inputScale", "size", "weights", "imageShape"];

/** No layer has more units, and so no network more classes. */
const MAX_CLASSES = 2 ** 26;

/**
 * Checks and copies what a data set is made from.
 *
 * @throws what `Dataset.from` throws
 */
export function readSource(source: unknown): {
  readonly samples: Samples;
  readonly imageShape: ImageShape | undefined;
} {
  checkKeys(source);
  const samples = readSamples(source);
  const { imageShape } = source;
  if (imageShape === undefined) return { samples, imageShape };
  return { samples, imageShape: checkedImageShape(imageShape, "imageShape", samples.inputSize) };
}

function readSamples(source: Record<string, unknown>): Samples {
  const { inputs, targets, labels, classes, inputScale = 1, size: givenSize } = source;
  if ((targets === undefined) === (labels === undefined)) {
    const found = labels === undefined ? "neither targets nor labels" : "both targets and labels";
    throw optionError(`the source has ${found}, expected one of them`);
  }
  if (targets !== undefined && classes !== undefined) {
    throw optionError(`classes is ${describe(classes)} beside targets, expected classes with labels only`);
  }
  if (classes !== undefined) checkClasses(classes, "classes");
  if (typeof inputScale !== "number" || !(inputScale > 0) || inputScale === Number.POSITIVE_INFINITY) {
    throw optionError(`inputScale is ${describe(inputScale)}, expected a finite number above 0`);
  }
  if (givenSize !== undefined && !isIntegerIn(givenSize, 1)) {
    throw optionError(`size is ${describe(givenSize)}, expected a positive integer`);
  }
  const input = readTable(inputs, "inputs", inputStorage);
  const weights = source.weights === undefined ? undefined : checkWeights(source.weights);
  const weighted = weights ? [{ name: "weights", rows: weights.length }] : [];
  const common = { inputs: input.values, inputScale, ...(weights && { weights }) };
  if (labels !== undefined) {
    const checked = checkLabels(labels, classes);
    const size = commonSize(givenSize, input, { name: "labels", rows: checked.labels.length }, ...weighted);
    const inputSize = checkTable(input, size);
    return { ...common, size, inputSize, targetSize: checked.classes, targets: undefined, labels: checked.labels };
  }
  const target = readTable(targets, "targets", floatStorage);
  const size = commonSize(givenSize, input, target, ...weighted);
  const inputSize = checkTable(input, size);
  const targetSize = checkTable(target, size);
  return { ...common, size, inputSize, targetSize, targets: target.values, labels: undefined };
}

function checkKeys(source: unknown): asserts source is Record<string, unknown> {
  if (typeof source !== "object" || source === null || Array.isArray(source) || ArrayBuffer.isView(source)) {
    throw optionError(`the source is ${describe(source)}, expected { inputs, targets } or { inputs, labels }`);
  }
  for (const key of Object.keys(source)) {
    if (SOURCE_KEYS.includes(key)) continue;
    const similar = SOURCE_KEYS.filter((known) => known.startsWith(key.slice(0, 3).toLowerCase()));
    const hint = similar.length > 0 ? ` (did you mean ${similar.join(" or ")}?)` : "";
    throw optionError(`the source has the unknown key ${describe(key)}${hint}, expected ${SOURCE_KEYS.join(", ")}`);
  }
}

/** Copies sample weights. */
function checkWeights(given: unknown): Float64Array {
  checkVector(given, "weights");
  const weights = mapVector(given, (weight, i) => {
    if (typeof weight === "number" && weight >= 0 && weight < Number.POSITIVE_INFINITY) return weight;
    throw dataError(`weights[${i}] is ${describe(weight)}, expected a finite number of at least 0`);
  });
  if (weights.some((weight) => weight > 0)) return weights;
  throw dataError("weights are all 0, expected at least one above 0");
}

/** @throws DownhillError `ERR_OPTION` for what is no number of classes */
export function checkClasses(given: unknown, where: string): asserts given is number {
  if (isIntegerIn(given, 2, MAX_CLASSES)) return;
  throw optionError(`${where} is ${describe(given)}, expected an integer from 2 to ${MAX_CLASSES}`);
}

/** Copies labels: as they become indices, nobody may change them after the check. */
export function checkLabels(
  given: unknown,
  givenClasses: number | undefined,
): { labels: Uint32Array; classes: number } {
  checkVector(given, "labels");
  const last = (givenClasses ?? MAX_CLASSES) - 1;
  const labels = zeroed(Uint32Array, given.length);
  let largest = 1;
  for (let i = 0; i < labels.length; i++) {
    const label = given[i];
    if (!isIntegerIn(label, 0, last)) {
      throw dataError(`labels[${i}] is ${describe(label)}, expected an integer from 0 to ${last}`);
    }
    labels[i] = label;
    if (label > largest) largest = label;
  }
  return { labels, classes: givenClasses ?? largest + 1 };
}

/** The number of samples that all sides agree on. */
function commonSize(given: number | undefined, ...sides: readonly Pick<Table<unknown>, "name" | "rows">[]): number {
  const counted = sides.filter(({ rows }) => rows !== undefined);
  const size = given ?? counted[0]?.rows;
  if (size === undefined) {
    throw optionError("size is undefined, expected the number of samples: inputs and targets are both flat");
  }
  for (const { name, rows } of counted) {
    const reference = given === undefined ? `as in ${counted[0].name}` : "as size says";
    if (rows !== size) throw shapeError(`${name} has ${rows} samples, expected ${size} ${reference}`);
  }
  return size;
}
