import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { Dataset, type FitOptions, type History, Network } from "../../src/index.ts";
import { untimed } from "./histories.ts";
import { allWeights } from "./networks.ts";
import { smoothRows } from "./samples.ts";

// A process that trains a network and goes on from its checkpoint when there is one:
//
//     node killed_training.js TRAINING [CHECKPOINT]
//
// It prints "begun", the number of each epoch behind it, and in the end what it came to, as JSON.

/** What it prints last. */
export interface TrainingOutcome {
  /** SHA-256 of the weights and of all that the history says, but for times. */
  readonly digest: string;
  readonly epochs: number;
  readonly stopped: History["stopped"];
  readonly seconds: number;
}

/** What a training is made of; the path of the checkpoint comes from the command line. */
interface Training {
  readonly network: Network;
  readonly data: Dataset;
  readonly options: FitOptions;
  readonly everyEpochs: number;
}

/** The rate falls to 0, from where on nothing gets better and early stopping has its way. */
const LAST_EPOCH_WITH_STEPS = 110;

const TRAININGS: Readonly<Record<string, () => Training>> = {
  batches: () => ({
    network: new Network([16, 48, 24, 3], { seed: 5, activation: "tanh" }),
    data: Dataset.from(smoothRows(640, 16, 3)),
    options: {
      epochs: 500,
      batchSize: 32,
      optimizer: "adam",
      learningRate: (epoch, step) => (epoch > LAST_EPOCH_WITH_STEPS ? 0 : (0.002 + 0.0001 * step) / (1 + 0.02 * epoch)),
      weightDecay: 1e-4,
      clipGradientNorm: 1,
      dropout: 0.05,
      validation: 0.25,
      earlyStopping: { patience: 40, restoreBest: true },
    },
    everyEpochs: 1,
  }),
  online: () => ({
    network: new Network([40, 33, 4], { seed: 6, dtype: "float64", arithmetic: "reproducible" }),
    data: Dataset.from(smoothRows(600, 40, 4)),
    options: { epochs: 180, learningRate: { type: "cosine", learningRate: 0.1, minimum: 0.001, warmupEpochs: 4 } },
    everyEpochs: 2,
  }),
};

function digestOf(network: Network, history: History): string {
  const hash = createHash("sha256");
  for (const { buffer, byteOffset, byteLength } of allWeights(network)) {
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.update(JSON.stringify(untimed(history))).digest("hex");
}

const [name, path] = process.argv.slice(2);
const { network, data, options, everyEpochs } = TRAININGS[name]();
console.log("begun");
const history = await network.fit(data, {
  ...options,
  ...(path !== undefined && { checkpoint: { path, everyEpochs } }),
  ...(path !== undefined && existsSync(path) && { resumeFrom: path }),
  onEpoch: ({ epoch }) => console.log(epoch),
});
const outcome: TrainingOutcome = {
  digest: digestOf(network, history),
  epochs: history.epochs.length,
  stopped: history.stopped,
  seconds: history.seconds,
};
console.log(JSON.stringify(outcome));
