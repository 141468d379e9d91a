// What is trained in a browser and in Node.js, with the same bits in both.

const reproducible = { arithmetic: "reproducible" };

/** Trains both networks. @returns SHA-256 of the weights of each, as hexadecimal digits, and how good they are */
export async function trainAll(downhill, digits, choices) {
  const trained = {};
  for (const [name, train] of Object.entries({ xor, recognition })) {
    const { network, data, fit } = train(downhill, digits, { ...reproducible, ...choices });
    const { epochs } = await network.fit(data, fit);
    const { accuracy } = await network.evaluate(data);
    trained[name] = { backend: network.backend, digest: await digestOf(network), epochs: epochs.length, accuracy };
  }
  return trained;
}

function xor({ Network, Dataset }, _digits, choices) {
  const inputs = [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ];
  const data = Dataset.from({ inputs, targets: [[0], [1], [1], [0]] });
  const network = new Network([2, 8, 1], { seed: 1, loss: "binaryCrossEntropy", dtype: "float64", ...choices });
  return { network, data, fit: { epochs: 1000, learningRate: 0.2 } };
}

/** In small batches, with all that shuffling, dropout and momentum bring into it. */
function recognition({ Network, Dataset }, { pixels, labels }, choices) {
  const data = Dataset.from({ inputs: pixels, labels, classes: 10, inputScale: 1 / 255 });
  const network = new Network([data.inputSize, 48, 32, 10], {
    seed: 2,
    activation: "tanh",
    outputActivation: "softmax",
    loss: "categoricalCrossEntropy",
    ...choices,
  });
  const fit = { epochs: 4, batchSize: 8, optimizer: { type: "sgd", momentum: 0.9 }, learningRate: 0.01, dropout: 0.1 };
  return { network, data, fit };
}

async function digestOf(network) {
  const layers = network.layers.slice(1).map((_, l) => new Uint8Array(network.weights(l).data.slice().buffer));
  const bytes = new Uint8Array(await new Blob(layers).arrayBuffer());
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
