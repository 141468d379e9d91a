import { describe, it } from "vitest";
import { type Backend, STOP } from "../../src/backend/types.ts";
import { typescriptBackend } from "../../src/backend/typescript/index.ts";
import type { Arithmetic, DType } from "../../src/types.ts";
import { fc } from "../support/fast_check.ts";
import { everyNativeBackend, fusingBackends } from "../support/native.ts";
import { OPTIMIZERS, STEP_TRAININGS, type StepTraining, stepJob } from "../support/step_trainings.ts";
import { expectSameLeft, runJob, type WholeJob } from "../support/whole_jobs.ts";

const DTYPES: readonly DType[] = ["float32", "float64"];

interface Way {
  /** As many chunks as there can be, or one. */
  readonly cut?: boolean;
  readonly threads?: number;
}

/** The job of a training when it has been done on a backend. */
async function trainedOn(
  backend: Backend,
  training: StepTraining,
  dtype: DType,
  arithmetic: Arithmetic,
  { cut = false, threads = 1 }: Way = {},
): Promise<WholeJob> {
  const whole = stepJob(backend, training, dtype, arithmetic);
  const job = { ...whole, threads, budgetSeconds: cut ? 0 : whole.budgetSeconds };
  job.control[STOP] = cut ? 1 : 0;
  await runJob(backend, job);
  return job;
}

/** Native and cut into chunks on several threads, against TypeScript in one. */
async function expectParity(training: StepTraining, dtype: DType): Promise<void> {
  const expected = await trainedOn(typescriptBackend, training, dtype, "reproducible");
  for (const backend of everyNativeBackend()) {
    for (const way of [{}, { cut: true, threads: 2 }]) {
      const actual = await trainedOn(backend, training, dtype, "reproducible", way);
      expectSameLeft(actual, expected, `on ${backend.isa}, ${JSON.stringify(way)}`);
    }
  }
}

async function expectSameFast(training: StepTraining, dtype: DType): Promise<void> {
  const [first, ...others] = fusingBackends();
  const expected = await trainedOn(first, training, dtype, "fast");
  expectSameLeft(await trainedOn(first, training, dtype, "fast", { cut: true, threads: 2 }), expected, "in chunks");
  for (const backend of others) {
    const actual = await trainedOn(backend, training, dtype, "fast");
    expectSameLeft(actual, expected, `on ${backend.isa} against ${first.isa}`);
  }
}

describe.each(DTYPES)("steps, %s: the same bits on every backend", (dtype) => {
  it.each(STEP_TRAININGS)("%s", async (_, training) => {
    await expectParity(training, dtype);
    await expectSameFast(training, dtype);
  });

  it("of random trainings", async () => {
    const share = fc.constantFrom(0, 1e-12, 0.1, 0.5, 0.99);
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          sizes: fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 2, maxLength: 4 }),
          batchSize: fc.constantFrom(1, 1, 2, 31, 150),
          samples: fc.integer({ min: 1, max: 160 }),
          epochs: fc.integer({ min: 1, max: 2 }),
          kind: fc.constantFrom(...Object.values(OPTIMIZERS)),
          weightDecay: fc.constantFrom(0, 0, 0.01),
          clipGradientNorm: fc.constantFrom(Number.POSITIVE_INFINITY, 0.5, 5),
          ratesPerStep: fc.boolean(),
          weighted: fc.boolean(),
          shares: fc.option(fc.tuple(share, share)),
        }),
        async ({ kind, weightDecay, clipGradientNorm, shares, ...rest }) => {
          const optimizer = { ...kind, weightDecay, clipGradientNorm };
          const hiddenLayers = rest.sizes.length - 2;
          const dropout = shares && hiddenLayers > 0 ? { dropout: shares.slice(0, hiddenLayers) } : {};
          const training = { ...rest, optimizer, ...dropout };
          await expectParity(training, dtype);
          await expectSameFast(training, dtype);
        },
      ),
      { numRuns: 25, seed: 8 },
    );
  });

  it("where gradients overflow", async () => {
    const [, training] = STEP_TRAININGS[0];
    const learningRate = dtype === "float32" ? 1e25 : 1e200;
    for (const kind of Object.values(OPTIMIZERS)) {
      for (const clipGradientNorm of [Number.POSITIVE_INFINITY, 1]) {
        await expectParity({ ...training, optimizer: { ...kind, clipGradientNorm }, learningRate }, dtype);
      }
    }
  });
});
