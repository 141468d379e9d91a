import { type Arithmetic, type BackendName, Dataset, type DType, type FitOptions, Network } from "../../index.ts";
import { Random } from "../../random.ts";

const LAYERS = [20, 37, 18, 4];
const SAMPLES = 200;

/** Steps after each sample, and steps of batches. */
const TRAININGS: readonly FitOptions[] = [
  { epochs: 2, learningRate: 0.05 },
  { epochs: 2, batchSize: 8, optimizer: "adam", dropout: 0.2, learningRate: 0.002 },
];

/** A way to compute. */
export interface Place {
  readonly backend: BackendName;
  readonly arithmetic: Arithmetic;
}

/**
 * Trains the same networks in two places and compares their answers, which lie between 0 and 1.
 *
 * @returns the largest difference; 0 only where all bits are the same
 */
export async function trainingDifference(first: Place, second: Place, dtype: DType): Promise<number> {
  let largest = 0;
  for (const options of TRAININGS) {
    const ours = await answers(first, dtype, options);
    const theirs = await answers(second, dtype, options);
    for (const [i, value] of ours.entries()) largest = Math.max(largest, Math.abs(value - theirs[i]));
  }
  return largest;
}

async function answers(place: Place, dtype: DType, options: FitOptions): Promise<number[]> {
  const random = new Random(2);
  const inputs = Array.from({ length: SAMPLES }, () => Array.from({ length: LAYERS[0] }, () => random.normal()));
  const labels = inputs.map(([a, b]) => (a > 0 ? 1 : 0) + (b > 0 ? 2 : 0));
  const network = new Network(LAYERS, {
    ...place,
    dtype,
    seed: 3,
    activation: "tanh",
    outputActivation: "softmax",
    loss: "categoricalCrossEntropy",
  });
  await network.fit(Dataset.from({ inputs, labels, classes: 4 }), options);
  return [...network.predictBatch(inputs).data];
}
