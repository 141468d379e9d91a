import { parentPort, workerData } from "node:worker_threads";
import { Network } from "../../src/index.ts";
import { allWeights } from "./networks.ts";
import { smoothData } from "./samples.ts";

/** A worker thread that fits a network; it says when training is under way, and in the end which weights it has got. */

/** What the worker is started with. */
export interface FitOrder {
  readonly epochs: number;
}

/** What it posts. */
export type FitNews =
  | { readonly kind: "training"; readonly backend: string }
  | { readonly kind: "done"; readonly weights: readonly ArrayLike<number>[] };

const { epochs } = workerData as FitOrder;
const network = new Network([16, 64, 4], { seed: 4 });
const post = (news: FitNews) => parentPort?.postMessage(news);

await network.fit(smoothData(3000, 16, 4), {
  epochs,
  learningRate: 0.1,
  onProgress: () => post({ kind: "training", backend: network.backend }),
});
post({ kind: "done", weights: allWeights(network) });
