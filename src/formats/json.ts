import type { CsvEncoding } from "../data/encoding.ts";
import { DownhillError, describe } from "../errors.ts";
import type { Metadata } from "../metadata.ts";
import type { Normalization } from "../normalization.ts";
import { MAX_LAYERS, type Places, resolveNetworkOptions } from "../options.ts";
import type { SavedModel, WrittenModel } from "../saved_model.ts";
import type { Activation, Arithmetic, DType, Initializer, LayerSpec, Loss, NetworkOptions } from "../types.ts";

/** A network as plain JSON. Numbers read back as they were, but for −0, which JSON turns into 0. */
export interface NetworkJSON {
  readonly format: "downhill";
  readonly version: 1;
  readonly inputs: number;
  readonly layers: readonly {
    readonly units: number;
    readonly activation: Activation;
    readonly initializer: Initializer;
    /** A row a unit, the bias last. */
    readonly weights: readonly (readonly number[])[];
  }[];
  readonly loss: Loss;
  readonly dtype: DType;
  readonly arithmetic: Arithmetic;
  readonly seed: number;
  /** What raw inputs are normalized with; absent where they are taken as they are. */
  readonly normalization?: Normalization;
  /** How rows of a CSV file become inputs; absent for networks that were not fitted with one. */
  readonly encoding?: CsvEncoding;
  /** What each class is called; absent where classes have no names. */
  readonly classNames?: readonly string[];
  /** What was put there to travel with the network; absent where nothing was. */
  readonly metadata?: Metadata;
}

/** All that a network's JSON says but its weights, for formats that hold these in their own way. */
export type NetworkDescription = Omit<NetworkJSON, "layers"> & {
  readonly layers: readonly Omit<NetworkJSON["layers"][number], "weights">[];
};

/** A network as JSON. */
export function jsonOf(model: WrittenModel): NetworkJSON {
  const layers = model.layers.map(({ weights, ...layer }) => ({
    ...layer,
    weights: weights.map((row) => Array.from(row)),
  }));
  return fieldsOf(model, layers);
}

/** See `NetworkDescription`. */
export function descriptionOf(model: WrittenModel): NetworkDescription {
  const layers = model.layers.map(({ units, activation, initializer }) => ({ units, activation, initializer }));
  return fieldsOf(model, layers);
}

function fieldsOf<Layer>(model: WrittenModel, layers: readonly Layer[]) {
  const { inputs, loss, dtype, arithmetic, seed, normalization, encoding, classNames, metadata } = model;
  return {
    ...({ format: "downhill", version: 1, inputs, layers, loss, dtype, arithmetic, seed } as const),
    ...(normalization && { normalization }),
    ...(encoding && { encoding }),
    ...(classNames && { classNames }),
    ...(metadata && Object.keys(metadata).length > 0 && { metadata }),
  };
}

const NETWORK_FIELDS = ["format", "version", "inputs", "layers", "loss", "dtype", "arithmetic", "seed"];
const OPTIONAL_NETWORK_FIELDS = ["normalization", "encoding", "classNames", "metadata"];
const LAYER_FIELDS = ["units", "activation", "initializer"];

/** Where in the JSON the parts of a network's description stand: its layers are those with weights. */
const PLACES: Places = {
  layer: (l) => (l === 0 ? "inputs" : `layers[${l - 1}]`),
  option: (name) => name,
  outputActivation: (last) => `layers[${last - 1}].activation`,
};

/** Where the weights of a layer stand in the JSON. */
export function weightsPlace(layer: number): string {
  return `layers[${layer}].weights`;
}

/**
 * Takes apart what `toJSON` gave: every field has to be there that is not optional, and no other, with choices that a
 * network can have, and the rows have to be as many and as long as the layers say, before anything of their size is made.
 * Weights and what is optional are checked where the network is rebuilt.
 *
 * @throws DownhillError `ERR_FORMAT` when it is something else, or of a version this package does not know
 */
export function parseNetwork(value: unknown): SavedModel {
  const { description, records } = parseFields(value, [...LAYER_FIELDS, "weights"]);
  const { inputs, layers } = description;
  return {
    ...description,
    layers: layers.map((layer, l) => ({
      ...layer,
      weights: checkedRows(records[l].weights, weightsPlace(l), layer.units, (l ? layers[l - 1].units : inputs) + 1),
    })),
  };
}

/**
 * Takes apart what `descriptionOf` gave, as `parseNetwork` does.
 *
 * @throws DownhillError `ERR_FORMAT` when it is something else, or of a version this package does not know
 */
export function parseDescription(value: unknown): NetworkDescription {
  return parseFields(value, LAYER_FIELDS).description;
}

/** @returns what the fields say of the network and, for each layer, what has the fields of one */
function parseFields(value: unknown, layerFields: readonly string[]) {
  const fields = recordOf(value, "network", NETWORK_FIELDS, OPTIONAL_NETWORK_FIELDS);
  const { format, version, inputs, layers, loss, dtype, arithmetic, seed, ...optional } = fields;
  if (format !== "downhill") throw formatError("format", format, '"downhill"');
  if (version !== 1) throw formatError("version", version, "1, the only one this release knows");
  // As a layer an object would do, too.
  if (typeof inputs !== "number") throw formatError("inputs", inputs, "a number");
  if (!Array.isArray(layers) || layers.length === 0 || layers.length > MAX_LAYERS) {
    throw formatError("layers", layers, `an array of 1 to ${MAX_LAYERS} layers`);
  }
  const records = Array.from(layers, (layer, l) => recordOf(layer, `layers[${l}]`, layerFields));
  const choices = records.map(({ units, activation, initializer }) => ({ units, activation, initializer }));
  const options = { loss, dtype, arithmetic, seed } as NetworkOptions;
  readingSaved(() => resolveNetworkOptions([inputs, ...choices] as LayerSpec[], options, PLACES));
  // What else it says is checked where the network is rebuilt.
  const description = { format, version, inputs, layers: choices, ...options, ...optional } as NetworkDescription;
  return { description, records };
}

/**
 * Reads values of a saved network.
 *
 * @throws DownhillError `ERR_FORMAT` where `read` finds something wrong with one; what is wrong with the environment is
 *   not the file's fault
 */
export function readingSaved<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof DownhillError) || cause.code === "ERR_BACKEND_UNAVAILABLE") throw cause;
    throw new DownhillError("ERR_FORMAT", `this is no saved network: ${cause.message}`, { cause });
  }
}

/** Rows of the right length, and as many as there are units; their values are not checked. */
function checkedRows(weights: unknown, where: string, units: number, columns: number): readonly (readonly number[])[] {
  if (!Array.isArray(weights) || weights.length !== units) {
    throw formatError(where, weights, `an array of ${units} rows`);
  }
  for (const [r, row] of weights.entries()) {
    if (Array.isArray(row) && row.length === columns) continue;
    throw formatError(`${where}[${r}]`, row, `an array of ${columns} numbers`);
  }
  return weights;
}

function recordOf(
  value: unknown,
  where: string,
  fields: readonly string[],
  optional: readonly string[] = [],
): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw formatError(where, value, "an object such as toJSON gives");
  }
  for (const field of fields) {
    if (!Object.hasOwn(value, field)) throw formatError(`${where}.${field}`, undefined, "what toJSON wrote there");
  }
  const known = [...fields, ...optional];
  for (const field of Object.keys(value)) {
    if (!known.includes(field)) throw formatError(`a field of ${where}`, field, `one of ${known.join(", ")}`);
  }
  return value as Record<string, unknown>;
}

function formatError(where: string, given: unknown, expected: string): DownhillError {
  return new DownhillError("ERR_FORMAT", `${where} is ${describe(given)}, expected ${expected}`);
}
