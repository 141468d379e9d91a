import type { DType } from "./types.ts";

/**
 * Where everything lies in the parameters and in the workspace of a network. `native/layout.cc` computes the same numbers; the two are
 * compared when the binary is loaded.
 *
 * A row of a weight matrix and every vector of the workspace are padded to whole 64-byte vectors. The padding is
 * always zero.
 *
 * - parameters: W_0 … W_{L−1}, W_l of shape (units, inputs + 1), the bias as last column
 * - workspace: x̂_0 … x̂_L (values, a 1, zeros), ψ_1 … ψ_L, the output layer's z, the target
 */
export interface Layout {
  readonly dtype: DType;
  readonly layers: readonly LayerLayout[];
  readonly logits: number;
  readonly target: number;
  readonly parameterValues: number;
  readonly workspaceValues: number;
}

/** One layer; offsets are counted in values. `psi` and `output` belong to its units. */
export interface LayerLayout {
  readonly inputs: number;
  readonly units: number;
  /** Values from one row of weights to the next; also the size of a padded input vector. */
  readonly stride: number;
  readonly weights: number;
  readonly input: number;
  readonly output: number;
  readonly psi: number;
}

/** Bytes of one value. */
export function bytesOf(dtype: DType): number {
  return dtype === "float64" ? 8 : 4;
}

/** @param sizes - the number of inputs, then the units of each layer */
export function layoutOf(sizes: readonly number[], dtype: DType): Layout {
  const lanes = 64 / bytesOf(dtype);
  const padded = (units: number) => Math.ceil((units + 1) / lanes) * lanes;
  let parameterValues = 0;
  let workspaceValues = 0;
  const places = sizes.slice(1).map((units, l) => {
    const inputs = sizes[l];
    const stride = padded(inputs);
    const weights = parameterValues;
    parameterValues += stride * units;
    const input = workspaceValues;
    workspaceValues += stride;
    return { inputs, units, stride, weights, input, output: workspaceValues };
  });
  const outputs = padded(sizes[sizes.length - 1]);
  workspaceValues += outputs;
  const layers = places.map((place) => {
    const psi = workspaceValues;
    workspaceValues += padded(place.units);
    return { ...place, psi };
  });
  const logits = workspaceValues;
  return { dtype, layers, logits, target: logits + outputs, parameterValues, workspaceValues: logits + 2 * outputs };
}
