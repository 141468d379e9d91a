import type { DType, Values } from "../../types.ts";
import type { RunKernel } from "../kernels.ts";
import { allocateValues } from "../types.ts";
import { KERNEL_TABLES } from "./table.ts";

/**
 * Runs a kernel on plain arrays. `x` gets the 1 of the bias, and a result of a transposed product goes through a vector
 * that has room for the bias's share.
 */
export const runKernel: RunKernel = (entry, _arithmetic, matrix, vectors, scalars) => {
  const dtype: DType = (matrix?.data ?? vectors[0]) instanceof Float64Array ? "float64" : "float32";
  const kernel = KERNEL_TABLES[dtype][entry.name as keyof (typeof KERNEL_TABLES)[DType]] as (
    ...values: readonly unknown[]
  ) => void;
  if (matrix === undefined) {
    kernel(...vectors, vectors[0].length, ...(scalars.length > 0 ? scalars : [1]));
    return;
  }
  const { rows, columns, data } = matrix;
  const passed = vectors.map((vector, i) => {
    const { length, isResult } = entry.operands[i];
    if (length === "rows") return vector;
    return isResult ? allocateValues(dtype, columns) : withBias(vector, dtype);
  });
  kernel(data, rows, columns, columns, ...passed, ...scalars);
  vectors.forEach((vector, i) => {
    if (passed[i] !== vector && entry.operands[i].isResult) vector.set(passed[i].subarray(0, vector.length));
  });
};

function withBias(x: Values, dtype: DType): Values {
  const biased = allocateValues(dtype, x.length + 1);
  biased.set(x);
  biased[x.length] = 1;
  return biased;
}
