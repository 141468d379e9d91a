import { Dataset, Network } from "downhill";
import { Random } from "../../src/random.ts";
import type { Workload } from "../peers/protocol.ts";
import { type WorkloadData, weightCounts } from "./data.ts";

/** The losses that every contender should find, computed in float64. */
export interface ReferenceLosses {
  readonly lossBefore: number;
  readonly lossAfter: number;
}

const SEED = 1;

/**
 * The data of a workload, the same on every machine: inputs U[0, 1), targets 0.5 + 0.4 sin(a · x) with random a, weights
 * as `glorotUniform` draws them, and the outputs of these.
 */
export function createData(workload: Workload): WorkloadData {
  const { layers, samples } = workload;
  const random = new Random(SEED);
  const inputs = new Float32Array(samples * layers[0]).map(() => random.uniform());
  const weights = glorotWeights(layers, random);
  const outputs = exactNetwork(layers, weights).predictBatch({ rows: samples, columns: layers[0], data: inputs });
  return { inputs, targets: smoothTargets(inputs, workload, random), weights, outputs: new Float64Array(outputs.data) };
}

/** W_l ~ U(−a, a) with a = √(6 / (n_l + n_{l+1})), the bias 0. */
function glorotWeights(layers: readonly number[], random: Random): Float32Array[] {
  return weightCounts(layers).map((count, l) => {
    const limit = Math.sqrt(6 / (layers[l] + layers[l + 1]));
    const columns = layers[l] + 1;
    const matrix = new Float32Array(count);
    for (let i = 0; i < count; i++) {
      if (i % columns !== columns - 1) matrix[i] = limit * (2 * random.uniform() - 1);
    }
    return matrix;
  });
}

function smoothTargets(inputs: Float32Array, { layers, samples }: Workload, random: Random): Float32Array {
  const width = layers[0];
  const outputs = layers[layers.length - 1];
  // The variance of a · x does not depend on the number of inputs.
  const directions = new Float32Array(outputs * width).map(() => (random.normal() * 4) / Math.sqrt(width));
  const targets = new Float32Array(samples * outputs);
  for (let s = 0; s < samples; s++) {
    for (let k = 0; k < outputs; k++) {
      let product = 0;
      for (let j = 0; j < width; j++) product += directions[k * width + j] * inputs[s * width + j];
      targets[s * outputs + k] = 0.5 + 0.4 * Math.sin(product);
    }
  }
  return targets;
}

/** The mean losses before and after training on the first `checkSamples` samples in order; undefined without any. */
export async function referenceLosses(workload: Workload, data: WorkloadData): Promise<ReferenceLosses | undefined> {
  const { layers, checkSamples, batchSize, learningRate } = workload;
  if (checkSamples === 0) return undefined;
  const network = exactNetwork(layers, data.weights);
  const all = datasetOf(workload, data, workload.samples);
  const { loss: lossBefore } = await network.evaluate(all);
  const first = datasetOf(workload, data, checkSamples);
  await network.fit(first, { epochs: 1, batchSize, learningRate, shuffle: false });
  const { loss: lossAfter } = await network.evaluate(all);
  return { lossBefore, lossAfter };
}

/** The first samples of a workload's data. */
function datasetOf({ layers }: Workload, { inputs, targets }: WorkloadData, samples: number): Dataset {
  return Dataset.from({
    inputs: inputs.subarray(0, samples * layers[0]),
    targets: targets.subarray(0, samples * layers[layers.length - 1]),
    size: samples,
  });
}

function exactNetwork(layers: readonly number[], weights: readonly Float32Array[]): Network {
  const network = new Network(layers, { dtype: "float64", arithmetic: "reproducible", initializer: "zeros", seed: 1 });
  weights.forEach((data, l) => {
    network.setWeights(l, { rows: layers[l + 1], columns: layers[l] + 1, data });
  });
  return network;
}
