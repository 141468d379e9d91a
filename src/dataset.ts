import { describe } from "./errors.ts";
import { parseIdxImages, parseIdxLabels } from "./formats/idx.ts";
import { currentPlatform } from "./platform.ts";
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
} from "./sample_table.ts";
import type { Samples } from "./samples.ts";

interface SourceInputs {
  /** What the network reads. All values are finite. */
  readonly inputs: SampleVectors;
  /** Every input is multiplied by it when it is read: 1 / 255 takes bytes to 0 … 1. Finite, above 0; default 1. */
  readonly inputScale?: number;
  /** The number of samples. Only needed when inputs and targets are both flat typed arrays. */
  readonly size?: number;
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

let readSamples: (dataset: Dataset) => Samples;
let readLabels: (dataset: Dataset) => Uint32Array | undefined;

/** Known to this module only: a data set is made by its static methods, which check what goes in. */
const CHECKED = Symbol("checked samples");

/** Samples to train on or to evaluate with: vectors and what a network should answer to each. Immutable. */
export class Dataset {
  /** The number of samples, at least 1. */
  readonly size: number;
  /** The number of values in an input. */
  readonly inputSize: number;
  /** The number of values in a target. */
  readonly targetSize: number;
  /**
   * The number of classes when each sample belongs to one: there are labels, or every target is one-hot, or
   * every target is a single 0 or 1. Otherwise undefined.
   */
  readonly classes: number | undefined;
  readonly #samples: Samples;
  readonly #labels: Uint32Array | undefined;

  static {
    readSamples = (dataset) => dataset.#samples;
    readLabels = (dataset) => dataset.#labels;
  }

  private constructor(key: symbol, samples: Samples) {
    if (key !== CHECKED) {
      throw optionError("new Dataset() is not possible, expected Dataset.from() or Dataset.idx()");
    }
    this.#samples = samples;
    this.#labels = samples.labels ?? labelsOfTargets(samples);
    this.size = samples.size;
    this.inputSize = samples.inputSize;
    this.targetSize = samples.targetSize;
    this.classes = this.#labels && Math.max(2, samples.targetSize);
    Object.freeze(this);
  }

  /**
   * Makes a data set from values in memory, checking each of them once.
   *
   * The values are copied, so later changes to the arrays do not matter; Uint8Array, Float32Array and
   * Float64Array keep their type as inputs. Typed arrays of these types on a SharedArrayBuffer are used without
   * a copy (as targets, the two Float types): do not change them as long as the data set is in use. Labels are
   * always copied.
   *
   * @throws DownhillError `ERR_SHAPE` for lengths that do not fit, `ERR_DATA` for values that are no finite numbers
   *   or no labels, `ERR_OPTION` for the rest
   */
  static from(source: DatasetSource): Dataset {
    return new Dataset(CHECKED, readSource(source));
  }

  /**
   * Reads images and their labels from two IDX files, MNIST's format, plain or gzip. Pixels stay bytes in
   * memory and are scaled from 0 … 255 to 0 … 1 when they are read; the target of a sample is one-hot, with
   * one class for each label up to the largest.
   *
   * @throws DownhillError `ERR_DATA` when a file cannot be read or is not such a file, `ERR_SHAPE` when the numbers
   *   of images and labels differ, `ERR_OPTION` when a path is not a string
   */
  static async idx(imagesPath: string, labelsPath: string): Promise<Dataset> {
    const [imageBytes, labelBytes] = await Promise.all([
      readFile(imagesPath, "imagesPath"),
      readFile(labelsPath, "labelsPath"),
    ]);
    const images = parseIdxImages(imageBytes, imagesPath);
    const { count, labels } = parseIdxLabels(labelBytes, labelsPath);
    if (count !== images.count) {
      throw shapeError(
        `${labelsPath} has ${count} labels, expected ${images.count}, one for each image of ${imagesPath}`,
      );
    }
    const checked = checkLabels(labels, undefined);
    return new Dataset(CHECKED, {
      size: count,
      inputSize: images.rows * images.columns,
      targetSize: checked.classes,
      inputs: images.pixels,
      inputScale: 1 / 255,
      targets: undefined,
      labels: checked.labels,
    });
  }

  /**
   * One sample, copied: the scaled input (inputSize), the target (targetSize), and its label if it has a class.
   *
   * @param index - from 0 to size - 1
   * @throws DownhillError `ERR_OPTION` for any other index
   */
  sample(index: number): { input: Float64Array; target: Float64Array; label?: number } {
    const { size, inputSize, targetSize, inputs, inputScale, targets } = this.#samples;
    if (!isIntegerIn(index, 0, size - 1)) {
      throw optionError(`index is ${describe(index)}, expected an integer from 0 to ${size - 1}`);
    }
    const row = inputs.subarray(index * inputSize, (index + 1) * inputSize);
    const input = Float64Array.from(row, (value) => value * inputScale);
    const label = this.#labels?.[index];
    const target = new Float64Array(targetSize);
    if (targets) target.set(targets.subarray(index * targetSize, (index + 1) * targetSize));
    else if (label !== undefined) target[label] = 1;
    return label === undefined ? { input, target } : { input, target, label };
  }
}

/**
 * The checked samples of a data set.
 *
 * @param where - what the caller calls the data set, for the error
 * @throws DownhillError `ERR_DATA` when it is not a Dataset
 * @internal
 */
export function samplesOf(dataset: Dataset, where = "data"): Samples {
  if (!((dataset as unknown) instanceof Dataset)) {
    throw dataError(`${where} is ${describe(dataset)}, expected a Dataset, made by Dataset.from() or Dataset.idx()`);
  }
  return readSamples(dataset);
}

/**
 * The class of each sample, (size), or undefined for data without classes. A single target value is its class.
 *
 * @internal
 */
export function labelsOf(dataset: Dataset): Uint32Array | undefined {
  return readLabels(dataset);
}

function labelsOfTargets({ size, targetSize, targets }: Samples): Uint32Array | undefined {
  if (!targets) return undefined;
  const labels = new Uint32Array(size);
  for (let sample = 0; sample < size; sample++) {
    const label = targetSize === 1 ? targets[sample] : oneHotIndex(targets, sample * targetSize, targetSize);
    if (label !== 0 && (targetSize === 1 ? label !== 1 : label < 0)) return undefined;
    labels[sample] = label;
  }
  return labels;
}

/** Where the only 1 in a row of zeros is, or -1 for any other row. */
function oneHotIndex(targets: Float32Array | Float64Array, offset: number, count: number): number {
  let found = -1;
  for (let k = 0; k < count; k++) {
    const value = targets[offset + k];
    if (value === 0) continue;
    if (value !== 1 || found >= 0) return -1;
    found = k;
  }
  return found;
}

async function readFile(path: string, name: string): Promise<Uint8Array> {
  if (typeof path !== "string" || path === "") throw optionError(`${name} is ${describe(path)}, expected a path`);
  const { readBytes } = currentPlatform();
  if (!readBytes) throw dataError(`${path} cannot be read: files can only be read in Node.js`);
  return readBytes(path);
}

const SOURCE_KEYS = ["inputs", "targets", "labels", "classes", "inputScale", "size"];

/** No layer has more units, and so no network more classes. */
const MAX_CLASSES = 2 ** 26;

function readSource(source: unknown): Samples {
  checkKeys(source);
  const { inputs, targets, labels, classes, inputScale = 1, size: givenSize } = source;
  if ((targets === undefined) === (labels === undefined)) {
    const found = labels === undefined ? "neither targets nor labels" : "both targets and labels";
    throw optionError(`the source has ${found}, expected one of them`);
  }
  if (targets !== undefined && classes !== undefined) {
    throw optionError(`classes is ${describe(classes)} beside targets, expected classes with labels only`);
  }
  if (classes !== undefined && !isIntegerIn(classes, 2, MAX_CLASSES)) {
    throw optionError(`classes is ${describe(classes)}, expected an integer from 2 to ${MAX_CLASSES}`);
  }
  if (typeof inputScale !== "number" || !(inputScale > 0) || inputScale === Number.POSITIVE_INFINITY) {
    throw optionError(`inputScale is ${describe(inputScale)}, expected a finite number above 0`);
  }
  if (givenSize !== undefined && !isIntegerIn(givenSize, 1)) {
    throw optionError(`size is ${describe(givenSize)}, expected a positive integer`);
  }
  const input = readTable(inputs, "inputs", inputStorage);
  if (labels !== undefined) {
    const checked = checkLabels(labels, classes);
    const size = commonSize(givenSize, input, { name: "labels", rows: checked.labels.length });
    const inputSize = checkTable(input, size);
    const targetSize = checked.classes;
    return {
      size,
      inputSize,
      targetSize,
      inputs: input.values,
      inputScale,
      targets: undefined,
      labels: checked.labels,
    };
  }
  const target = readTable(targets, "targets", floatStorage);
  const size = commonSize(givenSize, input, target);
  const inputSize = checkTable(input, size);
  const targetSize = checkTable(target, size);
  return { size, inputSize, targetSize, inputs: input.values, inputScale, targets: target.values, labels: undefined };
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

/** Copies labels: as they become indices, nobody may change them after the check. */
function checkLabels(given: unknown, givenClasses: number | undefined): { labels: Uint32Array; classes: number } {
  checkVector(given, "labels");
  const last = (givenClasses ?? MAX_CLASSES) - 1;
  const labels = new Uint32Array(given.length);
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
