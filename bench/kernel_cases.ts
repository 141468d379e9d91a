import type { Arithmetic, DType, Kernels, Matrix, Values } from "downhill";
import { type KernelEntry, STEP_CONSTANTS, StepConstant } from "../src/backend/kernel_list.ts";
import { Random } from "../src/random.ts";

/** The sizes a kernel runs on: a matrix with its bias column, or the length of vectors. */
export interface Size {
  readonly rows: number;
  readonly columns: number;
}

/** A kernel with arguments for it. */
export interface KernelCase {
  readonly entry: KernelEntry;
  readonly dtype: DType;
  /** `128x785`, that and the number of samples, `128x785 ×32`, or a vector's length */
  readonly shape: string;
  readonly matrix: Matrix | undefined;
  /** As the kernel's operands. */
  readonly vectors: readonly Values[];
  /** As the kernel's scalars; all of them are float32 numbers, so that both dtypes compute with the same ones. */
  readonly scalars: readonly number[];
}

const MATRIX_SIZES: readonly Size[] = [
  { rows: 3, columns: 4 },
  { rows: 128, columns: 785 },
  { rows: 1000, columns: 1001 },
];
/** For kernels on many samples: exact results of larger ones would take too long. */
const SAMPLES_MATRIX_SIZES = MATRIX_SIZES.slice(0, 2);
const VECTOR_LENGTHS = [16, 1000, 100_000];

/** How many samples the kernels get that take many at once. */
const SAMPLES = 32;

function takesSamples({ operands }: KernelEntry): boolean {
  return operands.some(({ perSample }) => perSample);
}

/** The sizes that a kernel is measured on. */
export function sizesOf(entry: KernelEntry): readonly Size[] {
  if (takesSamples(entry)) return SAMPLES_MATRIX_SIZES;
  return entry.takesMatrix ? MATRIX_SIZES : VECTOR_LENGTHS.map((columns) => ({ rows: 1, columns }));
}

/** Values like those in a network: inputs and sigmoid outputs in [0, 1), sums of some units' width, errors of both signs. */
const RANGES: Readonly<Record<string, readonly [from: number, to: number]>> = {
  x: [0, 1],
  z: [-8, 8],
  psi: [-1, 1],
  s: [-1, 1],
  out: [-1, 1],
  values: [-1, 1],
  weights: [-1, 1],
  gradient: [-1, 1],
  first: [0, 1],
  second: [0, 1],
};

/** For these `x` is the output of an activation that has negative ones, too. */
const SIGNED_X: readonly string[] = [
  "linearDerivative",
  "tanhDerivative",
  "reluDerivative",
  "leakyReluDerivative",
  "addScaled",
];

/** Where the list has no default: the negative learning rate of a step. */
const SCALE = -0.01;

/**
 * Constants of a usual step by a batch, in the order of the list. All are float32 numbers, as scalars are; powers of two
 * make the scale and the shares exact.
 */
function stepConstants(): number[] {
  const constants: number[] = new Array(STEP_CONSTANTS);
  constants[StepConstant.rate] = SCALE;
  constants[StepConstant.gradientScale] = 1 / SAMPLES;
  constants[StepConstant.decay] = 1 / 1024;
  constants[StepConstant.keep] = 1 - 1 / 1024;
  constants[StepConstant.firstDecay] = 1 - 1 / 8;
  constants[StepConstant.firstShare] = 1 / 8;
  constants[StepConstant.secondDecay] = 1 - 1 / 1024;
  constants[StepConstant.secondShare] = 1 / 1024;
  constants[StepConstant.rootScale] = 2;
  constants[StepConstant.epsilon] = 1e-8;
  return constants.map(Math.fround);
}

/** A case with the same values on every machine. */
export function createCase(entry: KernelEntry, dtype: DType, size: Size): KernelCase {
  const { rows, columns } = size;
  const random = new Random(rows * 10_000 + columns);
  const create = (length: number) => (dtype === "float64" ? new Float64Array(length) : new Float32Array(length));
  const draw = (length: number, [from, to]: readonly [number, number]) =>
    create(length).map(() => from + (to - from) * random.uniform());
  const matrix = entry.takesMatrix ? { rows, columns, data: draw(rows * columns, [-1, 1]) } : undefined;
  const lengths = { rows, inputs: columns - 1, first: columns };
  const vectors = entry.operands.map(({ name, length, perSample }) => {
    const count = typeof length === "number" ? length : lengths[length] * (perSample ? SAMPLES : 1);
    if (name === "constants") {
      const constants = stepConstants();
      return create(count).map((_, i) => constants[i]);
    }
    const isSigned = name === "x" && SIGNED_X.includes(entry.name);
    return draw(count, isSigned ? [-1, 1] : RANGES[name]);
  });
  const scalars = entry.scalars.map((scalar) => Math.fround(scalar.default ?? SCALE));
  const shape = entry.takesMatrix ? `${rows}x${columns}${takesSamples(entry) ? ` ×${SAMPLES}` : ""}` : String(columns);
  return { entry, dtype, shape, matrix, vectors, scalars };
}

/** The case with every array mapped to another, the original left alone. */
export function mapArrays({ matrix, vectors, ...rest }: KernelCase, map: (values: Values) => Values): KernelCase {
  return { ...rest, matrix: matrix && { ...matrix, data: map(matrix.data) }, vectors: vectors.map(map) };
}

/** The call of a kernel with the case's arguments, ready to be repeated. */
export function callOf(kernels: Kernels, kernelCase: KernelCase, arithmetic: Arithmetic): () => void {
  const { entry, matrix, vectors, scalars } = kernelCase;
  const kernel = kernels[entry.name as keyof Kernels] as (...values: unknown[]) => void;
  const values = [...(matrix ? [matrix] : []), ...vectors, ...scalars, arithmetic];
  return () => kernel(...values);
}

/**
 * The vector that the kernel writes; undefined where it writes the matrix only. Of a step these are the weights, which
 * follow from all that it remembers.
 */
export function outputOf({ entry, vectors }: KernelCase): Values | undefined {
  return vectors[entry.operands.findIndex(({ isResult }) => isResult)];
}

/**
 * Bytes read and written by one call. Every array counts once for being read and once for being written, however often
 * the kernel passes over it: the matrix is read, and written by the kernels that update it; operands are read; results are
 * written. Copies for the bias's 1 do not count.
 */
export function bytesMoved({ entry, matrix, vectors }: KernelCase): number {
  const ofMatrix = matrix ? matrix.data.byteLength * (entry.updatesMatrix ? 2 : 1) : 0;
  return entry.operands.reduce((sum, { name, isResult }, i) => {
    const isWritten = isResult ? 1 : 0;
    return sum + vectors[i].byteLength * (isWritten + (isRead(entry.name, name, isWritten === 1) ? 1 : 0));
  }, ofMatrix);
}

/** The derivative of a linear layer ignores its output; addScaled and steps add to what their results hold. */
function isRead(kernel: string, operand: string, isResult: boolean): boolean {
  if (kernel === "linearDerivative" && operand === "x") return false;
  return !isResult || operand !== "out" || kernel === "addScaled";
}

/** Floating-point operations of one call, as the list counts them for each matrix or vector element, and each sample. */
export function operationCount({ entry, matrix, vectors }: KernelCase): number {
  const samples = takesSamples(entry) ? SAMPLES : 1;
  return entry.operationsPerElement * (matrix?.data.length ?? vectors[0].length) * samples;
}
