import { describe, expect, it } from "vitest";
import { createBlock } from "../../src/state.ts";
import { job, network, wide, wideJob } from "../support/addon_jobs.ts";
import { requireAddon } from "../support/native.ts";

/** A chunk reads the order again and again; one that lies in memory the chunk itself writes must not lead it astray. */
const addon = requireAddon();

const ones = (length: number) => new Float64Array(length).fill(1);
/** As indices of samples the bits of this number lie far beyond any memory. */
const FAR = -1e30;

describe("an order that the chunk overwrites", () => {
  it("does not take a batch's weights from beyond their array", async () => {
    const { model } = network();
    const block = createBlock(model, 4, (_type, length) => new Float32Array(length));
    // The targets lie last in a block: those of the fourth sample are written over the order of the first two.
    const order = new Uint32Array(block.buffer, (block.length - 16) * 4, 4);
    order.set([0, 1, 2, 3]);
    const control = new Int32Array(3);
    const gradient = new Float32Array(model.layout.parameterValues);
    const targets = new Float32Array(8).fill(FAR);
    await addon.train(0, job({ block, order, gradient, batchSize: 4, sampleWeights: ones(4), targets, control }));
    expect(control[1]).toBe(4);
  });

  it.each([
    ["a sample by itself", network(), (changes: object) => job({ order: undefined, ...changes })],
    [
      "a block of samples",
      wide,
      (changes: object) => wideJob({ targets: new Float32Array(100).fill(FAR), ...changes }),
    ],
  ])("does not take the weight of %s from beyond their array", async (_what, { model }, jobWith) => {
    // A network whose memory is the order's: the target of a sample is written over all of it.
    const samples = model === wide.model ? 50 : 4;
    const { arena } = network("float32", [model.layout.layers[0].inputs, model.layout.layers[0].units, 2]).state;
    const order = new Uint32Array(arena.buffer, (arena.length - 16) * 4, 16).fill(0);
    const control = new Int32Array(3);
    const targets = new Float32Array(samples * 2).fill(FAR);
    const given = { arena, order, control, targets, sampleWeights: ones(samples), learningRates: Float64Array.of(0.1) };
    await addon.train(0, jobWith(given));
    expect(control[2]).not.toBe(0);
  });
});
