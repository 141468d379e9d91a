/** The files that a workload's contenders read, as `PrepareRequest.folder` describes them. */
import { closeSync, fstatSync, openSync, readSync, writeFileSync } from "node:fs";
import { endianness } from "node:os";
import { join } from "node:path";
import type { Workload } from "../peers/protocol.ts";

/** What the files hold. */
export interface WorkloadData {
  /** (samples, layers[0]) */
  readonly inputs: Float32Array;
  /** (samples, outputs) */
  readonly targets: Float32Array;
  /** One matrix (n_{l+1}, n_l + 1) a layer, the bias in the last column. */
  readonly weights: readonly Float32Array[];
  /** (samples, outputs): what the initial weights answer, computed in float64. */
  readonly outputs: Float64Array;
}

/** Reads the files of a folder. */
export function readWorkloadData(folder: string, { layers }: Pick<Workload, "layers">): WorkloadData {
  assertLittleEndian();
  const weights = new Float32Array(bytesOf(folder, "weights.f32"));
  const counts = weightCounts(layers);
  let end = 0;
  return {
    inputs: new Float32Array(bytesOf(folder, "inputs.f32")),
    targets: new Float32Array(bytesOf(folder, "targets.f32")),
    weights: counts.map((count) => {
      end += count;
      return weights.subarray(end - count, end);
    }),
    outputs: new Float64Array(bytesOf(folder, "outputs.f64")),
  };
}

/** Writes the files into an existing folder. */
export function writeWorkloadData(folder: string, { inputs, targets, weights, outputs }: WorkloadData): void {
  assertLittleEndian();
  const all = new Float32Array(weights.reduce((sum, { length }) => sum + length, 0));
  let first = 0;
  for (const matrix of weights) {
    all.set(matrix, first);
    first += matrix.length;
  }
  writeFileSync(join(folder, "inputs.f32"), inputs);
  writeFileSync(join(folder, "targets.f32"), targets);
  writeFileSync(join(folder, "weights.f32"), all);
  writeFileSync(join(folder, "outputs.f64"), outputs);
}

/** The number of weights in each matrix, biases included. */
export function weightCounts(layers: readonly number[]): number[] {
  return layers.slice(1).map((units, l) => units * (layers[l] + 1));
}

/** Read in place: a copy more would count as the contender's memory. */
function bytesOf(folder: string, name: string): ArrayBuffer {
  const file = openSync(join(folder, name), "r");
  try {
    const bytes = new Uint8Array(fstatSync(file).size);
    for (let at = 0; at < bytes.length; ) {
      const read = readSync(file, bytes, at, bytes.length - at, at);
      if (read === 0) throw new Error(`${name} ends after ${at} of ${bytes.length} bytes`);
      at += read;
    }
    return bytes.buffer;
  } finally {
    closeSync(file);
  }
}

function assertLittleEndian(): void {
  if (endianness() !== "LE") throw new Error("the bench's data files are little-endian, this machine is not");
}
