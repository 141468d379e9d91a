import { type Layout, layoutOf } from "./layout.ts";
import type { Activation, Arithmetic, DType, Loss } from "./types.ts";

/** The order is the encoding: `native/kernels/table.h` lists the same kinds. */
export const ACTIVATION_KINDS = ["linear", "sigmoid", "tanh", "relu", "leakyRelu", "softmax"] as const;
export type ActivationKind = (typeof ACTIVATION_KINDS)[number];

/** The order is the encoding: `native/layout.h` lists the same kinds. */
export const LOSS_KINDS = [
  "squaredError",
  "binaryCrossEntropy",
  "categoricalCrossEntropy",
] as const satisfies readonly Loss[];

/** Raised together with `kAbi` of `native/layout.h`. */
export const ABI = 4;

/** An activation with every default filled in. */
export interface ResolvedActivation {
  readonly kind: ActivationKind;
  /** The slope of a sigmoid, the alpha of a leaky ReLU, else 1. */
  readonly parameter: number;
  /**
   * What the derivative is multiplied by: the slope of a sigmoid when exact, 1 when unscaled; the alpha of a leaky ReLU.
   */
  readonly derivativeParameter: number;
}

/** A network's shape and choices, without its parameters: what a backend works from. */
export interface Model {
  readonly layout: Layout;
  readonly dtype: DType;
  readonly arithmetic: Arithmetic;
  readonly loss: Loss;
  readonly activations: readonly ResolvedActivation[];
  /**
   * The same for native code (`readModel` in `native/layout.cc`): abi, element bytes, loss, layers, inputs, and for each
   * layer units, activation, parameter, derivative parameter.
   */
  readonly encoded: Float64Array;
}

/** @param sizes - the number of inputs, then the units of each layer */
export function createModel(
  sizes: readonly number[],
  activations: readonly ResolvedActivation[],
  choices: { readonly dtype: DType; readonly arithmetic: Arithmetic; readonly loss: Loss },
): Model {
  const layout = layoutOf(sizes, choices.dtype);
  const encoded = Float64Array.from([
    ABI,
    choices.dtype === "float64" ? 8 : 4,
    LOSS_KINDS.indexOf(choices.loss),
    activations.length,
    sizes[0],
    ...activations.flatMap((activation, l) => [
      sizes[l + 1],
      ACTIVATION_KINDS.indexOf(activation.kind),
      activation.parameter,
      activation.derivativeParameter,
    ]),
  ]);
  return { ...choices, layout, activations, encoded };
}

/** The same network in another element type. */
export function withDType(model: Model, dtype: DType): Model {
  const layers = model.layout.layers;
  const sizes = [layers[0].inputs, ...layers.map((layer) => layer.units)];
  return createModel(sizes, model.activations, { dtype, arithmetic: model.arithmetic, loss: model.loss });
}

/** The number of values the network gives for a sample. */
export function outputSizeOf(model: Model): number {
  return model.layout.layers[model.layout.layers.length - 1].units;
}

/** An activation as the constructor of a network takes it, with every default written out. */
export function activationSpec({ kind, parameter, derivativeParameter }: ResolvedActivation): Activation {
  if (kind === "leakyRelu") return { type: kind, alpha: parameter };
  if (kind !== "sigmoid") return kind;
  return { type: kind, slope: parameter, derivative: derivativeParameter === parameter ? "exact" : "unscaled" };
}
