import { weightViews } from "../../state.ts";
import { nextTurn } from "../../turn.ts";
import { checkedKernels } from "../kernels.ts";
import { allocateValues, type Backend } from "../types.ts";
import { runKernel } from "./kernels.ts";
import { addGradient, forward, loss, roundingOf, update } from "./network.ts";
import { evaluateRange, trainRange } from "./range.ts";

/** The backend in plain TypeScript: works wherever JavaScript does, in slices that yield to the event loop. */
export const typescriptBackend: Backend = {
  name: "typescript",
  isa: "none",
  kernels: checkedKernels(runKernel),
  chunkSeconds: 0.005,
  allocate: allocateValues,
  forward,
  step(model, state, learningRate) {
    forward(model, state);
    const sampleLoss = loss(model, state);
    if (Number.isFinite(sampleLoss)) update(model, state, roundingOf(model.dtype)(-learningRate));
    return sampleLoss;
  },
  gradient(model, state, gradient) {
    gradient.fill(0);
    forward(model, state);
    const sampleLoss = loss(model, state);
    addGradient(model, state, weightViews(model.layout, gradient));
    return sampleLoss;
  },
  async train(job) {
    trainRange(job);
    await nextTurn();
  },
  async evaluate(job) {
    evaluateRange(job);
    await nextTurn();
  },
  evaluateSync: evaluateRange,
};
