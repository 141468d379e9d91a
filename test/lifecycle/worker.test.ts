import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { Network } from "../../src/index.ts";
import { allWeights } from "../support/networks.ts";
import { smoothData } from "../support/samples.ts";
import { newsOf, startWorker } from "../support/workers.ts";

/** More epochs than any test waits for. */
const ENDLESS = 1_000_000_000;

async function weightsHere(): Promise<ArrayLike<number>[]> {
  const network = new Network([16, 64, 4], { seed: 4 });
  await network.fit(smoothData(3000, 16, 4), { epochs: 2, learningRate: 0.1 });
  return allWeights(network);
}

describe("a fit in a worker thread", () => {
  it("runs on the native backend and gives the same bits as in the main thread", async () => {
    const worker = startWorker({ epochs: 2 });
    const exit = once(worker, "exit");
    const [{ backend }, { weights }] = await Promise.all([newsOf(worker, "training"), newsOf(worker, "done")]);
    expect(backend).toBe("native");
    expect(weights).toEqual(await weightsHere());
    expect(await exit).toEqual([0]);
  });

  it("may be terminated in mid-fit, again and again, and this thread goes on", async () => {
    for (let round = 0; round < 3; round++) {
      const worker = startWorker({ epochs: ENDLESS });
      await newsOf(worker, "training");
      expect(await worker.terminate()).toBe(1);
    }
    expect(await weightsHere()).toEqual(await weightsHere());
  });

  it("may be terminated while others train", async () => {
    const [doomed, other] = [startWorker({ epochs: ENDLESS }), startWorker({ epochs: 2 })];
    const done = newsOf(other, "done");
    const exit = once(other, "exit");
    const here = weightsHere();
    await newsOf(doomed, "training");
    await doomed.terminate();
    const { weights } = await done;
    expect(weights).toEqual(await here);
    expect(await exit).toEqual([0]);
  });

  it("may be terminated within a call, and the process goes on", async () => {
    // Short calls without a pause: the end of the environment mostly falls into one of them.
    for (const endless of ["short fits", "batches"] as const) {
      for (let round = 0; round < 15; round++) {
        const worker = startWorker({ endless });
        await newsOf(worker, "training");
        await new Promise((resolve) => setTimeout(resolve, round));
        expect(await worker.terminate()).toBe(1);
      }
    }
  });
});
