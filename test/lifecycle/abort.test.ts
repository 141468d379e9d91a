import { describe, expect, it } from "vitest";
import { POSITION } from "../../src/backend/types.ts";
import { Dataset } from "../../src/index.ts";
import { BLOCK_SAMPLES } from "../../src/layout.ts";
import { runFit } from "../../src/training/fit.ts";
import { fitDataOf } from "../../src/training/fit_data.ts";
import { resolveFitOptions } from "../../src/training/fit_options.ts";
import type { Values } from "../../src/types.ts";
import { expectSameBits } from "../support/bits.ts";
import { rejectionOf } from "../support/errors.ts";
import { backend, prepared } from "../support/jobs.ts";

/** An epoch of so many takes some ten seconds. */
const SAMPLES = 60_000;
const inputs = new Uint8Array(SAMPLES * 784).fill(90);
const labels = Uint8Array.from({ length: SAMPLES }, (_, i) => i % 10);
const data = Dataset.from({ inputs, labels, inputScale: 1 / 255 });

/**
 * Fits with adam until the signal comes, in chunks that time does not end.
 *
 * @param whenTraining - called when a chunk is about to begin
 * @returns where each chunk ended
 */
async function positionsOfAborted(batchSize: number, whenTraining: (abort: () => void) => void): Promise<number[]> {
  const { model, state } = prepared([784, 1000, 1000, 10], "float32", "fast", "softmax");
  const controller = new AbortController();
  const positions: number[] = [];
  const train: typeof backend.train = async (job) => {
    whenTraining(() => controller.abort());
    await backend.train(job);
    positions.push(job.control[POSITION]);
  };
  const published = state.parameters.slice();
  const publish = (parameters: Values) => published.set(parameters);
  const trained = { model, backend: { ...backend, chunkSeconds: 1e6, train }, published, publish };
  const options = resolveFitOptions(
    { epochs: 1000, batchSize, optimizer: "adam", signal: controller.signal },
    { seed: 1, threads: backend.threads, hiddenLayers: 2 },
  );
  const failure = await rejectionOf(runFit(trained, fitDataOf(data, model, undefined, options), options));
  expect(failure).toBe(controller.signal.reason);
  expectSameBits(published, state.parameters, "published parameters");
  return positions;
}

describe.each([1, 32, 1000])("a signal stops a large native fit with adam, in batches of %i", (batchSize) => {
  it("before its first chunk has done more than a batch or a block", async () => {
    const positions = await positionsOfAborted(batchSize, (abort) => abort());
    expect(positions).toEqual([Math.min(batchSize, BLOCK_SAMPLES)]);
  });

  it("within a chunk", async () => {
    const positions = await positionsOfAborted(batchSize, (abort) => setTimeout(abort, 30));
    expect(positions.length).toBe(1);
    expect(positions[0]).toBeLessThan(SAMPLES);
  });
});
