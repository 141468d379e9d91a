/** How a network is raced to an accuracy: what all contenders have in common, in whatever language. */

/** How the rate falls over the training, from its start (0) to its end (1). */
export type Decay = "constant" | "linear" | "power" | "cosine" | "oneCycle";

/** The choices that are free. Contenders refuse what they do not know. */
export interface Setting {
  readonly way: string;
  readonly batchSize: number;
  readonly optimizer: "sgd" | "momentum" | "adam" | "adamw";
  readonly learningRate: number;
  readonly decay: Decay;
  /** After so many epochs the rate is 0 and the training ends. */
  readonly epochs: number;
}

/** What the process of a contender gets as its one argument, in JSON. */
export interface RaceTask {
  readonly trainImages: string;
  readonly trainLabels: string;
  readonly testImages: string;
  readonly testLabels: string;
  readonly setting: Setting;
  readonly seed: number;
  /** The share of test images that ends the race. */
  readonly target: number;
  /** Of training. */
  readonly limitSeconds: number;
}

/** What it answers, in one line of JSON. */
export interface RaceResult {
  readonly reply: "finished";
  readonly name: string;
  readonly version: string;
  /** Whether the target was reached. */
  readonly reached: boolean;
  /** The best share of test images met. */
  readonly accuracy: number;
  readonly epochs: number;
  /** Of training, without loading and evaluating. */
  readonly seconds: number;
}

export type RaceReply = RaceResult | { readonly reply: "absent" | "failed"; readonly why: string };

/** [784, 128, 10], as everywhere in the bench. */
export const HIDDEN_UNITS = 128;
export const CLASSES = 10;

/** The training images are gone through in so many parts an epoch; the rate changes, and the test is taken, after each. */
export const PARTS = 20;

/** A network that learns. */
export interface Racer {
  readonly name: string;
  readonly version: string;
  /** Learns from part 0 … PARTS − 1 of the training images, in an order of its own. */
  train(part: number, learningRate: number): void | Promise<void>;
  /** The share of the test images that it tells right. */
  accuracy(): number | Promise<number>;
}

/** The factor of the rate when a share of the training, 0 … 1, is done. */
function decayed(decay: Decay, share: number): number {
  switch (decay) {
    case "constant":
      return 1;
    case "linear":
      return 1 - share;
    case "power":
      return (1 - share) ** 1.5;
    case "cosine":
      return (1 + Math.cos(Math.PI * share)) / 2;
    case "oneCycle":
      // Up for a fifth of the way, from a tenth.
      return share < 0.2 ? 0.1 + 4.5 * share : (1 - share) / 0.8;
  }
}

/** Trains until the target, the end of the setting's epochs, or the limit of time. */
export async function race(racer: Racer, { setting, target, limitSeconds }: RaceTask): Promise<RaceResult> {
  const steps = Math.round(setting.epochs * PARTS);
  let seconds = 0;
  let best = 0;
  let step = 0;
  while (step < steps && best < target && seconds < limitSeconds) {
    const learningRate = setting.learningRate * decayed(setting.decay, step / steps);
    const start = performance.now();
    await racer.train(step % PARTS, learningRate);
    seconds += (performance.now() - start) / 1000;
    step++;
    best = Math.max(best, await racer.accuracy());
  }
  const { name, version } = racer;
  return { reply: "finished", name, version, reached: best >= target, accuracy: best, epochs: step / PARTS, seconds };
}
