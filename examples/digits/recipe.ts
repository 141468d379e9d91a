import type { FitOptions, LayerSpec, NetworkOptions } from "downhill";
import { PIXELS } from "downhill/digits";

/** The kinds of digits, and so the outputs of the network. */
export const CLASSES = 10;

/** Which digits there are to learn from. */
export type DigitKind = "builtIn" | "mnist";

/** A way to build and train the network. */
export interface Recipe {
  /** How it is trained, in words. */
  readonly description: string;
  /** What the layers are made of. */
  readonly network: NetworkOptions;
  /** How the network is trained, for a number of epochs. */
  fit(epochs: number): Pick<FitOptions, "batchSize" | "optimizer" | "learningRate">;
  /** Passes over the training digits that suit them. */
  readonly epochs: Readonly<Record<DigitKind, number>>;
}

/** The network has one hidden layer, and an output for each digit. */
export function layers(hidden: number): LayerSpec[] {
  return [PIXELS, hidden, CLASSES];
}

/** The learning rate of the tutorial's first epoch. */
const FIRST_RATE = 0.3;

/** What the last epoch has left of it. */
const LAST_SHARE = 0.02;

/** What the tutorial does: sigmoids throughout, and a step of plain gradient descent after each sample. */
const TUTORIAL: Recipe = {
  description: `online gradient descent, at a learning rate that falls from ${FIRST_RATE}`,
  network: {
    activation: "sigmoid",
    outputActivation: "sigmoid",
    loss: "squaredError",
    initializer: "glorotUniform",
  },
  fit: (epochs) => ({ batchSize: 1, learningRate: fallingRate(epochs) }),
  epochs: { builtIn: 12, mnist: 7 },
};

const MODERN_BATCH = 64;

/** The largest learning rate of the cycle, a few times what Adam is run at without one. */
const MODERN_RATE = 0.004;

/** What is usual today: rectified units, probabilities as outputs, and Adam with one cycle of the learning rate. */
const MODERN: Recipe = {
  description: `Adam in batches of ${MODERN_BATCH}, at a learning rate that rises to ${MODERN_RATE} and falls again`,
  network: {
    activation: "relu",
    outputActivation: "softmax",
    loss: "categoricalCrossEntropy",
    initializer: "heUniform",
  },
  fit: () => ({
    batchSize: MODERN_BATCH,
    optimizer: "adam",
    learningRate: { type: "oneCycle", learningRate: MODERN_RATE },
  }),
  epochs: { builtIn: 12, mnist: 12 },
};

/** The ways to build and train the network. */
export const RECIPES = { tutorial: TUTORIAL, modern: MODERN } as const;

/** What `--recipe` takes. */
export type RecipeName = keyof typeof RECIPES;

/**
 * A learning rate that falls along half a cosine wave: long steps to get near, short ones to settle. After each sample
 * the network takes a step, so without the fall the last samples seen would count the most.
 *
 * @param epochs - how many there will be
 * @returns the rate of an epoch, counted from 1
 */
export function fallingRate(epochs: number): (epoch: number) => number {
  return (epoch) => {
    const progress = epochs > 1 ? (epoch - 1) / (epochs - 1) : 0;
    const share = (1 + Math.cos(Math.PI * progress)) / 2;
    return FIRST_RATE * (LAST_SHARE + (1 - LAST_SHARE) * share);
  };
}
