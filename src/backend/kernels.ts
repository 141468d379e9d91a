import { DownhillError, describe, isDetached } from "../errors.ts";
import type { Arithmetic, Matrix, Values } from "../types.ts";
import { KERNEL_LIST, type KernelEntry, type Operand } from "./kernel_list.ts";

/**
 * The kernels of one backend on plain typed arrays, every length checked. All arrays of a call are of one type,
 * Float32Array or Float64Array. A matrix W has shape (m, n + 1), row-major, the bias as last column; `x` has n values and
 * stands for x̂ = [x; 1]; `psi` has m; for many samples they lie one behind the other. Results go to `out`, which may not overlap the matrix; the elementwise kernels may
 * work in place.
 *
 * A step takes `weights`, the `gradient`, and what it remembers from the step before, `first` and `second`, all of one
 * length and none overlapping another; it changes all of them but the gradient in place. Its `constants` are ten values:
 * rate (the negative learning rate), gradientScale, decay, keep, firstDecay, firstShare, secondDecay, secondShare,
 * rootScale, epsilon. Those that a formula below does not name are not looked at.
 *
 * Every function takes the arithmetic as one more argument at the end: `"fast"` (default) or `"reproducible"`. It throws
 * `ERR_SHAPE` for a wrong length or type and `ERR_OPTION` for a wrong scalar.
 */
export interface Kernels {
  /** out = W x̂, (m) */
  gemv(matrix: Matrix, x: Values, out: Values, arithmetic?: Arithmetic): void;
  /** out = W[:, :n]ᵀ ψ, (n) */
  gemvTransposed(matrix: Matrix, psi: Values, out: Values, arithmetic?: Arithmetic): void;
  /** W += scale · ψ x̂ᵀ */
  outerProduct(matrix: Matrix, psi: Values, x: Values, scale: number, arithmetic?: Arithmetic): void;
  /** out = W[:, :n]ᵀ ψ with W as it was, and W += scale · ψ x̂ᵀ, in one pass over W */
  gemvTransposedUpdate(
    matrix: Matrix,
    psi: Values,
    x: Values,
    out: Values,
    scale: number,
    arithmetic?: Arithmetic,
  ): void;
  /** out = (W[:, :n]ᵀ ψ) ⊙ slope · x (1 − x), (n); slope 1 by default */
  sigmoidBackprop(matrix: Matrix, psi: Values, x: Values, out: Values, slope?: number, arithmetic?: Arithmetic): void;
  /** `sigmoidBackprop` and the update W += scale · ψ x̂ᵀ in one pass over W; slope 1 by default */
  backpropUpdate(
    matrix: Matrix,
    psi: Values,
    x: Values,
    out: Values,
    scale: number,
    slope?: number,
    arithmetic?: Arithmetic,
  ): void;
  /** out = X̂ Wᵀ: `inputs` (samples, n), out (samples, m); the same as `gemv` for every sample */
  gemm(matrix: Matrix, inputs: Values, out: Values, arithmetic?: Arithmetic): void;
  /** out = Ψ W[:, :n]: psi (samples, m), out (samples, n): `gemvTransposed` for every sample */
  gemmTransposed(matrix: Matrix, psi: Values, out: Values, arithmetic?: Arithmetic): void;
  /** W += scale · Ψᵀ X̂, the sum over the samples formed first: psi (samples, m), inputs (samples, n) */
  outerProducts(matrix: Matrix, psi: Values, inputs: Values, scale: number, arithmetic?: Arithmetic): void;
  /** W + ψ_0 x̂_0ᵀ + ψ_1 x̂_1ᵀ + …, from left to right: psi (samples, m), inputs (samples, n) */
  accumulateOuterProducts(matrix: Matrix, psi: Values, inputs: Values, arithmetic?: Arithmetic): void;
  /** out = z */
  linear(z: Values, out: Values, arithmetic?: Arithmetic): void;
  /** out = 1 / (1 + e^(−slope · z)); at most 3 units in the last place off. Slope 1 by default */
  sigmoid(z: Values, out: Values, slope?: number, arithmetic?: Arithmetic): void;
  /** out = tanh z; at most 3 units in the last place off */
  tanh(z: Values, out: Values, arithmetic?: Arithmetic): void;
  /** out = 0 where z < 0, else z */
  relu(z: Values, out: Values, arithmetic?: Arithmetic): void;
  /** out = alpha · z where z < 0, else z; alpha 0.01 by default */
  leakyRelu(z: Values, out: Values, alpha?: number, arithmetic?: Arithmetic): void;
  /** out = e^(z − max z) / Σ e^(z − max z) */
  softmax(z: Values, out: Values, arithmetic?: Arithmetic): void;
  /** out = s; the derivatives take f′ from the output x of f, and multiply s by it */
  linearDerivative(x: Values, s: Values, out: Values, arithmetic?: Arithmetic): void;
  /** out = s · slope · x (1 − x); slope 1 by default */
  sigmoidDerivative(x: Values, s: Values, out: Values, slope?: number, arithmetic?: Arithmetic): void;
  /** out = s · (1 − x) (1 + x) */
  tanhDerivative(x: Values, s: Values, out: Values, arithmetic?: Arithmetic): void;
  /** out = s where x > 0, else 0 */
  reluDerivative(x: Values, s: Values, out: Values, arithmetic?: Arithmetic): void;
  /** out = s where x > 0, else alpha · s; alpha 0.01 by default */
  leakyReluDerivative(x: Values, s: Values, out: Values, alpha?: number, arithmetic?: Arithmetic): void;
  /** out += scale · x */
  addScaled(x: Values, out: Values, scale: number, arithmetic?: Arithmetic): void;
  /** G = gradientScale · gradient + decay · weights; weights += rate · G */
  sgdStep(weights: Values, gradient: Values, constants: Values, arithmetic?: Arithmetic): void;
  /** G as in `sgdStep`; first = firstDecay · first + G; weights += rate · first */
  momentumStep(weights: Values, gradient: Values, first: Values, constants: Values, arithmetic?: Arithmetic): void;
  /** `momentumStep` with weights += rate · (firstDecay · first + G), `first` being the new one */
  nesterovStep(weights: Values, gradient: Values, first: Values, constants: Values, arithmetic?: Arithmetic): void;
  /** G as in `sgdStep`; first = firstDecay · first + firstShare · G²; weights += rate · G / (√first + epsilon) */
  rmspropStep(weights: Values, gradient: Values, first: Values, constants: Values, arithmetic?: Arithmetic): void;
  /**
   * G = gradientScale · gradient; first += firstShare · (G − first); second = secondDecay · second + secondShare · G²;
   * weights = keep · weights + rate · first / (rootScale · √second + epsilon)
   */
  adamStep(
    weights: Values,
    gradient: Values,
    first: Values,
    second: Values,
    constants: Values,
    arithmetic?: Arithmetic,
  ): void;
  /** out = Σ values², (1) */
  sumSquares(values: Values, out: Values, arithmetic?: Arithmetic): void;
}

/** Runs a kernel on arguments that have been checked; `vectors` and `scalars` follow the list's order. */
export type RunKernel = (
  entry: KernelEntry,
  arithmetic: Arithmetic,
  matrix: Matrix | undefined,
  vectors: readonly Values[],
  scalars: readonly number[],
) => void;

/** The kernels of the list, each with its checks in front of `run`. */
export function checkedKernels(run: RunKernel): Kernels {
  const kernels: Record<string, (...given: unknown[]) => void> = {};
  for (const entry of KERNEL_LIST) {
    kernels[entry.name] = (...given) => {
      let next = 0;
      const matrix = entry.takesMatrix ? checkedMatrix(entry, given[next++]) : undefined;
      const vectors: Values[] = [];
      for (const operand of entry.operands) {
        const like = matrix?.data ?? vectors[0];
        const vector = given[next++];
        const expected = expectedLength(entry, operand, matrix, vectors[0] ?? vector);
        vectors.push(checkedVector(entry, operand.name, vector, like, expected));
      }
      const scalars = entry.scalars.map((scalar) => {
        const value = given[next++] ?? scalar.default;
        if (typeof value === "number") return value;
        throw new DownhillError("ERR_OPTION", `${entry.name}: ${scalar.name} is ${describe(value)}, expected a number`);
      });
      run(entry, checkedArithmetic(entry, given[next]), matrix, vectors, scalars);
    };
  }
  return kernels as unknown as Kernels;
}

/** @param first - the first operand, perhaps the one in question and not checked yet */
function expectedLength(entry: KernelEntry, operand: Operand, matrix: Matrix | undefined, first: unknown) {
  if (typeof operand.length === "number") return operand.length;
  const firstLength = isValues(first) ? first.length : 0;
  if (matrix === undefined) return operand === entry.operands[0] ? undefined : firstLength;
  const sizeOf = ({ length }: Operand) => (length === "rows" ? matrix.rows : matrix.columns - 1);
  if (!operand.perSample) return sizeOf(operand);
  // Whole samples: a first operand of any other length is expected to be the next multiple.
  if (!isValues(first)) return undefined;
  const samples = Math.ceil(firstLength / Math.max(1, sizeOf(entry.operands[0])));
  return samples * sizeOf(operand);
}

function isValues(value: unknown): value is Values {
  return value instanceof Float32Array || value instanceof Float64Array;
}

function checkedVector(
  entry: KernelEntry,
  name: string,
  value: unknown,
  like: Values | undefined,
  length: number | undefined,
): Values {
  const wanted = like ? `a ${like.constructor.name}` : "a Float32Array or Float64Array";
  const isWanted = isValues(value) && (like === undefined || value.constructor === like.constructor);
  if (isWanted && (length === undefined || value.length === length) && !isDetached(value.buffer)) return value;
  const ofLength = length === undefined ? "" : ` of length ${length}`;
  throw new DownhillError("ERR_SHAPE", `${entry.name}: ${name} is ${describe(value)}, expected ${wanted}${ofLength}`);
}

function checkedMatrix(entry: KernelEntry, value: unknown): Matrix {
  const { rows, columns, data } = (value ?? {}) as Partial<Matrix>;
  const fail = (what: string, given: unknown, expected: string) =>
    new DownhillError("ERR_SHAPE", `${entry.name}: ${what} is ${describe(given)}, expected ${expected}`);
  if (typeof value !== "object" || value === null) throw fail("matrix", value, "{ rows, columns, data }");
  if (!Number.isSafeInteger(rows) || (rows as number) < 0) throw fail("matrix.rows", rows, "a count");
  if (!Number.isSafeInteger(columns) || (columns as number) < 1) {
    throw fail("matrix.columns", columns, "a count of at least 1, the bias column");
  }
  const size = (rows as number) * (columns as number);
  if (!isValues(data) || data.length !== size || isDetached(data.buffer)) {
    throw fail("matrix.data", data, `a Float32Array or Float64Array of length ${rows} · ${columns} = ${size}`);
  }
  // What was checked, whatever its getters give a second time.
  return { rows: rows as number, columns: columns as number, data };
}

function checkedArithmetic(entry: KernelEntry, value: unknown): Arithmetic {
  if (value === undefined) return "fast";
  if (value === "fast" || value === "reproducible") return value;
  throw new DownhillError(
    "ERR_OPTION",
    `${entry.name}: arithmetic is ${describe(value)}, expected "fast" or "reproducible"`,
  );
}
