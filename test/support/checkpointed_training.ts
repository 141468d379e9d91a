import { existsSync, readdirSync } from "node:fs";
import { dirname } from "node:path";
import { type Dataset, type FitOptions, Network } from "../../src/index.ts";
import { smoothData } from "./samples.ts";

/**
 * A training with all that an optimizer remembers. Its checkpoint has 12 MB, so that writing it takes longer than an
 * epoch.
 *
 * @param path - of the checkpoint, from which it goes on if it is there; without one nothing is saved
 */
export function checkpointedTraining(path?: string): {
  readonly network: Network;
  readonly data: Dataset;
  readonly options: Omit<FitOptions, "epochs">;
} {
  return {
    network: new Network([16, 1000, 1000, 4], { seed: 4 }),
    data: smoothData(32, 16, 4),
    options: {
      batchSize: 8,
      optimizer: "adam",
      learningRate: 1e-4,
      dropout: 0.2,
      ...(path !== undefined && { checkpoint: { path } }),
      ...(path !== undefined && existsSync(path) && { resumeFrom: path }),
    },
  };
}

/** Files that are being written beside a checkpoint, to replace it, or were when their writer ended. */
export function temporaryFiles(path: string): string[] {
  return readdirSync(dirname(path)).filter((name) => name.endsWith(".tmp"));
}
