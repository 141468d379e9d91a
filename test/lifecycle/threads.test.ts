import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { runScript } from "../support/child.ts";
import { rejectionOf } from "../support/errors.ts";
import { allWeights } from "../support/networks.ts";
import { sharedTraining } from "../support/shared_training.ts";
import { newsOf, startWorker } from "../support/workers.ts";

/** More epochs than any test waits for. */
const ENDLESS = 1_000_000_000;

/** Linux lists the threads of a process. */
const canCountThreads = process.platform === "linux";

function countThreads(): number {
  return readdirSync("/proc/self/task").length;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Waits for as long as the test may take. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await nextTurn();
}

async function fitEndlessly(threads: number, whileTraining: () => Promise<void>): Promise<void> {
  const { network, data, options } = sharedTraining();
  const controller = new AbortController();
  const fit = network.fit(data, { ...options, epochs: ENDLESS, threads, signal: controller.signal });
  const rejection = rejectionOf(fit);
  await whileTraining();
  controller.abort();
  expect(await rejection).toBe(controller.signal.reason);
}

describe("the threads of a fit", () => {
  it.runIf(canCountThreads)("are as many as it is told, and end with it", async () => {
    // The pool that chunks wait in is there after the first of them.
    let before = 0;
    await fitEndlessly(1, async () => {
      for (let turn = 0; turn < 2000; turn++) {
        before = Math.max(before, countThreads());
        await nextTurn();
      }
    });
    let most = 0;
    await fitEndlessly(9, () =>
      until(() => {
        most = Math.max(most, countThreads());
        return most >= before + 8;
      }),
    );
    expect(most).toBe(before + 8);
    await until(() => countThreads() <= before);
  });

  it("may be terminated with the worker thread that started them", async () => {
    for (let round = 0; round < 5; round++) {
      const worker = startWorker({ epochs: ENDLESS, threads: 8 });
      const { backend } = await newsOf(worker, "training");
      expect(backend).toBe("native");
      await new Promise((resolve) => setTimeout(resolve, 7 * round));
      expect(await worker.terminate()).toBe(1);
    }
    const { network, data, options } = sharedTraining();
    const alone = network.clone();
    await network.fit(data, { ...options, epochs: 1, threads: 8 });
    await alone.fit(data, { ...options, epochs: 1, threads: 1 });
    expect(allWeights(network)).toEqual(allWeights(alone));
  });

  it("do not keep a process from its end", async () => {
    const script = `
      const { Dataset, Network } = downhill;
      const network = new Network([64, 320, 320, 4], { seed: 4, threads: 8 });
      const inputs = Float32Array.from({ length: 512 * 64 }, (_, i) => (i % 97) / 97);
      const data = Dataset.from({ inputs, labels: Array.from({ length: 512 }, (_, i) => i % 4) });
      console.log(network.backend);
      for (let i = 0; i < 3; i++) network.clone().fit(data, { epochs: ${ENDLESS}, batchSize: 128, threads: 8 });
      network.fit(data, {
        epochs: ${ENDLESS},
        batchSize: 128,
        onProgress: () => setTimeout(() => process.exit(5), 20),
      });`;
    expect(await runScript(script)).toEqual({ code: 5, signal: null, stdout: "native\n", stderr: "" });
  });
});
