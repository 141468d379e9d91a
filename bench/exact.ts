import type { Matrix, Values } from "downhill";
import {
  add,
  type DoubleDouble,
  divide,
  dotProduct,
  exactly,
  exponential,
  multiply,
  negated,
  twoProduct,
  twoSum,
} from "./double_double.ts";
import { type KernelCase, outputOf } from "./kernel_cases.ts";

/** What a kernel should give: double-doubles, one for each value of the vector or matrix that it writes. */
export interface ExactResult {
  readonly out: readonly DoubleDouble[] | undefined;
  /** Row-major. */
  readonly matrix: readonly DoubleDouble[] | undefined;
}

type Operands = Readonly<Record<string, Values>>;
type Scalars = Readonly<Record<string, number>>;
type Formula = (operands: Operands, scalars: Scalars, matrix: Matrix) => Partial<ExactResult>;

const ONE = exactly(1);

function list(count: number, valueOf: (index: number) => DoubleDouble): DoubleDouble[] {
  return Array.from({ length: count }, (_, index) => valueOf(index));
}

/** x̂ = [x; 1] */
function withBias(x: Values): Float64Array {
  const biased = new Float64Array(x.length + 1).fill(1);
  biased.set(x);
  return biased;
}

/** W x̂ */
function product({ rows, columns, data }: Matrix, x: Values): DoubleDouble[] {
  const biased = withBias(x);
  return list(rows, (i) => dotProduct(columns, { values: data, first: i * columns, stride: 1 }, biased));
}

/** W[:, :n]ᵀ ψ */
function transposedProduct({ rows, columns, data }: Matrix, psi: Values): DoubleDouble[] {
  return list(columns - 1, (j) => dotProduct(rows, { values: data, first: j, stride: columns }, psi));
}

/** W + scale · ψ x̂ᵀ */
function updated({ rows, columns, data }: Matrix, psi: Values, x: Values, scale: number): DoubleDouble[] {
  const biased = withBias(x);
  const steps = list(rows, (i) => twoProduct(scale, psi[i]));
  return list(rows * columns, (index) => {
    const i = Math.floor(index / columns);
    return add(exactly(data[index]), multiply(steps[i], exactly(biased[index - i * columns])));
  });
}

/** slope · x (1 − x) */
function sigmoidSlope(x: number, slope: number): DoubleDouble {
  return multiply(exactly(slope), multiply(exactly(x), twoSum(1, -x)));
}

function backprop(matrix: Matrix, { psi, x }: Operands, slope: number): DoubleDouble[] {
  return transposedProduct(matrix, psi).map((sum, j) => multiply(sum, sigmoidSlope(x[j], slope)));
}

/** 1 / (1 + e^(−u)) by an exponential that is at most 1. */
function sigmoid(u: DoubleDouble): DoubleDouble {
  const e = exponential(u.high > 0 ? negated(u) : u);
  return divide(u.high > 0 ? ONE : e, add(ONE, e));
}

/** (1 − e^(−2|z|)) / (1 + e^(−2|z|)), with z's sign */
function tanh(z: number): DoubleDouble {
  const e = exponential(exactly(-2 * Math.abs(z)));
  const size = divide(add(ONE, negated(e)), add(ONE, e));
  return z < 0 ? negated(size) : size;
}

function softmax(z: Values): DoubleDouble[] {
  const largest = z.reduce((a, b) => Math.max(a, b));
  const powers = list(z.length, (j) => exponential(twoSum(z[j], -largest)));
  const total = powers.reduce(add);
  return powers.map((power) => divide(power, total));
}

const elementwise =
  (valueOf: (operands: Operands, j: number, scalars: Scalars) => DoubleDouble): Formula =>
  (operands, scalars) => ({ out: list(operands.out.length, (j) => valueOf(operands, j, scalars)) });

const FORMULAS: Readonly<Record<string, Formula>> = {
  gemv: ({ x }, _, matrix) => ({ out: product(matrix, x) }),
  gemvTransposed: ({ psi }, _, matrix) => ({ out: transposedProduct(matrix, psi) }),
  outerProduct: ({ psi, x }, { scale }, matrix) => ({ matrix: updated(matrix, psi, x, scale) }),
  gemvTransposedUpdate: ({ psi, x }, { scale }, matrix) => ({
    out: transposedProduct(matrix, psi),
    matrix: updated(matrix, psi, x, scale),
  }),
  sigmoidBackprop: (operands, { slope }, matrix) => ({ out: backprop(matrix, operands, slope) }),
  backpropUpdate: (operands, { scale, slope }, matrix) => ({
    out: backprop(matrix, operands, slope),
    matrix: updated(matrix, operands.psi, operands.x, scale),
  }),
  linear: elementwise(({ z }, j) => exactly(z[j])),
  sigmoid: elementwise(({ z }, j, { slope }) => sigmoid(twoProduct(slope, z[j]))),
  tanh: elementwise(({ z }, j) => tanh(z[j])),
  relu: elementwise(({ z }, j) => exactly(z[j] < 0 ? 0 : z[j])),
  leakyRelu: elementwise(({ z }, j, { alpha }) => (z[j] < 0 ? twoProduct(alpha, z[j]) : exactly(z[j]))),
  softmax: ({ z }) => ({ out: softmax(z) }),
  linearDerivative: elementwise(({ s }, j) => exactly(s[j])),
  sigmoidDerivative: elementwise(({ x, s }, j, { slope }) => multiply(exactly(s[j]), sigmoidSlope(x[j], slope))),
  tanhDerivative: elementwise(({ x, s }, j) => multiply(exactly(s[j]), multiply(twoSum(1, -x[j]), twoSum(1, x[j])))),
  reluDerivative: elementwise(({ x, s }, j) => exactly(x[j] > 0 ? s[j] : 0)),
  leakyReluDerivative: elementwise(({ x, s }, j, { alpha }) => (x[j] > 0 ? exactly(s[j]) : twoProduct(alpha, s[j]))),
  addScaled: elementwise(({ x, out }, j, { scale }) => add(exactly(out[j]), twoProduct(scale, x[j]))),
};

/** Computes what a kernel should give from the formulas in its documentation, in double-double arithmetic. */
export function exactResult(kernelCase: KernelCase): ExactResult {
  const { entry, vectors, scalars, matrix = { rows: 0, columns: 0, data: vectors[0] } } = kernelCase;
  const formula = FORMULAS[entry.name];
  if (!formula) throw new Error(`there is no exact formula for the kernel ${entry.name}`);
  const operands = Object.fromEntries(entry.operands.map(({ name }, i) => [name, vectors[i]]));
  const named = Object.fromEntries(entry.scalars.map(({ name }, i) => [name, scalars[i]]));
  const { out, matrix: updatedMatrix } = formula(operands, named, matrix);
  return { out: outputOf(kernelCase) && out, matrix: updatedMatrix };
}
