import type { Normalization } from "../normalization.ts";
import type { Samples } from "../samples.ts";
import { spreadSamples } from "./spread.ts";

/** What the columns of inputs or targets hold, each array (columns). */
export interface ColumnStatistics {
  /** How many rows were looked at. */
  readonly rows: number;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly rootMeanSquare: Float64Array;
  /** How many values are exactly 0; of inputs, how many were before a normalization. */
  readonly zeros: Float64Array;
}

/** About so many values are looked at, spread over the rows: some 10 ms. */
const VALUES = 2 ** 22;
const LEAST_ROWS = 16;

/** How many rows of so many columns are looked at. */
export function rowsToLookAt(columns: number): number {
  return Math.max(LEAST_ROWS, Math.floor(VALUES / columns));
}

/** What becomes of stored values on their way into a network, and what became of them before. */
interface Reading {
  /** What they are multiplied by. */
  readonly scale: number;
  /** What they are normalized with after that. */
  readonly ahead?: Normalization | undefined;
  /** What they were normalized with before they were stored. */
  readonly before?: Normalization | undefined;
}

/**
 * Statistics of values as a network reads them.
 *
 * @param values - (size, columns), row-major
 */
export function columnStatistics(
  values: Samples["inputs"],
  size: number,
  { scale, ahead, before }: Reading,
): ColumnStatistics {
  const columns = values.length / size;
  const rows = spreadSamples(size, rowsToLookAt(columns));
  const min = new Float64Array(columns).fill(Number.POSITIVE_INFINITY);
  const max = new Float64Array(columns).fill(Number.NEGATIVE_INFINITY);
  const squares = new Float64Array(columns);
  const zeros = new Float64Array(columns);
  const offset = Float64Array.from(ahead?.offset ?? new Float64Array(columns));
  const factor = Float64Array.from(ahead?.scale ?? new Float64Array(columns).fill(1));
  const zero = before ? storedZeros(before, values) : offset.map((_, column) => (0 - offset[column]) * factor[column]);
  for (const row of rows) {
    for (let column = 0; column < columns; column++) {
      const value = (values[row * columns + column] * scale - offset[column]) * factor[column];
      if (value < min[column]) min[column] = value;
      if (value > max[column]) max[column] = value;
      squares[column] += value * value;
      if (value === zero[column]) zeros[column]++;
    }
  }
  return { rows: rows.length, min, max, zeros, rootMeanSquare: squares.map((sum) => Math.sqrt(sum / rows.length)) };
}

/** What a normalization made of 0 in each column, as the values' type holds it. */
function storedZeros({ offset, scale }: Normalization, values: Samples["inputs"]): Float32Array | Float64Array {
  const zeros = Float64Array.from(offset, (value, column) => (0 - value) * scale[column]);
  return values instanceof Float32Array ? Float32Array.from(zeros) : zeros;
}

/** The smallest and the largest value of some columns, at least one. */
export function rangeOf(
  { min, max }: ColumnStatistics,
  columns: readonly number[],
): [smallest: number, largest: number] {
  return columns.reduce<[number, number]>(
    ([smallest, largest], column) => [Math.min(smallest, min[column]), Math.max(largest, max[column])],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
}

/** The columns that pass. */
export function columnsWhere({ min }: ColumnStatistics, accepts: (column: number) => boolean): number[] {
  return Array.from(min.keys()).filter(accepts);
}
