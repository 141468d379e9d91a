import { describe, expect, it } from "vitest";
import { Dataset, type History, Network } from "../../src/index.ts";
import { detached, resizableBuffer } from "../support/buffers.ts";
import { allWeights } from "../support/networks.ts";

// A chunk works on another thread. Memory that is transferred away or made smaller meanwhile could be given back to the
// system under it: so nothing that a caller holds is read there, but for shared memory, which cannot go away.

const SAMPLES = 4000;

/** Values in a buffer that can be made smaller. */
function shrinkable(values: Float32Array): { values: Float32Array; shrink: () => void } {
  const buffer = resizableBuffer(values.byteLength, values.byteLength);
  const view = new Float32Array(buffer);
  view.set(values);
  return { values: view, shrink: () => buffer.resize(0) };
}

function train(network: Network, data: Dataset, onEpoch: () => void = () => {}): Promise<History> {
  return network.fit(data, { epochs: 6, learningRate: 0.01, seed: 1, onEpoch });
}

describe("buffers that a data set was made from", () => {
  it("may be transferred away and shrunk in the middle of a chunk", async () => {
    const inputs = Float32Array.from({ length: SAMPLES * 64 }, (_, i) => ((i * 7919) % 101) / 101);
    const targets = Float32Array.from({ length: SAMPLES }, (_, i) => (i % 3) / 3);
    const weights = new Float64Array(SAMPLES).fill(1.5);
    const undisturbed = new Network([64, 64, 1], { seed: 1 });
    await train(undisturbed, Dataset.from({ inputs, targets, weights, size: SAMPLES }));

    for (const giveUp of ["transfer", "shrink"]) {
      const { values, shrink } = shrinkable(inputs);
      const given = {
        inputs: giveUp === "shrink" ? values : inputs.slice(),
        targets: targets.slice(),
        weights: weights.slice(),
      };
      const network = new Network([64, 64, 1], { seed: 1 });
      const fit = train(network, Dataset.from({ ...given, size: SAMPLES }));
      // The first chunk is on its way.
      await new Promise((resolve) => setImmediate(resolve));
      if (giveUp === "shrink") shrink();
      else detached(given.inputs);
      detached(given.targets);
      detached(given.weights);
      await fit;
      expect(allWeights(network)).toEqual(allWeights(undisturbed));
    }
  });
});
