import { describe, expect, it } from "vitest";
import { type KernelTable, kernelsOf } from "../../src/backend/typescript/table.ts";
import { Random } from "../../src/random.ts";
import type { Arithmetic, DType, Values } from "../../src/types.ts";
import { expectSameBits } from "../support/bits.ts";
import { fc } from "../support/fast_check.ts";

const ARITHMETICS = ["fast", "reproducible"] as const;
const DTYPES = ["float32", "float64"] as const;
const EPSILON = { float32: 2 ** -23, float64: 2 ** -52 };
const cases = DTYPES.flatMap((dtype) => ARITHMETICS.map((arithmetic) => [dtype, arithmetic] as const));

/** Matrices that lie among other values: rows further apart than they are long. */
interface Block {
  readonly values: Values;
  readonly stride: number;
}

interface Shape {
  readonly rows: number;
  readonly columns: number;
  readonly samples: number;
  readonly gap: number;
  readonly seed: number;
}

const shapes = fc.record({
  rows: fc.integer({ min: 1, max: 20 }),
  columns: fc.integer({ min: 1, max: 70 }),
  samples: fc.integer({ min: 1, max: 20 }),
  gap: fc.nat(3),
  seed: fc.nat(),
});
/** Beyond what is packed at once: 4096 terms, 128 vectors on the right. */
const LARGE: readonly Shape[] = [
  { rows: 5, columns: 5001, samples: 6, gap: 1, seed: 1 },
  { rows: 4100, columns: 6, samples: 5, gap: 0, seed: 2 },
  { rows: 6, columns: 140, samples: 135, gap: 2, seed: 3 },
  { rows: 3, columns: 7, samples: 4099, gap: 0, seed: 4 },
];

function randomBlock(dtype: DType, rows: number, columns: number, gap: number, random: Random): Block {
  const stride = columns + gap;
  const values = dtype === "float64" ? new Float64Array(rows * stride) : new Float32Array(rows * stride);
  for (let i = 0; i < values.length; i++) values[i] = random.uniform() * 2 - 1;
  return { values, stride };
}

function setup(dtype: DType, arithmetic: Arithmetic, { rows, columns, samples, gap, seed }: Shape) {
  const random = new Random(seed);
  return {
    kernels: kernelsOf({ dtype, arithmetic }),
    w: randomBlock(dtype, rows, columns, gap, random),
    psi: randomBlock(dtype, samples, rows, gap, random),
    x: randomBlock(dtype, samples, columns, gap, random),
    z: randomBlock(dtype, samples, rows, gap, random),
    below: randomBlock(dtype, samples, columns, gap, random),
  };
}
type Setup = ReturnType<typeof setup>;

/** Expects sums within a rounding or so for each of their terms, and everything between the rows as it was. */
function expectSums(
  actual: Block,
  before: Values,
  rows: number,
  columns: number,
  sumOf: (row: number, column: number) => { sum: number; size: number; terms: number },
  dtype: DType,
): void {
  for (let k = 0; k < actual.values.length; k++) {
    const row = Math.floor(k / actual.stride);
    const column = k % actual.stride;
    const isBetween = row >= rows || column >= columns;
    const { sum, size, terms } = isBetween ? { sum: before[k], size: 0, terms: 0 } : sumOf(row, column);
    if (Math.abs(actual.values[k] - sum) <= (terms + 3) * EPSILON[dtype] * size) continue;
    expect.fail(`value ${k} is ${actual.values[k]}, expected ${sum} in row ${row} of ${rows}, ${column} of ${columns}`);
  }
}

function dot(terms: number, termAt: (term: number) => number) {
  let sum = 0;
  let size = 0;
  for (let d = 0; d < terms; d++) {
    sum += termAt(d);
    size += Math.abs(termAt(d));
  }
  return { sum, size, terms };
}

function expectGemm({ kernels, w, x, z }: Setup, { rows, columns, samples }: Shape, dtype: DType): void {
  const before = z.values.slice();
  const single = z.values.slice();
  kernels.gemm(w.values, rows, columns, w.stride, x.values, samples, x.stride, z.values, z.stride);
  const sumOf = (s: number, i: number) => dot(columns, (j) => w.values[i * w.stride + j] * x.values[s * x.stride + j]);
  expectSums(z, before, samples, rows, sumOf, dtype);
  for (let s = 0; s < samples; s++) {
    const vector = x.values.subarray(s * x.stride, s * x.stride + columns);
    kernels.gemv(w.values, rows, columns, w.stride, vector, single.subarray(s * z.stride));
  }
  expectSameBits(z.values, single, "gemm against gemv");
}

function expectGemmTransposed(
  { kernels, w, psi, below }: Setup,
  { rows, columns, samples }: Shape,
  dtype: DType,
): void {
  const before = below.values.slice();
  kernels.gemmTransposed(
    w.values,
    rows,
    columns,
    w.stride,
    psi.values,
    samples,
    psi.stride,
    below.values,
    below.stride,
  );
  const sumOf = (s: number, j: number) => dot(rows, (i) => w.values[i * w.stride + j] * psi.values[s * psi.stride + i]);
  expectSums(below, before, samples, columns, sumOf, dtype);
}

function expectOuterProducts(
  { kernels, w, psi, x }: Setup,
  { rows, columns, samples }: Shape,
  scale: number | undefined,
  dtype: DType,
): void {
  const before = w.values.slice();
  const matrix = [w.values, rows, columns, w.stride] as const;
  const vectors = [psi.values, samples, psi.stride, x.values, x.stride] as const;
  if (scale === undefined) kernels.accumulateOuterProducts(...matrix, ...vectors);
  else kernels.outerProducts(...matrix, ...vectors, scale);
  const factor = scale ?? 1;
  const sumOf = (i: number, j: number) =>
    dot(samples + 1, (s) =>
      s === 0
        ? before[i * w.stride + j]
        : factor * psi.values[(s - 1) * psi.stride + i] * x.values[(s - 1) * x.stride + j],
    );
  expectSums(w, before, rows, columns, sumOf, dtype);
}

describe.each(cases)("products of blocks in TypeScript, %s, %s", (dtype, arithmetic) => {
  const check = (body: (given: Setup, shape: Shape) => void) => {
    fc.assert(
      fc.property(shapes, (shape) => {
        body(setup(dtype, arithmetic, shape), shape);
      }),
      { numRuns: 60, seed: 1 },
    );
    for (const shape of LARGE) body(setup(dtype, arithmetic, shape), shape);
  };

  it("gemm is the matrix product, and gemv of every sample to the bit", () => {
    check((given, shape) => expectGemm(given, shape, dtype));
  });

  it("gemmTransposed is the product with the transposed matrix", () => {
    check((given, shape) => expectGemmTransposed(given, shape, dtype));
  });

  it("outerProducts adds the scaled sum", () => {
    check((given, shape) => expectOuterProducts(given, shape, -0.25, dtype));
  });

  it("accumulateOuterProducts adds one product after the other", () => {
    check((given, shape) => expectOuterProducts(given, shape, undefined, dtype));
  });
});

describe("the fast arithmetic in TypeScript", () => {
  it("does not round between the terms of a float32 sum", () => {
    // 2^24 + 1 is no float32: rounded after every addition, the ones would be lost.
    const terms = Float32Array.of(2 ** 24, 1, 1, 1, 1, -(2 ** 24));
    const ones = new Float32Array(6).fill(1);
    const sumBy = (kernels: KernelTable) => {
      const out = new Float32Array(1);
      kernels.gemv(terms, 1, 6, 6, ones, out);
      return out[0];
    };
    expect(sumBy(kernelsOf({ dtype: "float32", arithmetic: "fast" }))).toBe(4);
  });
});
