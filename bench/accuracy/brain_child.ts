/** brain.js, whose version the setting's way names: sigmoid, squared error, one sample after the other. */
import { loadPackage } from "../peers/packages.ts";
import { type Digits, readDigits, runRace } from "./child.ts";
import { CLASSES, HIDDEN_UNITS, PARTS, type Racer, type RaceTask } from "./race.ts";

interface BrainNetwork {
  sizes: number[];
  initialize(): void;
  run(input: Float32Array): Float32Array;
  updateTrainingOptions(options: { learningRate: number; momentum: number }): void;
  trainPattern(sample: { input: Float32Array; output: Float32Array }): void;
}

interface Brain {
  readonly NeuralNetwork: new (options: { activation: "sigmoid" }) => BrainNetwork;
}

/** The test takes seconds: not all of it each time. */
const TESTED = 2000;

async function makeRacer(task: RaceTask): Promise<Racer> {
  const { module, version } = loadPackage<Brain>(task.setting.way);
  const train = await readDigits(task.trainImages, task.trainLabels);
  const test = await readDigits(task.testImages, task.testLabels);
  const inputs = vectors(train);
  const targets = Array.from(train.labels, (label) => Float32Array.from({ length: CLASSES }, (_, i) => +(i === label)));
  const tested = vectors(test).slice(0, TESTED);
  const network = new module.NeuralNetwork({ activation: "sigmoid" });
  network.sizes = [inputs[0].length, HIDDEN_UNITS, CLASSES];
  network.initialize();
  const size = Math.floor(train.count / PARTS);
  return {
    name: "brain.js",
    version,
    train: (part, learningRate) => {
      // Rate and momentum 0 are refused.
      network.updateTrainingOptions({ learningRate: Math.max(learningRate, 1e-9), momentum: 1e-9 });
      for (let i = part * size; i < (part + 1) * size; i++) {
        network.trainPattern({ input: inputs[i], output: targets[i] });
      }
    },
    accuracy: () => tested.filter((input, i) => largest(network.run(input)) === test.labels[i]).length / tested.length,
  };
}

function vectors({ count, pixels }: Digits): Float32Array[] {
  const inputs = pixels.length / count;
  return Array.from({ length: count }, (_, i) =>
    Float32Array.from(pixels.subarray(i * inputs, (i + 1) * inputs), (byte) => byte / 255),
  );
}

function largest(values: Float32Array): number {
  return values.indexOf(Math.max(...values));
}

await runRace(makeRacer);
