import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { readCheckpoint } from "../../src/formats/checkpoint_file.ts";
import { checkpointedTraining, temporaryFiles } from "../support/checkpointed_training.ts";
import { root, runScript } from "../support/child.ts";
import { temporaryFolder } from "../support/folder.ts";
import { allWeights } from "../support/networks.ts";
import { expectSameOutcome, expectSameWeights, type FitOutcome, outcomeOf } from "../support/outcomes.ts";
import { newsOf, startWorker } from "../support/workers.ts";

/** More epochs than any test waits for. */
const ENDLESS = 1_000_000_000;
const ROUNDS = 4;

/** Whether what a terminated worker left is known to be nobody's (`src/replace_file.ts`), or is there for an hour. */
const canTellWhatIsOpen = process.platform === "linux";

const folder = temporaryFolder();

/** The path of a checkpoint in a folder of its own. */
async function newPath(name: string): Promise<string> {
  await mkdir(join(folder, name));
  return join(folder, name, "checkpoint");
}

/** Trains to the end of an epoch. */
async function trainTo(epochs: number, path?: string): Promise<FitOutcome> {
  const { network, data, options } = checkpointedTraining(path);
  return outcomeOf(network, await network.fit(data, { ...options, epochs }));
}

/** The epochs that an intact checkpoint tells of. */
async function epochsIn(path: string): Promise<number> {
  const { header } = await readCheckpoint(path);
  return (header.epochs as unknown[]).length;
}

/** Resolves as soon as another thread has begun to write a file beside those that are there. */
async function nextWriting(path: string): Promise<void> {
  const before = temporaryFiles(path);
  while (temporaryFiles(path).every((name) => before.includes(name))) await new Promise(setImmediate);
}

/** A training that goes on from the checkpoint comes to the bits of one that was never ended. */
async function expectResumable(path: string): Promise<void> {
  const epochs = (await epochsIn(path)) + 1;
  expectSameOutcome(await trainTo(epochs, path), await trainTo(epochs));
}

describe("a fit that leaves checkpoints", () => {
  it("does in a worker thread what it does in the main thread", async () => {
    const path = await newPath("worker");
    const { weights } = await newsOf(startWorker({ epochs: 3, checkpoint: path }), "done");
    const { network, data, options } = checkpointedTraining();
    await network.fit(data, { ...options, epochs: 3 });
    expectSameWeights(weights, allWeights(network));
    expect(await epochsIn(path)).toBe(3);
    expect(temporaryFiles(path)).toEqual([]);
    await expectResumable(path);
  });

  it("may be terminated with its worker thread while one is being written", async () => {
    const path = await newPath("terminated");
    let epochs = 0;
    let left = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const worker = startWorker({ epochs: ENDLESS, checkpoint: path });
      await newsOf(worker, "training");
      await nextWriting(path);
      expect(await worker.terminate()).toBe(1);
      const found = await epochsIn(path);
      expect(found).toBeGreaterThan(epochs);
      epochs = found;
      const files = temporaryFiles(path);
      // The writer before has cleared up what the one before it left, though their process goes on.
      if (canTellWhatIsOpen) expect(files.length, files.join(" ")).toBeLessThanOrEqual(1);
      left += files.length;
    }
    // Else no end fell into the writing, and nothing was shown.
    expect(left).toBeGreaterThan(0);
    await expectResumable(path);
    if (canTellWhatIsOpen) expect(temporaryFiles(path)).toEqual([]);
  });

  it("may be ended by process.exit while one is being written", async () => {
    const path = await newPath("exited");
    const support = pathToFileURL(join(root, "test/support/checkpointed_training.ts")).href;
    const script = `
      import { existsSync } from "node:fs";
      const { checkpointedTraining, temporaryFiles } = await import(${JSON.stringify(support)});
      const path = ${JSON.stringify(path)};
      const { network, data, options } = checkpointedTraining(path);
      console.log(network.backend);
      network.fit(data, { ...options, epochs: ${ENDLESS} });
      const exitInWriting = () => {
        if (existsSync(path) && temporaryFiles(path).length > 0) process.exit(4);
        setImmediate(exitInWriting);
      };
      exitInWriting();`;
    expect(await runScript(script)).toEqual({ code: 4, signal: null, stdout: "native\n", stderr: "" });
    expect(temporaryFiles(path).length).toBe(1);
    await expectResumable(path);
    // What an ended process has left is gone once another has written.
    expect(temporaryFiles(path)).toEqual([]);
  });
});
