import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { Network } from "../../src/index.ts";
import type { FitNews, FitOrder } from "../support/fit_worker.ts";
import { allWeights } from "../support/networks.ts";
import { smoothData } from "../support/samples.ts";

/** More epochs than any test waits for. */
const ENDLESS = 1_000_000_000;

const module = new URL("../support/fit_worker.ts", import.meta.url).href;

/** tsx is registered by the worker itself: not every Node.js applies `--import` to the first module of a worker. */
function startWorker(order: FitOrder): Worker {
  const script = `import("tsx/esm/api").then(({ register }) => {
    register();
    return import(${JSON.stringify(module)});
  });`;
  return new Worker(script, { eval: true, workerData: order });
}

/** The first news of a kind; an error when the worker ends without it. */
function newsOf<K extends FitNews["kind"]>(worker: Worker, kind: K): Promise<Extract<FitNews, { kind: K }>> {
  return new Promise((resolve, reject) => {
    worker.on("message", (news: FitNews) => {
      if (news.kind === kind) resolve(news as Extract<FitNews, { kind: K }>);
    });
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`the worker ended with code ${code} before it was ${kind}`)));
  });
}

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
