import type { Samples } from "../samples.ts";
import { spreadSamples } from "./spread.ts";

/** What the columns of inputs or targets hold, each array (columns). */
export interface ColumnStatistics {
  /** How many rows were looked at. */
  readonly rows: number;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly rootMeanSquare: Float64Array;
  /** How many values are exactly 0. */
  readonly zeros: Float64Array;
}

/** About so many values are looked at, spread over the rows: some 10 ms. */
const VALUES = 2 ** 22;
const LEAST_ROWS = 16;

/** How many rows of so many columns are looked at. */
export function rowsToLookAt(columns: number): number {
  return Math.max(LEAST_ROWS, Math.floor(VALUES / columns));
}

/**
 * @param values - (size, columns), row-major
 * @param scale - what they are multiplied by when a network reads them
 */
export function columnStatistics(values: Samples["inputs"], size: number, scale: number): ColumnStatistics {
  const columns = values.length / size;
  const rows = spreadSamples(size, rowsToLookAt(columns));
  const min = new Float64Array(columns).fill(Number.POSITIVE_INFINITY);
  const max = new Float64Array(columns).fill(Number.NEGATIVE_INFINITY);
  const squares = new Float64Array(columns);
  const zeros = new Float64Array(columns);
  for (const row of rows) {
    for (let column = 0; column < columns; column++) {
      const value = values[row * columns + column] * scale;
      if (value < min[column]) min[column] = value;
      if (value > max[column]) max[column] = value;
      squares[column] += value * value;
      if (value === 0) zeros[column]++;
    }
  }
  return { rows: rows.length, min, max, zeros, rootMeanSquare: squares.map((sum) => Math.sqrt(sum / rows.length)) };
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
