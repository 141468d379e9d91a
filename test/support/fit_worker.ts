import { parentPort, workerData } from "node:worker_threads";
import { Network } from "../../src/index.ts";
import { checkpointedTraining } from "./checkpointed_training.ts";
import { allWeights } from "./networks.ts";
import { smoothData } from "./samples.ts";
import { sharedTraining } from "./shared_training.ts";

/** A worker thread that fits a network; it says when training is under way, and in the end which weights it has got. */

/**
 * What the worker is started with: a fit of so many epochs, perhaps one whose work is split among threads, or one that
 * leaves a checkpoint after each; or calls of one kind until it is terminated.
 */
export type FitOrder =
  | { readonly epochs: number; readonly threads?: number }
  | { readonly epochs: number; readonly checkpoint: string }
  | { readonly endless: "short fits" | "batches" };

/** What it posts. */
export type FitNews =
  | { readonly kind: "training"; readonly backend: string }
  | { readonly kind: "done"; readonly weights: readonly ArrayLike<number>[] };

const order = workerData as FitOrder;
const network = new Network([16, 64, 4], { seed: 4 });
const post = (news: FitNews) => parentPort?.postMessage(news);

if ("threads" in order && order.threads !== undefined) {
  const { network: shared, data, options } = sharedTraining();
  await shared.fit(data, {
    ...options,
    epochs: order.epochs,
    threads: order.threads,
    onProgress: () => post({ kind: "training", backend: shared.backend }),
  });
  post({ kind: "done", weights: allWeights(shared) });
} else if ("checkpoint" in order) {
  const { network: saved, data, options } = checkpointedTraining(order.checkpoint);
  const onEpoch = () => post({ kind: "training", backend: saved.backend });
  await saved.fit(data, { ...options, epochs: order.epochs, onEpoch });
  post({ kind: "done", weights: allWeights(saved) });
} else if ("epochs" in order) {
  await network.fit(smoothData(3000, 16, 4), {
    epochs: order.epochs,
    learningRate: 0.1,
    onProgress: () => post({ kind: "training", backend: network.backend }),
  });
  post({ kind: "done", weights: allWeights(network) });
} else {
  const data = smoothData(50, 16, 4);
  const inputs = new Float32Array(50 * 16).fill(0.1);
  post({ kind: "training", backend: network.backend });
  for (;;) {
    if (order.endless === "batches") network.predictBatch(inputs);
    else await network.fit(data, { epochs: 2 });
  }
}
