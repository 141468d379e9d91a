import { DownhillError, describe } from "../errors.ts";
import type { Normalization } from "../normalization.ts";
import type { Activation, Arithmetic, DType, Initializer, LayerSpec, Loss, Matrix, NetworkOptions } from "../types.ts";

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
}

/** What a network is rebuilt from. */
export interface ParsedNetwork {
  readonly layers: readonly LayerSpec[];
  readonly options: NetworkOptions;
  readonly weights: readonly (readonly (readonly number[])[])[];
  /** Not checked. */
  readonly normalization: unknown;
}

/** The rows of a matrix as arrays. */
export function rowsOf({ rows, columns, data }: Matrix): number[][] {
  return Array.from({ length: rows }, (_, row) => Array.from(data.subarray(row * columns, (row + 1) * columns)));
}

const NETWORK_FIELDS = ["format", "version", "inputs", "layers", "loss", "dtype", "arithmetic", "seed"];
const OPTIONAL_NETWORK_FIELDS = ["normalization"];
const LAYER_FIELDS = ["units", "activation", "initializer", "weights"];

/**
 * Takes apart what `toJSON` gave: every field has to be there that is not optional, and no other, and the rows have to be
 * as many and as long as the layers say, before anything of their size is made. Values are checked where the network is
 * rebuilt.
 *
 * @throws DownhillError `ERR_FORMAT` when it is something else, or of a version this package does not know
 */
export function parseNetwork(value: unknown): ParsedNetwork {
  const fields = recordOf(value, "network", NETWORK_FIELDS, OPTIONAL_NETWORK_FIELDS);
  const { format, version, inputs, layers, loss, dtype, arithmetic, seed, normalization } = fields;
  if (format !== "downhill") throw formatError("format", format, '"downhill"');
  if (version !== 1) throw formatError("version", version, "1, the only one this release knows");
  if (!Array.isArray(layers)) throw formatError("layers", layers, "an array");
  const parsed = Array.from(layers, (layer, l) => {
    const { units, activation, initializer, weights } = recordOf(layer, `layers[${l}]`, LAYER_FIELDS);
    if (!Array.isArray(weights) || weights.length !== units) {
      throw formatError(`layers[${l}].weights`, weights, `an array of ${describe(units)} rows`);
    }
    const columns = Number(l === 0 ? inputs : layers[l - 1].units) + 1;
    weights.forEach((row, r) => {
      if (Array.isArray(row) && row.length === columns) return;
      throw formatError(`layers[${l}].weights[${r}]`, row, `an array of ${columns} numbers`);
    });
    return { spec: { units, activation, initializer } as LayerSpec, weights };
  });
  return {
    layers: [inputs as number, ...parsed.map(({ spec }) => spec)],
    options: { loss, dtype, arithmetic, seed } as NetworkOptions,
    weights: parsed.map(({ weights }) => weights),
    normalization,
  };
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
