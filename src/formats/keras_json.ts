import type { SavedModel } from "../saved_model.ts";
import { modelOfLayers, type WeightRows } from "./dense_layers.ts";
import { formatError } from "./format_error.ts";
import type { ForeignChoices } from "./model_format.ts";

/**
 * What Keras' `model.get_weights()` gives for dense layers, as JSON: a kernel of shape (inputs, units) for each layer, and
 * behind it a bias of shape (units) where it has one.
 *
 * @throws DownhillError `ERR_FORMAT` for something else, `ERR_OPTION` for the choices
 */
export function kerasModel(arrays: readonly unknown[], choices: ForeignChoices): SavedModel {
  const layers: WeightRows[] = [];
  for (let a = 0; a < arrays.length; ) {
    const kernel = kernelOf(arrays[a], `array ${a}`);
    const units = kernel[0].length;
    a++;
    const bias: unknown = arrays[a];
    const hasBias = Array.isArray(bias) && !Array.isArray(bias[0]);
    if (hasBias && bias.length !== units) {
      throw formatError(`array ${a} has length ${bias.length}, expected ${units}, a bias for each unit`);
    }
    if (hasBias) a++;
    layers.push(Array.from({ length: units }, (_, u) => [...kernel.map((row) => row[u]), hasBias ? bias[u] : 0]));
  }
  return modelOfLayers(layers, choices, "float32");
}

/** Rows of one length; their values are checked where the network is rebuilt. */
function kernelOf(value: unknown, where: string): readonly (readonly number[])[] {
  const isMatrix =
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((row) => Array.isArray(row) && row.length > 0 && row.length === value[0].length);
  if (!isMatrix) throw formatError(`${where} is no kernel, expected rows of one length: (inputs, units)`);
  return value;
}
