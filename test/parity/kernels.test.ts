import { describe, expect, it } from "vitest";
import { KERNEL_LIST, type KernelEntry } from "../../src/backend/kernel_list.ts";
import { typescriptBackend } from "../../src/backend/typescript/index.ts";
import { Random } from "../../src/random.ts";
import type { DType, Values } from "../../src/types.ts";
import { expectSameBits } from "../support/bits.ts";
import { fc } from "../support/fast_check.ts";
import { everyNativeBackend, fusingBackends } from "../support/native.ts";
import { DRAWS, type KernelCase, makeCase, runCase, takesSamples } from "./cases.ts";

const natives = everyNativeBackend();
const fusing = fusingBackends();
const DTYPES: readonly DType[] = ["float32", "float64"];
const EPSILON = { float32: 2 ** -23, float64: 2 ** -52 };

/** Lengths around the width of a vector and of two, and longer ones; some rows more than any block has. */
function edgeLengths(dtype: DType): number[] {
  const lanes = dtype === "float64" ? 8 : 16;
  return [0, 1, 2, 3, 4, lanes - 1, lanes, lanes + 1, 2 * lanes + 3, 8 * lanes + 5];
}
const ROWS = [0, 1, 3, 4, 5, 8, 13, 17];
/** Around the samples of a tile. */
const SAMPLES = [1, 3, 6, 9];

function expectParity(entry: KernelEntry, given: KernelCase, what: string): void {
  const expected = runCase(typescriptBackend.kernels, entry, given, "reproducible");
  for (const { kernels, isa } of natives) {
    expectSameResults(runCase(kernels, entry, given, "reproducible"), expected, `${entry.name}, ${isa}, ${what}`);
  }
}

function expectSameResults(actual: readonly Values[], expected: readonly Values[], what: string): void {
  expect(actual.length, `arrays of ${what}`).toBe(expected.length);
  expected.forEach((values, i) => {
    expectSameBits(actual[i], values, `${what}, array ${i}`);
  });
}

describe.each(KERNEL_LIST.map((entry) => [entry.name, entry] as const))("%s", (_name, entry) => {
  describe.each(DTYPES)("%s", (dtype) => {
    it.each(Object.entries(DRAWS))("reproducible: the same bits as TypeScript, values: %s", (kind, draw) => {
      const random = new Random(7, 1);
      for (const count of edgeLengths(dtype)) {
        for (const rows of entry.takesMatrix ? ROWS : [0]) {
          for (const samples of takesSamples(entry) ? SAMPLES : [1]) {
            const given = makeCase(entry, dtype, rows, count, draw, random, samples);
            expectParity(entry, given, `${kind}, ${rows} x ${count}, ${samples} samples`);
          }
        }
      }
    });

    it("reproducible: the same bits as TypeScript on a large shape", () => {
      expectParity(entry, makeCase(entry, dtype, 301, 1003, DRAWS.ordinary, new Random(3), 67), "301 x 1003");
    });

    it("reproducible: the same bits as TypeScript on random shapes and values", () => {
      const kinds = Object.keys(DRAWS);
      fc.assert(
        fc.property(
          fc.nat(40),
          fc.nat(80),
          fc.nat(40),
          fc.constantFrom(...kinds),
          fc.nat(),
          (rows, count, samples, kind, seed) => {
            const given = makeCase(entry, dtype, rows, count, DRAWS[kind], new Random(seed), samples);
            expectParity(entry, given, kind);
          },
        ),
        { numRuns: 40, seed: 1 },
      );
    });

    it("fast: the same bits on every instruction set that fuses", () => {
      const random = new Random(11);
      for (const [kind, draw] of Object.entries(DRAWS)) {
        for (const count of [...edgeLengths(dtype), 500]) {
          const given = makeCase(entry, dtype, 21, count, draw, random, 11);
          const [first, ...others] = fusing.map(({ kernels, isa }) => ({
            isa,
            results: runCase(kernels, entry, given, "fast"),
          }));
          for (const { isa, results } of others) {
            expectSameResults(results, first.results, `${entry.name}, ${isa} against ${first.isa}, ${kind}, ${count}`);
          }
        }
      }
    });

    it("fast: within the list's tolerance of TypeScript", () => {
      const random = new Random(5);
      for (const count of [1, 3, 17, 100, 785]) {
        const given = makeCase(entry, dtype, 40, count, (r) => r.uniform() * 2 - 1, random, 20);
        const expected = runCase(typescriptBackend.kernels, entry, given, "fast");
        const sizes = magnitudes(entry, given, expected);
        for (const { kernels, isa } of natives) {
          const results = runCase(kernels, entry, given, "fast");
          expect(results.length).toBe(expected.length);
          results.forEach((values, i) => {
            const allowed = entry.tolerance.epsilons * EPSILON[dtype];
            expectWithin(values, expected[i], sizes[i], allowed, `${entry.name}, ${isa}, length ${count}`);
          });
        }
      }
    });
  });
});

const SUMMING: Readonly<Record<string, string>> = {
  sigmoidBackprop: "gemvTransposed",
  backpropUpdate: "gemvTransposedUpdate",
};

/** Results that are no sums: elementary functions, and products of factors that each round. */
const OF_THE_RESULT = ["sigmoid", "tanh", "softmax", "sigmoidDerivative", "tanhDerivative"];

/** Σ|terms| of every result: the kernel on absolute values in float64; for what is no sum the result itself. */
function magnitudes(entry: KernelEntry, given: KernelCase, results: readonly Values[]): Values[] {
  const absolute = (values: Values) => Float64Array.from(values, Math.abs);
  if (OF_THE_RESULT.includes(entry.name)) return results.map(absolute);
  const terms = {
    matrix: given.matrix && { ...given.matrix, data: absolute(given.matrix.data) },
    vectors: given.vectors.map(absolute),
    scalars: given.scalars.map(Math.abs),
  };
  const summing = SUMMING[entry.name];
  if (!summing) return runCase(typescriptBackend.kernels, entry, terms, "reproducible");
  // The sum comes from the kernel without the derivative, and is multiplied by the derivative's size.
  const plain = KERNEL_LIST.find(({ name }) => name === summing);
  if (!plain) throw new Error(`the list has no ${summing}`);
  const [psi, x, out] = terms.vectors;
  const vectors = plain.operands.map(({ name }) => ({ psi, x, out })[name] ?? out);
  const sums = runCase(
    typescriptBackend.kernels,
    plain,
    { ...terms, vectors, scalars: terms.scalars.slice(0, -1) },
    "reproducible",
  );
  const slope = terms.scalars[terms.scalars.length - 1];
  const weighted = sums[sums.length - 1].map((sum, j) => sum * slope * x[j] * Math.abs(1 - given.vectors[1][j]));
  return given.matrix ? [sums[0], psi, x, weighted] : [psi, x, weighted];
}

function expectWithin(actual: Values, expected: Values, sizes: Values, allowed: number, what: string): void {
  expect(actual.length, what).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i] - expected[i]);
    if (difference <= allowed * sizes[i]) continue;
    expect.fail(`${what}: ${actual[i]} lies ${difference} from ${expected[i]}, allowed are ${allowed * sizes[i]}`);
  }
}
