import { type Backend, ChunkStatus, POSITION, STATUS, type TrainingJob } from "../backend/types.ts";
import { type Dataset, samplesOf } from "../dataset.ts";
import { DownhillError } from "../errors.ts";
import type { Model } from "../model.ts";
import { Random } from "../random.ts";
import { createState, type NetworkState } from "../state.ts";
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

/** Where a training stands within an epoch. */
interface Epoch {
  readonly number: number;
  readonly order: Uint32Array;
  readonly learningRate: number;
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
    for (let number = 1; number <= options.epochs; number++) {
      abort.throwIfAborted();
      const epoch = {
        number,
        order: await orderOf(data.size, options, number),
        learningRate: options.learningRate(number),
      };
      const { loss, seconds } = await trainer.run(epoch);
      abort.throwIfAborted();
      const validation = options.validation && (await validate(trained, working, options.validation, options.signal));
      published.set(working.parameters);
      const report: EpochReport = {
        epoch: number,
        loss,
        ...(validation && { validation }),
        learningRate: epoch.learningRate,
        seconds,
        samplesPerSecond: data.size / Math.max(seconds, SHORTEST_SECONDS),
      };
      epochs.push(report);
      await options.onEpoch?.(report);
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

/** The order of samples in an epoch: a function of seed and epoch alone, the same on every backend. */
async function orderOf(size: number, options: ResolvedFitOptions, epoch: number): Promise<Uint32Array> {
  const order = new Uint32Array(size);
  for (let i = 0; i < size; i++) order[i] = i;
  if (!options.shuffle) return order;
  const random = new Random(options.seed, epoch);
  for (let end = size; end > 0; end -= ORDERED_AT_ONCE) {
    random.shuffle(order, end, Math.max(0, end - ORDERED_AT_ONCE));
    if (end > ORDERED_AT_ONCE) await nextTurn();
  }
  return order;
}

async function validate(
  { model, backend }: Trained,
  state: NetworkState,
  data: Dataset,
  signal: AbortSignal | undefined,
): Promise<NonNullable<EpochReport["validation"]>> {
  const { loss, accuracy } = await evaluateDataset({ model, backend, state }, data, signal, "accuracy");
  return accuracy === undefined ? { loss } : { loss, accuracy };
}

/** Runs one epoch in bounded chunks. */
class EpochTrainer {
  readonly #trained: Trained;
  readonly #working: NetworkState;
  readonly #options: ResolvedFitOptions;
  readonly #control: Int32Array;
  readonly #abort: Abort;
  readonly #progress: ProgressMeter;
  readonly #samples: TrainingJob["samples"];
  readonly #gradient: Values | undefined;
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
    const { dtype, layout } = trained.model;
    if (options.batchSize > 1) this.#gradient = trained.backend.allocate(dtype, layout.parameterValues);
  }

  /** @returns the mean loss of the epoch's samples, each before its own step, and the time of training */
  async run(epoch: Epoch): Promise<{ loss: number; seconds: number }> {
    const { model, backend } = this.#trained;
    const control = this.#control;
    const lossSum = new Float64Array(1);
    let seconds = 0;
    for (let from = 0; from < epoch.order.length; from = control[POSITION]) {
      const started = performance.now();
      await backend.train({
        model,
        state: this.#working,
        samples: this.#samples,
        control,
        lossSum,
        budgetSeconds: backend.chunkSeconds,
        order: epoch.order,
        from,
        batchSize: this.#options.batchSize,
        learningRate: epoch.learningRate,
        gradient: this.#gradient,
      });
      seconds += (performance.now() - started) / 1000;
      this.#abort.throwIfAborted();
      if (control[STATUS] !== ChunkStatus.ok) throw this.#failure(epoch, control);
      const done = control[POSITION];
      await this.#progress.report(epoch.number, done, lossSum[0] / done, this.#secondsBefore + seconds);
    }
    this.#secondsBefore += seconds;
    return { loss: lossSum[0] / epoch.order.length, seconds };
  }

  #failure(epoch: Epoch, control: Int32Array): DownhillError {
    const position = control[POSITION];
    const sample = epoch.order[Math.min(position, epoch.order.length - 1)];
    if (control[STATUS] === ChunkStatus.badSample) {
      return new DownhillError("ERR_DATA", `sample ${sample} has a label that the network has no output for`);
    }
    const what =
      control[STATUS] === ChunkStatus.lossNotFinite
        ? `the loss of sample ${sample}, number ${position + 1} of ${epoch.order.length},`
        : "a weight at the end";
    const kept = epoch.number === 1 ? "it had before" : `of epoch ${epoch.number - 1}`;
    return new DownhillError(
      "ERR_DIVERGED",
      `epoch ${epoch.number}: ${what} is not finite; the network keeps the weights ${kept}. ` +
        `A smaller learningRate (it is ${epoch.learningRate}) or inputs scaled to about 0 … 1 usually help`,
    );
  }
}
