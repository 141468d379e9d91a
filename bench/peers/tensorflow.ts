/** TensorFlow.js with operations written by hand, on the backend that the variant names: cpu or wasm. */
import {
  type Contender,
  type Predictor,
  prepareWith,
  rowsOf,
  splitBias,
  type Task,
  type Trainer,
} from "./contender.ts";
import { serve } from "./protocol.ts";
import { loadTensorFlow, type Tensor, type TensorFlow } from "./tensorflow_package.ts";

/** With samples in columns (units, inputs) and (units, 1), with samples in rows (inputs, units) and (units). */
interface Layer {
  readonly weights: Tensor;
  readonly biases: Tensor;
}

/**
 * Samples are columns: W a needs no transpose, and the wasm backend, which multiplies transposed matrices by a slow
 * way, nowhere gets one that is large.
 */
class ColumnTrainer implements Trainer {
  readonly how: string;
  readonly #tf: TensorFlow;
  readonly #batchSize: number;
  readonly #isWasm: boolean;
  /** The factor 2 of the error's derivative and the mean over the batch are in it. */
  readonly #rate: Tensor;
  readonly #one: Tensor;
  readonly #batches: readonly { readonly rows: Tensor; readonly columns: Tensor; readonly targets: Tensor }[];
  readonly #inputs: Tensor;
  #layers: readonly Layer[];

  constructor(tf: TensorFlow, { workload, data, way }: Task) {
    const { layers, batchSize, learningRate } = workload;
    this.#tf = tf;
    this.#batchSize = batchSize;
    this.#isWasm = way === "wasm";
    this.how = `${way}, operations by hand`;
    this.#rate = tf.scalar((2 * learningRate) / batchSize);
    this.#one = tf.scalar(1);
    const targets = rowsOf(data.targets, batchSize * layers[layers.length - 1]);
    this.#batches = rowsOf(data.inputs, batchSize * layers[0]).map((values, i) => {
      const rows = tf.tensor(values, [batchSize, layers[0]]);
      const wanted = tf.tensor(targets[i], [batchSize, layers[layers.length - 1]]);
      return { rows, columns: tf.transpose(rows), targets: tf.transpose(wanted) };
    });
    this.#inputs = tf.transpose(tf.tensor(data.inputs, [workload.samples, layers[0]]));
    this.#layers = data.weights.map((matrix, l) => columnLayer(tf, matrix, layers[l]));
  }

  train(first: number, last: number): void {
    for (let i = first; i < last; i += this.#batchSize) {
      const before = this.#layers;
      this.#layers = this.#tf.tidy(() => this.#step(i / this.#batchSize));
      for (const { weights, biases } of before) {
        weights.dispose();
        biases.dispose();
      }
    }
  }

  outputs(): Float32Array {
    const tf = this.#tf;
    return tf.tidy(() => {
      let x = this.#inputs;
      for (const { weights, biases } of this.#layers) x = tf.sigmoid(tf.add(tf.matMul(weights, x), biases));
      return tf.transpose(x).dataSync();
    });
  }

  #step(batch: number): Layer[] {
    const tf = this.#tf;
    const { rows, columns, targets } = this.#batches[batch];
    const layers = this.#layers;
    const top = layers.length - 1;
    const activations = [columns];
    for (const [l, { weights, biases }] of layers.entries()) {
      activations.push(tf.sigmoid(tf.add(tf.matMul(weights, activations[l]), biases)));
    }
    const psis: Tensor[] = [];
    let error = tf.mul(tf.sub(activations[top + 1], targets), this.#rate);
    for (let l = top; l >= 0; l--) {
      const y = activations[l + 1];
      psis[l] = tf.mul(tf.mul(error, y), tf.sub(this.#one, y));
      if (l > 0) error = this.#backward(layers[l].weights, psis[l]);
    }
    return layers.map(({ weights, biases }, l) => ({
      weights: tf.sub(weights, this.#gradient(psis[l], l === 0 ? rows : this.#flipped(activations[l]))),
      biases: tf.sub(biases, this.#batchSize === 1 ? psis[l] : tf.sum(psis[l], 1, true)),
    }));
  }

  /** Wᵀ ψ, of a batch as (ψᵀ W)ᵀ where that is faster. */
  #backward(weights: Tensor, psi: Tensor): Tensor {
    const tf = this.#tf;
    if (this.#batchSize === 1 || !this.#isWasm) return tf.matMul(weights, psi, true);
    return tf.transpose(tf.matMul(tf.transpose(psi), weights));
  }

  /** ψ xᵀ, of a single sample on wasm by broadcasting. */
  #gradient(psi: Tensor, rows: Tensor): Tensor {
    const tf = this.#tf;
    return this.#batchSize === 1 && this.#isWasm ? tf.mul(psi, rows) : tf.matMul(psi, rows);
  }

  #flipped(columns: Tensor): Tensor {
    const [rows, width] = columns.shape;
    return width === 1 ? this.#tf.reshape(columns, [1, rows]) : this.#tf.transpose(columns);
  }
}

function columnLayer(tf: TensorFlow, matrix: Float32Array, inputs: number): Layer {
  const { weights, biases } = splitBias(matrix, inputs);
  const units = biases.length;
  return { weights: tf.tensor(weights, [units, inputs]), biases: tf.tensor(biases, [units, 1]) };
}

/** Samples are rows, which the fused operation wants; the weights are transposed once. */
class RowPredictor implements Predictor {
  readonly how: string;
  readonly #tf: TensorFlow;
  readonly #layers: readonly Layer[];
  readonly #inputs: readonly Float32Array[];
  readonly #shape: readonly [number, number];

  constructor(tf: TensorFlow, { workload, data, way }: Task) {
    const { layers, batchSize } = workload;
    this.how = `${way}, fused.matMul`;
    this.#tf = tf;
    this.#shape = [batchSize, layers[0]];
    this.#inputs = rowsOf(data.inputs, batchSize * layers[0]);
    this.#layers = data.weights.map((matrix, l) => {
      const { weights, biases } = splitBias(matrix, layers[l]);
      const units = biases.length;
      return { weights: tf.transpose(tf.tensor(weights, [units, layers[l]])), biases: tf.tensor(biases, [units]) };
    });
  }

  predict(row: number): Float32Array {
    const tf = this.#tf;
    return tf.tidy(() => {
      let x = tf.tensor(this.#inputs[row / this.#shape[0]], this.#shape);
      for (const { weights, biases } of this.#layers) {
        x = tf.fused.matMul({ a: x, b: weights, bias: biases, activation: "sigmoid" });
      }
      return x.dataSync();
    });
  }
}

async function load(backend: string): Promise<Contender> {
  const { tf, version } = await loadTensorFlow(backend);
  return {
    name: "TensorFlow.js",
    version,
    trainer: (task) => new ColumnTrainer(tf, task),
    predictor: (task) => new RowPredictor(tf, task),
  };
}

await serve(prepareWith(load));
