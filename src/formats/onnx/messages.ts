import { describe } from "../../errors.ts";
import { MessageReader } from "./wire.ts";

// The messages of ONNX, as far as they matter here. The numbers of fields are those of
// https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3

/** TensorProto.DataType */
export const ElementType = {
  float: 1,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  double: 11,
  bfloat16: 16,
} as const;

/** AttributeProto.AttributeType */
export const AttributeType = { float: 1, int: 2 } as const;

/** More dimensions than any tensor has. */
const MOST_DIMENSIONS = 32;

/** TensorProto: a constant. */
export interface TensorMessage {
  name: string;
  readonly dims: number[];
  type: number;
  /** The numbers in little-endian; the lists are empty then. */
  raw: Uint8Array | undefined;
  readonly floats: number[];
  readonly doubles: number[];
  /** Of small integers, float16 and bfloat16. */
  readonly int32s: number[];
  readonly int64s: number[];
  readonly texts: string[];
  /** Whether the numbers are in another file. */
  isExternal: boolean;
}

/** AttributeProto. */
export interface AttributeMessage {
  float: number;
  integer: number;
  tensor: TensorMessage | undefined;
  readonly floats: number[];
  readonly integers: number[];
  readonly texts: string[];
}

/** NodeProto. */
export interface NodeMessage {
  name: string;
  operator: string;
  domain: string;
  readonly inputs: string[];
  readonly outputs: string[];
  readonly attributes: Map<string, AttributeMessage>;
}

/** ValueInfoProto. */
export interface ValueMessage {
  name: string;
  /** Undefined where it is not said; a dimension is undefined that is left open. */
  dims: (number | undefined)[] | undefined;
}

/** GraphProto. */
export interface GraphMessage {
  readonly nodes: NodeMessage[];
  readonly initializers: TensorMessage[];
  readonly inputs: ValueMessage[];
  readonly outputs: ValueMessage[];
}

/** ModelProto. */
export interface ModelMessage {
  graph: GraphMessage | undefined;
  /** The version of the operators of ONNX itself. */
  opset: number;
  readonly metadata: Map<string, string>;
}

/** @throws Error for what is no such message */
export function readModelMessage(bytes: Uint8Array): ModelMessage {
  const model: ModelMessage = { graph: undefined, opset: 1, metadata: new Map() };
  const message = new MessageReader(bytes, "ModelProto");
  for (let field = message.next(); field > 0; field = message.next()) {
    // Two would count as one, put together.
    if (field === 7 && model.graph) throw new Error("there are two graphs in it");
    else if (field === 7) model.graph = readGraph(message.message("GraphProto"));
    else if (field === 8) readOperatorSet(message.message("OperatorSetIdProto"), model);
    else if (field === 14) readEntry(message.message("StringStringEntryProto"), model.metadata);
  }
  return model;
}

function readOperatorSet(message: MessageReader, model: ModelMessage): void {
  let domain = "";
  let version = 0;
  for (let field = message.next(); field > 0; field = message.next()) {
    if (field === 1) domain = message.text();
    else if (field === 2) version = message.integer();
  }
  if (isOfOnnx(domain)) model.opset = version;
}

/** Whether a domain is that of ONNX itself, which has two names. */
export function isOfOnnx(domain: string): boolean {
  return domain === "" || domain === "ai.onnx";
}

function readEntry(message: MessageReader, entries: Map<string, string>): void {
  let key = "";
  let value = "";
  for (let field = message.next(); field > 0; field = message.next()) {
    if (field === 1) key = message.text();
    else if (field === 2) value = message.text();
  }
  entries.set(key, value);
}

function readGraph(message: MessageReader): GraphMessage {
  const graph: GraphMessage = { nodes: [], initializers: [], inputs: [], outputs: [] };
  for (let field = message.next(); field > 0; field = message.next()) {
    if (field === 1) graph.nodes.push(readNode(message.message("NodeProto")));
    else if (field === 5) graph.initializers.push(readTensor(message.message("TensorProto")));
    else if (field === 11) graph.inputs.push(readValue(message.message("ValueInfoProto")));
    else if (field === 12) graph.outputs.push(readValue(message.message("ValueInfoProto")));
  }
  return graph;
}

function readNode(message: MessageReader): NodeMessage {
  const node: NodeMessage = { name: "", operator: "", domain: "", inputs: [], outputs: [], attributes: new Map() };
  for (let field = message.next(); field > 0; field = message.next()) {
    if (field === 1) message.texts(node.inputs);
    else if (field === 2) message.texts(node.outputs);
    else if (field === 3) node.name = message.text();
    else if (field === 4) node.operator = message.text();
    else if (field === 5) readAttribute(message.message("AttributeProto"), node.attributes);
    else if (field === 7) node.domain = message.text();
  }
  return node;
}

function readAttribute(message: MessageReader, attributes: Map<string, AttributeMessage>): void {
  const attribute: AttributeMessage = {
    ...{ float: 0, integer: 0, tensor: undefined },
    ...{ floats: [], integers: [], texts: [] },
  };
  let name = "";
  for (let field = message.next(); field > 0; field = message.next()) {
    if (field === 1) name = message.text();
    else if (field === 2) attribute.float = message.float();
    else if (field === 3) attribute.integer = message.integer();
    else if (field === 5) attribute.tensor = readTensor(message.message("TensorProto"));
    else if (field === 7) message.floats(attribute.floats);
    else if (field === 8) message.integers(attribute.integers);
    else if (field === 9) message.texts(attribute.texts);
  }
  if (attributes.has(name)) throw new Error(`a node has two attributes ${describe(name)}`);
  attributes.set(name, attribute);
}

function readTensor(message: MessageReader): TensorMessage {
  const tensor: TensorMessage = {
    ...{ name: "", dims: [], type: 0, raw: undefined, isExternal: false },
    ...{ floats: [], doubles: [], int32s: [], int64s: [], texts: [] },
  };
  for (let field = message.next(); field > 0; field = message.next()) {
    if (field === 1) message.integers(tensor.dims, MOST_DIMENSIONS);
    else if (field === 2) tensor.type = message.integer();
    else if (field === 4) message.floats(tensor.floats);
    else if (field === 5) message.integers(tensor.int32s);
    else if (field === 6) message.texts(tensor.texts);
    else if (field === 7) message.integers(tensor.int64s);
    else if (field === 8) tensor.name = message.text();
    else if (field === 9) tensor.raw = message.bytes();
    else if (field === 10) message.doubles(tensor.doubles);
    else if (field === 14) tensor.isExternal = message.integer() === 1;
  }
  return tensor;
}

function readValue(message: MessageReader): ValueMessage {
  const value: ValueMessage = { name: "", dims: undefined };
  for (let field = message.next(); field > 0; field = message.next()) {
    if (field === 1) value.name = message.text();
    else if (field === 2) value.dims = readTensorType(message.message("TypeProto"));
  }
  return value;
}

/** The dimensions of a tensor; undefined for sequences, maps, and tensors of any shape. */
function readTensorType(message: MessageReader): (number | undefined)[] | undefined {
  let dims: (number | undefined)[] | undefined;
  for (let field = message.next(); field > 0; field = message.next()) {
    if (field !== 1) continue;
    const tensor = message.message("TypeProto.Tensor");
    for (let part = tensor.next(); part > 0; part = tensor.next()) {
      if (part === 2) dims = readShape(tensor.message("TensorShapeProto"));
    }
  }
  return dims;
}

function readShape(message: MessageReader): (number | undefined)[] {
  const dims: (number | undefined)[] = [];
  for (let field = message.next(); field > 0; field = message.next()) {
    if (field !== 1) continue;
    const dimension = message.message("TensorShapeProto.Dimension");
    let size: number | undefined;
    for (let part = dimension.next(); part > 0; part = dimension.next()) if (part === 1) size = dimension.integer();
    dims.push(size);
  }
  return dims;
}
