import type { DType } from "./types.ts";

/**
 * Where everything lies in the parameters and in the workspace of a network. `native/layout.cc` computes the same numbers; the two are
 * compared when the binary is loaded.
 *
 * A row of a weight matrix and every vector of the workspace are padded to whole 64-byte vectors. The padding is
 * always zero.
 *
 * - parameters: W_0 … W_{L−1}, W_l of shape (units, inputs + 1), the bias as last column
 * - workspace: x̂_0 … x̂_L (values, a 1, zeros), ψ_1 … ψ_L, the output layer's z, the target: `sampleValues` in all;
 *   then the partial sums of Wᵀψ, one for every panel of rows but the first
 * - a block, for many samples at once: the Gram matrix of the first layer's inputs, then each of a sample's vectors for
 *   all samples: what lies at `offset` in the workspace is a matrix at `blockOffset(offset, capacity)`
 */
export interface Layout {
  readonly dtype: DType;
  readonly layers: readonly LayerLayout[];
  readonly logits: number;
  readonly target: number;
  readonly sampleValues: number;
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
  /** The size of the padded vectors of its units. */
  readonly outputStride: number;
}

/** Rows of W whose share of Wᵀψ is summed by itself; the shares are added in their order. */
export const PANEL_ROWS = 128;

/** Samples that online training takes together: see `onlineBlock`. */
export const ONLINE_BLOCK = 32;
const GRAM_VALUES = ONLINE_BLOCK * ONLINE_BLOCK;

/** Rows a page apart would share the same few sets of a cache. */
const PAGE_BYTES = 4096;

/** Bytes of one value. */
export function bytesOf(dtype: DType): number {
  return dtype === "float64" ? 8 : 4;
}

/** @param sizes - the number of inputs, then the units of each layer */
export function layoutOf(sizes: readonly number[], dtype: DType): Layout {
  const bytes = bytesOf(dtype);
  const lanes = 64 / bytes;
  const padded = (units: number) => {
    const values = Math.ceil((units + 1) / lanes) * lanes;
    return (values * bytes) % PAGE_BYTES === 0 ? values + lanes : values;
  };
  let parameterValues = 0;
  let sampleValues = 0;
  let partialValues = 0;
  const places = sizes.slice(1).map((units, l) => {
    const inputs = sizes[l];
    const stride = padded(inputs);
    const weights = parameterValues;
    parameterValues += stride * units;
    const input = sampleValues;
    sampleValues += stride;
    if (l > 0) partialValues = Math.max(partialValues, (Math.ceil(units / PANEL_ROWS) - 1) * stride);
    return { inputs, units, stride, weights, input, output: sampleValues, outputStride: padded(units) };
  });
  const outputs = padded(sizes[sizes.length - 1]);
  sampleValues += outputs;
  const layers = places.map((place) => {
    const psi = sampleValues;
    sampleValues += place.outputStride;
    return { ...place, psi };
  });
  const logits = sampleValues;
  const target = logits + outputs;
  sampleValues = target + outputs;
  const workspaceValues = sampleValues + partialValues;
  return { dtype, layers, logits, target, sampleValues, parameterValues, workspaceValues };
}

/**
 * How many samples online training takes together: their first layer is then computed by matrix products, which pays
 * where that layer is not tiny. 1: sample by sample.
 */
export function onlineBlock({ layers: [first] }: Layout): number {
  return first.inputs >= ONLINE_BLOCK && first.units >= ONLINE_BLOCK ? ONLINE_BLOCK : 1;
}

/** How many samples matrix products work on at once: they gain nothing from more. */
export const BLOCK_SAMPLES = 128;

/** For how many samples a training needs room. */
export function trainingBlock(layout: Layout, batchSize: number): number {
  return batchSize === 1 ? onlineBlock(layout) : Math.min(batchSize, BLOCK_SAMPLES);
}

/** Values of a block with room for `capacity` samples. */
export function blockValues(layout: Layout, capacity: number): number {
  return GRAM_VALUES + capacity * layout.sampleValues;
}

/** Where the matrix (capacity, size) of the vectors begins that lie at `offset` in a workspace. */
export function blockOffset(offset: number, capacity: number): number {
  return GRAM_VALUES + capacity * offset;
}

/** For how many samples a block has room. */
export function blockCapacity(layout: Layout, values: number): number {
  return Math.floor((values - GRAM_VALUES) / layout.sampleValues);
}
