import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { STOP, type TrainingJob } from "../../src/backend/types.ts";
import { Network } from "../../src/index.ts";
import { rejectionOf } from "../support/errors.ts";
import { backend, prepared } from "../support/jobs.ts";
import { smoothData } from "../support/samples.ts";
import { wholeJob } from "../support/whole_jobs.ts";

/** More than libuv's pool has threads. */
const TRAININGS = 8;

/** Samples for minutes. */
const order = new Uint32Array(2 ** 23);

/** A chunk that ends when it is told to. */
function endlessChunk(): TrainingJob {
  const { model, state } = prepared([400, 400, 4], "float64", "fast", "sigmoid");
  const job = wholeJob(backend, {
    model,
    state,
    samples: {
      inputs: new Float64Array(400),
      inputScale: 1,
      targets: new Float64Array(4).fill(0.5),
      labels: undefined,
    },
    order,
    learningRates: Float64Array.of(1e-9),
  });
  return { ...job, from: 0 };
}

describe("beside more trainings than there are threads in libuv's pool", () => {
  it("files are read without waiting for any of their chunks", async () => {
    const jobs = Array.from({ length: TRAININGS }, endlessChunk);
    let ended = 0;
    const chunks = jobs.map((job) => backend.train(job).finally(() => ended++));
    try {
      for (let i = 0; i < 20; i++) expect((await readFile(import.meta.filename)).length).toBeGreaterThan(1000);
      expect(ended).toBe(0);
    } finally {
      for (const { control } of jobs) Atomics.store(control, STOP, 1);
    }
    await Promise.all(chunks);
  });

  it("files are read, and every training goes on", async () => {
    const data = smoothData(500, 64, 4);
    const controller = new AbortController();
    const epochs = new Array<number>(TRAININGS).fill(0);
    const fits = epochs.map((_, i) =>
      new Network([64, 128, 4], { seed: i }).fit(data, {
        epochs: 1_000_000_000,
        signal: controller.signal,
        onEpoch: ({ epoch }) => {
          epochs[i] = epoch;
        },
      }),
    );
    const failures = fits.map(rejectionOf);
    let read = 0;
    while (read < 20 || Math.min(...epochs) < 3) {
      await readFile(import.meta.filename);
      read++;
    }
    controller.abort();
    for (const failure of failures) expect(await failure).toBe(controller.signal.reason);
  });
});
