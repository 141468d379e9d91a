import { describe, expect, it } from "vitest";
import { ChunkStatus } from "../../src/backend/types.ts";
import { encodeOptimizer, optimizerSlots, PLAIN_DESCENT, type ResolvedOptimizer } from "../../src/optimizer.ts";
import { blockFor, expectCode, job, network } from "../support/addon_jobs.ts";
import { detached } from "../support/buffers.ts";
import { GuardedMemory } from "../support/guarded.ts";
import { requireAddon } from "../support/native.ts";

/** What the binary is told of a training's steps: nothing of it is trusted either. */
const addon = requireAddon();

/** Plain descent with changes, as the binary reads it. */
function encoded(changes: Partial<ResolvedOptimizer>): Float64Array {
  return encodeOptimizer({ ...PLAIN_DESCENT, ...changes });
}

describe("jobs", () => {
  it.each([
    ["no optimizer", { optimizer: undefined }, "ERR_SHAPE"],
    ["an optimizer of too few values", { optimizer: encodeOptimizer(PLAIN_DESCENT).subarray(1) }, "ERR_SHAPE"],
    ["an optimizer of another type", { optimizer: new Float32Array(6) }, "ERR_SHAPE"],
    ["no powers", { optimizerPowers: undefined }, "ERR_SHAPE"],
    ["a single power", { optimizerPowers: Float64Array.of(1) }, "ERR_SHAPE"],
    ["powers of another type", { optimizerPowers: Float32Array.of(1, 1) }, "ERR_SHAPE"],
    ["too few sample weights", { sampleWeights: new Float64Array(3) }, "ERR_SHAPE"],
    ["too many sample weights", { sampleWeights: new Float64Array(5) }, "ERR_SHAPE"],
    ["sample weights of another type", { sampleWeights: new Float32Array(4) }, "ERR_SHAPE"],
    ["detached sample weights", { sampleWeights: detached(new Float64Array(4)) }, "ERR_SHAPE"],
    ["a rate too many", { learningRates: new Float64Array(5) }, "ERR_SHAPE"],
    ["a rate too few", { learningRates: new Float64Array(3) }, "ERR_SHAPE"],
    ["rates of other batches", { batchSize: 3, learningRates: new Float64Array(4) }, "ERR_SHAPE"],
    ["no gradient for batches", { batchSize: 2 }, "ERR_SHAPE"],
    ["no gradient for dropout", { dropout: Float64Array.of(0.5), dropoutKeys: Uint32Array.of(1) }, "ERR_SHAPE"],
    ["no gradient for momentum", { optimizer: encoded({ kind: "momentum" }) }, "ERR_SHAPE"],
    ["no gradient for weight decay", { optimizer: encoded({ weightDecay: 0.1 }) }, "ERR_SHAPE"],
    ["no gradient to clip", { optimizer: encoded({ clipGradientNorm: 1 }) }, "ERR_SHAPE"],
  ])("refuse %s", (_what, changes, code) => {
    expectCode(code, () => addon.train(0, job(changes)));
  });

  const gradient = new Float32Array(network().model.layout.parameterValues);

  it.each([
    ["too many shares", { dropout: Float64Array.of(0.5, 0.5) }, "ERR_SHAPE"],
    ["no shares", { dropout: new Float64Array(0) }, "ERR_SHAPE"],
    ["shares of another type", { dropout: Float32Array.of(0.5) }, "ERR_SHAPE"],
    ["all units", { dropout: Float64Array.of(1) }, "ERR_OPTION"],
    ["less than none", { dropout: Float64Array.of(-0.1) }, "ERR_OPTION"],
    ["a share that is not a number", { dropout: Float64Array.of(NaN) }, "ERR_OPTION"],
    ["no keys", { dropoutKeys: undefined }, "ERR_SHAPE"],
    ["keys of more epochs", { dropoutKeys: Uint32Array.of(1, 2) }, "ERR_SHAPE"],
    ["keys of fewer epochs", { lossSums: new Float64Array(2), learningRates: new Float64Array(2) }, "ERR_SHAPE"],
    ["an empty list of keys", { dropoutKeys: new Uint32Array(0) }, "ERR_SHAPE"],
    ["with a gradient of another type", { gradient: new Float64Array(gradient.length) }, "ERR_SHAPE"],
    ["keys of another type", { dropoutKeys: Int32Array.of(1) }, "ERR_SHAPE"],
  ])("refuse to drop %s", (_what, changes, code) => {
    const dropout = { dropout: Float64Array.of(0.5), dropoutKeys: Uint32Array.of(1), gradient };
    expectCode(code, () => addon.train(0, job({ ...dropout, ...changes })));
  });

  it("trust no word of an optimizer, and refuse a memory that does not fit it", () => {
    const broken: readonly (readonly [number, readonly number[]])[] = [
      [0, [-1, 0.5, 5, NaN, Infinity]],
      [1, [-0.1, 1, NaN]],
      [2, [-0.1, 1, NaN]],
      [3, [0, 1e-50, -1e-9, Infinity, NaN]],
      [4, [-0.1, Infinity, NaN]],
      [5, [0, -1, NaN]],
    ];
    const values = gradient.length;
    for (const [place, wrong] of broken) {
      for (const value of wrong) {
        const optimizer = encoded({ kind: "adam", epsilon: 1e-8 });
        optimizer[place] = value;
        const given = job({ optimizer, gradient, optimizerState: new Float32Array(2 * values) });
        expectCode("ERR_OPTION", () => addon.train(0, given));
      }
    }
    for (const kind of ["momentum", "nesterov", "rmsprop", "adam"] as const) {
      const slots = optimizerSlots({ ...PLAIN_DESCENT, kind });
      const optimizer = encoded({ kind, epsilon: 1e-8 });
      for (const optimizerState of [
        undefined,
        new Float32Array(0),
        new Float32Array(slots * values - 1),
        new Float32Array((slots + 1) * values),
        new Float64Array(slots * values),
        detached(new Float32Array(slots * values)),
      ]) {
        expectCode("ERR_SHAPE", () => addon.train(0, job({ optimizer, gradient, optimizerState })));
      }
    }
  });

  it.each([
    ["a rate that is not a number", { learningRates: Float64Array.of(NaN) }],
    ["an endless rate", { learningRates: Float64Array.of(Infinity) }],
    ["a weight that is not a number", { sampleWeights: Float64Array.of(1, NaN, 1, 1) }],
    ["an endless weight", { sampleWeights: Float64Array.of(1, 1, -Infinity, 1) }],
  ])("end where %s leads, and write nowhere else", async (_what, changes) => {
    for (const kind of ["sgd", "momentum", "rmsprop", "adam"] as const) {
      for (const batchSize of [1, 3, 4]) {
        const memory = new GuardedMemory();
        const optimizer = encoded({ kind, epsilon: 1e-8 });
        const optimizerState = memory.copyOf(
          new Float32Array(optimizerSlots({ ...PLAIN_DESCENT, kind }) * gradient.length),
          "float32",
        );
        const buffers = { gradient: memory.copyOf(gradient, "float32"), optimizerState };
        const given = job({ inputs: new Float32Array(12).fill(0.5), batchSize, optimizer, ...buffers, ...changes });
        await addon.train(0, given);
        const [, , status] = given.control as Int32Array;
        expect([ChunkStatus.lossNotFinite, ChunkStatus.parametersNotFinite]).toContain(status);
        memory.expectIntact(`${kind} in batches of ${batchSize}`);
      }
    }
  });

  it("take dropout without a hidden layer, and rates of each step", async () => {
    const sizes = [3, 2];
    const single = network("float32", sizes);
    const given = job({
      arena: single.state.arena,
      block: blockFor(4, single),
      dropout: new Float64Array(0),
      dropoutKeys: Uint32Array.of(1),
      gradient: new Float32Array(single.model.layout.parameterValues),
      learningRates: new Float64Array(4),
    });
    await addon.train(0, given);
    expect(Array.from(given.control as Int32Array)).toEqual([0, 4, 0]);
  });
});
