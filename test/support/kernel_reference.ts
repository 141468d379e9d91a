import { StepConstant } from "../../src/backend/kernel_list.ts";
import type { Matrix } from "../../src/index.ts";
import { activate, rowsOfMatrix } from "./reference.ts";

/** The formulas of the public kernels in plain loops over float64; names as in the kernel's documentation. */
export interface KernelArguments {
  readonly matrix: Matrix | undefined;
  readonly operands: Readonly<Record<string, ArrayLike<number>>>;
  readonly scalars: Readonly<Record<string, number>>;
}

/** What a kernel should have written: the matrix, and operands by their names. */
export type KernelResults = Readonly<Record<string, number[] | undefined>>;

type StepConstants = Readonly<Record<keyof typeof StepConstant, number>>;

type Formula = (given: {
  readonly w: readonly (readonly number[])[];
  readonly psi: readonly number[];
  readonly x: readonly number[];
  readonly z: readonly number[];
  readonly s: readonly number[];
  readonly out: readonly number[];
  readonly values: readonly number[];
  readonly weights: readonly number[];
  readonly gradient: readonly number[];
  readonly first: readonly number[];
  readonly second: readonly number[];
  /** Of a step, by their names. */
  readonly constants: StepConstants;
  readonly scale: number;
  readonly slope: number;
  readonly alpha: number;
}) => KernelResults;

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}

const product: Formula = ({ w, x }) => ({ out: w.map((row) => dot(row, [...x, 1])) });
const transposed: Formula = ({ w, psi, out }) => ({
  out: out.map((_, j) =>
    dot(
      w.map((row) => row[j]),
      psi,
    ),
  ),
});
const updated: Formula = ({ w, psi, x, scale }) => ({
  matrix: w.flatMap((row, i) => row.map((weight, j) => weight + scale * psi[i] * [...x, 1][j])),
});
const backprop: Formula = (given) => ({
  out: transposed(given).out?.map((share, j) => share * given.slope * given.x[j] * (1 - given.x[j])) ?? [],
});

/** Values of samples that lie one behind the other. */
function perSample(values: readonly number[], size: number): (readonly number[])[] {
  return Array.from({ length: values.length / size }, (_, s) => values.slice(s * size, (s + 1) * size));
}

const sumOfOuterProducts =
  (scaleOf: (given: { readonly scale: number }) => number): Formula =>
  (given) => {
    const { w, psi, x } = given;
    const psis = perSample(psi, w.length);
    const biased = perSample(x, w[0].length - 1).map((sample) => [...sample, 1]);
    const sumAt = (i: number, j: number) =>
      dot(
        psis.map((sample) => sample[i]),
        biased.map((sample) => sample[j]),
      );
    return { matrix: w.flatMap((row, i) => row.map((weight, j) => weight + scaleOf(given) * sumAt(i, j))) };
  };

const derivative =
  (slopeAt: (x: number, given: { slope: number; alpha: number }) => number): Formula =>
  (given) => ({ out: given.s.map((value, j) => value * slopeAt(given.x[j], given)) });

/** A step whose `first` and direction follow from G, the mean gradient with what the weight's decay adds to it. */
const step =
  (
    firstOf: (g: number, first: number, constants: StepConstants) => number,
    directionOf: (g: number, first: number, constants: StepConstants) => number,
  ): Formula =>
  ({ weights, gradient, first, constants }) => {
    const { rate, gradientScale, decay } = constants;
    const g = gradient.map((value, i) => gradientScale * value + decay * weights[i]);
    const updated = first.map((value, i) => firstOf(g[i], value, constants));
    return {
      first: updated,
      weights: weights.map((weight, i) => weight + rate * directionOf(g[i], updated[i], constants)),
    };
  };

const withMomentum = (g: number, first: number, { firstDecay }: StepConstants) => firstDecay * first + g;

const adamStep: Formula = ({ weights, gradient, first, second, constants }) => {
  const { rate, gradientScale, keep, firstShare, secondDecay, secondShare, rootScale, epsilon } = constants;
  const g = gradient.map((value) => gradientScale * value);
  const means = first.map((mean, i) => (1 - firstShare) * mean + firstShare * g[i]);
  const squares = second.map((square, i) => secondDecay * square + secondShare * g[i] ** 2);
  return {
    first: means,
    second: squares,
    weights: weights.map(
      (weight, i) => keep * weight + (rate * means[i]) / (rootScale * Math.sqrt(squares[i]) + epsilon),
    ),
  };
};

const FORMULAS: Readonly<Record<string, Formula>> = {
  gemv: product,
  gemvTransposed: transposed,
  outerProduct: updated,
  gemvTransposedUpdate: (given) => ({ ...transposed(given), ...updated(given) }),
  sigmoidBackprop: backprop,
  backpropUpdate: (given) => ({ ...backprop(given), ...updated(given) }),
  gemm: (given) => ({
    out: perSample(given.x, given.w[0].length - 1).flatMap((x) => product({ ...given, x }).out ?? []),
  }),
  gemmTransposed: (given) => ({
    out: perSample(given.psi, given.w.length).flatMap(
      (psi) => transposed({ ...given, psi, out: given.w[0].slice(0, -1) }).out ?? [],
    ),
  }),
  outerProducts: sumOfOuterProducts(({ scale }) => scale),
  accumulateOuterProducts: sumOfOuterProducts(() => 1),
  linear: ({ z }) => ({ out: [...z] }),
  sigmoid: ({ z, slope }) => ({ out: activate({ type: "sigmoid", slope }, z) }),
  tanh: ({ z }) => ({ out: activate("tanh", z) }),
  relu: ({ z }) => ({ out: activate("relu", z) }),
  leakyRelu: ({ z, alpha }) => ({ out: activate({ type: "leakyRelu", alpha }, z) }),
  softmax: ({ z }) => ({ out: activate("softmax", z) }),
  linearDerivative: derivative(() => 1),
  sigmoidDerivative: derivative((x, { slope }) => slope * x * (1 - x)),
  tanhDerivative: derivative((x) => 1 - x ** 2),
  reluDerivative: derivative((x) => (x > 0 ? 1 : 0)),
  leakyReluDerivative: derivative((x, { alpha }) => (x > 0 ? 1 : alpha)),
  addScaled: ({ x, out, scale }) => ({ out: out.map((value, j) => value + scale * x[j]) }),
  sgdStep: step(
    () => 0,
    (g) => g,
  ),
  momentumStep: step(withMomentum, (_, first) => first),
  nesterovStep: step(withMomentum, withMomentum),
  rmspropStep: step(
    (g, first, { firstDecay, firstShare }) => firstDecay * first + firstShare * g ** 2,
    (g, first, { epsilon }) => g / (Math.sqrt(first) + epsilon),
  ),
  adamStep,
  sumSquares: ({ values }) => ({ out: [values.reduce((sum, value) => sum + value ** 2, 0)] }),
};

function namedConstants(values: readonly number[]) {
  return Object.fromEntries(
    Object.entries(StepConstant).map(([name, place]) => [name, values[place]]),
  ) as StepConstants;
}

/** The result of a kernel's formula. */
export function kernelReference(name: string, { matrix, operands, scalars }: KernelArguments): KernelResults {
  const numbers = (operand: string) => Array.from(operands[operand] ?? []);
  return FORMULAS[name]({
    w: matrix ? rowsOfMatrix(matrix) : [],
    psi: numbers("psi"),
    x: numbers("x"),
    z: numbers("z"),
    s: numbers("s"),
    out: numbers("out"),
    values: numbers("values"),
    weights: numbers("weights"),
    gradient: numbers("gradient"),
    first: numbers("first"),
    second: numbers("second"),
    constants: namedConstants(numbers("constants")),
    scale: scalars.scale,
    slope: scalars.slope,
    alpha: scalars.alpha,
  });
}
