import { join } from "node:path";
import protobuf from "protobufjs";

// ONNX by another library than the one the formats are built on: what it writes was not written by what is tested, and
// neither is what it reads read by that.

const Model = protobuf.loadSync(join(import.meta.dirname, "onnx.proto")).lookupType("onnx.ModelProto");

/** TensorProto.DataType */
export const TYPES = { float: 1, int32: 6, int64: 7, string: 8, bool: 9, float16: 10, double: 11, bfloat16: 16 };

/** A message as protobufjs takes and gives it: fields by their names in camel case. */
export type Message = Record<string, unknown>;

/** The bytes of a model. */
export function encodedModel(message: Message): Uint8Array {
  return new Uint8Array(Model.encode(Model.fromObject(message)).finish());
}

/** What a file holds, absent fields left out; with bytes in base64 it is plain JSON. */
export function decodedModel(bytes: Uint8Array, as: "bytes" | "base64" = "bytes"): Message {
  const held = as === "bytes" ? Uint8Array : String;
  return Model.toObject(Model.decode(bytes), { longs: Number, bytes: held, arrays: true }) as Message;
}

/** What a test writes a graph with. */
export interface ForeignGraph {
  readonly nodes: readonly Message[];
  readonly initializers?: readonly Message[];
  readonly inputs: readonly Message[];
  readonly outputs: readonly Message[];
  readonly opset?: number;
  readonly irVersion?: number;
  readonly more?: Message;
}

export function foreignModel({ nodes, initializers = [], inputs, outputs, ...rest }: ForeignGraph): Uint8Array {
  const { opset = 13, irVersion = 7, more } = rest;
  return encodedModel({
    irVersion,
    opsetImport: [{ version: opset }, { domain: "ai.onnx.ml", version: 1 }],
    graph: { name: "graph", node: nodes, initializer: initializers, input: inputs, output: outputs },
    ...more,
  });
}

/** A node; the operator of another domain as `domain:Operator`. */
export function node(
  operator: string,
  input: readonly string[],
  output: readonly string[],
  more: Message = {},
): Message {
  const [opType, domain = ""] = operator.split(":").reverse();
  return { name: `/${output[0]}`, opType, domain, input, output, ...more };
}

/** An attribute of an integer, a list of floats, … by the name of the field that holds it. */
export function attribute(name: string, field: "f" | "i" | "s" | "t" | "floats" | "ints" | "strings", value: unknown) {
  const type = { f: 1, i: 2, s: 3, t: 4, floats: 6, ints: 7, strings: 8 }[field];
  return { name, type, [field]: value };
}

export function attributes(...attribute: readonly Message[]): Message {
  return { attribute };
}

/** An initializer as PyTorch and TensorFlow write it: raw bytes. */
export function raw(
  name: string,
  dims: readonly number[],
  values: Float32Array | Float64Array | BigInt64Array,
): Message {
  const dataType =
    values instanceof Float32Array ? TYPES.float : values instanceof Float64Array ? TYPES.double : TYPES.int64;
  return { name, dims, dataType, rawData: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
}

/** An initializer as `onnx.helper.make_tensor` writes it: a list of numbers or texts. */
export function listed(name: string, dims: readonly number[], type: keyof typeof TYPES, values: readonly unknown[]) {
  const fields = { float: "floatData", double: "doubleData", int64: "int64Data", string: "stringData" } as const;
  return { name, dims, dataType: TYPES[type], [fields[type as keyof typeof fields] ?? "int32Data"]: values };
}

/** A value of tensors; a dimension is a number, a name, or null where it is left open. */
export function value(name: string, dims: readonly (number | string | null)[], type: keyof typeof TYPES = "float") {
  const dim = dims.map((size) =>
    typeof size === "number" ? { dimValue: size } : size === null ? {} : { dimParam: size },
  );
  return { name, type: { tensorType: { elemType: TYPES[type], shape: { dim } } } };
}

/** The bytes of texts, as messages hold them. */
export function texts(values: readonly string[]): Uint8Array[] {
  return values.map((text) => new TextEncoder().encode(text));
}
