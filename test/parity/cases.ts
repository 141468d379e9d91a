import { type KernelEntry, type Operand, STEP_CONSTANTS, StepConstant } from "../../src/backend/kernel_list.ts";
import type { Kernels } from "../../src/backend/kernels.ts";
import type { Random } from "../../src/random.ts";
import type { Arithmetic, DType, Matrix, Values } from "../../src/types.ts";

/** Arguments of one kernel call. */
export interface KernelCase {
  readonly matrix: Matrix | undefined;
  readonly vectors: readonly Values[];
  readonly scalars: readonly number[];
}

/** Draws one value. */
export type Draw = (random: Random) => number;

/** Values of every kind that arithmetic treats in a way of its own. */
export const DRAWS: Readonly<Record<string, Draw>> = {
  ordinary: (random) => random.normal(),
  zeros: (random) => [0, -0, random.normal()][random.below(3)],
  denormals: (random) => (random.uniform() - 0.5) * (random.below(2) ? 1e-38 : 1e-44) * (random.below(2) ? 1 : 1e-270),
  huge: (random) => (random.uniform() - 0.5) * 2 * [1e38, 3e38, 1e308, 1e3][random.below(4)],
  exponents: (random) => random.normal() * 2 ** (random.below(280) - 140),
  special: (random) => [Infinity, -Infinity, NaN, 0, -0, 1, random.normal(), 1000][random.below(8)],
};

function valuesOf(dtype: DType, length: number, draw: Draw, random: Random): Values {
  const values = dtype === "float64" ? new Float64Array(length) : new Float32Array(length);
  for (let i = 0; i < length; i++) values[i] = draw(random);
  return values;
}

/** Whether a kernel works on blocks of samples. */
export function takesSamples({ operands }: KernelEntry): boolean {
  return operands.some(({ perSample }) => perSample);
}

/** Constants that a step may well have: other ones, a divisor of 0 for instance, lead to nothing that can be compared. */
function stepConstants(dtype: DType, random: Random): Values {
  const constants = valuesOf(dtype, STEP_CONSTANTS, () => 0, random);
  const [firstDecay, secondDecay] = [0.5 + random.uniform() / 2, 0.9 + random.uniform() / 10];
  constants[StepConstant.rate] = -random.uniform();
  constants[StepConstant.gradientScale] = 1 / (1 + random.below(64));
  constants[StepConstant.decay] = random.below(2) * 0.01;
  constants[StepConstant.keep] = 1 - random.below(2) * 0.01;
  constants[StepConstant.firstDecay] = firstDecay;
  constants[StepConstant.firstShare] = 1 - firstDecay;
  constants[StepConstant.secondDecay] = secondDecay;
  constants[StepConstant.secondShare] = 1 - secondDecay;
  constants[StepConstant.rootScale] = 1 + 4 * random.uniform();
  constants[StepConstant.epsilon] = 1e-8;
  return constants;
}

/** Whether an operand is what a step remembers of squares. */
function isMeanSquare(entry: KernelEntry, { name }: Operand): boolean {
  return name === "second" || (entry.name === "rmspropStep" && name === "first");
}

/**
 * @param rows - of the matrix; unused for kernels without one
 * @param count - inputs of the matrix (its columns without the bias), or the length of the vectors
 * @param samples - for kernels that take blocks of them. Where a sample of the first operand has no values, nobody can
 *   tell how many there are, and there are none.
 */
export function makeCase(
  entry: KernelEntry,
  dtype: DType,
  rows: number,
  count: number,
  draw: Draw,
  random: Random,
  samples = 2,
): KernelCase {
  const matrix = entry.takesMatrix
    ? { rows, columns: count + 1, data: valuesOf(dtype, rows * (count + 1), draw, random) }
    : undefined;
  const sizeOf = ({ length }: Operand) => (typeof length === "number" ? length : length === "rows" ? rows : count);
  const told = sizeOf(entry.operands[0]) === 0 ? 0 : samples;
  const vectors = entry.operands.map((operand) => {
    if (operand.name === "constants") return stepConstants(dtype, random);
    const length = sizeOf(operand) * (operand.perSample ? told : 1);
    const values = valuesOf(dtype, length, draw, random);
    return isMeanSquare(entry, operand) ? values.map(Math.abs) : values;
  });
  const scalars = entry.scalars.map(({ name }) => (name === "scale" ? -0.3 : [1, 0.01, 2.5][random.below(3)]));
  return { matrix, vectors, scalars };
}

/** Runs the kernel on copies and gives everything it may have written: the matrix first, then the vectors. */
export function runCase(
  kernels: Kernels,
  entry: KernelEntry,
  { matrix, vectors, scalars }: KernelCase,
  arithmetic: Arithmetic,
): Values[] {
  const written = matrix && { ...matrix, data: matrix.data.slice() };
  const copies = vectors.map((vector) => vector.slice());
  const kernel = kernels[entry.name as keyof Kernels] as (...values: unknown[]) => void;
  kernel(...(written ? [written] : []), ...copies, ...scalars, arithmetic);
  return [...(written ? [written.data] : []), ...copies];
}
