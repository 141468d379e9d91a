import { describe, it } from "vitest";
import { BLOCK_RELATIONS, blockCases, expectRelation } from "../support/block_kernels.ts";
import { fc } from "../support/fast_check.ts";
import { everyNativeBackend } from "../support/native.ts";

// The best instruction set runs in test/api; here are all of them.
describe.each(everyNativeBackend().map((backend) => [backend.isa, backend] as const))("%s", (_isa, { kernels }) => {
  it.each(Object.keys(BLOCK_RELATIONS))("%s, to the bit", (relation) => {
    fc.assert(
      fc.property(blockCases, (given) => {
        expectRelation(relation, kernels, given);
      }),
      { numRuns: 100, seed: 4 },
    );
  });
});
