import type { Kernels } from "../../src/backend/kernels.ts";
import type { Arithmetic, DType, Matrix, Values } from "../../src/index.ts";
import { Random } from "../../src/random.ts";
import { DRAWS } from "../parity/cases.ts";
import { expectSameBits } from "./bits.ts";
import { fc } from "./fast_check.ts";
import { GuardedMemory } from "./guarded.ts";

/** What the kernels on blocks of samples are, in terms of those on single vectors, to the bit. */

/** A block of samples and a matrix. */
export interface BlockCase {
  readonly dtype: DType;
  readonly arithmetic: Arithmetic;
  readonly rows: number;
  readonly inputs: number;
  readonly samples: number;
  readonly kind: string;
  readonly seed: number;
}

interface Block {
  /** (rows, inputs + 1) */
  readonly matrix: Matrix;
  /** One vector a sample. */
  readonly x: readonly Values[];
  readonly psi: readonly Values[];
}

const SCALE = -0.3;

/** Tiles of kernels end after a few samples, rows and vectors; passes after 64 samples, 64 rows, or 32 vectors. */
export const blockCases: fc.Arbitrary<BlockCase> = fc.record({
  dtype: fc.constantFrom<DType>("float32", "float64"),
  arithmetic: fc.constantFrom<Arithmetic>("fast", "reproducible"),
  rows: fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 17 }) },
    { weight: 1, arbitrary: fc.constantFrom(63, 64, 65, 129) },
  ),
  inputs: fc.oneof(
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 50 }) },
    { weight: 1, arbitrary: fc.constantFrom(254, 255, 256, 257, 510, 511, 512, 513, 1023) },
  ),
  samples: fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 9 }) },
    { weight: 1, arbitrary: fc.constantFrom(63, 64, 65, 66, 129) },
  ),
  kind: fc.constantFrom(...Object.keys(DRAWS)),
  seed: fc.nat(),
});

function emptyValues(dtype: DType, length: number): Values {
  return dtype === "float64" ? new Float64Array(length) : new Float32Array(length);
}

function blockOf({ dtype, rows, inputs, samples, kind, seed }: BlockCase): Block {
  const random = new Random(seed);
  const draw = (length: number) => emptyValues(dtype, length).map(() => DRAWS[kind](random));
  const data = draw(rows * (inputs + 1));
  const vectors = (size: number) => Array.from({ length: samples }, () => draw(size));
  return { matrix: { rows, columns: inputs + 1, data }, x: vectors(inputs), psi: vectors(rows) };
}

function joined(vectors: readonly Values[], dtype: DType): Values {
  const values = emptyValues(
    dtype,
    vectors.reduce((sum, { length }) => sum + length, 0),
  );
  let at = 0;
  for (const vector of vectors) {
    values.set(vector, at);
    at += vector.length;
  }
  return values;
}

type Relation = (kernels: Kernels, block: Block, given: BlockCase) => { actual: Values; expected: Values };

/** Calls on copies of everything, and expects that nothing but the result is written. */
function onGuarded(
  { matrix, x, psi }: Block,
  { dtype }: BlockCase,
  outLength: number,
  result: "matrix" | "out",
  call: (matrix: Matrix, x: Values, psi: Values, out: Values) => void,
): Values {
  const memory = new GuardedMemory();
  const given = [matrix.data, joined(x, dtype), joined(psi, dtype)];
  const [data, xs, psis] = given.map((values) => memory.copyOf(values, dtype));
  // What is there before must not show.
  const out = memory.copyOf(new Array(outLength).fill(Number.NaN), dtype);
  call({ ...matrix, data }, xs, psis, out);
  memory.expectIntact("the block");
  expectSameBits(xs, given[1], "x, which is read only");
  expectSameBits(psis, given[2], "psi, which is read only");
  if (result === "matrix") return data;
  expectSameBits(data, given[0], "the matrix, which is read only");
  return out;
}

export const BLOCK_RELATIONS: Readonly<Record<string, Relation>> = {
  "gemm is gemv of every sample": (kernels, block, given) => {
    const { samples, rows, arithmetic, dtype } = given;
    const actual = onGuarded(block, given, samples * rows, "out", (matrix, x, _psi, out) =>
      kernels.gemm(matrix, x, out, arithmetic),
    );
    const each = block.x.map((x) => {
      const out = emptyValues(dtype, rows);
      kernels.gemv(block.matrix, x, out, arithmetic);
      return out;
    });
    return { actual, expected: joined(each, dtype) };
  },
  "gemmTransposed is gemvTransposed of every sample": (kernels, block, given) => {
    const { samples, inputs, arithmetic, dtype } = given;
    const actual = onGuarded(block, given, samples * inputs, "out", (matrix, _x, psi, out) =>
      kernels.gemmTransposed(matrix, psi, out, arithmetic),
    );
    const each = block.psi.map((psi) => {
      const out = emptyValues(dtype, inputs);
      kernels.gemvTransposed(block.matrix, psi, out, arithmetic);
      return out;
    });
    return { actual, expected: joined(each, dtype) };
  },
  "accumulateOuterProducts is outerProduct of one sample after the other": (kernels, block, given) => {
    const { arithmetic } = given;
    const actual = onGuarded(block, given, 0, "matrix", (matrix, x, psi) =>
      kernels.accumulateOuterProducts(matrix, psi, x, arithmetic),
    );
    const matrix = { ...block.matrix, data: block.matrix.data.slice() };
    block.x.forEach((x, s) => {
      kernels.outerProduct(matrix, block.psi[s], x, 1, arithmetic);
    });
    return { actual, expected: matrix.data };
  },
  "outerProducts forms the sum first, in the order of the samples, and then adds it": (kernels, block, given) => {
    const { arithmetic, dtype } = given;
    const actual = onGuarded(block, given, 0, "matrix", (matrix, x, psi) =>
      kernels.outerProducts(matrix, psi, x, SCALE, arithmetic),
    );
    const { data } = block.matrix;
    const sum = { ...block.matrix, data: emptyValues(dtype, data.length) };
    block.x.forEach((x, s) => {
      kernels.outerProduct(sum, block.psi[s], x, 1, arithmetic);
    });
    const expected = data.slice();
    kernels.addScaled(sum.data, expected, SCALE, arithmetic);
    return { actual, expected };
  },
};

/** Expects that a relation holds for a case. */
export function expectRelation(name: string, kernels: Kernels, given: BlockCase): void {
  const { actual, expected } = BLOCK_RELATIONS[name](kernels, blockOf(given), given);
  expectSameBits(actual, expected, `${name}: ${JSON.stringify(given)}`);
}
