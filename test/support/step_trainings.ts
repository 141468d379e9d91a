import type { Backend } from "../../src/backend/types.ts";
import { initializeWeights } from "../../src/initialize.ts";
import { createModel, type ResolvedActivation } from "../../src/model.ts";
import { type OptimizerKind, PLAIN_DESCENT, type ResolvedOptimizer } from "../../src/optimizer.ts";
import { Random } from "../../src/random.ts";
import { createState } from "../../src/state.ts";
import type { Arithmetic, DType } from "../../src/types.ts";
import { type WholeJob, wholeJob } from "./whole_jobs.ts";

/** Trainings by every kind of step, as jobs for a backend: tanh in hidden layers, linear outputs, squared error. */
export interface StepTraining {
  readonly sizes: readonly number[];
  readonly batchSize: number;
  readonly samples: number;
  readonly epochs: number;
  readonly optimizer: ResolvedOptimizer;
  /** The largest; 0.002 by default. */
  readonly learningRate?: number;
  /** Each step has a learning rate of its own, not each epoch. */
  readonly ratesPerStep?: boolean;
  readonly weighted?: boolean;
  /** Of the hidden layers. */
  readonly dropout?: readonly number[];
  /** Samples that the block has room for; by default as many as are useful. */
  readonly blockSamples?: number;
}

/** Each kind of step, without weight decay and without a limit to the gradient. */
export const OPTIMIZERS = {
  sgd: PLAIN_DESCENT,
  momentum: { ...PLAIN_DESCENT, kind: "momentum", firstDecay: 0.9 },
  nesterov: { ...PLAIN_DESCENT, kind: "nesterov", firstDecay: 0.8 },
  rmsprop: { ...PLAIN_DESCENT, kind: "rmsprop", firstDecay: 0.9, epsilon: 1e-8 },
  adam: { ...PLAIN_DESCENT, kind: "adam", firstDecay: 0.9, secondDecay: 0.999, epsilon: 1e-8 },
} as const satisfies Readonly<Record<OptimizerKind, ResolvedOptimizer>>;

/** Large enough for a chunk to end within it. */
const base = { sizes: [20, 33, 18, 3], batchSize: 7, samples: 25, epochs: 3 } as const;
/** The last batch is shorter; more than one block a batch. */
const inBlocks = { ...base, batchSize: 10, blockSamples: 4 } as const;
/** Online training takes the samples of such a network together. */
const wide = { ...base, sizes: [40, 33, 5], samples: 71, epochs: 2 } as const;
const { adam, momentum, nesterov, rmsprop, sgd } = OPTIMIZERS;

const ofEach = (name: string, choicesOf: (optimizer: ResolvedOptimizer) => Omit<StepTraining, "optimizer">) =>
  Object.entries(OPTIMIZERS).map(
    ([kind, optimizer]) => [`${kind}, ${name}`, { optimizer, ...choicesOf(optimizer) }] as const,
  );

/** Every kind of step with everything that can be asked of it, by name. */
export const STEP_TRAININGS: readonly (readonly [string, StepTraining])[] = [
  ...ofEach("batches", () => base),
  ...ofEach("batches in several blocks", () => inBlocks),
  ...ofEach("one step a sample", () => ({ ...wide, batchSize: 1 })),
  ...ofEach("weight decay", (optimizer) => ({ ...base, optimizer: { ...optimizer, weightDecay: 0.1 } })),
  ...ofEach("a clipped gradient", (optimizer) => ({ ...base, optimizer: { ...optimizer, clipGradientNorm: 0.5 } })),
  ["sgd that clips some gradients", { ...base, optimizer: { ...sgd, clipGradientNorm: 6 } }],
  [
    "adam with all of it",
    {
      ...inBlocks,
      optimizer: { ...adam, weightDecay: 0.05, clipGradientNorm: 0.3 },
      ratesPerStep: true,
      weighted: true,
      dropout: [0.3, 0.5],
    },
  ],
  ["online, rates for each step", { ...base, batchSize: 1, optimizer: sgd, ratesPerStep: true }],
  ["online, weighted", { ...base, batchSize: 1, optimizer: sgd, weighted: true }],
  [
    "online in blocks, weighted, rates for each step",
    { ...wide, batchSize: 1, optimizer: sgd, weighted: true, ratesPerStep: true },
  ],
  ["batches, weighted", { ...base, optimizer: sgd, weighted: true }],
  ["batches in several blocks, weighted", { ...inBlocks, optimizer: rmsprop, weighted: true }],
  ["batches, rates for each step", { ...inBlocks, optimizer: momentum, ratesPerStep: true }],
  ["dropout", { ...base, optimizer: sgd, dropout: [0.5, 0.2] }],
  ["dropout in one layer, one step a sample", { ...base, batchSize: 1, optimizer: sgd, dropout: [0, 0.4] }],
  ["dropout of nothing", { ...base, optimizer: nesterov, dropout: [0, 0] }],
  ["dropout and momentum, a wide network", { ...wide, optimizer: momentum, dropout: [0.25] }],
];

const linear: ResolvedActivation = { kind: "linear", parameter: 1, derivativeParameter: 1 };
const tanh: ResolvedActivation = { kind: "tanh", parameter: 1, derivativeParameter: 1 };

/** The job of a training, with weights, data and everything else from fixed seeds. */
export function stepJob(backend: Backend, training: StepTraining, dtype: DType, arithmetic: Arithmetic): WholeJob {
  const { sizes, batchSize, samples, epochs, optimizer, learningRate = 0.002 } = training;
  const { ratesPerStep, weighted, dropout, blockSamples } = training;
  const activations = sizes.slice(1).map((_, l) => (l + 2 === sizes.length ? linear : tanh));
  const model = createModel(sizes, activations, { dtype, arithmetic, loss: "squaredError" });
  const state = createState(model, (type, length) => backend.allocate(type, length));
  const random = new Random(11);
  const initializers = activations.map(() => ({ type: "uniform", min: -0.5, max: 0.5 }) as const);
  initializeWeights(model.layout, state, initializers, random);
  const draw = (length: number) => Float64Array.from({ length }, () => random.uniform() * 2 - 1);
  const rates = ratesPerStep ? epochs * Math.ceil(samples / batchSize) : epochs;
  return wholeJob(backend, {
    model,
    state,
    samples: {
      inputs: draw(samples * sizes[0]),
      inputScale: 1,
      targets: draw(samples * sizes[sizes.length - 1]),
      labels: undefined,
    },
    order: Uint32Array.from({ length: epochs * samples }, (_, i) => (7 * i + Math.floor(i / samples)) % samples),
    epochs,
    batchSize,
    learningRates: Float64Array.from({ length: rates }, (_, i) => learningRate / (1 + (i % 5))),
    optimizer,
    sampleWeights: weighted ? Float64Array.from({ length: samples }, (_, i) => (i % 4) * random.uniform()) : undefined,
    dropout: dropout && Float64Array.from(dropout),
    dropoutKeys: dropout && Uint32Array.from({ length: epochs }, () => random.below(2 ** 32)),
    capacity: blockSamples,
  });
}
