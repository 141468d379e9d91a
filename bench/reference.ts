import type { Arithmetic, DType, Kernels, Values } from "downhill";
import { type ExactResult, type ExactValues, exactResult } from "./exact.ts";
import { callOf, type KernelCase, mapArrays, outputOf } from "./kernel_cases.ts";

/** The machine epsilon: the distance from 1 to the next number. */
export const EPSILON: Readonly<Record<DType, number>> = { float32: 2 ** -23, float64: 2 ** -52 };

/** What errors are measured against. */
export interface Reference {
  readonly result: ExactResult;
  /** The size that an error is relative to, value by value: Σ |terms| where the kernel sums up, else |result|. */
  readonly scale: { readonly out: Values | undefined; readonly matrix: Values | undefined };
}

/**
 * The reference of a case. For float32 the TypeScript kernels compute it in float64 from the same values; for float64
 * it is computed in double-double arithmetic.
 *
 * @param typescript - the kernels of the TypeScript backend
 */
export function referenceOf(kernelCase: KernelCase, typescript: Kernels): Reference {
  const result = kernelCase.dtype === "float32" ? inFloat64(kernelCase, typescript) : exactResult(kernelCase);
  return { result, scale: scaleOf(kernelCase, result, typescript) };
}

function inFloat64(kernelCase: KernelCase, typescript: Kernels): ExactResult {
  const { out, matrix } = resultOf(typescript, widened(kernelCase), "reproducible");
  return { out: out && withoutRest(out), matrix: matrix && withoutRest(matrix) };
}

function withoutRest(values: Values): ExactValues {
  return { high: Float64Array.from(values), low: new Float64Array(values.length) };
}

function widened(kernelCase: KernelCase): KernelCase {
  return { ...mapArrays(kernelCase, (values) => Float64Array.from(values)), dtype: "float64" };
}

/** Whether a kernel's results are sums: products, and what is added to values that were there. */
function sumsUp({ name, takesMatrix, operands }: KernelCase["entry"]): boolean {
  return takesMatrix || name === "addScaled" || operands[0].isResult === true;
}

/** Σ |terms| is what the kernel itself makes of absolute values. */
function scaleOf(kernelCase: KernelCase, result: ExactResult, typescript: Kernels): Reference["scale"] {
  const { entry, scalars } = kernelCase;
  if (!sumsUp(entry)) return { out: result.out?.high.map(Math.abs), matrix: undefined };
  const positive = mapArrays(widened(kernelCase), (values) => values.map(Math.abs));
  return resultOf(typescript, { ...positive, scalars: scalars.map(Math.abs) }, "reproducible");
}

/** What a kernel writes, with the case's own arrays left as they are. */
export function resultOf(kernels: Kernels, kernelCase: KernelCase, arithmetic: Arithmetic) {
  const copy = mapArrays(kernelCase, (values) => values.slice());
  callOf(kernels, copy, arithmetic)();
  return { out: outputOf(copy), matrix: copy.entry.updatesMatrix ? copy.matrix?.data : undefined };
}

/** The largest error of a kernel's results in units of the machine epsilon, relative to the reference's scale. */
export function worstError(
  computed: { readonly out: Values | undefined; readonly matrix: Values | undefined },
  { result, scale }: Reference,
  dtype: DType,
): number {
  return Math.max(
    worstOf(computed.out, result.out, scale.out, EPSILON[dtype]),
    worstOf(computed.matrix, result.matrix, scale.matrix, EPSILON[dtype]),
  );
}

function worstOf(
  computed: Values | undefined,
  exact: ExactValues | undefined,
  scale: Values | undefined,
  epsilon: number,
): number {
  if (!computed || !exact || !scale) return 0;
  let worst = 0;
  for (let i = 0; i < computed.length; i++) {
    const difference = Math.abs(computed[i] - exact.high[i] - exact.low[i]);
    if (difference === 0) continue;
    const error = difference / (epsilon * scale[i]);
    // A NaN is an error beyond all measure; as it compares with nothing, it would go unseen.
    worst = Math.max(worst, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error);
  }
  return worst;
}
