import type { Activation, Loss, Matrix, Network } from "../../src/index.ts";

/**
 * The algorithm in plain loops over arrays of float64, with the functions of `Math`: no layout, no padding, no kernels.
 * Derivatives are those of the textbook, taken through the loss's gradient and each activation's own derivative, where
 * the package uses formulas with both in one.
 */

/** W_l as rows, the bias last: (units, inputs + 1) */
export type Rows = number[][];

/** What the reference has to know besides the weights: the choices of a network with one kind of hidden layer. */
export interface ReferenceChoices {
  readonly activation?: Activation;
  readonly outputActivation?: Activation;
  readonly loss?: Loss;
}

/** What one sample gives: its loss, ∂E/∂W as rows and ψ of every layer. */
export interface ReferenceGradients {
  readonly loss: number;
  readonly gradients: readonly Rows[];
  readonly psi: readonly number[][];
}

/** What the reference is trained with. */
export interface ReferenceSample {
  readonly input: ArrayLike<number>;
  readonly target: ArrayLike<number>;
}

/** A matrix as rows. */
export function rowsOfMatrix({ rows, columns, data }: Matrix): Rows {
  return Array.from({ length: rows }, (_, row) => Array.from(data.subarray(row * columns, (row + 1) * columns)));
}

export class ReferenceNetwork {
  readonly weights: Rows[];
  readonly #activations: readonly Activation[];
  readonly #loss: Loss;

  /** @param choices - those that the network was made with; defaults as in NetworkOptions */
  constructor(network: Pick<Network, "layers" | "weights">, choices: ReferenceChoices) {
    const { activation = "sigmoid", outputActivation = "sigmoid", loss = "squaredError" } = choices;
    const count = network.layers.length - 1;
    this.weights = Array.from({ length: count }, (_, l) => rowsOfMatrix(network.weights(l)));
    this.#activations = this.weights.map((_, l) => (l === count - 1 ? outputActivation : activation));
    this.#loss = loss;
  }

  predict(input: ArrayLike<number>): number[] {
    const outputs = this.#forward(input);
    return outputs[outputs.length - 1];
  }

  lossOf({ input, target }: ReferenceSample): number {
    return lossOf(this.#loss, this.predict(input), target);
  }

  gradients({ input, target }: ReferenceSample): ReferenceGradients {
    const x = this.#forward(input);
    const last = this.weights.length - 1;
    const psi: number[][] = [];
    psi[last] = backThrough(this.#activations[last], x[last + 1], lossGradient(this.#loss, x[last + 1], target));
    for (let l = last; l > 0; l--) {
      const share = x[l].map((_, j) => sum(psi[l].map((value, i) => this.weights[l][i][j] * value)));
      psi[l - 1] = backThrough(this.#activations[l - 1], x[l], share);
    }
    const gradients = psi.map((values, l) => values.map((value) => [...x[l], 1].map((input_j) => value * input_j)));
    return { loss: lossOf(this.#loss, x[last + 1], target), gradients, psi };
  }

  /** One step by the mean gradient of the samples. @returns the mean of their losses before it */
  step(samples: readonly ReferenceSample[], learningRate: number): number {
    const found = samples.map((sample) => this.gradients(sample));
    this.weights.forEach((rows, l) => {
      rows.forEach((row, i) => {
        row.forEach((_, j) => {
          row[j] -= (learningRate * sum(found.map(({ gradients }) => gradients[l][i][j]))) / samples.length;
        });
      });
    });
    return sum(found.map(({ loss }) => loss)) / samples.length;
  }

  /** x_0 … x_L without the trailing 1 */
  #forward(input: ArrayLike<number>): number[][] {
    const x = [Array.from(input)];
    this.weights.forEach((rows, l) => {
      const biased = [...x[l], 1];
      const z = rows.map((row) => sum(row.map((weight, j) => weight * biased[j])));
      x.push(activate(this.#activations[l], z));
    });
    return x;
  }
}

function sum(terms: readonly number[]): number {
  let total = 0;
  for (const term of terms) total += term;
  return total;
}

type Spec = { type: string; slope?: number; derivative?: string; alpha?: number };

function specOf(activation: Activation): Spec {
  return typeof activation === "string" ? { type: activation } : activation;
}

export function activate(activation: Activation, z: readonly number[]): number[] {
  const { type, slope = 1, alpha = 0.01 } = specOf(activation);
  switch (type) {
    case "sigmoid":
      return z.map((value) => 1 / (1 + Math.exp(-slope * value)));
    case "tanh":
      return z.map(Math.tanh);
    case "relu":
      return z.map((value) => Math.max(0, value));
    case "leakyRelu":
      return z.map((value) => (value < 0 ? alpha * value : value));
    case "softmax": {
      const powers = z.map((value) => Math.exp(value - Math.max(...z)));
      return powers.map((power) => power / sum(powers));
    }
    default:
      return [...z];
  }
}

/** ∂E/∂z from ∂E/∂y, given y = f(z); without the slope when the activation leaves it out. */
function backThrough(activation: Activation, y: readonly number[], gradient: readonly number[]): number[] {
  const { type, slope = 1, derivative = "exact", alpha = 0.01 } = specOf(activation);
  switch (type) {
    case "sigmoid": {
      const factor = derivative === "exact" ? slope : 1;
      return gradient.map((value, j) => value * factor * y[j] * (1 - y[j]));
    }
    case "tanh":
      return gradient.map((value, j) => value * (1 - y[j] ** 2));
    case "relu":
      return gradient.map((value, j) => (y[j] > 0 ? value : 0));
    case "leakyRelu":
      return gradient.map((value, j) => (y[j] > 0 ? value : alpha * value));
    case "softmax":
      return y.map((yj, j) => sum(gradient.map((value, k) => value * y[k] * ((j === k ? 1 : 0) - yj))));
    default:
      return [...gradient];
  }
}

function lossOf(loss: Loss, y: readonly number[], t: ArrayLike<number>): number {
  switch (loss) {
    case "squaredError":
      return sum(y.map((value, j) => (t[j] - value) ** 2));
    case "binaryCrossEntropy":
      return -sum(y.map((value, j) => t[j] * Math.log(value) + (1 - t[j]) * Math.log(1 - value)));
    case "categoricalCrossEntropy":
      return -sum(y.map((value, j) => t[j] * Math.log(value)));
  }
}

/** ∂E/∂y */
function lossGradient(loss: Loss, y: readonly number[], t: ArrayLike<number>): number[] {
  switch (loss) {
    case "squaredError":
      return y.map((value, j) => 2 * (value - t[j]));
    case "binaryCrossEntropy":
      return y.map((value, j) => (1 - t[j]) / (1 - value) - t[j] / value);
    case "categoricalCrossEntropy":
      return y.map((value, j) => -t[j] / value);
  }
}
