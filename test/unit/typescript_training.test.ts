import { describe, expect, it } from "vitest";
import { ChunkStatus, POSITION, STATUS } from "../../src/backend/types.ts";
import { typescriptBackend as backend } from "../../src/backend/typescript/index.ts";
import { initializeWeights } from "../../src/initialize.ts";
import { onlineBlock } from "../../src/layout.ts";
import { createModel, type Model, type ResolvedActivation } from "../../src/model.ts";
import { Random } from "../../src/random.ts";
import { createState, type NetworkState } from "../../src/state.ts";
import type { Arithmetic, DType, Values } from "../../src/types.ts";
import { runJob, type WholeJob, wholeJob } from "../support/whole_jobs.ts";

const linear: ResolvedActivation = { kind: "linear", parameter: 1, derivativeParameter: 1 };
const hidden: ResolvedActivation = { kind: "tanh", parameter: 1, derivativeParameter: 1 };
const SAMPLES = 300;
/** Small enough for 400 units. */
const RATE = 0.002;

function networkOf(sizes: readonly number[], dtype: DType, arithmetic: Arithmetic) {
  const activations = sizes.slice(2).map(() => hidden);
  const model = createModel(sizes, [...activations, linear], { dtype, arithmetic, loss: "squaredError" });
  const state = createState(model, backend.allocate);
  const initializer = { type: "uniform", min: -0.2, max: 0.2 } as const;
  initializeWeights(
    model.layout,
    state,
    model.activations.map(() => initializer),
    new Random(1),
  );
  return { model, state };
}

function samplesFor({ layout: { layers } }: Model) {
  const random = new Random(2);
  const draw = (length: number) => Float64Array.from({ length }, () => random.uniform() * 2 - 1);
  const outputs = layers[layers.length - 1].units;
  return {
    inputs: draw(SAMPLES * layers[0].inputs),
    inputScale: 0.5,
    targets: draw(SAMPLES * outputs),
    labels: undefined,
  };
}

/** A training at these rates, one for each epoch. */
function jobOf(
  { model, state }: ReturnType<typeof networkOf>,
  batchSize: number,
  budgetSeconds: number,
  rates: readonly number[],
): WholeJob {
  return wholeJob(backend, {
    model,
    state,
    samples: samplesFor(model),
    budgetSeconds,
    order: Uint32Array.from({ length: rates.length * SAMPLES }, (_, i) => i % SAMPLES),
    epochs: rates.length,
    batchSize,
    learningRates: Float64Array.from(rates),
  });
}

/** Trains to the end. @returns the number of chunks it took, and the sums of losses of the epochs */
async function trained(job: WholeJob) {
  const chunks = await runJob(backend, job);
  expect([job.control[STATUS], job.control[POSITION]]).toEqual([ChunkStatus.ok, job.order.length]);
  return { chunks, losses: job.lossSums };
}

/** The same, sample by sample through the calls for one. @returns the sum of losses */
function trainBySamples(model: Model, state: NetworkState, batchSize: number): number {
  const { inputs, inputScale, targets } = samplesFor(model);
  const inputSize = model.layout.layers[0].inputs;
  const outputs = targets.length / SAMPLES;
  const gradient = backend.allocate(model.dtype, model.layout.parameterValues);
  let loss = 0;
  for (let first = 0; first < SAMPLES; first += batchSize) {
    const end = Math.min(SAMPLES, first + batchSize);
    const sum = new Float64Array(gradient.length);
    for (let s = first; s < end; s++) {
      for (let j = 0; j < inputSize; j++) state.activations[0][j] = inputs[s * inputSize + j] * inputScale;
      state.target.set(targets.subarray(s * outputs, (s + 1) * outputs));
      loss += backend.gradient(model, state, gradient);
      for (let i = 0; i < sum.length; i++) sum[i] += gradient[i];
    }
    for (let i = 0; i < sum.length; i++) state.parameters[i] -= (RATE / (end - first)) * sum[i];
  }
  return loss;
}

function largestDifference(a: Values, b: Values): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i] - b[i]));
  return largest;
}

/** Below and from the size on that takes samples together, a single layer, panels of rows, batches cut in blocks. */
const TRAININGS: readonly (readonly [string, readonly number[], number])[] = [
  ["sample by sample", [9, 20, 3], 1],
  ["samples together", [40, 33, 5], 1],
  ["samples together in a single layer", [35, 32], 1],
  ["two panels of rows", [40, 36, 150, 3], 1],
  ["three panels of rows, sample by sample", [6, 9, 300, 2], 1],
  ["a batch in one block", [40, 33, 5], 7],
  ["a batch in several blocks", [40, 33, 5], 200],
  ["products in several pieces, samples together", [400, 400, 3], 1],
  ["products in several pieces, a batch", [300, 300, 3], 64],
];

describe.each(TRAININGS)("training on TypeScript: %s", (_, sizes, batchSize) => {
  it("takes the steps of single samples, in float64", async () => {
    for (const arithmetic of ["fast", "reproducible"] as const) {
      const { model, state } = networkOf(sizes, "float64", arithmetic);
      const single = networkOf(sizes, "float64", arithmetic);
      const before = state.parameters.slice();
      const { losses } = await trained(jobOf({ model, state }, batchSize, 1e6, [RATE]));
      const expected = trainBySamples(single.model, single.state, batchSize);
      expect(largestDifference(state.parameters, before)).toBeGreaterThan(1e-4);
      expect(largestDifference(state.parameters, single.state.parameters)).toBeLessThan(1e-12);
      expect(Math.abs(losses[0] - expected)).toBeLessThan(1e-10 * expected);
    }
  });

  it("leaves no trace of how it was cut into chunks", async () => {
    for (const dtype of ["float32", "float64"] as const) {
      for (const arithmetic of ["fast", "reproducible"] as const) {
        const whole = networkOf(sizes, dtype, arithmetic);
        const cut = networkOf(sizes, dtype, arithmetic);
        const once = await trained(jobOf(whole, batchSize, 1e6, [RATE]));
        const often = await trained(jobOf(cut, batchSize, 0, [RATE]));
        expect(once.chunks).toBe(1);
        expect(often.chunks).toBeGreaterThan(1);
        expect(often.losses).toEqual(once.losses);
        expect(cut.state.parameters).toEqual(whole.state.parameters);
      }
    }
  });
});

describe("a chunk on TypeScript", () => {
  it("goes through its epochs one after the other", async () => {
    for (const batchSize of [1, 7]) {
      const together = networkOf([9, 20, 3], "float32", "fast");
      const apart = networkOf([9, 20, 3], "float32", "fast");
      const rates = [0.02, 0.005];
      const { losses } = await trained(jobOf(together, batchSize, 1e6, rates));
      for (const [epoch, rate] of rates.entries()) {
        const alone = await trained(jobOf(apart, batchSize, 1e6, [rate]));
        expect(losses[epoch]).toBe(alone.losses[0]);
      }
      expect(together.state.parameters).toEqual(apart.state.parameters);
    }
  });

  it("lets the event loop turn within the work of large layers", async () => {
    const job = jobOf(networkOf([600, 600, 2], "float32", "fast"), 128, 0, [RATE]);
    let turns = 0;
    let isOver = false;
    const count = () => {
      turns++;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    await backend.train({ ...job, from: 0 });
    isOver = true;
    expect(turns).toBeGreaterThan(5);
  });
});

describe("the first layer of online training on TypeScript", () => {
  it("takes samples together where it is not tiny", () => {
    const blockOf = (sizes: readonly number[]) => onlineBlock(networkOf(sizes, "float32", "fast").model.layout);
    expect(blockOf([40, 33, 5])).toBeGreaterThan(1);
    expect(blockOf([9, 20, 3])).toBe(1);
  });
});
