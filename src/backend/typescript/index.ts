import type { Model } from "../../model.ts";
import { type NetworkState, weightViews } from "../../state.ts";
import { nextTurn } from "../../turn.ts";
import { checkedKernels } from "../kernels.ts";
import { allocateValues, type Backend, type Job } from "../types.ts";
import { SampleBlock } from "./block.ts";
import { runKernel } from "./kernels.ts";
import { SampleNetwork } from "./network.ts";
import { finish, type Pieces } from "./pieces.ts";
import { evaluateRange, trainRange } from "./range.ts";

/** Views and kernels that were looked up for memory still in use; they hold nothing that the memory does not. */
const networks = new WeakMap<NetworkState, SampleNetwork>();
const blocks = new WeakMap<Job["block"], SampleBlock>();

function networkOf(model: Model, state: NetworkState): SampleNetwork {
  let network = networks.get(state);
  if (network === undefined || network.model !== model) {
    network = new SampleNetwork(model, state);
    networks.set(state, network);
  }
  return network;
}

function blockOf(job: Job): SampleBlock {
  const network = networkOf(job.model, job.state);
  let block = blocks.get(job.block);
  if (block === undefined || block.network !== network) {
    block = new SampleBlock(network, job.block);
    blocks.set(job.block, block);
  }
  return block;
}

/** Does the work with a turn of the event loop where a pause is due, and one at the end. */
async function inTurns(pieces: Pieces, { budgetSeconds }: Job): Promise<void> {
  let due = performance.now() + budgetSeconds * 1000;
  while (!pieces.next().done) {
    if (performance.now() < due) continue;
    await nextTurn();
    due = performance.now() + budgetSeconds * 1000;
  }
  await nextTurn();
}

/** The backend in plain TypeScript: works wherever JavaScript does, in slices that yield to the event loop. */
export const typescriptBackend: Backend = {
  name: "typescript",
  isa: "none",
  kernels: checkedKernels(runKernel),
  chunkSeconds: 0.005,
  threads: 1,
  allocate: allocateValues,
  forward(model, state) {
    networkOf(model, state).forward();
  },
  step(model, state, learningRate) {
    const network = networkOf(model, state);
    network.forward();
    const loss = network.loss();
    if (Number.isFinite(loss)) network.update(network.round(-learningRate));
    return loss;
  },
  gradient(model, state, gradient) {
    const network = networkOf(model, state);
    gradient.fill(0);
    network.forward();
    const loss = network.loss();
    network.addGradient(weightViews(model.layout, gradient));
    return loss;
  },
  train(job) {
    const block = blockOf(job);
    return inTurns(trainRange(job, block.network, block), job);
  },
  evaluate: (job) => inTurns(evaluateRange(job, blockOf(job)), job),
  evaluateSync(job) {
    finish(evaluateRange(job, blockOf(job)));
  },
};
