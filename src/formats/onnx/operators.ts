import { floatOf, type Graph, integerOf, isCastToFloat, operatorOf, quoted } from "./graph.ts";
import type { NodeMessage } from "./messages.ts";
import { flattened, reshaped, squeezed, unsqueezed } from "./shapes.ts";
import type { ActivationStep, Step } from "./steps.ts";
import type { Tensor } from "./tensors.ts";

/** What a node does, and to which value. */
export interface Match {
  readonly from: string;
  readonly steps: readonly Step[];
}

type Matcher = (node: NodeMessage, graph: Graph) => Match;

/**
 * What a node does to the one of its inputs that samples come in by.
 *
 * @throws Error for an operator, or a use of one, that no layer of a network can stand for
 */
export function matchOf(node: NodeMessage, graph: Graph): Match {
  const matcher = MATCHERS.get(operatorOf(node));
  if (!matcher) throw new Error(`no layer can stand for this operator; there are ${[...MATCHERS.keys()].join(", ")}`);
  return matcher(node, graph);
}

const MATCHERS: ReadonlyMap<string, Matcher> = new Map<string, Matcher>([
  ["Gemm", gemm],
  ["MatMul", matMul],
  ["Add", (node, graph) => elementwise(node, graph, (by) => [add(node, by)])],
  ["Mul", (node, graph) => elementwise(node, graph, (by) => [multiply(node, by)])],
  ["Sub", sub],
  ["Div", div],
  ["Neg", (node) => from(node, multiply(node, scalar(-1)))],
  ["Sigmoid", (node) => from(node, activation(node, "sigmoid"))],
  ["Tanh", (node) => from(node, activation(node, "tanh"))],
  ["Relu", (node) => from(node, activation(node, "relu"))],
  ["LeakyRelu", (node) => from(node, leakyRelu(node, floatOf(node, "alpha", 0.01)))],
  ["PRelu", pRelu],
  ["Max", maxOrMin],
  ["Min", maxOrMin],
  ["Softmax", softmax],
  ["BatchNormalization", batchNormalization],
  ["ai.onnx.ml.Scaler", scaler],
  ["Identity", (node) => from(node)],
  ["Cast", cast],
  ["Dropout", dropout],
  ["Flatten", (node) => from(node, { kind: "shape", node, after: flattened(node) })],
  ["Reshape", (node, graph) => from(node, { kind: "shape", node, after: reshaped(node, graph) })],
  ["Squeeze", (node, graph) => from(node, { kind: "shape", node, after: squeezed(node, graph) })],
  ["Unsqueeze", (node, graph) => from(node, { kind: "shape", node, after: unsqueezed(node, graph) })],
]);

/** Steps done to the first input of a node. */
function from(node: NodeMessage, ...steps: readonly Step[]): Match {
  return { from: node.inputs[0] ?? "", steps };
}

function gemm(node: NodeMessage, graph: Graph): Match {
  const [, weights, bias = ""] = node.inputs;
  if (integerOf(node, "transA", 0) !== 0) throw new Error("transA is not 0, so samples are no rows");
  const steps: Step[] = [linear(node, graph, weights, integerOf(node, "transB", 0) === 0)];
  const alpha = floatOf(node, "alpha", 1);
  if (alpha !== 1) steps.push(multiply(node, scalar(alpha)));
  if (bias !== "") {
    const by = constant(graph, bias);
    const beta = floatOf(node, "beta", 1);
    steps.push(add(node, beta === 1 ? by : mapped(by, (value) => beta * value)));
  }
  return from(node, ...steps);
}

function matMul(node: NodeMessage, graph: Graph): Match {
  const [left, right] = operands(node);
  if (graph.isConstant(left)) throw new Error(`it multiplies by the constant ${quoted(left)} from the left`);
  return from(node, linear(node, graph, right, true));
}

function linear(node: NodeMessage, graph: Graph, weights: string, isTransposed: boolean): Step {
  const matrix = constant(graph, weights);
  if (matrix.dims.length === 2 && matrix.values.length > 0) return { kind: "linear", node, matrix, isTransposed };
  throw new Error(`${quoted(weights)} has the shape [${matrix.dims.join(", ")}], expected a matrix`);
}

function sub(node: NodeMessage, graph: Graph): Match {
  return elementwise(node, graph, (by, isFirst) =>
    isFirst ? [multiply(node, scalar(-1)), add(node, by)] : [add(node, negative(by))],
  );
}

function div(node: NodeMessage, graph: Graph): Match {
  // Both operands are of one type.
  if (operands(node).some((value) => graph.isOfIntegers(value))) throw new Error("it divides whole numbers");
  return elementwise(node, graph, (by, isFirst) => {
    if (isFirst) throw new Error("it divides a constant by a value that depends on the input");
    const reciprocal = mapped(by, (value) => 1 / value);
    return [multiply(node, reciprocal)];
  });
}

/** An operator on a value and a constant, in either order. */
function elementwise(
  node: NodeMessage,
  graph: Graph,
  stepsOf: (by: Tensor, isFirst: boolean) => readonly Step[],
): Match {
  const [left, right] = operands(node);
  const isFirst = graph.isConstant(left);
  const steps = stepsOf(constant(graph, isFirst ? left : right), isFirst);
  return { from: isFirst ? right : left, steps };
}

function operands({ inputs }: NodeMessage): readonly [string, string] {
  if (inputs.length !== 2) throw new Error(`it has ${inputs.length} inputs, expected 2`);
  return [inputs[0], inputs[1]];
}

function leakyRelu(node: NodeMessage, alpha: number): Step {
  if (alpha >= 0 && Number.isFinite(alpha)) return activation(node, "leakyRelu", alpha);
  throw new Error(`alpha is ${alpha}, expected a finite number of at least 0`);
}

/** With one slope for all units it is a leaky ReLU. */
function pRelu(node: NodeMessage, graph: Graph): Match {
  const [, slope] = operands(node);
  const { values } = constant(graph, slope);
  if (values.length > 0 && values.every((value) => value === values[0])) return from(node, leakyRelu(node, values[0]));
  throw new Error(`${quoted(slope)} has different slopes, expected one for all units`);
}

/** max(z, α z) for α up to 1 and min(z, α z) for others are a leaky ReLU. */
function maxOrMin(node: NodeMessage, graph: Graph): Match {
  const [left, right] = operands(node);
  for (const [value, multiple] of [
    [left, right],
    [right, left],
  ]) {
    const product = graph.producerOf(multiple);
    if (!product || operatorOf(product) !== "Mul" || product.inputs.length !== 2) continue;
    if (!product.inputs.includes(value)) continue;
    const alpha = product.inputs[product.inputs[0] === value ? 1 : 0];
    if (!graph.isConstant(alpha)) continue;
    const { values } = graph.constantOf(alpha);
    if (values.length !== 1 || (operatorOf(node) === "Max" ? values[0] > 1 : values[0] < 1)) continue;
    return { from: value, steps: [leakyRelu(node, values[0])] };
  }
  throw new Error("it is no leaky ReLU: the greater of z and alpha z, or the lesser where alpha is above 1");
}

function softmax(node: NodeMessage): Match {
  // In all versions the last of two dimensions is what it is taken over by default.
  const axis = integerOf(node, "axis", -1);
  if (axis === 1 || axis === -1) return from(node, activation(node, "softmax"));
  throw new Error(`axis is ${axis}, expected 1 or -1: the outputs of a sample`);
}

/** With the statistics of training it is (x − mean) · scale / √(variance + ε) + shift. */
function batchNormalization(node: NodeMessage, graph: Graph): Match {
  if (integerOf(node, "training_mode", 0) !== 0) throw new Error("training_mode is not 0");
  const [scale, shift, mean, variance] = [1, 2, 3, 4].map((i) => constant(graph, node.inputs[i] ?? ""));
  const epsilon = floatOf(node, "epsilon", 1e-5);
  const factor = mapped(scale, (value, i) => value / Math.sqrt(variance.values[i] + epsilon));
  return from(node, add(node, negative(mean)), multiply(node, factor), add(node, shift));
}

function scaler(node: NodeMessage): Match {
  const listOf = (name: string): Tensor => {
    const { floats } = node.attributes.get(name) ?? { floats: [] };
    return { dims: floats.length === 1 ? [] : [floats.length], values: Float64Array.from(floats), isDouble: false };
  };
  return from(node, add(node, negative(listOf("offset"))), multiply(node, listOf("scale")));
}

function cast(node: NodeMessage): Match {
  if (isCastToFloat(node)) return from(node);
  throw new Error("it casts to whole numbers, or to no numbers");
}

function dropout(node: NodeMessage, graph: Graph): Match {
  const [, , training = ""] = node.inputs;
  if (training === "" || constant(graph, training).values.every((value) => value === 0)) return from(node);
  throw new Error("training_mode is not false");
}

function constant(graph: Graph, value: string): Tensor {
  if (graph.isConstant(value)) return graph.constantOf(value);
  throw new Error(
    `${quoted(value)} is no constant, so two values meet that depend on the input: layers can only follow each other`,
  );
}

function add(node: NodeMessage, by: Tensor): Step {
  return { kind: "elementwise", node, operation: "add", by };
}

function multiply(node: NodeMessage, by: Tensor): Step {
  return { kind: "elementwise", node, operation: "multiply", by };
}

function activation(node: NodeMessage, kind: ActivationStep["activation"], parameter = 1): Step {
  return { kind: "activation", node, activation: kind, parameter };
}

function scalar(value: number): Tensor {
  return { dims: [], values: Float64Array.of(value), isDouble: false };
}

function mapped(tensor: Tensor, map: (value: number, i: number) => number): Tensor {
  return { ...tensor, values: tensor.values.map(map) };
}

function negative(tensor: Tensor): Tensor {
  return mapped(tensor, (value) => -value);
}
