import { existsSync } from "node:fs";
import { expect } from "vitest";
import { readCheckpoint } from "../../src/formats/checkpoint_file.ts";
import { Dataset, type FitOptions, Network, type NetworkOptions, type Values } from "../../src/index.ts";
import { rejectionOf } from "./errors.ts";
import { allWeights } from "./networks.ts";
import { smoothRows } from "./samples.ts";

/** A training of [4, 6, 2] that may be interrupted and gone on with. */
export interface ResumableTraining {
  readonly network?: NetworkOptions;
  readonly data?: Dataset;
  readonly options?: Partial<FitOptions>;
}

const ROWS = smoothRows(23, 4, 2);

/** Targets in 0.1 … 0.9. */
export const smooth = Dataset.from(ROWS);

/** Two classes, one of 15 samples and one of 8. */
export const labelled = Dataset.from({ inputs: ROWS.inputs, labels: ROWS.inputs.map((_, i) => (i % 3 === 1 ? 1 : 0)) });

/** Thrown by a callback to end a training. */
const ENOUGH = new Error("enough");

/**
 * The network of a training.
 *
 * @param seed - of the first weights: those of a network that resumes do not matter
 */
export function networkFor({ network }: ResumableTraining, seed = 6): Network {
  return new Network([4, 6, 2], { seed, ...network });
}

/** The options of a training: its own, and what every one has. */
export function optionsFor({ options }: ResumableTraining): FitOptions {
  return { epochs: 6, learningRate: 0.1, seed: 21, ...options };
}

/** Trains until some epoch has been published and reported. @returns the weights of that epoch */
export async function interrupt(
  training: ResumableTraining,
  checkpoint: FitOptions["checkpoint"],
  epochs: number,
  resumeFrom?: string,
): Promise<Values[]> {
  const network = networkFor(training);
  const onEpoch = ({ epoch }: { epoch: number }) => {
    if (epoch === epochs) throw ENOUGH;
  };
  const options = { ...optionsFor(training), checkpoint, resumeFrom, onEpoch };
  expect(await rejectionOf(network.fit(training.data ?? smooth, options))).toBe(ENOUGH);
  return allWeights(network);
}

/** How many epochs a checkpoint holds; 0 where there is none. */
export async function epochsIn(path: string): Promise<number> {
  if (!existsSync(path)) return 0;
  const { header } = await readCheckpoint(path);
  return (header.epochs as readonly unknown[]).length;
}
