import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backendInfo } from "../../src/index.ts";
import { Random } from "../../src/random.ts";
import type { TrainingOutcome } from "../support/killed_training.ts";
import { PATIENCE } from "../support/patience.ts";
import { translatedPackage } from "../support/translated.ts";
import { Victim } from "../support/victim.ts";

const KILLS = 50;

/** The share of the epochs that the moments are spread over: a training should not end before it is killed. */
const SPREAD = 0.9;

/** Follows a training until so many epochs are behind it, or to its end. */
async function follow(training: Victim, epochs: number): Promise<{ epoch: number; outcome?: TrainingOutcome }> {
  let epoch = 0;
  for (;;) {
    const line = await training.nextLine();
    if (line === undefined) throw new Error(`the training ended behind epoch ${epoch}`);
    if (line.startsWith("{")) return { epoch, outcome: JSON.parse(line) };
    if (line !== "begun") epoch = Number(line);
    if (epoch >= epochs) return { epoch };
  }
}

describe(`a training that is killed ${KILLS} times`, { timeout: 300_000 * PATIENCE }, () => {
  let folder: string;

  beforeAll(async () => {
    folder = await translatedPackage();
  });
  afterAll(async () => {
    if (folder) await rm(folder, { recursive: true });
  });

  function start(...command: readonly string[]): Victim {
    const DOWNHILL_NATIVE_PATH = backendInfo().reason.replace(/^loaded /, "");
    return new Victim([join(folder, "test/support/killed_training.js"), ...command], { DOWNHILL_NATIVE_PATH });
  }

  async function runToEnd(...command: readonly string[]): Promise<TrainingOutcome> {
    const { outcome } = await follow(start(...command), Number.POSITIVE_INFINITY);
    if (outcome) return outcome;
    throw new Error("a training without end ended");
  }

  it.each([
    { training: "batches", stopped: "earlyStopping" },
    { training: "online", stopped: undefined },
  ])("and resumed gives what it gives without: $training", async ({ training, stopped }) => {
    const whole = await runToEnd(training);
    const saved = await runToEnd(training, join(folder, `${training}-uninterrupted`));
    expect(saved.digest).toBe(whole.digest);
    expect(whole.stopped).toBe(stopped);
    const secondsPerEpoch = saved.seconds / saved.epochs;
    const files = join(folder, training);
    const path = join(files, "checkpoint");
    await mkdir(files);

    // Each moment is a number of epochs: the whole ones are waited for, the rest is a time.
    const random = new Random(11);
    const moments = Array.from({ length: KILLS }, () => SPREAD * whole.epochs * random.uniform()).sort((a, b) => a - b);
    let reached = 0;
    let kills = 0;
    for (const moment of moments) {
      const victim = start(training, path);
      // A training that has been so far before is killed while it reads its checkpoint, or soon after.
      const { epoch, outcome } = await follow(victim, moment < reached + 1 ? 0 : Math.floor(moment));
      await pause((moment % 1) * secondsPerEpoch * 1000);
      await victim.kill();
      if (outcome) break;
      reached = Math.max(reached, epoch);
      kills++;
    }
    // A machine that does other things may let the last trainings get away.
    expect(kills).toBeGreaterThan(0.8 * KILLS);
    const { digest, epochs } = await runToEnd(training, path);
    expect({ digest, epochs }).toEqual({ digest: whole.digest, epochs: whole.epochs });
    expect(await readdir(files)).toEqual(["checkpoint"]);
  });
});
