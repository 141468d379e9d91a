/** The package itself, on one thread: relu or leakyRelu, softmax, cross-entropy, plain SGD, online or in small batches. */
import { backendInfo, Dataset, Network } from "downhill";
import { readDigits, runRace } from "./child.ts";
import { CLASSES, HIDDEN_UNITS, PARTS, type Racer, type RaceTask } from "./race.ts";

async function makeRacer(task: RaceTask): Promise<Racer> {
  const { setting, seed } = task;
  if (setting.optimizer !== "sgd") throw new Error(`there is no optimizer ${setting.optimizer}`);
  const { count, pixels, labels } = await readDigits(task.trainImages, task.trainLabels);
  const test = await Dataset.idx(task.testImages, task.testLabels);
  const inputs = pixels.length / count;
  const size = Math.floor(count / PARTS);
  const parts = Array.from({ length: PARTS }, (_, part) =>
    Dataset.from({
      inputs: pixels.slice(part * size * inputs, (part + 1) * size * inputs),
      inputScale: 1 / 255,
      size,
      labels: labels.subarray(part * size, (part + 1) * size),
      classes: CLASSES,
    }),
  );
  const network = new Network([inputs, HIDDEN_UNITS, CLASSES], {
    activation: setting.way === "leakyRelu" ? { type: "leakyRelu", alpha: 0.1 } : "relu",
    outputActivation: "softmax",
    loss: "categoricalCrossEntropy",
    initializer: "heUniform",
    seed,
    threads: 1,
  });
  // Each part has an order of its own, in every epoch.
  let fits = 0;
  return {
    name: "downhill",
    version: backendInfo().version,
    train: async (part, learningRate) => {
      const { batchSize } = setting;
      await network.fit(parts[part], { epochs: 1, batchSize, learningRate, seed: seed * 100_000 + fits++ });
    },
    accuracy: async () => (await network.evaluate(test)).accuracy ?? 0,
  };
}

await runRace(makeRacer);
