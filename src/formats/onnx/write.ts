import { PbfWriter } from "pbf";
import { DownhillError } from "../../errors.ts";
import type { SavedModel, WrittenModel } from "../../saved_model.ts";
import { VERSION } from "../../version.ts";
import { descriptionText } from "../description_text.ts";
import { DESCRIPTION } from "./description.ts";
import { AttributeType, ElementType } from "./messages.ts";
import { type Constant, graphOf, INPUT, type Node, OUTPUT } from "./network_graph.ts";

// Every operator used is as it has been since version 13, of 2020, which runtimes of all kinds know; what later versions
// have added is not needed. Version 7 of the format came with it.
const OPSET = 13;
const IR_VERSION = 7;

/** Protocol Buffers hold less than 2 GiB in a message; what is not weights needs far less than the rest. */
const MOST_WEIGHT_BYTES = 2 ** 31 - 2 ** 26;

/**
 * A network as a file of ONNX: raw inputs `input` (samples, inputs) → `output` (samples, outputs), for any number of samples.
 *
 * @throws DownhillError `ERR_FORMAT` for a network of more than 2 GiB, or metadata that could not be read again
 */
export function encodeOnnx(model: WrittenModel): Uint8Array {
  const { inputs, layers, dtype } = model;
  const weights = layers.reduce((sum, { units }, l) => sum + units * ((l === 0 ? inputs : layers[l - 1].units) + 1), 0);
  const bytes = weights * (dtype === "float64" ? 8 : 4);
  if (bytes > MOST_WEIGHT_BYTES) {
    const problem = `the weights take ${bytes} bytes, expected at most ${MOST_WEIGHT_BYTES}: a file of ONNX has less than 2 GiB`;
    throw new DownhillError("ERR_FORMAT", problem);
  }
  const writer = new PbfWriter();
  writer.writeVarintField(1, IR_VERSION);
  writeText(writer, 2, "downhill");
  writeText(writer, 3, VERSION);
  writeText(writer, 6, "A multilayer perceptron that takes raw inputs, a row a sample.");
  writer.writeMessage(8, writeOperatorSet, OPSET);
  writer.writeMessage(14, writeEntry, [DESCRIPTION, descriptionText(model)] as const);
  // At last: a file that ends early is then never a whole one without a description. Fields may come in any order.
  writer.writeMessage(7, writeGraph, model);
  return writer.finish();
}

/** `writeStringField` of pbf 5.1.2 takes U+20000 and what is above for other characters. */
function writeText(writer: PbfWriter, field: number, text: string): void {
  writer.writeBytesField(field, new TextEncoder().encode(text));
}

function writeOperatorSet(version: number, writer: PbfWriter): void {
  writeText(writer, 1, "");
  writer.writeVarintField(2, version);
}

function writeEntry([key, value]: readonly [string, string], writer: PbfWriter): void {
  writeText(writer, 1, key);
  writeText(writer, 2, value);
}

function writeGraph(model: SavedModel, writer: PbfWriter): void {
  const { inputs, layers, dtype } = model;
  const { nodes, constants } = graphOf(model);
  const type = dtype === "float64" ? ElementType.double : ElementType.float;
  for (const [i, node] of nodes.entries()) {
    writer.writeMessage(1, writeNode, { ...node, output: i === nodes.length - 1 ? OUTPUT : node.name });
  }
  writeText(writer, 2, "network");
  for (const constant of constants) writer.writeMessage(5, writeConstant, constant);
  writer.writeMessage(11, writeValue, { name: INPUT, type, width: inputs });
  writer.writeMessage(12, writeValue, { name: OUTPUT, type, width: layers[layers.length - 1].units });
}

function writeNode({ name, operator, inputs, output, attribute }: Node & { output: string }, writer: PbfWriter): void {
  for (const input of inputs) writeText(writer, 1, input);
  writeText(writer, 2, output);
  writeText(writer, 3, name);
  writeText(writer, 4, operator);
  if (attribute) writer.writeMessage(5, writeAttribute, attribute);
}

function writeAttribute(attribute: NonNullable<Node["attribute"]>, writer: PbfWriter): void {
  writeText(writer, 1, attribute.name);
  if ("float" in attribute) writer.writeFloatField(2, attribute.float);
  else writer.writeVarintField(3, attribute.integer);
  writer.writeVarintField(20, "float" in attribute ? AttributeType.float : AttributeType.int);
}

function writeConstant({ name, dtype, dims, rows, first }: Constant, writer: PbfWriter): void {
  const isDouble = dtype === "float64";
  const size = dims.reduce((product, dim) => product * dim, 1);
  const columns = size / rows.length;
  const raw = new Uint8Array(size * (isDouble ? 8 : 4));
  const view = new DataView(raw.buffer);
  let at = 0;
  for (const row of rows) {
    for (let j = first; j < first + columns; j++) {
      if (isDouble) view.setFloat64(at, row[j], true);
      else view.setFloat32(at, row[j], true);
      at += isDouble ? 8 : 4;
    }
  }
  writer.writePackedVarint(1, [...dims]);
  writer.writeVarintField(2, isDouble ? ElementType.double : ElementType.float);
  writeText(writer, 8, name);
  writer.writeBytesField(9, raw);
}

/** ValueInfoProto of a matrix with a row for each of any number of samples. */
function writeValue(
  { name, type, width }: { readonly name: string; readonly type: number; readonly width: number },
  writer: PbfWriter,
): void {
  writeText(writer, 1, name);
  writer.writeMessage(2, writeTensorType, { type, width });
}

function writeTensorType({ type, width }: { type: number; width: number }, writer: PbfWriter): void {
  writer.writeMessage(
    1,
    (elementType, tensor) => {
      tensor.writeVarintField(1, elementType);
      tensor.writeMessage(2, writeShape, width);
    },
    type,
  );
}

function writeShape(width: number, writer: PbfWriter): void {
  writer.writeMessage(1, (name, dimension) => writeText(dimension, 2, name), "batch");
  writer.writeMessage(1, (size, dimension) => dimension.writeVarintField(1, size), width);
}
