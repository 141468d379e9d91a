// The trainings whose bits are compared between backends, instruction sets, runtimes and machines. All that goes into
// them is made of integers, so it is the same everywhere.
import { createHash } from "node:crypto";

/** More epochs than anything waits for. */
export const ENDLESS = 1_000_000_000;

const CLASSES = 10;
const PIXELS = 256;

/** An integer from 0 to 2^32 − 1 for each integer: the finalizer of MurmurHash3. */
function scrambled(i) {
  let h = Math.imul(i ^ (i >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Images like digits: each class has some strokes of its own, under noise. */
function images(downhill, samples) {
  const labels = Array.from({ length: samples }, (_, s) => s % CLASSES);
  const inputs = Uint8Array.from({ length: samples * PIXELS }, (_, i) => {
    const isStroke = scrambled(labels[Math.floor(i / PIXELS)] * PIXELS + (i % PIXELS)) % 5 === 0;
    return (isStroke ? 120 : 0) + (scrambled(i + 1_000_000) % 100);
  });
  return downhill.Dataset.from({ inputs, labels, classes: CLASSES, inputScale: 1 / 255 });
}

function xor(downhill) {
  const inputs = [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ];
  return downhill.Dataset.from({ inputs, targets: [[0], [1], [1], [0]] });
}

/**
 * A network, its data, and how it is trained: a small one online; one with a large first layer online; one in
 * mini-batches with all that makes a step. The last shares its work among threads.
 */
export const TRAININGS = {
  xor: (downhill, choices) => ({
    network: new downhill.Network([2, 8, 1], {
      activation: "tanh",
      loss: "binaryCrossEntropy",
      seed: 1,
      ...choices,
    }),
    data: xor(downhill),
    options: { epochs: 500, learningRate: 0.1 },
  }),
  online: (downhill, choices) => ({
    network: new downhill.Network([PIXELS, 48, CLASSES], { seed: 2, ...choices }),
    data: images(downhill, 400),
    options: { epochs: 2, learningRate: 0.1 },
  }),
  batches: (downhill, choices) => ({
    network: new downhill.Network([PIXELS, 64, 32, CLASSES], {
      activation: "relu",
      outputActivation: "softmax",
      loss: "categoricalCrossEntropy",
      seed: 3,
      ...choices,
    }),
    data: images(downhill, 600),
    options: {
      epochs: 4,
      batchSize: 64,
      optimizer: "adam",
      learningRate: { type: "cosine", learningRate: 0.003 },
      weightDecay: 0.001,
      clipGradientNorm: 1,
      dropout: 0.2,
      threads: 2,
    },
  }),
};

/** All weights of a network as bytes. */
export function weightBytes(network) {
  const layers = Array.from({ length: network.layers.length - 1 }, (_, l) => network.weights(l).data);
  return Buffer.concat(layers.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)));
}

/** What each training comes to in both element types: its name, and the weights as bytes. */
export async function trainAll(downhill, choices) {
  const results = [];
  for (const [name, training] of Object.entries(TRAININGS)) {
    for (const dtype of ["float32", "float64"]) {
      const { network, data, options } = training(downhill, { dtype, ...choices });
      await network.fit(data, options);
      results.push({ name: `${name}, ${dtype}`, bytes: weightBytes(network) });
    }
  }
  return results;
}

/** SHA-256 of the weights of all trainings. */
export function digestOf(results) {
  const hash = createHash("sha256");
  for (const { bytes } of results) hash.update(bytes);
  return hash.digest("hex");
}
