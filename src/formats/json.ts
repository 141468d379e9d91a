import { DownhillError, describe } from "../errors.ts";
import type { Activation, Arithmetic, DType, Initializer, LayerSpec, Loss, Matrix, NetworkOptions } from "../types.ts";

/** A network as plain JSON. Numbers are written so that reading them back gives the same bits. */
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
}

/** What a network is rebuilt from. */
export interface ParsedNetwork {
  readonly layers: readonly LayerSpec[];
  readonly options: NetworkOptions;
  readonly weights: readonly (readonly (readonly number[])[])[];
}

/** The rows of a matrix as arrays. */
export function rowsOf({ rows, columns, data }: Matrix): number[][] {
  return Array.from({ length: rows }, (_, row) => Array.from(data.subarray(row * columns, (row + 1) * columns)));
}

/**
 * Takes apart what `toJSON` gave. Shapes and values are checked where the network is rebuilt.
 *
 * @throws DownhillError `ERR_FORMAT` when it is something else, or of a version this package does not know
 */
export function parseNetwork(value: unknown): ParsedNetwork {
  const { format, version, inputs, layers, loss, dtype, arithmetic, seed } = recordOf(value, "the network");
  if (format !== "downhill") throw formatError("format", format, '"downhill"');
  if (version !== 1) throw formatError("version", version, "1, the only one this release knows");
  if (!Array.isArray(layers)) throw formatError("layers", layers, "an array");
  const parsed = layers.map((layer, l) => {
    const { units, activation, initializer, weights } = recordOf(layer, `layers[${l}]`);
    if (!Array.isArray(weights)) throw formatError(`layers[${l}].weights`, weights, "an array of rows");
    return { spec: { units, activation, initializer } as LayerSpec, weights };
  });
  return {
    layers: [inputs as number, ...parsed.map(({ spec }) => spec)],
    options: { loss, dtype, arithmetic, seed } as NetworkOptions,
    weights: parsed.map(({ weights }) => weights),
  };
}

function recordOf(value: unknown, where: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw formatError(where, value, "an object such as toJSON gives");
}

function formatError(where: string, given: unknown, expected: string): DownhillError {
  return new DownhillError("ERR_FORMAT", `${where} is ${describe(given)}, expected ${expected}`);
}
