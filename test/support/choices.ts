import type { Activation, Loss } from "../../src/index.ts";
import { Random } from "../../src/random.ts";

/** Every kind of activation, with its options at their defaults and elsewhere, but softmax. */
export const ELEMENTWISE_ACTIVATIONS: readonly Activation[] = [
  "linear",
  "sigmoid",
  { type: "sigmoid", slope: 0.5 },
  { type: "sigmoid", slope: 2, derivative: "unscaled" },
  "tanh",
  "relu",
  "leakyRelu",
  { type: "leakyRelu", alpha: 0.25 },
];

/** A loss with an output activation it goes with. */
export interface OutputChoice {
  readonly loss: Loss;
  readonly outputActivation: Activation;
}

/** Every loss with every output activation it goes with. */
export const OUTPUT_CHOICES: readonly OutputChoice[] = [
  ...[...ELEMENTWISE_ACTIVATIONS, "softmax" as const].map((outputActivation) => ({
    loss: "squaredError" as const,
    outputActivation,
  })),
  ...ELEMENTWISE_ACTIVATIONS.filter(isSigmoid).map((outputActivation) => ({
    loss: "binaryCrossEntropy" as const,
    outputActivation,
  })),
  { loss: "categoricalCrossEntropy", outputActivation: "softmax" },
];

function isSigmoid(activation: Activation): boolean {
  return (typeof activation === "string" ? activation : activation.type) === "sigmoid";
}

/** An activation in a few words, for the name of a test. */
export function nameOf(activation: Activation): string {
  return typeof activation === "string" ? activation : Object.values(activation).join(" ");
}

/** The pair in a few words, for the name of a test. */
export function titleOf({ loss, outputActivation }: OutputChoice): string {
  return `${loss} over ${nameOf(outputActivation)}`;
}

/** Numbers from −1 to 1 that depend on the seed alone. */
export function numbersOf(seed: number, length: number): number[] {
  const random = new Random(seed);
  return Array.from({ length }, () => 2 * random.uniform() - 1);
}

/** A target that each loss makes sense of: probabilities, which sum to 1 where the loss wants a distribution. */
export function targetFor(loss: Loss, seed: number, length: number): number[] {
  const shares = numbersOf(seed, length).map((value) => 0.5 + 0.4 * value);
  if (loss !== "categoricalCrossEntropy") return shares;
  const total = shares.reduce((sum, share) => sum + share, 0);
  return shares.map((share) => share / total);
}
