import { type Activation, kernels, type Matrix, Network, type Values } from "downhill";

/** The one sample of the tutorial. */
export const INPUT: readonly number[] = [0.2, 0.3];
export const TARGET: readonly number[] = [0.3, 0.67];

/** σ(z) = 1 / (1 + e^(−z)), or the gentle σ(0.01 z). */
export type Steepness = "plain" | "gentle";

const SLOPES: Readonly<Record<Steepness, number>> = { plain: 1, gentle: 0.01 };

/**
 * A network as the tutorial has it: weights and biases from U[0, 1), sigmoids, squared error, float64. The derivative of
 * the gentle sigmoid goes without its factor 0.01, layer by layer; the learning rate makes up for it.
 */
export function createNetwork(layers: readonly number[], steepness: Steepness, seed: number): Network {
  const sigmoid: Activation = { type: "sigmoid", slope: SLOPES[steepness], derivative: "unscaled" };
  return new Network(layers, {
    initializer: { type: "uniform", min: 0, max: 1 },
    activation: sigmoid,
    outputActivation: sigmoid,
    loss: "squaredError",
    dtype: "float64",
    seed,
  });
}

/** Everything that belongs to one layer in one step of gradient descent. */
export interface LayerStep {
  /** W, (units, inputs + 1), the bias as last column. */
  readonly before: Matrix;
  /** ψ, one value a unit. */
  readonly psi: Values;
  /** ∂E/∂W = ψ x̂ᵀ */
  readonly gradient: Matrix;
  /** W − η ∂E/∂W */
  readonly after: Matrix;
}

/** Takes one step and tells every matrix of it. */
export function oneStep(network: Network, learningRate: number): { loss: number; layers: LayerStep[] } {
  const { loss, layers } = network.gradients(INPUT, TARGET);
  const before = layers.map((_, layer) => network.weights(layer));
  network.train(INPUT, TARGET, { learningRate });
  return {
    loss,
    layers: layers.map(({ psi, gradient }, layer) => ({
      before: before[layer],
      psi,
      gradient,
      after: network.weights(layer),
    })),
  };
}

/** Where the training stands. */
export interface Milestone {
  /** Steps taken so far. */
  readonly steps: number;
  readonly outputs: readonly number[];
  /** Σ (t − y)² */
  readonly loss: number;
}

function milestone(network: Network, steps: number): Milestone {
  const outputs = Array.from(network.predict(INPUT));
  return { steps, outputs, loss: outputs.reduce((sum, output, i) => sum + (TARGET[i] - output) ** 2, 0) };
}

/**
 * Trains and looks at the outputs on the way.
 *
 * @param steps - after how many steps to look, in rising order
 */
export function learn(network: Network, learningRate: number, steps: readonly number[]): Milestone[] {
  let taken = 0;
  return steps.map((count) => {
    for (; taken < count; taken++) network.train(INPUT, TARGET, { learningRate });
    return milestone(network, taken);
  });
}

/** What a layer does with the input, and what comes back to it. */
export interface LayerState {
  readonly units: number;
  /** The sums z = W x̂, the smallest and the largest. */
  readonly sums: readonly [smallest: number, largest: number];
  /** The outputs σ(c z), the smallest and the largest. */
  readonly outputs: readonly [smallest: number, largest: number];
  /** How many outputs are exactly 1: there the derivative x (1 − x) is exactly 0. */
  readonly saturated: number;
  /** √Σ (∂E/∂W)² */
  readonly gradientNorm: number;
}

/** Looks into every layer, with the kernels that the network itself runs on. */
export function inspect(network: Network, steepness: Steepness): LayerState[] {
  const { gemv, sigmoid } = kernels[network.backend] ?? kernels.typescript;
  const gradients = network.gradients(INPUT, TARGET).layers;
  let x: Values = Float64Array.from(INPUT);
  return gradients.map(({ gradient }, layer) => {
    const units = network.layers[layer + 1];
    const z = new Float64Array(units);
    const outputs = new Float64Array(units);
    gemv(network.weights(layer), x, z, network.arithmetic);
    sigmoid(z, outputs, SLOPES[steepness], network.arithmetic);
    x = outputs;
    return {
      units,
      sums: rangeOf(z),
      outputs: rangeOf(outputs),
      saturated: outputs.filter((output) => output === 1).length,
      gradientNorm: norm(gradient.data),
    };
  });
}

function norm(values: Values): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum);
}

function rangeOf(values: Float64Array): [number, number] {
  return values.reduce<[number, number]>(
    ([smallest, largest], value) => [Math.min(smallest, value), Math.max(largest, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
}

/** Trains and counts the weights and biases that are not what they were. */
export function countChanges(network: Network, learningRate: number, steps: number): number {
  const layers = network.layers.length - 1;
  const before = Array.from({ length: layers }, (_, layer) => network.weights(layer).data);
  for (let step = 0; step < steps; step++) network.train(INPUT, TARGET, { learningRate });
  let changes = 0;
  before.forEach((old, layer) => {
    const { data } = network.weights(layer);
    for (let i = 0; i < data.length; i++) if (data[i] !== old[i]) changes++;
  });
  return changes;
}

/** When to stop, and whom to tell. */
export interface Goal {
  readonly learningRate: number;
  /** Reached when |y − t| is below this for every output. */
  readonly tolerance: number;
  readonly maximumSteps: number;
  /** Called before the first step and after every `reportEvery` steps. */
  readonly onProgress: (milestone: Milestone) => void;
  readonly reportEvery: number;
  /** Ends the training with its reason. */
  readonly signal?: AbortSignal;
}

/** What came of it. */
export interface Arrival extends Milestone {
  readonly reached: boolean;
  readonly seconds: number;
}

/** Trains until the outputs are at their targets, with a turn of the event loop now and then. */
export async function learnUntilReached(network: Network, goal: Goal): Promise<Arrival> {
  const start = performance.now();
  let lastTurn = start;
  for (let steps = 0; ; steps++) {
    const now = milestone(network, steps);
    const reached = now.outputs.every((output, i) => Math.abs(output - TARGET[i]) < goal.tolerance);
    if (reached || steps === goal.maximumSteps) {
      return { ...now, reached, seconds: (performance.now() - start) / 1000 };
    }
    if (steps % goal.reportEvery === 0) goal.onProgress(now);
    network.train(INPUT, TARGET, { learningRate: goal.learningRate });
    if (performance.now() - lastTurn > TURN_MILLISECONDS) {
      await nextTurn();
      goal.signal?.throwIfAborted();
      lastTurn = performance.now();
    }
  }
}

/** How long to compute before whatever else waits gets its turn. */
const TURN_MILLISECONDS = 50;

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
