import { DownhillError, describe, reasonOf } from "../errors.ts";
import { checkedOptions, oneOf, optionError } from "../options.ts";
import { currentPlatform } from "../platform.ts";
import type { SavedModel, WrittenModel } from "../saved_model.ts";
import type { NetworkOptions } from "../types.ts";
import { assertAgreement } from "./agreement.ts";
import { json } from "./json_file.ts";
import type { ForeignChoices, ModelFileFormat } from "./model_format.ts";
import { onnx } from "./onnx/onnx.ts";
import { safetensors } from "./safetensors.ts";
import { standaloneSource } from "./standalone.ts";

/**
 * The kinds of files that networks are saved as.
 *
 * - `json`: what `toJSON` gives, as text: everything but the sign of zeros, legible, about ten bytes a weight. Reads also what
 *   brain.js' `toJSON` gives (a `NeuralNetwork` of version 1.6 or 2), and the list of arrays that Keras' `get_weights()`
 *   gives for dense layers.
 * - `safetensors`: everything, 4 or 8 bytes a weight. PyTorch and others read weights and biases as `layers.0.weight`,
 *   (outputs, inputs), and `layers.0.bias`. Reads also files of others that hold such pairs, whatever they are called, in
 *   float64, float32, float16 or bfloat16.
 * - `onnx`: everything, 4 or 8 bytes a weight, as a graph that other runtimes take from raw inputs to outputs (version 13 of the
 *   operators). Reads also files of others whose graph is a multilayer perceptron.
 * - `javascript`: what `toFunction` gives; only written.
 */
export type ModelFormat = "json" | "safetensors" | "onnx" | "javascript";

/** How a network is written. */
export interface SaveOptions {
  /** Default: the one that the path's extension names. */
  readonly format?: ModelFormat;
}

/**
 * How a network is read: where it runs, and what a file that others wrote does not say. The activations have to be given where
 * the file does not say them; a choice that contradicts the file is refused with `ERR_OPTION`.
 */
export interface LoadOptions extends ForeignChoices, Pick<NetworkOptions, "backend" | "threads"> {
  /** Default: the one that the path's extension names. */
  readonly format?: ModelFormat;
}

/** See `Network.save`. */
export type WriteModel = (path: string, model: WrittenModel, options: SaveOptions | undefined) => Promise<void>;

/** See `Network.toBytes`. */
export type EncodeModel = (model: WrittenModel, format: ModelFormat) => Promise<Uint8Array>;

/** See `Network.load`. */
export type ReadModel = (
  source: string | Uint8Array,
  options: LoadOptions | undefined,
) => Promise<{ readonly model: SavedModel; readonly placement: Pick<NetworkOptions, "backend" | "threads"> }>;

const FORMATS: Readonly<Record<ModelFormat, ModelFileFormat>> = {
  json,
  safetensors,
  onnx,
  javascript: {
    extensions: [".mjs", ".js"],
    encode: (model) => [new TextEncoder().encode(standaloneSource(model))],
  },
};
const NAMES = Object.keys(FORMATS) as ModelFormat[];

export const writeModel: WriteModel = async (path, model, options) => {
  const { format } = checkedOptions<SaveOptions>(options, "options", ["format"]);
  const { encode } = FORMATS[formatOf(path, format)];
  const parts = encode(model);
  const { replaceFile } = currentPlatform();
  if (!replaceFile) throw failure(path, "cannot be written: files can only be written in Node.js");
  try {
    await replaceFile(path, parts);
  } catch (cause) {
    throw failure(path, `cannot be written: ${reasonOf(cause)}`, cause);
  }
};

export const encodeModel: EncodeModel = async (model, format) => {
  if (!NAMES.includes(format)) throw optionError("format", format, `one of ${NAMES.join(", ")}`);
  const parts = FORMATS[format].encode(model);
  return parts.length === 1 ? parts[0] : joined(parts);
};

export const readModel: ReadModel = async (source, options) => {
  const { format, backend, threads, ...choices } = checkedOptions<LoadOptions>(options, "options", [
    ...(["format", "backend", "threads"] as const),
    ...(["activation", "outputActivation", "loss", "dtype", "arithmetic", "seed"] as const),
  ]);
  const isBytes = source instanceof Uint8Array;
  if (isBytes && format === undefined) throw optionError("options.format", format, `one of ${NAMES.join(", ")}`);
  const name = formatOf(isBytes ? "bytes" : source, format);
  const where = isBytes ? describe(source) : source;
  const { decode } = FORMATS[name];
  if (!decode) throw failure(where, `cannot be read: files of format ${name} are only written`);
  const bytes = isBytes ? source : await readWhole(source);
  const placement = { ...(backend !== undefined && { backend }), ...(threads !== undefined && { threads }) };
  try {
    const model = decode(bytes, choices);
    assertAgreement(model, choices);
    return { model, placement };
  } catch (cause) {
    if (cause instanceof DownhillError && cause.code !== "ERR_FORMAT") throw cause;
    throw failure(where, reasonOf(cause), cause);
  }
};

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

async function readWhole(path: string): Promise<Uint8Array> {
  const { readChecked } = currentPlatform();
  if (!readChecked) throw failure(path, "cannot be read: files can only be read in Node.js");
  try {
    return await readChecked(path, 0, () => {});
  } catch (cause) {
    throw failure(path, `cannot be read: ${reasonOf(cause)}`, cause);
  }
}

/** The format that a path or an option names. */
export function formatOf(path: unknown, given: ModelFormat | undefined): ModelFormat {
  if (typeof path !== "string" || path === "") throw optionError("path", path, "the name of a file");
  if (given !== undefined) return oneOf(given, "options.format", NAMES, given);
  const found = NAMES.find((name) =>
    FORMATS[name].extensions.some((extension) => path.toLowerCase().endsWith(extension)),
  );
  if (found) return found;
  const extensions = NAMES.flatMap((name) => FORMATS[name].extensions).join(", ");
  throw new DownhillError(
    "ERR_OPTION",
    `path is ${describe(path)}, expected one that ends with ${extensions}, or options.format`,
  );
}

function failure(path: string, what: string, cause?: unknown): DownhillError {
  return new DownhillError("ERR_FORMAT", `${path}: ${what}`, { cause });
}
