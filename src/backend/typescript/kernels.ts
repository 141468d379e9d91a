import type { DType, Values } from "../../types.ts";
import type { Operand } from "../kernel_list.ts";
import type { RunKernel } from "../kernels.ts";
import { allocateValues } from "../types.ts";
import { type KernelTable, kernelsOf } from "./table.ts";

/**
 * Runs a kernel on plain arrays. Inputs get the 1 of the bias, and a result of a transposed product goes through vectors
 * that have room for the bias's share.
 */
export const runKernel: RunKernel = (entry, arithmetic, matrix, vectors, scalars) => {
  const dtype: DType = (matrix?.data ?? vectors[0]) instanceof Float64Array ? "float64" : "float32";
  const kernel = kernelsOf({ dtype, arithmetic })[entry.name as keyof KernelTable] as (...values: unknown[]) => void;
  if (matrix === undefined) {
    kernel(...vectors, vectors[0].length, ...scalars);
    return;
  }
  const { rows, columns, data } = matrix;
  const inputs = columns - 1;
  const samples = samplesIn(entry.operands[0], vectors[0], rows, inputs);
  const passed = vectors.map((vector, i) => {
    const { length, isResult } = entry.operands[i];
    if (length === "rows") return vector;
    return isResult ? allocateValues(dtype, samples * columns) : withBias(vector, inputs, samples, dtype);
  });
  const operands = entry.operands.flatMap(({ perSample, length }, i) => {
    if (!perSample) return [passed[i]];
    const stride = length === "rows" ? rows : columns;
    return i === 0 ? [passed[i], samples, stride] : [passed[i], stride];
  });
  kernel(data, rows, columns, columns, ...operands, ...scalars);
  vectors.forEach((vector, i) => {
    if (passed[i] === vector || !entry.operands[i].isResult) return;
    for (let s = 0; s < samples; s++) {
      vector.set(passed[i].subarray(s * columns, s * columns + inputs), s * inputs);
    }
  });
};

function samplesIn({ perSample, length }: Operand, vector: Values, rows: number, inputs: number): number {
  if (!perSample) return 1;
  const size = length === "rows" ? rows : inputs;
  return size === 0 ? 0 : vector.length / size;
}

/** Every vector of `inputs` values with a 1 behind it. */
function withBias(x: Values, inputs: number, samples: number, dtype: DType): Values {
  const biased = allocateValues(dtype, samples * (inputs + 1)).fill(1);
  for (let s = 0; s < samples; s++) {
    biased.set(x.subarray(s * inputs, (s + 1) * inputs), s * (inputs + 1));
  }
  return biased;
}
