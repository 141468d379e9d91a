import { reasonOf } from "../../errors.ts";
import { isSameNormalization } from "../../normalization.ts";
import { resolveActivation } from "../../options.ts";
import type { SavedModel } from "../../saved_model.ts";
import type { Activation, DType } from "../../types.ts";
import { describedIn } from "../description_text.ts";
import type { NetworkDescription } from "../json.ts";
import type { FoldedLayer, FoldedNetwork } from "./fold.ts";
import { held } from "./network_graph.ts";

/** The entry among a file's metadata that holds what `descriptionOf` gives, as JSON: ONNX has no words for most of it. */
export const DESCRIPTION = "downhill";

/**
 * The network that a graph stands for, with all that the graph does not say of it.
 *
 * @throws Error for a description of another network
 */
export function describedModel(text: string, network: FoldedNetwork): SavedModel {
  const description = parsed(text);
  const { layers, dtype, normalization } = network;
  assertSame("inputs", description.inputs, network.inputs);
  assertSame("dtype", description.dtype, dtype);
  assertSame("layers", description.layers.length, layers.length);
  for (const [l, { units, activation }] of description.layers.entries()) {
    assertSame(`layers[${l}].units`, units, layers[l].units);
    assertSame(`layers[${l}].activation`, wordsOf(activation, dtype), wordsOfFolded(layers[l]));
  }
  const said = description.normalization;
  if (said && normalization ? !isSameNormalization(said, normalization) : said !== normalization) {
    throw failure("has another normalization than the graph");
  }
  return {
    ...{ ...description, normalization },
    layers: description.layers.map((layer, l) => ({ ...layer, weights: layers[l].weights })),
  };
}

function parsed(text: string): NetworkDescription {
  try {
    return describedIn(text);
  } catch (cause) {
    throw failure(`cannot be read: ${reasonOf(cause)}`, cause);
  }
}

function assertSame(what: string, said: unknown, found: unknown): void {
  if (said !== found) throw failure(`says ${what} is ${said}, but it is ${found} in the graph`);
}

/** An activation as a graph in such numbers holds it. */
function wordsOf(given: Activation, dtype: DType): string {
  const { kind, parameter } = resolveActivation(given, "activation", true);
  return wordsOfFolded({ activation: kind, parameter: held(parameter, dtype) });
}

function wordsOfFolded({ activation, parameter }: Pick<FoldedLayer, "activation" | "parameter">): string {
  return parameter === 1 ? activation : `${activation} ${parameter}`;
}

function failure(what: string, cause?: unknown): Error {
  return new Error(`its metadata ${JSON.stringify(DESCRIPTION)} ${what}; without them the graph alone is read`, {
    cause,
  });
}
