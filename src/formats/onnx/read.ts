import { reasonOf } from "../../errors.ts";
import { resolveNetworkOptions } from "../../options.ts";
import type { SavedModel } from "../../saved_model.ts";
import type { Activation } from "../../types.ts";
import { usualLoss } from "../dense_layers.ts";
import type { ForeignChoices } from "../model_format.ts";
import { DESCRIPTION, describedModel } from "./description.ts";
import { type FoldedLayer, type FoldedNetwork, folded } from "./fold.ts";
import { Graph, named, quoted } from "./graph.ts";
import { headOf } from "./heads.ts";
import { readModelMessage } from "./messages.ts";
import { matchOf } from "./operators.ts";
import type { Step } from "./steps.ts";

/** Before, constants were stretched to the shape of values by other rules. */
const LEAST_OPSET = 7;

/**
 * Reads a file of ONNX whose graph is a multilayer perceptron, whoever wrote it.
 *
 * @throws Error that says which node a network cannot stand for, or what is damaged
 */
export function decodeOnnx(bytes: Uint8Array, choices: ForeignChoices): SavedModel {
  const { graph: message, opset, metadata } = readModelMessage(bytes);
  if (!message) throw new Error("there is no graph in it");
  if (opset < LEAST_OPSET) throw new Error(`its operators are of version ${opset}, expected ${LEAST_OPSET} or later`);
  const graph = new Graph(message, bytes.length);
  const head = headOf(graph);
  const network = folded(stepsTo(head.value, graph), graph.input.dims);
  const { units } = network.layers[network.layers.length - 1];
  if (head.isOfTwoClasses && units !== 1) {
    throw new Error(`${quoted(head.value)} is joined to 1 less it and has ${units} values, expected one`);
  }
  const description = metadata.get(DESCRIPTION);
  if (description !== undefined) return describedModel(description, network);
  return foreignModel(network, head.classNames, choices);
}

/** All that is done on the way from the input to a value, found from its end. */
function stepsTo(end: string, graph: Graph): readonly Step[] {
  const found: (readonly Step[])[] = [];
  let value = end;
  while (value !== graph.input.name) {
    const node = graph.producerOf(value);
    if (!node)
      throw new Error(`${quoted(value)} is not what a node gives first, nor the input ${quoted(graph.input.name)}`);
    if (found.length === graph.nodeCount) throw new Error(`${named(node)} depends on what it gives`);
    try {
      const { from, steps } = matchOf(node, graph);
      found.push(steps);
      value = from;
    } catch (cause) {
      throw new Error(`${named(node)}: ${reasonOf(cause)}`, { cause });
    }
  }
  return found.reverse().flat();
}

function foreignModel(
  network: FoldedNetwork,
  classNames: readonly string[] | undefined,
  choices: ForeignChoices,
): SavedModel {
  const { inputs, normalization, dtype } = network;
  const layers = network.layers.map((layer) => ({
    units: layer.units,
    activation: activationOf(layer),
    initializer: "glorotUniform" as const,
    weights: layer.weights,
  }));
  const { activation } = network.layers[layers.length - 1];
  const { loss = usualLoss(activation), seed } = choices;
  const chosen = resolveNetworkOptions([1, 1], { ...choices, outputActivation: activation, loss });
  return { inputs, layers, dtype, normalization, classNames, loss, arithmetic: chosen.arithmetic, seed };
}

function activationOf({ activation: type, parameter }: FoldedLayer): Activation {
  if (type === "sigmoid") return { type, slope: parameter };
  return type === "leakyRelu" ? { type, alpha: parameter } : type;
}
