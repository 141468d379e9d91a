import { blockOffset, blockValues, bytesOf, type Layout } from "./layout.ts";
import type { Model } from "./model.ts";
import type { DType, Values } from "./types.ts";

/** A network's memory: one arena that says itself what lies in it, and views into it. */
export interface NetworkState {
  /**
   * The encoded model, padded to 64 bytes, the parameters, and the workspace, one behind the other. Native code needs
   * nothing else: reading one array costs a call a third of what reading three does.
   */
  readonly arena: Values;
  readonly parameters: Values;
  readonly workspace: Values;
  /** W_l with its padding: (units, stride) */
  readonly weights: readonly Values[];
  /** x̂_0 … x̂_L with the trailing 1 and the padding */
  readonly activations: readonly Values[];
  /** ψ_1 … ψ_L with the padding: `psi[l]` belongs to the units of layer l */
  readonly psi: readonly Values[];
  readonly logits: Values;
  readonly target: Values;
}

/** Makes zeroed arrays of the kind a backend wants. */
export type Allocate = (dtype: DType, length: number) => Values;

/** Memory for a network: parameters and padding are 0, and every x̂ has its 1. */
export function createState(model: Model, allocate: Allocate): NetworkState {
  const { layout, encoded } = model;
  const { layers, logits, target, sampleValues, parameterValues, workspaceValues } = layout;
  const header = (Math.ceil(encoded.byteLength / 64) * 64) / bytesOf(layout.dtype);
  const arena = allocate(layout.dtype, header + parameterValues + workspaceValues);
  new Float64Array(arena.buffer, arena.byteOffset, encoded.length).set(encoded);
  const parameters = arena.subarray(header, header + parameterValues);
  const workspace = arena.subarray(header + parameterValues);
  const last = layers[layers.length - 1];
  const activations = layers.map((layer) => workspace.subarray(layer.input, layer.input + layer.stride));
  activations.push(workspace.subarray(last.output, last.output + last.outputStride));
  activations.forEach((x, l) => {
    x[l < layers.length ? layers[l].inputs : last.units] = 1;
  });
  return {
    arena,
    parameters,
    workspace,
    weights: weightViews(layout, parameters),
    activations,
    psi: layers.map((layer) => workspace.subarray(layer.psi, layer.psi + layer.outputStride)),
    logits: workspace.subarray(logits, target),
    target: workspace.subarray(target, sampleValues),
  };
}

/** Memory for the vectors of up to `capacity` samples at once: zeros, and every x̂ has its 1. */
export function createBlock({ layout }: Model, capacity: number, allocate: Allocate): Values {
  const block = allocate(layout.dtype, blockValues(layout, capacity));
  const setOnes = (offset: number, stride: number, units: number) => {
    const first = blockOffset(offset, capacity) + units;
    for (let sample = 0; sample < capacity; sample++) block[first + sample * stride] = 1;
  };
  const { layers } = layout;
  for (const { input, stride, inputs } of layers) setOnes(input, stride, inputs);
  const last = layers[layers.length - 1];
  setOnes(last.output, last.outputStride, last.units);
  return block;
}

/** The matrices in an array shaped like the parameters, each with its padding: (units, stride). */
export function weightViews(layout: Layout, parameters: Values): Values[] {
  return layout.layers.map((layer) => parameters.subarray(layer.weights, layer.weights + layer.units * layer.stride));
}
