import type { Layout } from "./layout.ts";

/** The order is the encoding: `native/optimizer.h` lists the same kinds. */
export const OPTIMIZER_KINDS = ["sgd", "momentum", "nesterov", "rmsprop", "adam"] as const;
export type OptimizerKind = (typeof OPTIMIZER_KINDS)[number];

/** How the mean gradient of a batch becomes a step, every default filled in. The formulas are PyTorch's. */
export interface ResolvedOptimizer {
  readonly kind: OptimizerKind;
  /** The momentum of momentum and nesterov, the decay of rmsprop's mean square, adam's beta1; else 0. */
  readonly firstDecay: number;
  /** adam's beta2; else 0. */
  readonly secondDecay: number;
  /** Added to the root of the mean square by rmsprop and adam; else 0. */
  readonly epsilon: number;
  /**
   * Of the weights, not of the biases: adam multiplies them by 1 − η · weightDecay before the step (AdamW), the others
   * add weightDecay · W to the gradient. 0: none.
   */
  readonly weightDecay: number;
  /** A mean gradient of a larger norm, over all layers, is scaled down to this one. Infinity: none is. */
  readonly clipGradientNorm: number;
}

/** Steps of W ← W − η ∂E/∂W and nothing else. */
export const PLAIN_DESCENT: ResolvedOptimizer = {
  kind: "sgd",
  firstDecay: 0,
  secondDecay: 0,
  epsilon: 0,
  weightDecay: 0,
  clipGradientNorm: Number.POSITIVE_INFINITY,
};

/** Whether steps need nothing but the gradient and the learning rate. */
export function isPlainDescent({ kind, weightDecay, clipGradientNorm }: ResolvedOptimizer): boolean {
  return kind === "sgd" && weightDecay === 0 && clipGradientNorm === Number.POSITIVE_INFINITY;
}

/** How many arrays shaped like the parameters an optimizer remembers from step to step. */
export function optimizerSlots({ kind }: ResolvedOptimizer): number {
  if (kind === "sgd") return 0;
  return kind === "adam" ? 2 : 1;
}

/** Values of an optimizer's memory, zeros at first: its slots, one behind the other. */
export function optimizerValues(optimizer: ResolvedOptimizer, { parameterValues }: Layout): number {
  return optimizerSlots(optimizer) * parameterValues;
}

/** What native code reads (`native/optimizer.h`). */
export function encodeOptimizer(optimizer: ResolvedOptimizer): Float64Array {
  const { kind, firstDecay, secondDecay, epsilon, weightDecay, clipGradientNorm } = optimizer;
  return Float64Array.of(
    OPTIMIZER_KINDS.indexOf(kind),
    firstDecay,
    secondDecay,
    epsilon,
    weightDecay,
    clipGradientNorm,
  );
}
