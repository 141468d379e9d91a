import { KERNEL_LIST, type KernelEntry, type Operand } from "../../backend/kernel_list.ts";
import type { DType, Kernels, Values } from "../../index.ts";
import { Random } from "../../random.ts";

/** Some vectors of every width and a rest, in every direction. */
const ROWS = 37;
const INPUTS = 67;
const SAMPLES = 5;

/**
 * Runs every kernel of two backends on the same numbers, rounding after every operation.
 *
 * @returns the names of those whose results differ in a bit
 */
export function differingKernels(first: Kernels, second: Kernels): string[] {
  return KERNEL_LIST.filter((entry) =>
    (["float32", "float64"] as const).some((dtype) => {
      const [ours, theirs] = [first, second].map((kernels) => resultsOf(kernels, entry, dtype));
      return ours.some((values, i) => values.some((value, k) => !Object.is(value, theirs[i][k])));
    }),
  ).map(({ name }) => name);
}

/** Everything that a kernel may have written. Numbers from 0 to 1 do for every operand, squares and constants among them. */
function resultsOf(kernels: Kernels, entry: KernelEntry, dtype: DType): Values[] {
  const random = new Random(1);
  const drawn = (length: number): Values => {
    const values = dtype === "float64" ? new Float64Array(length) : new Float32Array(length);
    return values.map(() => random.uniform());
  };
  const matrix = entry.takesMatrix ? { rows: ROWS, columns: INPUTS + 1, data: drawn(ROWS * (INPUTS + 1)) } : undefined;
  const vectors = entry.operands.map((operand) => drawn(lengthOf(operand)));
  const scalars = entry.scalars.map(() => 0.5);
  const kernel = kernels[entry.name as keyof Kernels] as (...given: unknown[]) => void;
  kernel(...(matrix ? [matrix] : []), ...vectors, ...scalars, "reproducible");
  return [...(matrix ? [matrix.data] : []), ...vectors];
}

function lengthOf({ length, perSample }: Operand): number {
  const size = typeof length === "number" ? length : length === "rows" ? ROWS : INPUTS;
  return perSample ? SAMPLES * size : size;
}
