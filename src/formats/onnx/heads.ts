import { floatOf, type Graph, integerOf, named, operatorOf, quoted } from "./graph.ts";
import type { NodeMessage } from "./messages.ts";

// What scikit-learn's classifiers have behind their network: the name of the most probable class, probabilities as maps
// from names, and with two classes the probability of the other one.

/** More nodes than there are behind the network. */
const MOST_NODES = 16;
/** More outputs than there are: a label and what it is made of. */
const MOST_OUTPUTS = 16;

/** The end of the network within a graph. */
export interface Head {
  /** The value that the network gives. */
  readonly value: string;
  /** What the outputs are called; two names may stand for one output. */
  readonly classNames: readonly string[] | undefined;
  /** Whether the graph gives a second number beside the network's, 1 less it. */
  readonly isOfTwoClasses: boolean;
}

/**
 * Finds the value that all outputs of a graph are made of.
 *
 * @throws Error for outputs that are made of different ones, or too many
 */
export function headOf(graph: Graph): Head {
  const { length } = graph.outputs;
  if (length > MOST_OUTPUTS) throw new Error(`the graph has ${length} outputs, expected at most ${MOST_OUTPUTS}`);
  const heads = graph.outputs.map((output) => labelled(output, graph) ?? plain(output, graph));
  if (heads.length === 0) throw new Error("the graph has no output");
  const [first, ...others] = heads;
  const other = others.find(({ value }) => value !== first.value);
  if (other) {
    const pair = `${quoted(first.value)} and ${quoted(other.value)}`;
    throw new Error(`the graph's outputs are made of different values, ${pair}, and a network has one output`);
  }
  return { ...first, classNames: heads.find(({ classNames }) => classNames)?.classNames };
}

/** The way of an output back to the most probable class, through what turns that into its name. */
function labelled(output: string, graph: Graph): Head | undefined {
  let classNames: readonly string[] | undefined;
  let value = output;
  for (let nodes = 0; nodes < MOST_NODES; nodes++) {
    const node = graph.producerOf(value);
    if (!node) return undefined;
    const [first = "", second = ""] = node.inputs;
    const operator = operatorOf(node);
    if (operator === "ArgMax" || operator === "ai.onnx.ml.Binarizer") {
      assertUsual(node);
      const head = plain(first, graph);
      return { ...head, classNames: classNames ?? head.classNames };
    }
    if (operator === "ai.onnx.ml.ArrayFeatureExtractor") {
      classNames = graph.textsOf(first);
      value = second;
    } else if (["Identity", "Cast", "Reshape", "Squeeze"].includes(operator)) {
      value = first;
    } else {
      return undefined;
    }
  }
  return undefined;
}

/** Sees to it that a node gives the label that a network's outputs stand for, and not another one. */
function assertUsual(node: NodeMessage): void {
  if (operatorOf(node) === "ArgMax") {
    const axis = integerOf(node, "axis", 0);
    if (axis !== 1 && axis !== -1) throw new Error(`${named(node)}: axis is ${axis}, expected 1 or -1: the classes`);
    if (integerOf(node, "select_last_index", 0) !== 0) throw new Error(`${named(node)}: select_last_index is not 0`);
  } else {
    const threshold = floatOf(node, "threshold", 0);
    if (threshold !== 0.5) throw new Error(`${named(node)}: threshold is ${threshold}, expected 0.5`);
  }
}

/** The way of an output back through maps from names, and through both probabilities of two classes. */
function plain(output: string, graph: Graph): Head {
  let head: Head = { value: output, classNames: undefined, isOfTwoClasses: false };
  for (let nodes = 0; nodes < MOST_NODES; nodes++) {
    const node = graph.producerOf(head.value);
    const behind = node && beforeIn(node, graph);
    if (!behind) break;
    head = { ...head, ...behind };
  }
  return head;
}

/** What is in front of a node that belongs to the head; undefined for others. */
function beforeIn(node: NodeMessage, graph: Graph): Partial<Head> | undefined {
  const [value = ""] = node.inputs;
  switch (operatorOf(node)) {
    case "Identity":
      return { value };
    case "ai.onnx.ml.ZipMap":
      return { value, classNames: labelsOf(node) };
    case "Concat":
      return positiveClass(node, graph);
    default:
      return undefined;
  }
}

function labelsOf({ attributes }: NodeMessage): readonly string[] | undefined {
  const texts = attributes.get("classlabels_strings")?.texts;
  return texts && texts.length > 0 ? texts : attributes.get("classlabels_int64s")?.integers.map(String);
}

/** p where a node gives [1 − p, p] for each sample. */
function positiveClass(node: NodeMessage, graph: Graph): Partial<Head> | undefined {
  const [negative = "", value = ""] = node.inputs;
  const sub = graph.producerOf(negative);
  const axis = integerOf(node, "axis", 0);
  if (node.inputs.length !== 2 || (axis !== 1 && axis !== -1) || !sub || operatorOf(sub) !== "Sub") return undefined;
  const [one = "", probability = ""] = sub.inputs;
  if (probability !== value || !graph.isConstant(one)) return undefined;
  const { values } = graph.constantOf(one);
  return values.length === 1 && values[0] === 1 ? { value, isOfTwoClasses: true } : undefined;
}
