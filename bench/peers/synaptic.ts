/** synaptic, by the code that it generates for a network. */
import { type Contender, type Predictor, prepareWith, rowsOf, type Task, type Trainer } from "./contender.ts";
import { loadPackage } from "./packages.ts";
import { serve, Unsupported } from "./protocol.ts";

interface SynapticConnection {
  readonly from: SynapticNeuron;
  weight: number;
}

interface SynapticNeuron {
  bias: number;
  readonly connections: { readonly inputs: Readonly<Record<string, SynapticConnection>> };
}

interface SynapticLayer {
  readonly list: readonly SynapticNeuron[];
}

interface SynapticNetwork {
  readonly layers: {
    readonly input: SynapticLayer;
    readonly hidden: readonly SynapticLayer[];
    readonly output: SynapticLayer;
  };
  /** Writes the code; `activate` and `propagate` are functions of their own from then on. */
  optimize(): void;
  activate(input: ArrayLike<number>): number[];
  propagate(rate: number, target: ArrayLike<number>): void;
}

interface Synaptic {
  readonly Architect: { readonly Perceptron: new (...layers: number[]) => SynapticNetwork };
}

/** It writes a line of code for every weight; a million of them take minutes and gigabytes. */
const MOST_WEIGHTS = 200_000;

/** From so many weights on an answer takes so long that not all are compared. */
const MANY_WEIGHTS = 10_000;
const COMPARED_SAMPLES = 64;

function makeNetwork({ Architect }: Synaptic, { workload, data }: Task): SynapticNetwork {
  const count = weightCount(data.weights);
  if (count > MOST_WEIGHTS) throw new Unsupported(`it would write code for each of ${count} weights`);
  const network = new Architect.Perceptron(...workload.layers);
  const { input, hidden, output } = network.layers;
  const layers = [input, ...hidden, output];
  data.weights.forEach((matrix, l) => {
    const position = new Map(layers[l].list.map((neuron, i) => [neuron, i]));
    const rows = rowsOf(matrix, workload.layers[l] + 1);
    layers[l + 1].list.forEach((neuron, unit) => {
      neuron.bias = rows[unit][rows[unit].length - 1];
      for (const connection of Object.values(neuron.connections.inputs)) {
        connection.weight = rows[unit][position.get(connection.from) as number];
      }
    });
  });
  network.optimize();
  return network;
}

function weightCount(weights: readonly Float32Array[]): number {
  return weights.reduce((sum, { length }) => sum + length, 0);
}

function comparedSamples({ workload, data }: Task): number {
  return weightCount(data.weights) < MANY_WEIGHTS ? workload.samples : Math.min(COMPARED_SAMPLES, workload.samples);
}

function makeTrainer(synaptic: Synaptic, task: Task): Trainer {
  const { workload, data } = task;
  if (workload.kind !== "online") throw new Unsupported("synaptic takes one sample at a time");
  const network = makeNetwork(synaptic, task);
  const inputs = rowsOf(data.inputs, workload.layers[0]).map((row) => Array.from(row));
  const targets = rowsOf(data.targets, workload.layers[workload.layers.length - 1]).map((row) => Array.from(row));
  // It descends the cross-entropy, and changes a layer before it looks at the one below: a different algorithm.
  // Its error lacks the factor 2, and the slope of the outputs, which is 1/4 at most.
  const rate = workload.learningRate / 2;
  return {
    how: "generated code, cross-entropy at 1/4 of the rate",
    comparedSamples: comparedSamples(task),
    train: (first, last) => {
      for (let i = first; i < last; i++) {
        network.activate(inputs[i]);
        network.propagate(rate, targets[i]);
      }
    },
    outputs: (row) => network.activate(inputs[row]),
  };
}

function makePredictor(synaptic: Synaptic, task: Task): Predictor {
  const { workload, data } = task;
  if (workload.kind !== "predictOne") throw new Unsupported("synaptic answers one input at a time");
  const network = makeNetwork(synaptic, task);
  const inputs = rowsOf(data.inputs, workload.layers[0]).map((row) => Array.from(row));
  return {
    how: "generated code",
    comparedSamples: comparedSamples(task),
    predict: (row) => network.activate(inputs[row]),
  };
}

function load(): Contender {
  const { module, version } = loadPackage<Synaptic>("synaptic");
  return {
    name: "synaptic",
    version,
    trainer: (task) => makeTrainer(module, task),
    predictor: (task) => makePredictor(module, task),
  };
}

await serve(prepareWith(load));
