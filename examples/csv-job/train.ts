import { Dataset, DownhillError, type FitOptions, type History, Network } from "downhill";
import { CommandError } from "../common/errors.ts";
import { ANSWERS, TARGET } from "./generate.ts";
import { exists } from "./work_folder.ts";

/** Answers that are told apart, in the order of the outputs. */
export const CLASSES: readonly string[] = [ANSWERS.no, ANSWERS.yes];

/** The share of the rows that nothing is learnt from: they tell how well the network does. */
const TEST_SHARE = 0.2;

/** The share of the other rows that is held out to see when to stop. */
export const VALIDATION_SHARE = 0.1;

const HIDDEN_LAYERS = [64, 32];

/** How the network learns, but for what a run adds. */
const FIT_OPTIONS = {
  batchSize: 128,
  optimizer: "adam",
  learningRate: { type: "plateau", learningRate: 0.002, factor: 0.5, patience: 2 },
  // Customers that cancel are fewer; without this the network would rather overlook them.
  classWeights: "balanced",
  validation: VALIDATION_SHARE,
  earlyStopping: { patience: 6, restoreBest: true },
} as const satisfies Partial<FitOptions>;

/** The rows of a file, in numbers. */
export interface JobData {
  /** Normalised. */
  readonly train: Dataset;
  /** As it was read: the network normalises it itself. */
  readonly test: Dataset;
}

/** Reads a file and sets a part aside for the test; the same seed sets the same rows aside. */
export async function readJobData(path: string, seed: number, signal: AbortSignal): Promise<JobData> {
  const all = await Dataset.csv(path, { target: TARGET, classes: CLASSES, missing: "median", signal });
  const [test, rest] = all.split(TEST_SHARE, { seed });
  return { train: rest.normalize("standard"), test };
}

/** A network for the data: an output for each answer. */
export function createNetwork({ train }: JobData, seed: number): Network {
  return new Network([train.inputSize, ...HIDDEN_LAYERS, CLASSES.length], {
    activation: "relu",
    outputActivation: "softmax",
    loss: "categoricalCrossEntropy",
    initializer: "heUniform",
    seed,
  });
}

/** What a run adds. */
export interface Run extends Pick<FitOptions, "epochs" | "onEpoch" | "onProgress"> {
  /** Written after every epoch; if it is there, the training goes on from it. */
  readonly checkpoint: string;
  readonly signal: AbortSignal;
}

/**
 * Trains the network, from the checkpoint if there is one.
 *
 * @throws CommandError when it is interrupted, saying how to go on, or the checkpoint is of another training
 */
export async function train(network: Network, data: Dataset, run: Run): Promise<History> {
  const { checkpoint, ...options } = run;
  const resumeFrom = (await exists(checkpoint)) ? checkpoint : undefined;
  try {
    return await network.fit(data, { ...FIT_OPTIONS, ...options, checkpoint: { path: checkpoint }, resumeFrom });
  } catch (error) {
    if (run.signal.aborted && error === run.signal.reason) throw await interruption(checkpoint, error);
    if (!(error instanceof DownhillError) || error.code !== "ERR_CHECKPOINT" || resumeFrom === undefined) throw error;
    throw new CommandError(`${error.message}; delete ${checkpoint} to begin anew`, { cause: error });
  }
}

async function interruption(checkpoint: string, cause: unknown): Promise<CommandError> {
  const next = (await exists(checkpoint))
    ? `the same command goes on from the last epoch, kept in ${checkpoint}`
    : "no epoch was finished, so the same command begins anew";
  return new CommandError(`interrupted; ${next}`, { cause });
}
