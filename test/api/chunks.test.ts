import { describe, expect, it } from "vitest";
import { ChunkStatus, type EvaluationJob, POSITION, STATUS, STOP } from "../../src/backend/types.ts";
import { Random } from "../../src/random.ts";
import { expectSameBits } from "../support/bits.ts";
import { backend, blockWithRoomFor, prepared } from "../support/jobs.ts";
import { runJob, type WholeJob, wholeJob } from "../support/whole_jobs.ts";

/** A network that is trained sample by sample, and one whose samples online training takes in blocks of 32. */
const SHAPES = [
  [33, 17, 5],
  [33, 40, 5],
];

/** How a job is cut: into a single chunk, by time, or after as little as there can be, by the wish to stop. */
const CUTS = [
  { budgetSeconds: 1e6, stop: 0 },
  { budgetSeconds: 0, stop: 0 },
  { budgetSeconds: 1e6, stop: 1 },
];

function jobOf(sizes: readonly number[], batchSize: number, size: number, epochs = 1): WholeJob {
  const { model, state } = prepared(sizes, "float32", "fast", "softmax");
  const random = new Random(3);
  return wholeJob(backend, {
    model,
    state,
    samples: {
      inputs: Float32Array.from({ length: size * sizes[0] }, () => random.uniform()),
      inputScale: 1,
      targets: undefined,
      labels: Uint32Array.from({ length: size }, () => random.below(5)),
    },
    order: Uint32Array.from({ length: epochs * size }, (_, i) => (7 * i + Math.floor(i / size)) % size),
    epochs,
    batchSize,
    learningRates: Float64Array.from({ length: epochs }, (_, e) => 0.05 / (e + 1)),
  });
}

/** The same epochs as jobs of their own. */
async function epochByEpoch(job: WholeJob) {
  const { order, learningRates, lossSums } = job;
  const size = order.length / learningRates.length;
  for (const e of learningRates.keys()) {
    await runJob(backend, {
      ...job,
      order: order.subarray(e * size, (e + 1) * size),
      learningRates: learningRates.subarray(e, e + 1),
      lossSums: lossSums.subarray(e, e + 1),
    });
  }
  return { losses: lossSums, parameters: job.state.parameters };
}

describe.each(SHAPES.map((sizes) => [sizes] as const))("chunks of a training of %j", (sizes) => {
  it.each([1, 7, 200])("leave no trace, in batches of %i", async (batchSize) => {
    const outcomes = [];
    for (const { budgetSeconds, stop } of CUTS) {
      const job = { ...jobOf(sizes, batchSize, 501, 4), budgetSeconds };
      job.control[STOP] = stop;
      const chunks = await runJob(backend, job);
      if (budgetSeconds === 0 || stop === 1) expect(chunks).toBeGreaterThan(1);
      else expect(chunks).toBe(1);
      outcomes.push({ losses: job.lossSums, parameters: job.state.parameters });
    }
    outcomes.push(await epochByEpoch(jobOf(sizes, batchSize, 501, 4)));
    for (const { losses, parameters } of outcomes) {
      expect(losses).toEqual(outcomes[0].losses);
      expectSameBits(parameters, outcomes[0].parameters, "parameters");
    }
  });

  it("end early when they are told to stop", async () => {
    const job = jobOf(sizes, 1, 2000);
    job.control[STOP] = 1;
    await backend.train({ ...job, from: 0 });
    expect(job.control[POSITION]).toBeGreaterThan(0);
    expect(job.control[POSITION]).toBeLessThan(2000);
  });

  it.each([1, 7, 200])("end at a label that the network has no output for, in batches of %i", async (batchSize) => {
    const size = 300;
    for (const place of [0, 1, 31, 32, 45, 298, 299]) {
      const job = jobOf(sizes, batchSize, size);
      const { labels } = job.samples;
      if (labels) labels[job.order[place]] = 5;
      const before = job.state.parameters.slice();
      await backend.train({ ...job, from: 0 });
      expect([job.control[STATUS], job.control[POSITION]]).toEqual([ChunkStatus.badSample, place]);
      expect(job.state.parameters.every(Number.isFinite)).toBe(true);
      if (place === 0) expectSameBits(job.state.parameters, before, "parameters");
    }
  });

  it("end before the sample whose loss is not finite", async () => {
    for (const batchSize of [1, 7, 200]) {
      for (const place of [0, 31, 32, 45, 299]) {
        const { model, state } = prepared(sizes, "float64", "fast", "linear");
        const targets = new Float64Array(300 * 5);
        const order = Uint32Array.from({ length: 300 }, (_, i) => (7 * i + 3) % 300);
        targets[order[place] * 5 + 2] = 1e200;
        const random = new Random(4);
        const inputs = Float64Array.from({ length: 300 * 33 }, () => random.uniform());
        const job = wholeJob(backend, {
          model,
          state,
          samples: { inputs, inputScale: 1, targets, labels: undefined },
          order,
          batchSize,
          learningRates: Float64Array.of(1e-4),
        });
        await backend.train({ ...job, from: 0 });
        expect([job.control[STATUS], job.control[POSITION]]).toEqual([ChunkStatus.lossNotFinite, place]);
        expect(job.lossSums[0] > 0 || place === 0).toBe(true);
        expect(Number.isFinite(job.lossSums[0])).toBe(true);
      }
    }
  });
});

describe("chunks of an evaluation", () => {
  it("leave no trace, whatever the size of the block", async () => {
    const [sizes, size] = [SHAPES[1], 700];
    const outcomes = [];
    for (const capacity of [1, 2, 31, 128, 150]) {
      for (const { budgetSeconds, stop } of CUTS) {
        const given = { ...jobOf(sizes, 1, size), budgetSeconds };
        const block = blockWithRoomFor(given.model, capacity);
        given.control[STOP] = stop;
        const outputs = backend.allocate("float32", size * 5);
        for (let from = 0; from < size; from = given.control[POSITION]) {
          const job: EvaluationJob = { ...given, block, from, to: size, outputs: outputs.subarray(from * 5) };
          if (from % 2 === 0) await backend.evaluate(job);
          else backend.evaluateSync(job);
          expect(given.control[STATUS]).toBe(ChunkStatus.ok);
        }
        outcomes.push({ loss: given.lossSums[0], outputs });
      }
    }
    for (const { loss, outputs } of outcomes) {
      expect(loss).toBe(outcomes[0].loss);
      expectSameBits(outputs, outcomes[0].outputs, "outputs");
    }
  });
});
