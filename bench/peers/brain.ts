/** brain.js, whose version the first argument names. It does the work of the online workloads, sample after sample. */
import { type Contender, type Predictor, prepareWith, rowsOf, type Task, type Trainer } from "./contender.ts";
import { loadPackage } from "./packages.ts";
import { serve, Unsupported } from "./protocol.ts";

/** What is used of a network of brain.js; layer 0 of the arrays is that of the inputs. */
interface BrainNetwork {
  sizes: number[];
  readonly weights: Float32Array[][];
  readonly biases: Float32Array[];
  initialize(): void;
  run(input: Float32Array): Float32Array;
  updateTrainingOptions(options: { learningRate: number; momentum: number }): void;
  trainPattern(sample: Pattern): void;
}

interface Pattern {
  readonly input: Float32Array;
  readonly output: Float32Array;
}

interface Brain {
  readonly NeuralNetwork: new (options: { activation: "sigmoid" }) => BrainNetwork;
}

function makeNetwork({ NeuralNetwork }: Brain, { workload, data }: Task): BrainNetwork {
  const network = new NeuralNetwork({ activation: "sigmoid" });
  network.sizes = [...workload.layers];
  network.initialize();
  data.weights.forEach((matrix, l) => {
    const columns = workload.layers[l] + 1;
    rowsOf(matrix, columns).forEach((row, unit) => {
      network.weights[l + 1][unit].set(row.subarray(0, columns - 1));
      network.biases[l + 1][unit] = row[columns - 1];
    });
  });
  return network;
}

function makeTrainer(brain: Brain, task: Task): Trainer {
  const { workload, data } = task;
  if (workload.kind !== "online") throw new Unsupported("brain.js takes one sample at a time");
  const network = makeNetwork(brain, task);
  // It descends half the squared error. Momentum 0 is refused.
  network.updateTrainingOptions({ learningRate: 2 * workload.learningRate, momentum: 1e-9 });
  const inputs = rowsOf(data.inputs, workload.layers[0]).map((row) => row.slice());
  const targets = rowsOf(data.targets, workload.layers[workload.layers.length - 1]).map((row) => row.slice());
  const patterns: Pattern[] = inputs.map((input, i) => ({ input, output: targets[i] }));
  return {
    how: "trainPattern",
    train: (first, last) => {
      for (let i = first; i < last; i++) network.trainPattern(patterns[i]);
    },
    outputs: (row) => network.run(inputs[row]),
  };
}

function makePredictor(brain: Brain, task: Task): Predictor {
  const network = makeNetwork(brain, task);
  const inputs = rowsOf(task.data.inputs, task.workload.layers[0]).map((row) => row.slice());
  return { how: "run", inputsACall: 1, predict: (row) => network.run(inputs[row]) };
}

function load(): Contender {
  const { module, version } = loadPackage<Brain>(process.argv[2]);
  return {
    name: "brain.js",
    version,
    trainer: (task) => makeTrainer(module, task),
    predictor: (task) => makePredictor(module, task),
  };
}

await serve(prepareWith(load));
