/** TensorFlow.js on its wasm backend: relu, softmax, cross-entropy, plain SGD in batches, operations written by hand. */
import { loadTensorFlow, type Tensor, type TensorFlow } from "../peers/tensorflow_package.ts";
import { type Digits, readDigits, runRace } from "./child.ts";
import { CLASSES, HIDDEN_UNITS, PARTS, type Racer, type RaceTask } from "./race.ts";

interface Batch {
  /** (size, inputs), and the same transposed: the backend multiplies transposed matrices by a slow way. */
  readonly rows: Tensor;
  readonly columns: Tensor;
  /** (size, CLASSES), one-hot */
  readonly targets: Tensor;
}

/** Samples are columns in the hidden layer and rows in the output layer, so that no large matrix is transposed. */
async function makeRacer(task: RaceTask): Promise<Racer> {
  const { tf, version } = await loadTensorFlow("wasm");

  const train = await readDigits(task.trainImages, task.trainLabels);
  const test = await readDigits(task.testImages, task.testLabels);
  const { batchSize } = task.setting;
  const inputs = train.pixels.length / train.count;
  const size = Math.floor(train.count / PARTS / batchSize);
  const batches = Array.from({ length: size * PARTS }, (_, i) => makeBatch(tf, train, i * batchSize, batchSize));
  const testColumns = makeBatch(tf, test, 0, test.count).columns;

  const limit = (count: number) => Math.sqrt(6 / count);
  const weight = (rows: number, columns: number) =>
    tf.randomUniform([rows, columns], -limit(columns), limit(columns), "float32", task.seed + rows);
  // (units, inputs), (units, 1)
  let parameters = [
    weight(HIDDEN_UNITS, inputs),
    tf.zeros([HIDDEN_UNITS, 1]),
    weight(CLASSES, HIDDEN_UNITS),
    tf.zeros([CLASSES, 1]),
  ];
  const forward = (columns: Tensor) => {
    const [w0, b0, w1, b1] = parameters;
    const hidden = tf.relu(tf.add(tf.matMul(w0, columns), b0));
    return { hidden, z: tf.add(tf.matMul(w1, hidden), b1) };
  };
  const step = ({ rows, columns, targets }: Batch, rate: Tensor) =>
    tf.tidy(() => {
      const [w0, b0, w1, b1] = parameters;
      const { hidden, z } = forward(columns);
      // (size, CLASSES), then (units, size)
      const psi1 = tf.mul(tf.sub(tf.softmax(tf.transpose(z)), targets), rate);
      const psi0 = tf.mul(tf.transpose(tf.matMul(psi1, w1)), tf.step(hidden));
      const columns1 = tf.transpose(psi1);
      return [
        tf.sub(w0, tf.matMul(psi0, rows)),
        tf.sub(b0, tf.sum(psi0, 1, true)),
        tf.sub(w1, tf.matMul(columns1, tf.transpose(hidden))),
        tf.sub(b1, tf.sum(columns1, 1, true)),
      ];
    });
  return {
    name: "TensorFlow.js",
    version,
    train: (part, learningRate) => {
      const rate = tf.scalar(learningRate / batchSize);
      for (let i = part * size; i < (part + 1) * size; i++) {
        const before = parameters;
        parameters = step(batches[i], rate);
        for (const tensor of before) tensor.dispose();
      }
      rate.dispose();
    },
    accuracy: () => {
      const answers = tf.tidy(() => tf.argMax(forward(testColumns).z, 0).dataSync());
      return test.labels.reduce((right, label, i) => right + +(answers[i] === label), 0) / test.count;
    },
  };
}

function makeBatch(tf: TensorFlow, { count, pixels, labels }: Digits, first: number, size: number): Batch {
  const inputs = pixels.length / count;
  const values = Float32Array.from(pixels.subarray(first * inputs, (first + size) * inputs), (byte) => byte / 255);
  const hot = new Float32Array(size * CLASSES);
  for (let i = 0; i < size; i++) hot[i * CLASSES + labels[first + i]] = 1;
  const rows = tf.tensor(values, [size, inputs]);
  return { rows, columns: tf.transpose(rows), targets: tf.tensor(hot, [size, CLASSES]) };
}

await runRace(makeRacer);
