import type { Matrix, Values } from "downhill";
import { StepConstant } from "../src/backend/kernel_list.ts";
import {
  add,
  type DoubleDouble,
  divide,
  dotProduct,
  exactly,
  exponential,
  multiply,
  negated,
  squareRoot,
  twoProduct,
  twoSum,
} from "./double_double.ts";
import type { KernelCase } from "./kernel_cases.ts";

/** Values to about 106 bits: `high[i] + low[i]`. */
export interface ExactValues {
  readonly high: Float64Array;
  readonly low: Float64Array;
}

/** What a kernel should write. */
export interface ExactResult {
  /** What `outputOf` gives; undefined for kernels that write the matrix only. */
  readonly out: ExactValues | undefined;
  /** Row-major; undefined for kernels that leave it alone. */
  readonly matrix: ExactValues | undefined;
}

type Operands = Readonly<Record<string, Values>>;
type Scalars = Readonly<Record<string, number>>;
type Formula = (operands: Operands, scalars: Scalars, matrix: Matrix) => Partial<ExactResult>;

const ONE = exactly(1);

/** For the kernels on vectors, whose formulas look at none. */
const NO_MATRIX: Matrix = { rows: 0, columns: 0, data: new Float64Array(0) };

function valuesOf(count: number, compute: (index: number) => DoubleDouble): ExactValues {
  const high = new Float64Array(count);
  const low = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const value = compute(i);
    high[i] = value.high;
    low[i] = value.low;
  }
  return { high, low };
}

/** x̂ = [x; 1] */
function withBias(x: Values): Float64Array {
  const biased = new Float64Array(x.length + 1).fill(1);
  biased.set(x);
  return biased;
}

/** W x̂ */
function product({ rows, columns, data }: Matrix, x: Values): ExactValues {
  const biased = withBias(x);
  return valuesOf(rows, (i) => dotProduct(columns, { values: data, first: i * columns, stride: 1 }, biased));
}

/** (W[:, :n]ᵀ ψ)_j */
function transposedSum({ rows, columns, data }: Matrix, psi: Values, j: number): DoubleDouble {
  return dotProduct(rows, { values: data, first: j, stride: columns }, psi);
}

function transposedProduct(matrix: Matrix, psi: Values): ExactValues {
  return valuesOf(matrix.columns - 1, (j) => transposedSum(matrix, psi, j));
}

/** W + scale · ψ x̂ᵀ */
function updated({ columns, data }: Matrix, psi: Values, x: Values, scale: number): ExactValues {
  const biased = withBias(x);
  const steps = Array.from(psi, (value) => twoProduct(scale, value));
  return valuesOf(data.length, (index) => {
    const i = Math.floor(index / columns);
    return add(exactly(data[index]), multiply(steps[i], exactly(biased[index - i * columns])));
  });
}

/** The same for vectors that lie one behind the other, each of a length. */
function forEachVector(vectors: Values, length: number, compute: (vector: Values) => ExactValues): ExactValues {
  const parts = Array.from({ length: vectors.length / length }, (_, i) =>
    compute(vectors.subarray(i * length, (i + 1) * length)),
  );
  const joined = (part: keyof ExactValues) => Float64Array.from(parts.flatMap((values) => [...values[part]]));
  return { high: joined("high"), low: joined("low") };
}

/** W + scale · Ψᵀ X̂: psi (samples, m), x (samples, n) */
function updatedBySamples({ rows, columns, data }: Matrix, psi: Values, x: Values, scale: number): ExactValues {
  const samples = psi.length / rows;
  const inputs = columns - 1;
  const biasedColumns = Array.from({ length: columns }, (_, j) =>
    Float64Array.from({ length: samples }, (_, s) => (j < inputs ? x[s * inputs + j] : 1)),
  );
  return valuesOf(data.length, (index) => {
    const i = Math.floor(index / columns);
    const sum = dotProduct(samples, { values: psi, first: i, stride: rows }, biasedColumns[index - i * columns]);
    return add(exactly(data[index]), multiply(exactly(scale), sum));
  });
}

/** slope · x (1 − x) */
function sigmoidSlope(x: number, slope: number): DoubleDouble {
  return multiply(exactly(slope), multiply(exactly(x), twoSum(1, -x)));
}

/** (W[:, :n]ᵀ ψ) ⊙ slope · x (1 − x) */
function backprop(matrix: Matrix, { psi, x }: Operands, slope: number): ExactValues {
  return valuesOf(x.length, (j) => multiply(transposedSum(matrix, psi, j), sigmoidSlope(x[j], slope)));
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

function softmax(z: Values): ExactValues {
  const largest = Array.from(z).reduce((a, b) => Math.max(a, b));
  const powers = Array.from(z, (value) => exponential(twoSum(value, -largest)));
  const total = powers.reduce(add);
  return valuesOf(z.length, (j) => divide(powers[j], total));
}

const elementwise =
  (compute: (operands: Operands, j: number, scalars: Scalars) => DoubleDouble): Formula =>
  (operands, scalars) => ({ out: valuesOf(operands.out.length, (j) => compute(operands, j, scalars)) });

type StepConstants = Readonly<Record<keyof typeof StepConstant, number>>;

function namedConstants(values: Values): StepConstants {
  const named = Object.entries(StepConstant).map(([name, place]) => [name, values[place]]);
  return Object.fromEntries(named) as StepConstants;
}

/** share · value + otherShare · other */
function mixed(share: number, value: DoubleDouble, otherShare: number, other: DoubleDouble): DoubleDouble {
  return add(multiply(exactly(share), value), multiply(exactly(otherShare), other));
}

/** W + rate · direction, given G = gradientScale · gradient + decay · W and the memory as it was */
const step =
  (directionOf: (g: DoubleDouble, first: number, constants: StepConstants) => DoubleDouble): Formula =>
  ({ weights, gradient, first, constants }) => {
    const named = namedConstants(constants);
    const { rate, gradientScale, decay } = named;
    return {
      out: valuesOf(weights.length, (i) => {
        const g = mixed(gradientScale, exactly(gradient[i]), decay, exactly(weights[i]));
        return mixed(1, exactly(weights[i]), rate, directionOf(g, first?.[i] ?? 0, named));
      }),
    };
  };

function withMomentum(g: DoubleDouble, first: DoubleDouble, { firstDecay }: StepConstants): DoubleDouble {
  return mixed(firstDecay, first, 1, g);
}

function byMeanSquare(g: DoubleDouble, first: number, { firstDecay, firstShare, epsilon }: StepConstants) {
  const square = mixed(firstDecay, exactly(first), firstShare, multiply(g, g));
  return divide(g, add(squareRoot(square), exactly(epsilon)));
}

const adamStep: Formula = ({ weights, gradient, first, second, constants }) => {
  const { rate, gradientScale, keep, firstShare, secondDecay, secondShare, rootScale, epsilon } =
    namedConstants(constants);
  return {
    out: valuesOf(weights.length, (i) => {
      const g = twoProduct(gradientScale, gradient[i]);
      const mean = mixed(1, exactly(first[i]), firstShare, add(g, exactly(-first[i])));
      const square = mixed(secondDecay, exactly(second[i]), secondShare, multiply(g, g));
      const divisor = mixed(rootScale, squareRoot(square), 1, exactly(epsilon));
      return mixed(keep, exactly(weights[i]), rate, divide(mean, divisor));
    }),
  };
};

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
  gemm: ({ x }, _, matrix) => ({ out: forEachVector(x, matrix.columns - 1, (each) => product(matrix, each)) }),
  gemmTransposed: ({ psi }, _, matrix) => ({
    out: forEachVector(psi, matrix.rows, (each) => transposedProduct(matrix, each)),
  }),
  outerProducts: ({ psi, x }, { scale }, matrix) => ({ matrix: updatedBySamples(matrix, psi, x, scale) }),
  accumulateOuterProducts: ({ psi, x }, _, matrix) => ({ matrix: updatedBySamples(matrix, psi, x, 1) }),
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
  sgdStep: step((g) => g),
  momentumStep: step((g, first, constants) => withMomentum(g, exactly(first), constants)),
  nesterovStep: step((g, first, constants) => withMomentum(g, withMomentum(g, exactly(first), constants), constants)),
  rmspropStep: step(byMeanSquare),
  adamStep,
  sumSquares: ({ values }) => ({
    out: valuesOf(1, () => dotProduct(values.length, { values, first: 0, stride: 1 }, values)),
  }),
};

/** Computes what a kernel should write from the formulas in its documentation, in double-double arithmetic. */
export function exactResult({ entry, vectors, scalars, matrix }: KernelCase): ExactResult {
  const formula = FORMULAS[entry.name];
  if (!formula) throw new Error(`there is no exact formula for the kernel ${entry.name}`);
  const operands = Object.fromEntries(entry.operands.map(({ name }, i) => [name, vectors[i]]));
  const named = Object.fromEntries(entry.scalars.map(({ name }, i) => [name, scalars[i]]));
  const { out, matrix: update } = formula(operands, named, matrix ?? NO_MATRIX);
  return { out, matrix: update };
}
