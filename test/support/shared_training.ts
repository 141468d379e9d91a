import { type Dataset, Network } from "../../src/index.ts";
import { smoothData } from "./samples.ts";

/** A training whose products and epochs are large enough for nine threads (`native/team.cc`, `native/training_job.cc`). */
export function sharedTraining(): {
  readonly network: Network;
  readonly data: Dataset;
  readonly options: { readonly batchSize: number; readonly learningRate: number };
} {
  return {
    network: new Network([64, 320, 320, 4], { seed: 4 }),
    data: smoothData(1280, 64, 4),
    options: { batchSize: 128, learningRate: 0.01 },
  };
}
