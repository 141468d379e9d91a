import { STOP } from "../../src/backend/types.ts";
import { initializeWeights } from "../../src/initialize.ts";
import { createModel, type Model } from "../../src/model.ts";
import { PLAIN_DESCENT, type ResolvedOptimizer } from "../../src/optimizer.ts";
import { Random } from "../../src/random.ts";
import { createState, type NetworkState } from "../../src/state.ts";
import type { Arithmetic, DType } from "../../src/types.ts";
import { backend } from "./jobs.ts";
import type { ReferenceSample, Rows } from "./reference.ts";
import { networkOf, trainReference } from "./reference_training.ts";
import { runJob, type WholeJob, wholeJob } from "./whole_jobs.ts";

/** A training of a network of tanh layers and a sigmoid output, by a job of the backend and by the reference. */
export interface Training {
  readonly sizes: readonly number[];
  readonly dtype?: DType;
  readonly arithmetic?: Arithmetic;
  readonly samples: number;
  readonly epochs: number;
  readonly batchSize: number;
  /** For how many samples the block has room; as many as `fit` would take by default. */
  readonly capacity?: number;
  readonly optimizer?: ResolvedOptimizer;
  readonly learningRates?: readonly number[];
  readonly sampleWeights?: readonly number[] | undefined;
  readonly dropout?: readonly number[] | undefined;
}

/** How a job is cut into chunks and spread over threads. */
export interface Cut {
  readonly threads: number;
  readonly budgetSeconds: number;
  readonly stop: number;
}

const CHOICES = { activation: "tanh", outputActivation: "sigmoid" } as const;
const DROPOUT_KEYS = [0xfffffff0, 12345, 7, 0];

/** Batches, hence steps, of an epoch. */
export function stepsOf({ samples, batchSize }: Training): number {
  return Math.ceil(samples / batchSize);
}

/** The network of a training before it begins. */
function freshNetwork({ sizes, dtype = "float64", arithmetic = "fast" }: Training) {
  const activations = sizes.slice(1).map((_, l) => {
    const kind = l === sizes.length - 2 ? CHOICES.outputActivation : CHOICES.activation;
    return { kind, parameter: 1, derivativeParameter: 1 };
  });
  const model = createModel(sizes, activations, { dtype, arithmetic, loss: "squaredError" });
  const state = createState(model, (type, length) => backend.allocate(type, length));
  const initializers = model.layout.layers.map(({ inputs }) => {
    const most = 1.5 / Math.sqrt(inputs);
    return { type: "uniform", min: -most, max: most } as const;
  });
  initializeWeights(model.layout, state, initializers, new Random(4));
  return { model, state };
}

function samplesFor({ sizes, samples }: Training) {
  const random = new Random(8);
  const draw = (length: number) => Float64Array.from({ length: samples * length }, () => random.uniform());
  return { inputs: draw(sizes[0]), targets: draw(sizes[sizes.length - 1]) };
}

/** Each epoch in an order of its own, which is one for every number of samples. */
function orderOf({ samples, epochs }: Training): number[][] {
  const random = new Random(15);
  return Array.from({ length: epochs }, () => {
    const order = Uint32Array.from({ length: samples }, (_, i) => i);
    random.shuffle(order);
    return Array.from(order);
  });
}

/** A job that has not begun. */
function jobOf(training: Training, model: Model, state: NetworkState): WholeJob {
  const { batchSize, epochs, optimizer = PLAIN_DESCENT, learningRates = [0.1], sampleWeights, dropout } = training;
  const rates = learningRates.length === 1 ? Array.from({ length: epochs }, () => learningRates[0]) : learningRates;
  return wholeJob(backend, {
    model,
    state,
    samples: { ...samplesFor(training), inputScale: 1, labels: undefined },
    order: Uint32Array.from(orderOf(training).flat()),
    epochs,
    batchSize,
    learningRates: Float64Array.from(rates),
    optimizer,
    sampleWeights: sampleWeights && Float64Array.from(sampleWeights),
    dropout: dropout && Float64Array.from(dropout),
    dropoutKeys: dropout && Uint32Array.from(DROPOUT_KEYS.slice(0, epochs)),
    capacity: training.capacity,
  });
}

/** Trains to the end. @returns the job and in how many chunks it was done */
export async function runTraining(training: Training, cut: Partial<Cut> = {}) {
  const { model, state } = freshNetwork(training);
  const { threads = 1, budgetSeconds = 1e6, stop = 0 } = cut;
  const job = { ...jobOf(training, model, state), threads, budgetSeconds };
  job.control[STOP] = stop;
  return { job, chunks: await runJob(backend, job) };
}

/** The weights of a network as rows, the bias last. */
export function rowsOf(model: Model, state: NetworkState): Rows[] {
  return model.layout.layers.map(({ units, inputs, stride }, l) =>
    Array.from({ length: units }, (_, i) => Array.from(state.weights[l].subarray(i * stride, i * stride + inputs + 1))),
  );
}

/** What the training should come to: weights as rows, and the sums of losses. */
export function expectedOutcome(training: Training) {
  const { batchSize, epochs, optimizer = PLAIN_DESCENT, learningRates = [0.1], sampleWeights, dropout } = training;
  const { model, state } = freshNetwork(training);
  const { inputs, targets } = samplesFor(training);
  const [inputSize, targetSize] = [training.sizes[0], training.sizes[training.sizes.length - 1]];
  const samples: ReferenceSample[] = Array.from({ length: training.samples }, (_, i) => ({
    input: inputs.subarray(i * inputSize, (i + 1) * inputSize),
    target: targets.subarray(i * targetSize, (i + 1) * targetSize),
  }));
  const network = networkOf(rowsOf(model, state), CHOICES);
  const rate = (epoch: number, step: number) => {
    if (learningRates.length === 1) return learningRates[0];
    return learningRates[learningRates.length === epochs ? epoch : epoch * stepsOf(training) + step];
  };
  const order = orderOf(training);
  const given = { choices: CHOICES, samples, order, batchSize, rate, optimizer, sampleWeights, dropout };
  const lossSums = trainReference(network, { ...given, dropoutKeys: DROPOUT_KEYS });
  return { weights: network.weights, lossSums };
}
