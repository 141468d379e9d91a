/**
 * Writes the network of a workload in the format of ONNX: the messages of onnx.proto3 in the encoding of Protocol
 * Buffers. Numbers of fields are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3
 */
import { splitBias } from "./contender.ts";

/** Version 13 of the operators is known to any runtime that is still used. */
const OPSET = 13;
const IR_VERSION = 8;

const FLOAT = 1; // TensorProto.DataType
const INT = 2; // AttributeProto.AttributeType

/** A field of a message: its number, and its value. */
type Field = readonly [number: number, value: number | string | Uint8Array];

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) | 0x80);
  return [...bytes, value];
}

/** Whole numbers are variable in length; everything else says how long it is. */
function message(...fields: readonly Field[]): Uint8Array {
  const parts = fields.flatMap(([number, value]) => {
    if (typeof value === "number") return [Uint8Array.from([...varint(number << 3), ...varint(value)])];
    const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
    return [Uint8Array.from([...varint((number << 3) | 2), ...varint(bytes.length)]), bytes];
  });
  return Buffer.concat(parts);
}

/** ValueInfoProto of a float32 matrix. */
function matrixInfo(name: string, rows: number, columns: number): Uint8Array {
  const shape = message([1, message([1, rows])], [1, message([1, columns])]);
  const type = message([1, message([1, FLOAT], [2, shape])]);
  return message([1, name], [2, type]);
}

/** TensorProto with raw data. */
function tensor(name: string, dimensions: readonly number[], values: Float32Array): Uint8Array {
  const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return message(...dimensions.map((dimension): Field => [1, dimension]), [2, FLOAT], [8, name], [9, raw]);
}

/** NodeProto */
function node(operator: string, inputs: readonly string[], output: string, ...attributes: Uint8Array[]): Uint8Array {
  return message(
    ...inputs.map((input): Field => [1, input]),
    [2, output],
    [4, operator],
    ...attributes.map((attribute): Field => [5, attribute]),
  );
}

/**
 * A network of Gemm and Sigmoid, from `input` (rows, layers[0]) to `output` (rows, outputs).
 *
 * @param weights - of each layer (n_{l+1}, n_l + 1), the bias in the last column
 * @param rows - how many inputs a call answers
 */
export function onnxModel(layers: readonly number[], weights: readonly Float32Array[], rows: number): Uint8Array {
  const top = weights.length - 1;
  const graph: Field[] = [];
  const initializers: Field[] = [];
  // Gemm computes x Bᵀ + c with transB = 1: B is the matrix as it is.
  const transposed = message([1, "transB"], [3, 1], [20, INT]);
  weights.forEach((matrix, l) => {
    const units = layers[l + 1];
    const { weights: values, biases } = splitBias(matrix, layers[l]);
    initializers.push([5, tensor(`W${l}`, [units, layers[l]], values)], [5, tensor(`b${l}`, [units], biases)]);
    const input = l === 0 ? "input" : `y${l - 1}`;
    const output = l === top ? "output" : `y${l}`;
    graph.push([1, node("Gemm", [input, `W${l}`, `b${l}`], `z${l}`, transposed)]);
    graph.push([1, node("Sigmoid", [`z${l}`], output)]);
  });
  graph.push([2, "network"], ...initializers);
  graph.push([11, matrixInfo("input", rows, layers[0])], [12, matrixInfo("output", rows, layers[top + 1])]);
  return message([1, IR_VERSION], [7, message(...graph)], [8, message([2, OPSET])]);
}
