import type { DType, Values } from "../../types.ts";
import type { Job } from "../types.ts";

/** Reading samples into a network's vectors, as `native/samples.cc` does. */

/** Whose vectors, and the samples that go into them. */
type Reading = Pick<Job, "model" | "samples">;

type Source = Uint8Array | Float32Array | Float64Array;

function pack(source: Source, first: number, size: number, scale: number, out: Values, dtype: DType): void {
  if (scale === 1) {
    for (let j = 0; j < size; j++) out[j] = source[first + j];
  } else if (dtype === "float64") {
    for (let j = 0; j < size; j++) out[j] = source[first + j] * scale;
  } else {
    const factor = Math.fround(scale);
    for (let j = 0; j < size; j++) out[j] = Math.fround(source[first + j]) * factor;
  }
}

/** @param out - the first of its values are written, one for each input */
export function loadInput({ model, samples }: Reading, index: number, out: Values): void {
  const size = model.layout.layers[0].inputs;
  pack(samples.inputs, index * size, size, samples.inputScale, out, model.dtype);
}

/**
 * @param out - the first of its values are written, one for each output
 * @returns false for a label that has no output
 */
export function loadTarget({ model, samples }: Reading, index: number, out: Values): boolean {
  const size = model.layout.layers[model.layout.layers.length - 1].units;
  if (samples.targets) {
    pack(samples.targets, index * size, size, 1, out, model.dtype);
    return true;
  }
  const label = samples.labels ? samples.labels[index] : size;
  if (label >= size) return false;
  for (let j = 0; j < size; j++) out[j] = j === label ? 1 : 0;
  return true;
}
