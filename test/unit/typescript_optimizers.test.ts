import { describe, expect, it } from "vitest";
import { typescriptBackend as backend } from "../../src/backend/typescript/index.ts";
import { SampleNetwork } from "../../src/backend/typescript/network.ts";
import { OptimizerSteps } from "../../src/backend/typescript/optimizer.ts";
import { createModel } from "../../src/model.ts";
import { optimizerSlots, type ResolvedOptimizer } from "../../src/optimizer.ts";
import { createState } from "../../src/state.ts";
import { expectThrown } from "../support/errors.ts";
import { OPTIMIZERS, type StepTraining, stepJob } from "../support/step_trainings.ts";
import { runJob } from "../support/whole_jobs.ts";

const linear = { kind: "linear", parameter: 1, derivativeParameter: 1 } as const;

/** Steps of a network with 1.3 million parameters, at which a step takes several milliseconds. */
function largeSteps(optimizer: ResolvedOptimizer) {
  const choices = { dtype: "float32", arithmetic: "reproducible", loss: "squaredError" } as const;
  const model = createModel([1000, 1300, 2], [linear, linear], choices);
  const state = createState(model, backend.allocate);
  const values = () => backend.allocate("float32", model.layout.parameterValues);
  const slots = Array.from({ length: optimizerSlots(optimizer) }, values);
  const gradient = values().fill(0.5);
  const network = new SampleNetwork(model, state);
  return { state, steps: new OptimizerSteps(optimizer, network, gradient, slots, Float64Array.of(1, 1)) };
}

/** Every way in which a step goes through the parameters: a layer as one stretch, row by row, and twice. */
const WAYS = Object.values(OPTIMIZERS).flatMap((optimizer) => [
  [optimizer.kind, optimizer] as const,
  [`${optimizer.kind} with weight decay`, { ...optimizer, weightDecay: 0.1 }] as const,
  [`${optimizer.kind} with a clipped gradient`, { ...optimizer, clipGradientNorm: 1 }] as const,
]);

describe.each(WAYS)("a step on TypeScript by %s", (_, optimizer) => {
  it("pauses between parts of a large layer", () => {
    const { state, steps } = largeSteps(optimizer);
    const pieces = steps.take(0.1, 4);
    let pauses = 0;
    let last = 0;
    for (; !pieces.next().done; pauses++) {
      const changed = state.parameters.findLastIndex((value) => value !== 0) + 1;
      expect(changed - last).toBeLessThan(state.parameters.length / 3);
      last = changed;
    }
    expect(pauses).toBeGreaterThan(3);
    expect(last).toBeGreaterThan(state.parameters.length - 100);
  });

  it("takes no memory for arrays", () => {
    const { state, steps } = largeSteps(optimizer);
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 3; i++) for (const _pause of steps.take(0.1, 4));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(state.parameters.byteLength / 2);
  });
});

const training: StepTraining = {
  sizes: [400, 100, 2],
  batchSize: 2,
  samples: 40,
  epochs: 1,
  optimizer: { ...OPTIMIZERS.adam, weightDecay: 0.1, clipGradientNorm: 1 },
  weighted: true,
  dropout: [0.5],
};

describe("a training on TypeScript", () => {
  it("takes no memory for arrays from step to step", async () => {
    const job = stepJob(backend, training, "float32", "fast");
    const before = process.memoryUsage().arrayBuffers;
    await runJob(backend, job);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(job.state.parameters.byteLength);
  });

  it.each(["gradient", "optimizerState", "dropoutKeys"] as const)("refuses a job without its %s", async (name) => {
    const job = { ...stepJob(backend, training, "float32", "fast"), from: 0, [name]: undefined };
    const before = job.state.parameters.slice();
    expectThrown(() => backend.train(job), "ERR_SHAPE", `the training job has no ${name}`);
    expect(job.state.parameters).toEqual(before);
  });
});
