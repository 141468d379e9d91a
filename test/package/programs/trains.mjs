// An application: it reads a file, trains, and says on which backend, with which weights, and what it was warned of.
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { backendInfo, Dataset, Network } from "downhill";

const warnings = [];
process.on("warning", ({ code, message }) => warnings.push({ code, message }));

const data = await Dataset.csv(fileURLToPath(new URL("data.csv", import.meta.url)), { target: "kind" });
const network = new Network([data.inputSize, 8, data.targetSize], {
  activation: "tanh",
  outputActivation: "softmax",
  loss: "categoricalCrossEntropy",
  arithmetic: "reproducible",
  seed: 1,
});
const { epochs } = await network.fit(data, { epochs: 200, learningRate: 0.1 });
const hash = createHash("sha256");
for (const layer of [0, 1]) hash.update(network.weights(layer).data);
const { accuracy } = await network.evaluate(data);
console.log(
  JSON.stringify({
    info: backendInfo(),
    losses: [epochs[0].loss, epochs[199].loss],
    accuracy,
    digest: hash.digest("hex"),
    warnings,
  }),
);
