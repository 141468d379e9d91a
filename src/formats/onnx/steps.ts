import type { ActivationKind } from "../../model.ts";
import type { NodeMessage } from "./messages.ts";
import type { Tensor } from "./tensors.ts";

/**
 * The dimensions of a value behind that of the samples, NaN for one that is left open; undefined where the file does not even
 * say how many there are.
 */
export type Features = readonly number[] | undefined;

/** A matrix product. */
export interface LinearStep {
  readonly kind: "linear";
  readonly node: NodeMessage;
  /** (units, inputs), or (inputs, units) where `isTransposed`. */
  readonly matrix: Tensor;
  readonly isTransposed: boolean;
}

/** A constant for each value, or one for all. */
export interface ElementwiseStep {
  readonly kind: "elementwise";
  readonly node: NodeMessage;
  readonly operation: "multiply" | "add";
  readonly by: Tensor;
}

export interface ActivationStep {
  readonly kind: "activation";
  readonly node: NodeMessage;
  readonly activation: Exclude<ActivationKind, "linear">;
  /** The alpha of a leaky ReLU, else 1. */
  readonly parameter: number;
}

/** The same numbers in another shape. */
export interface ShapeStep {
  readonly kind: "shape";
  readonly node: NodeMessage;
  readonly after: (features: Features) => Features;
}

/** One thing that is done to a value on its way from the input to the output. */
export type Step = LinearStep | ElementwiseStep | ActivationStep | ShapeStep;
