import { DownhillError, describe } from "./errors.ts";
import { checkedOptions, optionError } from "./options.ts";
import type { PlaceOf } from "./sample_table.ts";
import type { Samples } from "./samples.ts";
import type { Values, Vector } from "./types.ts";
import { assertLength, isVector, notFinite } from "./vectors.ts";

/**
 * Statistics that take each input to a common range: stored value = (raw value − offset) · scale. Plain JSON.
 */
export interface Normalization {
  /** (inputs): finite numbers. */
  readonly offset: readonly number[];
  /** (inputs): finite numbers other than 0. */
  readonly scale: readonly number[];
}

/** The statistics that a data set can be asked for by name. */
export const NORMALIZATION_KINDS = ["standard", "minMax"] as const;
export type NormalizationKind = (typeof NORMALIZATION_KINDS)[number];

/** Raw inputs: (size, inputSize), to be multiplied by inputScale. */
type Inputs = Pick<Samples, "size" | "inputSize" | "inputs" | "inputScale">;

/**
 * A frozen copy of statistics that somebody else made.
 *
 * @throws DownhillError `ERR_OPTION` when they are none, `ERR_SHAPE` when they are not for `inputSize` inputs
 */
export function checkedNormalization(given: unknown, where: string, inputSize: number): Normalization {
  if (typeof given !== "object" || given === null) throw optionError(where, given, "an object with offset and scale");
  const { offset, scale } = checkedOptions<Normalization>(given, where, ["offset", "scale"]);
  return frozen(
    checkedNumbers(offset, `${where}.offset`, inputSize, "a finite number", Number.isFinite),
    checkedNumbers(scale, `${where}.scale`, inputSize, "a finite number other than 0", isScale),
  );
}

function isScale(value: unknown): boolean {
  return Number.isFinite(value) && value !== 0;
}

function checkedNumbers(
  given: unknown,
  where: string,
  length: number,
  expected: string,
  accepts: (value: unknown) => boolean,
): number[] {
  if (!isVector(given)) throw optionError(where, given, `${length} numbers`);
  assertLength(given, where, length);
  return Array.from(given, (value, j) => {
    if (accepts(value)) return value;
    throw optionError(`${where}[${j}]`, value, expected);
  });
}

function frozen(offset: readonly number[], scale: readonly number[]): Normalization {
  return Object.freeze({ offset: Object.freeze(offset), scale: Object.freeze(scale) });
}

/** Whether two normalizations do the same. */
export function isSameNormalization(a: Normalization, b: Normalization): boolean {
  if (a.offset.length !== b.offset.length) return false;
  return a.offset.every((offset, j) => offset === b.offset[j] && a.scale[j] === b.scale[j]);
}

/**
 * `standard`: the mean as offset, 1 over the standard deviation of the population as scale. `minMax`: the least value
 * as offset, 1 over the range as scale. A column whose spread is 0, but for rounding, or too small to divide by, has
 * scale 1.
 *
 * @throws DownhillError `ERR_DATA` when the range of a column is more than float64 can hold
 */
export function statisticsOf(kind: NormalizationKind, inputs: Inputs): Normalization {
  const { offset, spread } = kind === "standard" ? meanAndDeviation(inputs) : leastAndRange(inputs);
  const epsilon = inputs.inputs instanceof Float32Array ? FLOAT32_EPSILON : Number.EPSILON;
  const scale = Array.from(spread, (size, j) => {
    if (!Number.isFinite(size)) {
      throw new DownhillError("ERR_DATA", `input ${j} spans more than float64 can hold, expected a smaller range`);
    }
    const isConstant = size <= ROUNDING * epsilon * Math.abs(offset[j]);
    return !isConstant && Number.isFinite(1 / size) ? 1 / size : 1;
  });
  return frozen(Array.from(offset), scale);
}

const FLOAT32_EPSILON = 2 ** -23;
/** A spread of so many units of rounding is none: 0.1 + 0.2 and 0.3 are meant to be one value. */
const ROUNDING = 10;

interface Spread {
  readonly offset: Float64Array;
  /** Standard deviations or ranges. */
  readonly spread: Float64Array;
}

/** A power of two that takes the largest numbers to where their squares, and sums of many, can be held. */
const SMALL_UNIT = 2 ** -600;

/** Squares overflow long before the numbers themselves: columns where they do are worked out again in a smaller unit. */
function meanAndDeviation(inputs: Inputs): Spread {
  const found = sumsOfColumns(inputs);
  if (found.spread.every(Number.isFinite)) return found;
  const { offset, spread } = sumsOfColumns({ ...inputs, inputScale: inputs.inputScale * SMALL_UNIT });
  const isHeld = (j: number) => Number.isFinite(found.spread[j]);
  return {
    offset: offset.map((value, j) => (isHeld(j) ? found.offset[j] : value / SMALL_UNIT)),
    spread: spread.map((value, j) => (isHeld(j) ? found.spread[j] : value / SMALL_UNIT)),
  };
}

/**
 * Two passes. Sums are of differences from the first sample, then from the mean, so that little is lost where values lie
 * far from 0; the second sum takes what rounding left in the mean out of the variance (Chan, Golub and LeVeque, 1983,
 * equation 1.7). A constant column gives exactly its value and 0.
 */
function sumsOfColumns(inputs: Inputs): Spread {
  const { size, inputSize } = inputs;
  const first = new Float64Array(inputSize);
  const mean = new Float64Array(inputSize);
  const squares = new Float64Array(inputSize);
  const rest = new Float64Array(inputSize);
  forEachRow(inputs, (row, sample) => {
    if (sample === 0) first.set(row);
    for (let j = 0; j < inputSize; j++) mean[j] += row[j] - first[j];
  });
  for (let j = 0; j < inputSize; j++) mean[j] = first[j] + mean[j] / size;
  forEachRow(inputs, (row) => {
    for (let j = 0; j < inputSize; j++) {
      const difference = row[j] - mean[j];
      rest[j] += difference;
      squares[j] += difference * difference;
    }
  });
  const variance = (j: number) => Math.max(0, squares[j] - (rest[j] * rest[j]) / size) / size;
  return { offset: mean, spread: squares.map((_, j) => Math.sqrt(variance(j))) };
}

function leastAndRange(inputs: Inputs): Spread {
  const { inputSize } = inputs;
  const least = new Float64Array(inputSize).fill(Number.POSITIVE_INFINITY);
  const most = new Float64Array(inputSize).fill(Number.NEGATIVE_INFINITY);
  forEachRow(inputs, (row) => {
    for (let j = 0; j < inputSize; j++) {
      if (row[j] < least[j]) least[j] = row[j];
      if (row[j] > most[j]) most[j] = row[j];
    }
  });
  return { offset: least, spread: most.map((value, j) => value - least[j]) };
}

/** Each row of scaled inputs in float64, in memory that the next one overwrites. */
function forEachRow(
  { size, inputSize, inputs, inputScale }: Inputs,
  visit: (row: Float64Array, sample: number) => void,
): void {
  const row = new Float64Array(inputSize);
  for (let sample = 0; sample < size; sample++) {
    row.set(inputs.subarray(sample * inputSize, (sample + 1) * inputSize));
    if (inputScale !== 1) for (let j = 0; j < inputSize; j++) row[j] *= inputScale;
    visit(row, sample);
  }
}

/** A normalization ready to be applied: computed in float64, then rounded to the type of what it is written to. */
export class Normalizer {
  readonly normalization: Normalization;
  readonly #offset: Float64Array;
  readonly #scale: Float64Array;

  /** @param normalization - checked */
  constructor(normalization: Normalization) {
    this.normalization = normalization;
    this.#offset = Float64Array.from(normalization.offset);
    this.#scale = Float64Array.from(normalization.scale);
  }

  /**
   * Writes a raw input to the front of `out`.
   *
   * @throws DownhillError `ERR_SHAPE` for a wrong length, `ERR_DATA` for a value that is no finite number, before or after
   */
  writeVector(vector: Vector, where: string, out: Values): void {
    assertLength(vector, where, this.#offset.length);
    for (let j = 0; j < this.#offset.length; j++) {
      const value: unknown = vector[j];
      if (typeof value !== "number") throw notFinite(`${where}[${j}]`, value, out);
      out[j] = (value - this.#offset[j]) * this.#scale[j];
      if (!Number.isFinite(out[j])) throw this.#failure(`${where}[${j}]`, value, j, out);
    }
  }

  /**
   * Writes all inputs of samples: (size, inputSize).
   *
   * @param place - what an error calls the value at an index
   * @throws DownhillError `ERR_DATA` for a value that is no finite number, before or after
   */
  writeRows(inputs: Inputs, out: Values, place: PlaceOf): void {
    const { inputSize } = inputs;
    const [offset, scale] = [this.#offset, this.#scale];
    forEachRow(inputs, (row, sample) => {
      const first = sample * inputSize;
      for (let j = 0; j < inputSize; j++) {
        out[first + j] = (row[j] - offset[j]) * scale[j];
        if (Number.isFinite(out[first + j])) continue;
        throw this.#failure(place(first + j, inputSize), row[j], j, out);
      }
    });
  }

  #failure(where: string, value: number, column: number, out: Values): DownhillError {
    if (!Number.isFinite(value)) return notFinite(where, value, out);
    const type = out instanceof Float32Array ? "float32" : "float64";
    const formula = `(it − ${this.#offset[column]}) · ${this.#scale[column]}`;
    return new DownhillError(
      "ERR_DATA",
      `${where} is ${describe(value)}, which the normalization ${formula} takes beyond ${type}, expected a smaller number`,
    );
  }
}
