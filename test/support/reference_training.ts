import type { ResolvedOptimizer } from "../../src/optimizer.ts";
import { normOf } from "./norm.ts";
import {
  type ReferenceChoices,
  type ReferenceGradients,
  ReferenceNetwork,
  type ReferenceSample,
  type Rows,
} from "./reference.ts";

/** Whole trainings in plain loops over float64, on top of the reference network: optimizers as textbooks write them. */
interface ReferenceTraining {
  readonly choices: ReferenceChoices;
  readonly samples: readonly ReferenceSample[];
  /** (epochs, samples of an epoch) */
  readonly order: readonly (readonly number[])[];
  readonly batchSize: number;
  /** The learning rate of a step, both counted from 0, the step within the epoch. */
  readonly rate: (epoch: number, step: number) => number;
  readonly optimizer: ResolvedOptimizer;
  readonly sampleWeights?: ArrayLike<number> | undefined;
  readonly dropout?: ArrayLike<number> | undefined;
  readonly dropoutKeys?: ArrayLike<number> | undefined;
}

/** Trains the network. @returns the sum of weighted losses of each epoch */
export function trainReference(network: ReferenceNetwork, training: ReferenceTraining): number[] {
  const { samples, order, batchSize, rate, sampleWeights } = training;
  const optimizer = new ReferenceOptimizer(training.optimizer);
  return order.map((indices, epoch) => {
    let lossSum = 0;
    for (let begin = 0; begin < indices.length; begin += batchSize) {
      const batch = indices.slice(begin, begin + batchSize);
      const sums = network.weights.map(zerosLike);
      batch.forEach((index, k) => {
        const weight = sampleWeights?.[index] ?? 1;
        const found = gradientsOf(network, samples[index], training, epoch, begin + k);
        lossSum += weight * found.loss;
        eachValue(sums, (row, j, l, i) => {
          row[j] += (weight * found.gradients[l][i][j]) / batch.length;
        });
      });
      optimizer.step(network.weights, sums, rate(epoch, begin / batchSize));
    }
    return lossSum;
  });
}

/**
 * The gradients of a sample's pass with dropout: a network whose hidden outputs are multiplied by factors is one that
 * has the factors in the weights above them.
 */
function gradientsOf(
  network: ReferenceNetwork,
  sample: ReferenceSample,
  { choices, dropout, dropoutKeys }: ReferenceTraining,
  epoch: number,
  position: number,
): Pick<ReferenceGradients, "loss" | "gradients"> {
  if (!dropout || !dropoutKeys) return network.gradients(sample);
  const factors = network.weights.map((rows, l) =>
    rows[0].map((_, j) => {
      if (l === 0 || j === rows[0].length - 1) return 1;
      const share = dropout[l - 1];
      return isDropped(share, dropoutKeys[epoch], position, l - 1, j) ? 0 : 1 / (1 - share);
    }),
  );
  const scaled = (matrices: readonly Rows[]) =>
    matrices.map((rows, l) => rows.map((row) => row.map((value, j) => value * factors[l][j])));
  const { loss, gradients } = networkOf(scaled(network.weights), choices).gradients(sample);
  return { loss, gradients: scaled(gradients) };
}

/** A reference network with these weights. */
export function networkOf(weights: readonly Rows[], choices: ReferenceChoices): ReferenceNetwork {
  const layers = [weights[0][0].length - 1, ...weights.map((rows) => rows.length)];
  const matrix = (l: number) => ({
    rows: weights[l].length,
    columns: weights[l][0].length,
    data: Float64Array.from(weights[l].flat()),
  });
  return new ReferenceNetwork({ layers, weights: matrix }, choices);
}

/** Whether a training leaves out a unit of a hidden layer for the sample at a position of the epoch. */
function isDropped(share: number, key: number, position: number, layer: number, unit: number): boolean {
  const sampleKey = mix(key + Math.imul(position, 0x85ebca6b));
  const rowKey = mix(sampleKey + Math.imul(layer + 1, 0xc2b2ae35));
  return mix(rowKey + Math.imul(unit, 0x9e3779b9)) < Math.floor(share * 2 ** 32);
}

/** The "lowbias32" mixer of C. Wellons, "Prospecting for hash functions", 2018. */
function mix(value: number): number {
  let x = value >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/** The optimizers of PyTorch: SGD, RMSprop and AdamW, the biases without decay. */
class ReferenceOptimizer {
  readonly #options: ResolvedOptimizer;
  #first: Rows[] | undefined;
  #second: Rows[] | undefined;
  #steps = 0;

  constructor(options: ResolvedOptimizer) {
    this.#options = options;
  }

  /** @param gradients - the mean over the batch */
  step(weights: readonly Rows[], gradients: readonly Rows[], rate: number): void {
    this.#first ??= weights.map(zerosLike);
    this.#second ??= weights.map(zerosLike);
    this.#steps++;
    const [first, second] = [this.#first, this.#second];
    const clip = Math.min(1, this.#options.clipGradientNorm / (normOf(gradients.flat()) + 1e-6));
    eachValue(weights, (row, j, l, i) => {
      const decay = j === row.length - 1 ? 0 : this.#options.weightDecay;
      row[j] = this.#stepped(row[j], gradients[l][i][j] * clip, decay, rate, { m: first[l][i], v: second[l][i], j });
    });
  }

  #stepped(weight: number, gradient: number, decay: number, rate: number, memory: Memory): number {
    const { kind, firstDecay, secondDecay, epsilon } = this.#options;
    const { m, v, j } = memory;
    const decayed = gradient + decay * weight;
    switch (kind) {
      case "sgd":
        return weight - rate * decayed;
      case "momentum":
        m[j] = firstDecay * m[j] + decayed;
        return weight - rate * m[j];
      case "nesterov":
        m[j] = firstDecay * m[j] + decayed;
        return weight - rate * (decayed + firstDecay * m[j]);
      case "rmsprop":
        v[j] = firstDecay * v[j] + (1 - firstDecay) * decayed ** 2;
        return weight - (rate * decayed) / (Math.sqrt(v[j]) + epsilon);
      case "adam": {
        m[j] = firstDecay * m[j] + (1 - firstDecay) * gradient;
        v[j] = secondDecay * v[j] + (1 - secondDecay) * gradient ** 2;
        const mean = m[j] / (1 - firstDecay ** this.#steps);
        const square = v[j] / (1 - secondDecay ** this.#steps);
        return weight - rate * decay * weight - (rate * mean) / (Math.sqrt(square) + epsilon);
      }
    }
  }
}

/** What an optimizer remembers of value j of a row: m and v are the row's. */
interface Memory {
  readonly m: number[];
  readonly v: number[];
  readonly j: number;
}

function zerosLike(rows: Rows): Rows {
  return rows.map((row) => row.map(() => 0));
}

function eachValue(
  matrices: readonly Rows[],
  visit: (row: number[], j: number, layer: number, i: number) => void,
): void {
  matrices.forEach((rows, l) => {
    rows.forEach((row, i) => {
      for (let j = 0; j < row.length; j++) visit(row, j, l, i);
    });
  });
}
