import type { ActivationKind } from "../model.ts";
import { optionError, resolveActivation, resolveNetworkOptions } from "../options.ts";
import type { SavedModel } from "../saved_model.ts";
import type { DType, Loss, Values } from "../types.ts";
import { formatError } from "./format_error.ts";
import type { ForeignChoices } from "./model_format.ts";

/**
 * The weights of a layer, (units, inputs + 1), the bias last: all that files of others say of it. Values are checked where the
 * network is rebuilt.
 */
export type WeightRows = readonly (Values | readonly number[])[];

/**
 * A network from weights alone: the rest is chosen.
 *
 * @param layers - from the inputs on
 * @param dtype - of the network, where none is chosen
 * @throws DownhillError `ERR_FORMAT` for layers that do not chain, `ERR_OPTION` for choices that are missing or that no
 *   network can have
 */
export function modelOfLayers(layers: readonly WeightRows[], choices: ForeignChoices, dtype: DType): SavedModel {
  const inputs = inputsOf(layers);
  const isDeep = layers.length > 1;
  if (isDeep && choices.activation === undefined) throw missing("activation", "that of the hidden layers");
  if (choices.outputActivation === undefined) throw missing("outputActivation", "that of the output layer");
  const output = resolveActivation(choices.outputActivation, "options.outputActivation", true);
  const { loss = usualLoss(output.kind) } = choices;
  const options = { ...choices, loss, dtype: choices.dtype ?? dtype };
  const chosen = resolveNetworkOptions(isDeep ? [1, 1, 1] : [1, 1], options);
  const { activation = choices.outputActivation, outputActivation, seed } = choices;
  return {
    inputs,
    layers: layers.map((weights, l) => ({
      units: weights.length,
      activation: l + 1 === layers.length ? outputActivation : activation,
      initializer: chosen.layers[0].initializer,
      weights,
    })),
    loss: chosen.loss,
    dtype: chosen.dtype,
    arithmetic: chosen.arithmetic,
    seed,
  };
}

/** What a network with this activation at its end was trained by, most likely. */
export function usualLoss(outputActivation: ActivationKind): Loss {
  if (outputActivation === "softmax") return "categoricalCrossEntropy";
  return outputActivation === "sigmoid" ? "binaryCrossEntropy" : "squaredError";
}

/** @returns how many inputs the first layer has */
function inputsOf(layers: readonly WeightRows[]): number {
  const inputs = (layers[0]?.[0]?.length ?? 0) - 1;
  if (inputs < 1) throw formatError("it has no layers, or none with inputs");
  for (const [l, rows] of layers.entries()) {
    const expected = l === 0 ? inputs : layers[l - 1].length;
    if (rows.length === 0) throw formatError(`layer ${l} has no units`);
    const wrong = rows.find(({ length }) => length !== expected + 1);
    if (wrong) throw formatError(`layer ${l} has a unit with ${wrong.length - 1} inputs, expected ${expected}`);
  }
  return inputs;
}

function missing(option: "activation" | "outputActivation", expected: string) {
  return optionError(`options.${option}`, undefined, `${expected}, which the file does not say`);
}
