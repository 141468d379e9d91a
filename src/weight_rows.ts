import { DownhillError, describe } from "./errors.ts";
import type { Matrix, Values, Vector } from "./types.ts";
import { isVector } from "./vectors.ts";

/**
 * The rows of weights for a layer, (units, columns); their values are not checked.
 *
 * @throws DownhillError `ERR_SHAPE` for what is no matrix of this shape
 */
export function checkedWeightRows(
  weights: Matrix | readonly Vector[],
  layer: number,
  units: number,
  columns: number,
): readonly Vector[] {
  const rows = weightRows(weights, columns);
  if (rows?.length === units) return rows;
  const given = rows ? `${rows.length} rows` : describeMatrix(weights);
  throw new DownhillError(
    "ERR_SHAPE",
    `weights of layer ${layer}: ${given}, expected a matrix of ${units} x ${columns} or as many rows`,
  );
}

function describeMatrix(weights: unknown): string {
  const { rows, columns, data } = (weights ?? {}) as Partial<Matrix>;
  if (rows === undefined && columns === undefined) return describe(weights);
  return `a matrix of ${describe(rows)} x ${describe(columns)} on ${describe(data)}`;
}

/** The rows of a matrix or an array of rows; undefined for something else. */
function weightRows(weights: Matrix | readonly Vector[], columns: number): readonly Vector[] | undefined {
  if (Array.isArray(weights)) return weights;
  const { rows, columns: given, data } = (weights ?? {}) as Partial<Matrix>;
  if (!Number.isSafeInteger(rows) || given !== columns || !ArrayBuffer.isView(data) || !isVector(data))
    return undefined;
  if (data.length !== (rows as number) * columns) return undefined;
  return Array.from({ length: rows as number }, (_, row) => data.subarray(row * columns, (row + 1) * columns));
}

/** The rows of a matrix, in its memory. */
export function rowsOf({ rows, columns, data }: Matrix): readonly Values[] {
  return Array.from({ length: rows }, (_, row) => data.subarray(row * columns, (row + 1) * columns));
}
