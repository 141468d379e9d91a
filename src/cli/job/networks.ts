import { type FitOptions, type LayerSpec, Network, type NetworkOptions } from "../../index.ts";
import type { TrainingData } from "./data.ts";
import type { NetworkChoices, TrainingJob } from "./training_job.ts";

/** What is taken where a job does not say it; `--help` tells them. */
export const DEFAULTS = {
  layers: [64],
  epochs: 20,
  batchSize: 32,
  optimizer: "adam",
  /** Adam's usual one. */
  learningRate: 0.001,
  /** Of the other optimizers. */
  plainLearningRate: 0.01,
  seed: 1,
} as const;

/** What a network answers: one of several classes, one of two as a single number, or numbers. */
type Answer = "classes" | "yesOrNo" | "numbers";

/** A network for the data, with the job's choices; those it does not make follow from the data. */
export function createNetwork(job: TrainingJob, { train }: TrainingData): Network {
  const answer = train.classes === undefined ? "numbers" : train.targetSize === 1 ? "yesOrNo" : "classes";
  const { hidden, options } = networkOptionsOf(job.network ?? {}, answer);
  return new Network([train.inputSize, ...hidden, train.targetSize], options);
}

export function networkOptionsOf(
  choices: NetworkChoices,
  answer: Answer,
): { readonly hidden: readonly LayerSpec[]; readonly options: NetworkOptions } {
  const { layers = DEFAULTS.layers, activation = "relu", ...given } = choices;
  const kind = kindOf(activation);
  const outputActivation = given.outputActivation ?? outputFor(given.loss, answer);
  const options: NetworkOptions = {
    activation,
    outputActivation,
    loss: lossFor(kindOf(outputActivation), answer),
    initializer: kind === "relu" || kind === "leakyRelu" ? "heUniform" : "glorotUniform",
    seed: DEFAULTS.seed,
    ...given,
  };
  return { hidden: layers, options };
}

/** The options of `fit`, but for what only its caller knows: checkpoints, callbacks and the signal. */
export function fitOptionsOf(job: TrainingJob, { validation }: TrainingData): FitOptions {
  const { optimizer = DEFAULTS.optimizer, ...given } = job.fit ?? {};
  const usualRate = kindOf(optimizer) === "adam" ? DEFAULTS.learningRate : DEFAULTS.plainLearningRate;
  return {
    epochs: DEFAULTS.epochs,
    batchSize: DEFAULTS.batchSize,
    learningRate: usualRate,
    optimizer,
    ...given,
    ...(validation && { validation }),
  };
}

function outputFor(loss: NetworkOptions["loss"], answer: Answer): NonNullable<NetworkOptions["outputActivation"]> {
  if (loss === "categoricalCrossEntropy") return "softmax";
  if (loss === "binaryCrossEntropy") return "sigmoid";
  return { classes: "softmax", yesOrNo: "sigmoid", numbers: "linear" }[answer] as "softmax" | "sigmoid" | "linear";
}

function lossFor(output: string, answer: Answer): NonNullable<NetworkOptions["loss"]> {
  if (output === "softmax") return "categoricalCrossEntropy";
  return output === "sigmoid" && answer !== "numbers" ? "binaryCrossEntropy" : "squaredError";
}

function kindOf(choice: string | { readonly type: string }): string {
  return typeof choice === "string" ? choice : choice.type;
}
