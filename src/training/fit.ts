import { type Backend, ChunkStatus, POSITION, STATUS, type TrainingJob } from "../backend/types.ts";
import { type Dataset, samplesOf } from "../dataset.ts";
import { DownhillError } from "../errors.ts";
import { trainingBlock } from "../layout.ts";
import type { Model } from "../model.ts";
import { PLAIN_DESCENT } from "../optimizer.ts";
import { Random } from "../random.ts";
import { type Allocate, createBlock, createState, type NetworkState } from "../state.ts";
import { nextTurn } from "../turn.ts";
import type { Values } from "../types.ts";
import { type Abort, abortOf } from "./abort.ts";
import { evaluateDataset } from "./evaluate.ts";
import type { EpochReport, History, ResolvedFitOptions } from "./fit_options.ts";
import { ProgressMeter } from "./progress.ts";

/** What is trained: `published` is what the network answers from, and changes only when an epoch has ended well. */
export interface Trained {
  readonly model: Model;
  readonly backend: Backend;
  readonly published: Values;
}

/**
 * Epochs that are trained and published together: one, unless they are so short that the way to a chunk and back would
 * take longer than they do.
 */
interface EpochGroup {
  /** The number of the first, counted from 1. */
  readonly first: number;
  /** (epochs, samples of an epoch): which sample stands at which position. */
  readonly order: Uint32Array;
  /** One for each epoch. */
  readonly learningRates: Float64Array;
}

/**
 * Trains a working copy, chunk after chunk. An epoch that ends well is published in one copy; until then the network
 * holds the one before, whatever happens: abort, divergence, or a callback that throws.
 */
export async function runFit(trained: Trained, data: Dataset, options: ResolvedFitOptions): Promise<History> {
  const { model, backend, published } = trained;
  options.signal?.throwIfAborted();
  const working = createState(model, (dtype, length) => backend.allocate(dtype, length));
  working.parameters.set(published);
  const control = new Int32Array(3);
  const abort = abortOf(options.signal, control);
  const started = performance.now();
  const epochs: EpochReport[] = [];
  try {
    const progress = new ProgressMeter(data.size, options);
    const trainer = new EpochTrainer(trained, working, data, options, control, abort, progress);
    let together = epochsTogether(model, data.size, options);
    while (epochs.length < options.epochs) {
      abort.throwIfAborted();
      const group = await groupOf(data.size, options, epochs.length + 1, together);
      const { losses, seconds, failure } = await trainer.run(group);
      if (failure) {
        if (together === 1) throw failure;
        // One by one, so that the good ones are published before it fails again.
        working.parameters.set(published);
        together = 1;
        continue;
      }
      abort.throwIfAborted();
      const validation = options.validation && (await validate(trained, working, options.validation, options));
      published.set(working.parameters);
      for (const [e, loss] of losses.entries()) {
        const report: EpochReport = {
          epoch: group.first + e,
          loss,
          ...(validation && { validation }),
          learningRate: group.learningRates[e],
          seconds: seconds / losses.length,
          samplesPerSecond: (losses.length * data.size) / Math.max(seconds, SHORTEST_SECONDS),
        };
        epochs.push(report);
        await options.onEpoch?.(report);
      }
    }
  } finally {
    abort.release();
  }
  return { epochs, seconds: (performance.now() - started) / 1000 };
}

/** What a clock too coarse for a short epoch is taken to have measured. */
const SHORTEST_SECONDS = 1e-6;

/** So many samples are put in order without a turn of the event loop: a few milliseconds. */
const ORDERED_AT_ONCE = 2 ** 17;

/** About so much work, in parameters gone through, is trained together: some 5 ms. */
const WORK_TOGETHER = 2 ** 24;

/** What a sample costs besides its parameters. */
const WORK_PER_SAMPLE = 256;

/** How many epochs are trained together. Whoever looks at each epoch gets each by itself. */
function epochsTogether(model: Model, size: number, options: ResolvedFitOptions): number {
  if (options.onEpoch || options.onProgress || options.validation) return 1;
  return Math.max(1, Math.floor(WORK_TOGETHER / (size * (model.layout.parameterValues + WORK_PER_SAMPLE))));
}

/** The next epochs: `together` of them, or as many as are left and have a learning rate. */
async function groupOf(
  size: number,
  options: ResolvedFitOptions,
  first: number,
  together: number,
): Promise<EpochGroup> {
  const learningRates: number[] = [];
  for (let epoch = first; epoch <= options.epochs && learningRates.length < together; epoch++) {
    try {
      learningRates.push(options.learningRate(epoch));
    } catch (error) {
      if (epoch === first) throw error;
      break;
    }
  }
  const order = new Uint32Array(learningRates.length * size);
  for (const e of learningRates.keys()) {
    await fillOrder(order.subarray(e * size, (e + 1) * size), options, first + e);
  }
  return { first, order, learningRates: Float64Array.from(learningRates) };
}

/** The order of samples in an epoch: a function of seed and epoch alone, the same on every backend. */
async function fillOrder(order: Uint32Array, options: ResolvedFitOptions, epoch: number): Promise<void> {
  for (let i = 0; i < order.length; i++) order[i] = i;
  if (!options.shuffle) return;
  const random = new Random(options.seed, epoch);
  for (let end = order.length; end > 0; end -= ORDERED_AT_ONCE) {
    random.shuffle(order, end, Math.max(0, end - ORDERED_AT_ONCE));
    if (end > ORDERED_AT_ONCE) await nextTurn();
  }
}

async function validate(
  { model, backend }: Trained,
  state: NetworkState,
  data: Dataset,
  { signal, threads }: ResolvedFitOptions,
): Promise<NonNullable<EpochReport["validation"]>> {
  const { loss, accuracy } = await evaluateDataset({ model, backend, state, threads }, data, signal, "accuracy");
  return accuracy === undefined ? { loss } : { loss, accuracy };
}

/** Runs epochs in bounded chunks. */
class EpochTrainer {
  readonly #trained: Trained;
  readonly #working: NetworkState;
  readonly #options: ResolvedFitOptions;
  readonly #control: Int32Array;
  readonly #abort: Abort;
  readonly #progress: ProgressMeter;
  readonly #samples: TrainingJob["samples"];
  readonly #gradient: Values | undefined;
  readonly #block: Values;
  #secondsBefore = 0;

  constructor(
    trained: Trained,
    working: NetworkState,
    data: Dataset,
    options: ResolvedFitOptions,
    control: Int32Array,
    abort: Abort,
    progress: ProgressMeter,
  ) {
    this.#trained = trained;
    this.#working = working;
    this.#options = options;
    this.#control = control;
    this.#abort = abort;
    this.#progress = progress;
    this.#samples = samplesOf(data);
    const { model, backend } = trained;
    const allocate: Allocate = (dtype, length) => backend.allocate(dtype, length);
    if (options.batchSize > 1) this.#gradient = allocate(model.dtype, model.layout.parameterValues);
    this.#block = createBlock(model, trainingBlock(model.layout, options.batchSize), allocate);
  }

  /** @returns the mean losses of the epochs' samples, each before its own step, and the time of training */
  async run(group: EpochGroup): Promise<{ losses: number[]; seconds: number; failure?: DownhillError }> {
    const { model, backend } = this.#trained;
    const control = this.#control;
    const { order, learningRates } = group;
    const size = order.length / learningRates.length;
    const lossSums = new Float64Array(learningRates.length);
    let seconds = 0;
    for (let from = 0; from < order.length; from = control[POSITION]) {
      const started = performance.now();
      await backend.train({
        model,
        state: this.#working,
        samples: this.#samples,
        control,
        lossSums,
        budgetSeconds: backend.chunkSeconds,
        order,
        from,
        batchSize: this.#options.batchSize,
        learningRates,
        optimizer: PLAIN_DESCENT,
        optimizerState: undefined,
        optimizerPowers: Float64Array.of(1, 1),
        sampleWeights: undefined,
        dropout: undefined,
        dropoutKeys: undefined,
        gradient: this.#gradient,
        block: this.#block,
        threads: this.#options.threads,
      });
      seconds += (performance.now() - started) / 1000;
      this.#abort.throwIfAborted();
      if (control[STATUS] !== ChunkStatus.ok) return { losses: [], seconds, failure: this.#failure(group, size) };
      const epoch = Math.ceil(control[POSITION] / size) - 1;
      const done = control[POSITION] - epoch * size;
      await this.#progress.report(group.first + epoch, done, lossSums[epoch] / done, this.#secondsBefore + seconds);
    }
    this.#secondsBefore += seconds;
    return { losses: Array.from(lossSums, (sum) => sum / size), seconds };
  }

  #failure({ first, order, learningRates }: EpochGroup, size: number): DownhillError {
    const control = this.#control;
    const position = Math.min(control[POSITION], order.length - 1);
    const e = Math.floor(position / size);
    const sample = order[position];
    if (control[STATUS] === ChunkStatus.badSample) {
      return new DownhillError("ERR_DATA", `sample ${sample} has a label that the network has no output for`);
    }
    const what =
      control[STATUS] === ChunkStatus.lossNotFinite
        ? `the loss of sample ${sample}, number ${(position % size) + 1} of ${size},`
        : "a weight at the end";
    const kept = first === 1 ? "it had before" : `of epoch ${first - 1}`;
    return new DownhillError(
      "ERR_DIVERGED",
      `epoch ${first + e}: ${what} is not finite; the network keeps the weights ${kept}. ` +
        `A smaller learningRate (it is ${learningRates[e]}) or inputs scaled to about 0 … 1 usually help`,
    );
  }
}
