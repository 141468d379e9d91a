import { describe, expect, it } from "vitest";
import { kernels } from "../../src/index.ts";
import { BLOCK_RELATIONS, type BlockCase, blockCases, expectRelation } from "../support/block_kernels.ts";
import { fc } from "../support/fast_check.ts";

const implementations = [
  ["typescript", kernels.typescript] as const,
  ...(kernels.native ? [["native", kernels.native] as const] : []),
];

/**
 * In the fast arithmetic of TypeScript, sums of float32 are rounded where they are stored, and a block stores them less
 * often than single vectors do. A prediction still has the same bits in a batch as alone.
 */
function isExact(backend: string, relation: string, { dtype, arithmetic }: BlockCase): boolean {
  return backend === "native" || dtype === "float64" || arithmetic === "reproducible" || relation.startsWith("gemm is");
}

describe.each(implementations)("on blocks of samples, %s", (name, implementation) => {
  it.each(Object.keys(BLOCK_RELATIONS))("%s, to the bit", (relation) => {
    const cases = blockCases.filter((given) => isExact(name, relation, given));
    fc.assert(
      fc.property(cases, (given) => {
        expectRelation(relation, implementation, given);
      }),
      { numRuns: 60, seed: 2 },
    );
  });

  it("adds biases of layers without inputs", () => {
    const matrix = { rows: 2, columns: 1, data: Float64Array.of(10, 20) };
    implementation.accumulateOuterProducts(matrix, Float64Array.of(1, 2, 3, 4, 5, 6), new Float64Array(0));
    expect(matrix.data).toEqual(Float64Array.of(19, 32));
    implementation.outerProducts(matrix, Float64Array.of(1, 2, 3, 4), new Float64Array(0), -2);
    expect(matrix.data).toEqual(Float64Array.of(11, 20));
  });

  it("is done at once with a matrix without rows, of whatever width", () => {
    const nothing = new Float32Array(0);
    const matrix = { rows: 0, columns: Number.MAX_SAFE_INTEGER, data: nothing };
    implementation.outerProducts(matrix, nothing, nothing, 5);
    implementation.accumulateOuterProducts(matrix, nothing, nothing);
    implementation.gemm(matrix, nothing, nothing);
    implementation.gemmTransposed(matrix, nothing, nothing);
  });

  it("leaves the matrix alone when there are no samples", () => {
    const data = Float32Array.of(1, 2, 3, 4, 5, 6);
    const nothing = new Float32Array(0);
    const matrix = { rows: 2, columns: 3, data: data.slice() };
    implementation.outerProducts(matrix, nothing, nothing, 5);
    implementation.accumulateOuterProducts(matrix, nothing, nothing);
    implementation.gemm(matrix, nothing, nothing);
    implementation.gemmTransposed(matrix, nothing, nothing);
    expect(matrix.data).toEqual(data);
  });
});
