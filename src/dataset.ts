import { allocateValues } from "./backend/types.ts";
import type { CsvOptions } from "./data/csv_options.ts";
import { type CsvEncoding, type CsvRow, type CsvUnknown, encodeRows } from "./data/encoding.ts";
import type { DatasetOrigin, ImageShape } from "./data/origin.ts";
import { copies, drawParts, partOf, randomOrder, stretch, type TakeRows } from "./data/parts.ts";
import { checkClasses, checkLabels, type DatasetSource, readSource } from "./data/source.ts";
import { type DownhillError, describe } from "./errors.ts";
import { IDX_IMAGES, IDX_LABELS, type IdxStart, parseIdxImages, parseIdxLabels } from "./formats/idx.ts";
import {
  checkedNormalization,
  NORMALIZATION_KINDS,
  type Normalization,
  type NormalizationKind,
  Normalizer,
  statisticsOf,
} from "./normalization.ts";
import { checkedOptions, finiteNumber, integer, oneOf, optionalSeed } from "./options.ts";
import { currentPlatform } from "./platform.ts";
import { dataError, isIntegerIn, optionError, placeInDataset, shapeError } from "./sample_table.ts";
import type { Samples } from "./samples.ts";
import type { Matrix } from "./types.ts";

export type { DatasetSource } from "./data/source.ts";

let readSamples: (dataset: Dataset) => Samples;
let readLabels: (dataset: Dataset) => Uint32Array | undefined;
let readOrigin: (dataset: Dataset) => DatasetOrigin;

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
  /** What each class is called, for data from a CSV file with classes. */
  readonly classNames: readonly string[] | undefined;
  /** The statistics that the inputs were normalized with, once they were. */
  readonly normalization: Normalization | undefined;
  /** How the columns of a CSV file became inputs and targets: what a second file is read by, and single rows encoded. */
  readonly encoding: CsvEncoding | undefined;
  /** How an input is laid out as an image, for data from IDX files and where it was told so. */
  readonly imageShape: ImageShape | undefined;
  readonly #samples: Samples;
  readonly #labels: Uint32Array | undefined;
  readonly #origin: DatasetOrigin;

  static {
    readSamples = (dataset) => dataset.#samples;
    readLabels = (dataset) => dataset.#labels;
    readOrigin = (dataset) => dataset.#origin;
  }

  private constructor(key: symbol, samples: Samples, labels: Uint32Array | undefined, origin: DatasetOrigin) {
    if (key !== CHECKED) {
      throw optionError(`new Dataset() is not possible, expected ${MAKERS}`);
    }
    this.#samples = samples;
    this.#labels = labels;
    this.#origin = origin;
    this.size = samples.size;
    this.inputSize = samples.inputSize;
    this.targetSize = samples.targetSize;
    this.classes = labels && Math.max(2, samples.targetSize);
    this.classNames = origin.classNames;
    this.normalization = origin.normalization;
    this.encoding = origin.encoding;
    this.imageShape = origin.imageShape;
    Object.freeze(this);
  }

  static #of(samples: Samples, origin: DatasetOrigin = {}): Dataset {
    return new Dataset(CHECKED, samples, samples.labels ?? labelsOfTargets(samples), origin);
  }

  /**
   * Makes a data set from values in memory, checking each of them once.
   *
   * The values are copied, so later changes to the arrays do not matter; Uint8Array, Float32Array and
   * Float64Array keep their type as inputs. Typed arrays of these types on a SharedArrayBuffer are used without
   * a copy (as targets, the two Float types): do not change them as long as the data set is in use. Labels and weights
   * are always copied.
   *
   * @throws DownhillError `ERR_SHAPE` for lengths that do not fit, `ERR_DATA` for values that are no finite numbers
   *   or no labels, `ERR_OPTION` for the rest
   */
  static from(source: DatasetSource): Dataset {
    const { samples, imageShape } = readSource(source);
    return Dataset.#of(samples, { imageShape });
  }

  /**
   * Reads images and their labels from two IDX files, MNIST's format, plain or gzip. Pixels stay bytes in
   * memory and are scaled from 0 … 255 to 0 … 1 when they are read; the target of a sample is one-hot, with
   * one class for each label up to the largest.
   *
   * @param options - `classes`: how many there are where the largest label may be missing, as in a small test set
   * @throws DownhillError `ERR_DATA` when a file cannot be read or is not such a file, or a label is beyond the classes;
   *   `ERR_SHAPE` when the numbers of images and labels differ, `ERR_OPTION` for the options and for a path that is not a
   *   string
   */
  static async idx(imagesPath: string, labelsPath: string, options?: { readonly classes?: number }): Promise<Dataset> {
    const { classes } = checkedOptions<{ classes?: number }>(options, "options", ["classes"]);
    if (classes !== undefined) checkClasses(classes, "options.classes");
    checkPath(imagesPath, "imagesPath");
    checkPath(labelsPath, "labelsPath");
    const images = parseIdxImages(await readFile(imagesPath, IDX_IMAGES), imagesPath);
    const { count, labels } = parseIdxLabels(await readFile(labelsPath, IDX_LABELS), labelsPath);
    if (count !== images.count) {
      throw shapeError(
        `${labelsPath} has ${count} labels, expected ${images.count}, one for each image of ${imagesPath}`,
      );
    }
    const checked = checkLabels(labels, classes);
    const { rows, columns } = images;
    const samples = {
      size: count,
      inputSize: rows * columns,
      targetSize: checked.classes,
      inputs: images.pixels,
      inputScale: 1 / 255,
      targets: undefined,
      labels: checked.labels,
    };
    return Dataset.#of(samples, { imageShape: Object.freeze({ rows, columns }) });
  }

  /**
   * Reads a CSV file (RFC 4180, UTF-8), plain or gzip, row by row, so that memory is needed for the numbers only. Columns
   * of numbers become one input each; columns of texts one input for each text, 1 where it is the row's and else 0
   * (one-hot). What was learnt on the way is the data set's `encoding`: a second file read with it becomes the same
   * inputs. Only in Node.js.
   *
   * @throws DownhillError (as a rejection) `ERR_DATA` when the file cannot be read or a value is not what its column
   *   holds (with line, column and value), `ERR_OPTION` for the options; the signal's reason after an abort
   */
  static async csv(path: string, options: CsvOptions): Promise<Dataset> {
    checkPath(path, "path");
    const { readCsv } = currentPlatform();
    if (!readCsv) throw unreadable(path);
    const { samples, encoding } = await readCsv(path, options);
    const { classes } = encoding.target;
    return Dataset.#of(samples, classes ? { encoding, classNames: classes } : { encoding });
  }

  /**
   * Makes inputs of rows the way a CSV file's rows became inputs, for predictions: (rows, inputs).
   *
   * @param encoding - the `encoding` of a data set, or the same read back from JSON
   * @param rows - objects with a key for each column (others are not looked at), or arrays of the values in the order
   *   of `encoding.columns`. Numbers may be given as text; null, undefined and the encoding's `missingValues` are missing,
   *   but not NaN
   * @param options - `unknown`: whether a category that the encoding does not have is refused (`"refuse"`, default), or
   *   all inputs of its column are 0 (`"ignore"`)
   * @throws DownhillError `ERR_OPTION` when the encoding is none and for the options, `ERR_DATA` for values that are not what their column
   *   holds or missing in a column that had to be complete, and for objects without one of the keys, `ERR_SHAPE` for no
   *   rows or arrays of another length
   */
  static encode(encoding: CsvEncoding, rows: readonly CsvRow[], options?: { readonly unknown?: CsvUnknown }): Matrix {
    return encodeRows(encoding, rows, options);
  }

  /**
   * One sample, copied: the input (inputSize), scaled or normalized, the target (targetSize), its label if it has a class
   * and its weight if there are weights.
   *
   * @param index - from 0 to size - 1
   * @throws DownhillError `ERR_OPTION` for any other index
   */
  sample(index: number): { input: Float64Array; target: Float64Array; label?: number; weight?: number } {
    const { size, inputSize, targetSize, inputs, inputScale, targets, weights } = this.#samples;
    if (!isIntegerIn(index, 0, size - 1)) {
      throw optionError(`index is ${describe(index)}, expected an integer from 0 to ${size - 1}`);
    }
    const row = inputs.subarray(index * inputSize, (index + 1) * inputSize);
    const input = Float64Array.from(row, (value) => value * inputScale);
    const label = this.#labels?.[index];
    const target = new Float64Array(targetSize);
    if (targets) target.set(targets.subarray(index * targetSize, (index + 1) * targetSize));
    else if (label !== undefined) target[label] = 1;
    return { input, target, ...(label !== undefined && { label }), ...(weights && { weight: weights[index] }) };
  }

  /**
   * Draws a part of the samples at random, by the seed alone: [the part, the rest]. Both have at least one sample and keep
   * the order the samples had.
   *
   * @param share - above 0 and below 1: the part has round(share · size) samples
   * @param options - `seed`: a non-negative integer, 0 by default. `stratify`: whether each class has the same share of
   *   both as of all, as closely as whole numbers allow, and is in both if it has two samples; true by default for
   *   data with classes
   * @throws DownhillError `ERR_OPTION` for share and options, `ERR_DATA` for a single sample
   */
  split(share: number, options?: { readonly seed?: number; readonly stratify?: boolean }): [Dataset, Dataset] {
    finiteNumber(share, "share", undefined, "a number above 0 and below 1", (value) => value > 0 && value < 1);
    const given = checkedOptions<{ seed?: number; stratify?: boolean }>(options, "options", ["seed", "stratify"]);
    const { stratify = this.classes !== undefined } = given;
    if (typeof stratify !== "boolean") {
      throw optionError(`options.stratify is ${describe(stratify)}, expected true or false`);
    }
    if (stratify && !this.#labels)
      throw optionError("options.stratify is true, expected false for data without classes");
    if (this.size === 1) throw dataError("the data set has 1 sample, expected at least 2 to split");
    const count = Math.min(Math.max(Math.round(share * this.size), 1), this.size - 1);
    const labels = stratify ? this.#labels : undefined;
    const [drawn, left] = drawParts(this.size, count, seedOf(given.seed), labels);
    return [this.#part(drawn.length, copies(drawn)), this.#part(left.length, copies(left))];
  }

  /**
   * The same samples in a random order.
   *
   * @param options - `seed`: a non-negative integer that the order follows from; 0 by default
   * @throws DownhillError `ERR_OPTION` for the options
   */
  shuffle(options?: { readonly seed?: number }): Dataset {
    const { seed } = checkedOptions<{ seed?: number }>(options, "options", ["seed"]);
    return this.#part(this.size, copies(randomOrder(this.size, seedOf(seed))));
  }

  /**
   * A stretch of the samples, in the same memory.
   *
   * @param count - how many, at least 1
   * @param from - the index of the first; 0 by default
   * @throws DownhillError `ERR_OPTION` for a stretch that is not there
   */
  take(count: number, from = 0): Dataset {
    integer(from, "from", 0, this.size - 1);
    integer(count, "count", 1, this.size - from);
    return this.#part(count, stretch(from, count));
  }

  /**
   * The same samples with each input taken to a common range: (raw − offset) · scale, where raw is the scaled input. A
   * network that is fitted with them takes the statistics over and applies them to what it is to predict.
   *
   * Inputs that were bytes or float32 are float32 then, others float64.
   *
   * @param how - `standard` (default): mean 0 and standard deviation 1; `minMax`: from 0 to 1; or the statistics of
   *   another data set, such as the one that was trained with. Statistics are computed in float64 over all samples; a
   *   column that is constant, but for rounding, has scale 1, so it becomes 0 or next to it
   * @throws DownhillError `ERR_OPTION` for data that is normalized already, and for another `how`; `ERR_SHAPE` for
   *   statistics of another number of inputs; `ERR_DATA` for values that leave what the type can hold
   */
  normalize(how: NormalizationKind | Normalization = "standard"): Dataset {
    if (this.normalization) throw optionError("the data set is normalized already, expected one that is not");
    const samples = this.#samples;
    const normalization =
      typeof how === "string"
        ? statisticsOf(oneOf(how, "how", NORMALIZATION_KINDS, "standard"), samples)
        : checkedNormalization(how, "how", this.inputSize);
    const dtype = samples.inputs instanceof Float64Array ? "float64" : "float32";
    const inputs = allocateValues(dtype, samples.inputs.length);
    new Normalizer(normalization).writeRows(samples, inputs, placeInDataset);
    const origin = { ...this.#origin, normalization };
    return new Dataset(CHECKED, { ...samples, inputs, inputScale: 1 }, this.#labels, origin);
  }

  /** Classes are those of the whole: a part may look as if it had others. */
  #part(size: number, take: TakeRows): Dataset {
    const samples = partOf(this.#samples, size, take);
    const labels = samples.labels ?? (this.#labels && take(this.#labels, 1));
    return new Dataset(CHECKED, samples, labels, this.#origin);
  }
}

const MAKERS = "Dataset.from(), Dataset.idx() or Dataset.csv()";

function seedOf(given: number | undefined): number {
  return optionalSeed(given, "options.seed") ?? 0;
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
    throw dataError(`${where} is ${describe(dataset)}, expected a Dataset, made by ${MAKERS}`);
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

/** @internal */
export function originOf(dataset: Dataset): DatasetOrigin {
  return readOrigin(dataset);
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

function checkPath(path: unknown, name: string): void {
  if (typeof path !== "string" || path === "") throw optionError(`${name} is ${describe(path)}, expected a path`);
}

async function readFile(path: string, { headBytes, sizeOf }: IdxStart): Promise<Uint8Array> {
  const { readBytes } = currentPlatform();
  if (!readBytes) throw unreadable(path);
  return readBytes(path, headBytes, (head) => sizeOf(head, path));
}

function unreadable(path: string): DownhillError {
  return dataError(`${path} cannot be read: files can only be read in Node.js`);
}
