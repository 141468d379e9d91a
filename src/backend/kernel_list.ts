/**
 * The kernels, once: names, operands and tolerances. The list makes the checked functions of both backends, the parity
 * tests and the benchmarks; `native/kernels/table.h` has the same list for C++, and a test compares the two.
 */

/**
 * What an operand's length must be: the matrix's rows, its columns without the bias, that of the first operand, or a
 * number of its own.
 */
type OperandLength = "rows" | "inputs" | "first" | number;

export interface Operand {
  readonly name: string;
  readonly length: OperandLength;
  /** Whether there is one such vector for each sample, one behind the other; the first operand tells how many. */
  readonly perSample?: boolean;
  /** Whether the kernel writes it. */
  readonly isResult?: boolean;
}

export interface ScalarArgument {
  readonly name: string;
  readonly default?: number;
}

/**
 * How far the fast arithmetic may lie from the reproducible one, in units of the machine epsilon:
 * |difference| ≤ epsilons · ε · Σ|terms|, where the terms are what the operation sums up; for elementary functions, of
 * the result. How far either lies from exact results is the benchmark's to tell.
 */
export interface Tolerance {
  readonly epsilons: number;
  readonly because: string;
}

/**
 * Which of a step's constants lies where; `StepConstants` in `native/kernels/table.h`. A kernel reads those that its
 * formula has.
 */
export const StepConstant = {
  /** The negative learning rate; adam's is divided by its first moment's bias correction. */
  rate: 0,
  /** What makes the gradient from the sum of a batch. */
  gradientScale: 1,
  /** How much of the weight is added to the gradient. */
  decay: 2,
  /** What adam multiplies the weight by. */
  keep: 3,
  /** The momentum, the decay of rmsprop's mean square, adam's beta1. */
  firstDecay: 4,
  /** 1 − firstDecay */
  firstShare: 5,
  /** adam's beta2 */
  secondDecay: 6,
  /** 1 − secondDecay */
  secondShare: 7,
  /** What the root of adam's second moment is multiplied by, its bias correction. */
  rootScale: 8,
  /** Added to the root of a mean square. */
  epsilon: 9,
} as const;

/** How many constants a step has. */
export const STEP_CONSTANTS = Object.keys(StepConstant).length;

export interface KernelEntry {
  readonly name: string;
  /** Whether the first argument is a matrix, which the kernel writes when `updatesMatrix`. */
  readonly takesMatrix: boolean;
  readonly updatesMatrix: boolean;
  readonly operands: readonly Operand[];
  readonly scalars: readonly ScalarArgument[];
  /** How the benchmark counts its work: floating-point operations for each matrix or vector element. */
  readonly operationsPerElement: number;
  readonly tolerance: Tolerance;
}

const psi: Operand = { name: "psi", length: "rows" };
const x: Operand = { name: "x", length: "inputs" };
const out: Operand = { name: "out", length: "inputs", isResult: true };
const scale: ScalarArgument = { name: "scale" };
const slope: ScalarArgument = { name: "slope", default: 1 };
const alpha: ScalarArgument = { name: "alpha", default: 0.01 };

const rowSum: Tolerance = { epsilons: 64, because: "each of up to n/16 additions a lane rounds, and so does the tree" };
const columnSum: Tolerance = { epsilons: 64, because: "one rounding for each row, in the order of the rows" };
const sampleSum: Tolerance = { epsilons: 64, because: "one rounding for each sample, in the order of the samples" };
const update: Tolerance = { epsilons: 4, because: "one product and one addition, rounded once or twice" };
const exact: Tolerance = { epsilons: 0, because: "no operation rounds differently" };
const product: Tolerance = { epsilons: 4, because: "three or four products and differences, each rounded or not" };
const elementary: Tolerance = { epsilons: 8, because: "the polynomial's steps are fused or not" };
const descent: Tolerance = { epsilons: 8, because: "two or three sums of a product, each rounded once or twice" };
const adaptive: Tolerance = { epsilons: 16, because: "such sums, then a root and a quotient of what they gave" };

const perSample = (operand: Operand): Operand => ({ ...operand, perSample: true });

const matrixKernel = (
  name: string,
  operands: readonly Operand[],
  scalars: readonly ScalarArgument[],
  updatesMatrix: boolean,
  operationsPerElement: number,
  tolerance: Tolerance,
): KernelEntry => ({
  name,
  takesMatrix: true,
  updatesMatrix,
  operands,
  scalars,
  operationsPerElement,
  tolerance,
});

const vectorKernel = (
  name: string,
  operands: readonly string[],
  scalars: readonly ScalarArgument[],
  operationsPerElement: number,
  tolerance: Tolerance,
): KernelEntry => ({
  name,
  takesMatrix: false,
  updatesMatrix: false,
  operands: operands.map((operand) => ({ name: operand, length: "first", isResult: operand === "out" })),
  scalars,
  operationsPerElement,
  tolerance,
});

const inPlace = (name: string): Operand => ({ name, length: "first", isResult: true });

/** @param memory - what the step remembers from the one before */
const stepKernel = (
  name: string,
  memory: readonly string[],
  operationsPerElement: number,
  tolerance: Tolerance,
): KernelEntry => ({
  name,
  takesMatrix: false,
  updatesMatrix: false,
  operands: [
    inPlace("weights"),
    { name: "gradient", length: "first" },
    ...memory.map(inPlace),
    { name: "constants", length: STEP_CONSTANTS },
  ],
  scalars: [],
  operationsPerElement,
  tolerance,
});

const sumSquares: KernelEntry = {
  name: "sumSquares",
  takesMatrix: false,
  updatesMatrix: false,
  operands: [
    { name: "values", length: "first" },
    { ...out, length: 1 },
  ],
  scalars: [],
  operationsPerElement: 2,
  tolerance: rowSum,
};

export const KERNEL_LIST: readonly KernelEntry[] = [
  matrixKernel("gemv", [x, { ...out, length: "rows" }], [], false, 2, rowSum),
  matrixKernel("gemvTransposed", [psi, out], [], false, 2, columnSum),
  matrixKernel("outerProduct", [psi, x], [scale], true, 2, update),
  matrixKernel("gemvTransposedUpdate", [psi, x, out], [scale], true, 4, columnSum),
  matrixKernel("sigmoidBackprop", [psi, x, out], [slope], false, 2, columnSum),
  matrixKernel("backpropUpdate", [psi, x, out], [scale, slope], true, 4, columnSum),
  matrixKernel("gemm", [x, { ...out, length: "rows" as const }].map(perSample), [], false, 2, rowSum),
  matrixKernel("gemmTransposed", [psi, out].map(perSample), [], false, 2, columnSum),
  matrixKernel("outerProducts", [psi, x].map(perSample), [scale], true, 2, sampleSum),
  matrixKernel("accumulateOuterProducts", [psi, x].map(perSample), [], true, 2, sampleSum),
  vectorKernel("linear", ["z", "out"], [], 0, exact),
  vectorKernel("sigmoid", ["z", "out"], [slope], 24, elementary),
  vectorKernel("tanh", ["z", "out"], [], 24, elementary),
  vectorKernel("relu", ["z", "out"], [], 1, exact),
  vectorKernel("leakyRelu", ["z", "out"], [alpha], 1, exact),
  vectorKernel("softmax", ["z", "out"], [], 24, elementary),
  vectorKernel("linearDerivative", ["x", "s", "out"], [], 0, exact),
  vectorKernel("sigmoidDerivative", ["x", "s", "out"], [slope], 4, product),
  vectorKernel("tanhDerivative", ["x", "s", "out"], [], 4, product),
  vectorKernel("reluDerivative", ["x", "s", "out"], [], 1, exact),
  vectorKernel("leakyReluDerivative", ["x", "s", "out"], [alpha], 1, exact),
  vectorKernel("addScaled", ["x", "out"], [scale], 2, update),
  stepKernel("sgdStep", [], 5, descent),
  stepKernel("momentumStep", ["first"], 7, descent),
  stepKernel("nesterovStep", ["first"], 9, descent),
  stepKernel("rmspropStep", ["first"], 12, adaptive),
  stepKernel("adamStep", ["first", "second"], 15, adaptive),
  sumSquares,
];
