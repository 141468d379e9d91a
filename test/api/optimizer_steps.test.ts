import { describe, expect, it } from "vitest";
import { OPTIMIZER_KINDS, type OptimizerKind, type ResolvedOptimizer } from "../../src/optimizer.ts";
import { weightViews } from "../../src/state.ts";
import { expectNear } from "../support/closeness.ts";
import { fc } from "../support/fast_check.ts";
import { OPTIMIZERS } from "../support/step_trainings.ts";
import { type Cut, expectedOutcome, rowsOf, runTraining, stepsOf, type Training } from "../support/training_jobs.ts";
import { expectSameLeft } from "../support/whole_jobs.ts";

/**
 * How far weights and losses may lie from the reference's, as a share of the largest of them. A step rounds some ten
 * times in another order than the textbook, and the steps that come after see the difference; adam and rmsprop divide
 * by the size of a gradient, so what a sum of terms has lost to cancellation counts in full.
 */
const TOLERANCE = 1e-13;

function optimizerOf(kind: OptimizerKind, changes: Partial<ResolvedOptimizer> = {}): ResolvedOptimizer {
  return { ...OPTIMIZERS[kind], ...changes };
}

/** Trains, and compares with the reference. @returns the trained weights */
async function expectReference(training: Training): Promise<number[]> {
  const { job } = await runTraining(training);
  const expected = expectedOutcome(training);
  const weights = rowsOf(job.model, job.state).flat(2);
  expectNear(weights, expected.weights.flat(2), TOLERANCE, "weights");
  expectNear(job.lossSums, expected.lossSums, TOLERANCE, "the sums of losses");
  return weights;
}

/** The first 20 steps, in batches that fit a block and in ones that take several, the last of an epoch being shorter. */
const SMALL: Training = { sizes: [3, 6, 4, 2], samples: 68, epochs: 2, batchSize: 7, learningRates: [0.05] };
const BLOCKS: Training = { ...SMALL, capacity: 3 };
const RATES = [0.04, 0.01, 0.03, 0.02, 0.05, 0.06, 0.01, 0.07, 0.02, 0.03];
const weightsFor = (samples: number) => Array.from({ length: samples }, (_, i) => [1, 0, 0.25, 3][i % 4]);

describe.each(OPTIMIZER_KINDS)("20 steps of %s", (kind) => {
  it.each<[string, Partial<ResolvedOptimizer>]>([
    ["alone", {}],
    ["with weight decay", { weightDecay: 0.1 }],
    ["with clipped gradients", { clipGradientNorm: 0.05 }],
    ["with both", { weightDecay: 0.1, clipGradientNorm: 0.05 }],
  ])("%s are those of the textbook", async (_what, changes) => {
    const optimizer = optimizerOf(kind, changes);
    const whole = await expectReference({ ...SMALL, optimizer });
    await expectReference({ ...BLOCKS, optimizer });
    const alone = await runTraining({ ...SMALL, optimizer: optimizerOf(kind) });
    if (Object.keys(changes).length > 0) expect(whole).not.toEqual(rowsOf(alone.job.model, alone.job.state).flat(2));
  });

  it("are so, too, in batches of one, of all samples, and of more than a block has room for", async () => {
    const optimizer = optimizerOf(kind, { weightDecay: 0.01, clipGradientNorm: 0.5 });
    await expectReference({ ...SMALL, optimizer, batchSize: 1, samples: 10 });
    await expectReference({ ...SMALL, optimizer, batchSize: 200, samples: 150, epochs: 4 });
    await expectReference({ ...SMALL, optimizer, batchSize: 140, samples: 300 });
  });

  it("count each sample by its weight", async () => {
    const optimizer = optimizerOf(kind);
    for (const training of [SMALL, BLOCKS]) {
      await expectReference({ ...training, optimizer, sampleWeights: weightsFor(68) });
    }
  });

  it("have each a rate of its own", async () => {
    const learningRates = [...RATES, ...RATES.map((rate) => rate / 2)];
    for (const training of [SMALL, BLOCKS]) {
      expect(learningRates.length).toBe(training.epochs * stepsOf(training));
      await expectReference({ ...training, optimizer: optimizerOf(kind), learningRates });
      await expectReference({ ...training, optimizer: optimizerOf(kind), learningRates: [0.05, 0.02] });
    }
  });

  it("leave out the units that dropout names", async () => {
    const optimizer = optimizerOf(kind, { weightDecay: 0.01 });
    for (const dropout of [
      [0.5, 0.25],
      [0.3, 0],
      [0, 0.9],
      [0, 0],
    ]) {
      await expectReference({ ...SMALL, optimizer, dropout });
      await expectReference({ ...BLOCKS, optimizer, dropout, sampleWeights: weightsFor(68) });
    }
    await expectReference({ ...SMALL, optimizer, batchSize: 1, samples: 10, dropout: [0.5, 0.5] });
  });
});

describe("online steps", () => {
  // Alone, in blocks of 32, and in blocks with a single layer.
  it.each([[[3, 6, 2]], [[33, 40, 3]], [[34, 33]]])("of %j have rates and weights of their own", async (sizes) => {
    const training: Training = { sizes, samples: 70, epochs: 2, batchSize: 1, learningRates: [0.05] };
    const learningRates = Array.from({ length: 140 }, (_, i) => 0.001 * (1 + ((7 * i) % 13)));
    await expectReference(training);
    await expectReference({ ...training, learningRates: [0.05, 0.02] });
    await expectReference({ ...training, learningRates });
    await expectReference({ ...training, sampleWeights: weightsFor(70) });
    await expectReference({ ...training, learningRates, sampleWeights: weightsFor(70) });
  });
});

it("every combination comes to what the textbook says", async () => {
  const share = fc.constantFrom(0, 0.2, 0.5);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 2, maxLength: 4 }),
      fc.record({
        samples: fc.integer({ min: 1, max: 40 }),
        epochs: fc.integer({ min: 1, max: 3 }),
        batchSize: fc.integer({ min: 2, max: 45 }),
        capacity: fc.integer({ min: 1, max: 45 }),
      }),
      fc.constantFrom(...OPTIMIZER_KINDS),
      fc.record({ weightDecay: fc.constantFrom(0, 0.05), clipGradientNorm: fc.constantFrom(0.1, 2, Infinity) }),
      fc.boolean(),
      fc.option(fc.array(share, { minLength: 2, maxLength: 2 }), { nil: undefined }),
      async (sizes, numbers, kind, changes, isWeighted, shares) => {
        await expectReference({
          sizes,
          ...numbers,
          learningRates: [0.02],
          optimizer: optimizerOf(kind, changes),
          sampleWeights: isWeighted ? weightsFor(numbers.samples) : undefined,
          dropout: shares?.slice(0, sizes.length - 2),
        });
      },
    ),
    { numRuns: 40, seed: 11 },
  );
});

it("adam's powers are those of its decays", async () => {
  const { job } = await runTraining({ ...SMALL, optimizer: optimizerOf("adam") });
  const expected = [1, 1];
  for (let step = 0; step < 20; step++) {
    expected[0] *= OPTIMIZERS.adam.firstDecay;
    expected[1] *= OPTIMIZERS.adam.secondDecay;
  }
  expect(Array.from(job.optimizerPowers)).toEqual(expected);
  const { job: other } = await runTraining({ ...SMALL, optimizer: optimizerOf("rmsprop") });
  expect(Array.from(other.optimizerPowers)).toEqual([1, 1]);
});

/** Expects that a training comes to the same bits however it is cut. @returns into how many chunks it was */
async function expectNoTrace(training: Training, cut: Partial<Cut>): Promise<number> {
  const { job: whole } = await runTraining(training);
  const { job, chunks } = await runTraining(training, cut);
  expectSameLeft(job, whole, `where ${JSON.stringify(cut)}`);
  return chunks;
}

describe.each(OPTIMIZER_KINDS)("chunks leave no trace in steps of %s", (kind) => {
  // So large that the clock is read, and several blocks a batch: chunks end within batches.
  const shape = { sizes: [33, 17, 5], samples: 301, epochs: 2, batchSize: 70, capacity: 32 };

  it.each([
    ["float32", "fast", { sampleWeights: weightsFor(301), dropout: [0.4], learningRates: RATES }, 0.01],
    ["float64", "reproducible", {}, 0],
  ] as const)("%s, %s", async (dtype, arithmetic, options, weightDecay) => {
    const optimizer = optimizerOf(kind, { weightDecay, clipGradientNorm: 0.1 });
    for (const cut of [{ budgetSeconds: 0 }, { stop: 1 }]) {
      expect(await expectNoTrace({ ...shape, ...options, dtype, arithmetic, optimizer }, cut)).toBeGreaterThan(1);
    }
  });
});

describe("threads leave no trace", () => {
  // A layer whose norm is worth two threads (`kWorkPerThread` in native/team.cc), and samples that are worth three.
  const shape = { samples: 40, epochs: 2, batchSize: 20, capacity: 8 };
  const everything = { sampleWeights: weightsFor(40), dropout: [0.4], learningRates: RATES.slice(0, 4) };

  it.each<[string, Training]>([
    [
      "steps of adam, float32",
      {
        ...shape,
        ...everything,
        sizes: [1100, 500, 3],
        dtype: "float32",
        optimizer: optimizerOf("adam", { weightDecay: 0.01, clipGradientNorm: 0.1 }),
      },
    ],
    [
      "reproducible steps of nesterov, float64",
      {
        ...shape,
        sizes: [700, 800, 2],
        arithmetic: "reproducible",
        optimizer: optimizerOf("nesterov", { clipGradientNorm: 0.1 }),
      },
    ],
  ])("in %s", async (_what, training) => {
    await expectNoTrace(training, { threads: 2 });
    await expectNoTrace(training, { threads: 3, budgetSeconds: 0 });
  });
});

it.each(["float32", "float64"] as const)("the padding stays zero, %s", async (dtype) => {
  for (const kind of OPTIMIZER_KINDS) {
    for (const weightDecay of [0, 0.1]) {
      const optimizer = optimizerOf(kind, { weightDecay, clipGradientNorm: 0.1 });
      const { job } = await runTraining({ ...SMALL, dtype, optimizer, dropout: [0.5, 0.5] });
      const { layout } = job.model;
      const states = job.optimizerState ?? new Float64Array(0);
      const arrays = [job.state.parameters];
      for (let at = 0; at < states.length; at += layout.parameterValues) {
        arrays.push(states.subarray(at, at + layout.parameterValues));
      }
      for (const matrices of arrays.map((array) => weightViews(layout, array))) {
        layout.layers.forEach(({ units, inputs, stride }, l) => {
          for (let row = 0; row < units; row++) {
            const padding = matrices[l].subarray(row * stride + inputs + 1, (row + 1) * stride);
            expect(padding.every((value) => Object.is(value, 0))).toBe(true);
          }
        });
      }
    }
  }
});
