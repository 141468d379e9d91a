import type { Backend } from "../backend/types.ts";
import { type Dataset, samplesOf } from "../dataset.ts";
import { DownhillError } from "../errors.ts";
import type { Model } from "../model.ts";
import type { Normalization } from "../normalization.ts";
import type { Samples } from "../samples.ts";
import type { Values } from "../types.ts";
import { type Abort, abortOf } from "./abort.ts";
import { effectiveWeights } from "./class_weights.ts";
import { assertNormalization, normalizedLike } from "./data_checks.ts";
import { EarlyStopping } from "./early_stopping.ts";
import { evaluateDataset } from "./evaluate.ts";
import { failureOf } from "./failure.ts";
import type { FitData } from "./fit_data.ts";
import type { EpochReport, History, ResolvedFitOptions } from "./fit_options.ts";
import { layerStatistics } from "./layer_statistics.ts";
import { dropoutKey, fillOrder, type Place } from "./order.ts";
import { ProgressMeter } from "./progress.ts";
import { type Segment, SegmentTrainer } from "./segment_trainer.ts";
import { spreadSamples } from "./spread.ts";
import { identityOf, loadRecord, saveRecord, type TrainingIdentity } from "./training_record.ts";

/** What is trained. `published` is what the network answers from: it changes only when an epoch has ended well. */
export interface Trained {
  readonly model: Model;
  readonly backend: Backend;
  readonly published: Values;
  /** Takes over parameters, and the normalization of what they were trained on. */
  publish(parameters: Values, normalization: Normalization | undefined): void;
}

/**
 * Trains a working copy, chunk after chunk. An epoch that ends well is published in one copy; until then the network
 * holds the one before, whatever happens: abort, divergence, or a callback that throws.
 */
export async function runFit(trained: Trained, data: FitData, options: ResolvedFitOptions): Promise<History> {
  options.signal?.throwIfAborted();
  const control = new Int32Array(3);
  const abort = abortOf(options.signal, control);
  try {
    return await new Fit(trained, data, options, control, abort).run();
  } finally {
    abort.release();
  }
}

/** What a clock too coarse for a short epoch is taken to have measured. */
const SHORTEST_SECONDS = 1e-6;

/** About so much work, in parameters gone through, is trained together: some 5 ms. */
const WORK_TOGETHER = 2 ** 24;

/** Whose gradients and outputs a report's statistics are of. */
const MEASURED_SAMPLES = 64;

/** What a sample costs besides its parameters. */
const WORK_PER_SAMPLE = 256;

/** What the training of an epoch came to, before anything else is asked of it. */
interface Trial {
  readonly loss: number;
  readonly learningRate: number;
  readonly samples: number;
  readonly seconds: number;
}

class Fit {
  readonly #trained: Trained;
  readonly #data: FitData;
  readonly #options: ResolvedFitOptions;
  readonly #abort: Abort;
  readonly #trainer: SegmentTrainer;
  readonly #progress: ProgressMeter;
  readonly #earlyStopping: EarlyStopping | undefined;
  readonly #identity: TrainingIdentity;
  readonly #started = performance.now();
  readonly #epochs: EpochReport[] = [];
  /** Of the training that this one resumes. */
  #secondsBefore = 0;
  /** Spent on training alone, from the first epoch of this process on. */
  #trainingSeconds = 0;
  #best: Values | undefined;
  #normalization: Normalization | undefined;
  #isStopped = false;
  #weighted: { readonly data: Dataset; readonly weights: Float64Array | undefined } | undefined;
  /** The validation set as the training data is normalized. */
  #validation: Dataset | undefined;

  constructor(trained: Trained, data: FitData, options: ResolvedFitOptions, control: Int32Array, abort: Abort) {
    this.#trained = trained;
    this.#data = data;
    this.#options = options;
    this.#abort = abort;
    this.#trainer = new SegmentTrainer(trained.model, trained.backend, options, control, abort);
    this.#trainer.memory.state.parameters.set(trained.published);
    this.#progress = new ProgressMeter(options);
    this.#earlyStopping = options.earlyStopping && new EarlyStopping(options.earlyStopping);
    this.#identity = identityOf(trained.model, options, data.whole);
  }

  async run(): Promise<History> {
    if (this.#options.resumeFrom !== undefined) await this.#resume(this.#options.resumeFrom);
    const { whole } = this.#data;
    while (this.#epochs.length < this.#options.epochs && !this.#isStopped) {
      this.#abort.throwIfAborted();
      if (whole) await this.#trainWhole(whole);
      else await this.#trainParts();
    }
    if (this.#best) this.#trained.publish(this.#best, this.#normalization);
    return this.#history();
  }

  #history(): History {
    const bestEpoch = this.#earlyStopping?.bestEpoch;
    return {
      epochs: this.#epochs,
      seconds: this.#seconds(),
      ...(this.#isStopped && { stopped: "earlyStopping" as const }),
      ...(bestEpoch !== undefined && { bestEpoch }),
    };
  }

  #seconds(): number {
    return this.#secondsBefore + (performance.now() - this.#started) / 1000;
  }

  /** Trains the next epochs of data in memory: one, or as many as are too short to be trained one by one. */
  async #trainWhole(data: Dataset): Promise<void> {
    this.#normalization = data.normalization;
    const segment = await this.#segmentOf(data, { epoch: this.#epochs.length + 1, part: 0 }, this.#together(data));
    if (segment.epochs === 1) return this.#trainAlone(segment);
    const { state, optimizerState, optimizerPowers } = this.#trainer.memory;
    const before = { optimizerState: optimizerState?.slice(), optimizerPowers: optimizerPowers.slice() };
    const { lossSums, seconds, failure } = await this.#trainer.run(segment, async () => {});
    if (failure) {
      // One by one, so that the good ones are published before it fails again.
      state.parameters.set(this.#trained.published);
      if (before.optimizerState) optimizerState?.set(before.optimizerState);
      optimizerPowers.set(before.optimizerPowers);
      for (let e = 0; e < segment.epochs; e++) await this.#trainAlone(epochOf(segment, e));
      return;
    }
    this.#trainingSeconds += seconds;
    const size = segment.order.length / segment.epochs;
    for (const [e, lossSum] of lossSums.entries()) {
      const learningRate = rateOf(epochOf(segment, e));
      this.#epochs.push(
        reportOf(this.#epochs.length + 1, {
          loss: lossSum / size,
          learningRate,
          samples: size,
          seconds: seconds / segment.epochs,
        }),
      );
    }
    this.#abort.throwIfAborted();
    this.#trained.publish(state.parameters, this.#normalization);
  }

  /** An epoch of data in memory. */
  async #trainAlone(segment: Segment): Promise<void> {
    const size = segment.order.length;
    const { lossSum, seconds } = await this.#trainSegment(segment, { samples: 0, lossSum: 0, of: size });
    await this.#endEpoch({ loss: lossSum / size, learningRate: rateOf(segment), samples: size, seconds }, segment);
  }

  /** An epoch of data that comes in parts. */
  async #trainParts(): Promise<void> {
    const epoch = this.#epochs.length + 1;
    const known = this.#epochs.length > 0 ? this.#progress.samplesPerEpoch : 0;
    let done = { samples: 0, lossSum: 0, seconds: 0 };
    let last: Segment | undefined;
    let part = 0;
    for await (const data of this.#data.parts()) {
      this.#abort.throwIfAborted();
      if (epoch > 1) assertNormalization(this.#normalization, data, "data", "the epochs before");
      this.#normalization = data.normalization;
      last = await this.#segmentOf(data, { epoch, part: part++ }, 1);
      const of = Math.max(known, done.samples + data.size);
      const { lossSum, seconds } = await this.#trainSegment(last, { ...done, of });
      done = { samples: done.samples + data.size, lossSum: done.lossSum + lossSum, seconds: done.seconds + seconds };
    }
    if (!last) {
      const again = epoch === 1 ? "" : "; an iterable that can be gone through again is needed for more than one epoch";
      throw new DownhillError("ERR_DATA", `data gave no samples in epoch ${epoch}${again}`);
    }
    const { samples, lossSum, seconds } = done;
    await this.#endEpoch({ loss: lossSum / samples, learningRate: rateOf(last), samples, seconds }, last);
  }

  /** @param before - what of the epoch was trained already, and how many samples the epoch has as far as is known */
  async #trainSegment(
    segment: Segment,
    before: { readonly samples: number; readonly lossSum: number; readonly of: number },
  ): Promise<{ lossSum: number; seconds: number }> {
    const epoch = this.#epochs.length + 1;
    const { lossSums, seconds, failure } = await this.#trainer.run(segment, (_, samples, lossSum, spent) => {
      const all = before.samples + samples;
      const loss = (before.lossSum + lossSum) / all;
      const done = { epoch, samples: all, samplesPerEpoch: before.of, loss };
      return this.#progress.report(done, this.#trainingSeconds + spent);
    });
    this.#trainingSeconds += seconds;
    if (failure) throw failureOf(this.#trained, this.#trainer.memory, segment, failure, this.#options, this.#epochs);
    return { lossSum: lossSums[0], seconds };
  }

  /** Looks at what an epoch came to, and publishes it. */
  async #endEpoch(trial: Trial, { samples }: Segment): Promise<void> {
    const { checkpoint, onEpoch, schedule, epochs } = this.#options;
    const { state } = this.#trainer.memory;
    const epoch = this.#epochs.length + 1;
    this.#abort.throwIfAborted();
    const validation = await this.#validate();
    const statistics = this.#options.statistics ? await this.#statistics(samples, trial.learningRate) : undefined;
    this.#abort.throwIfAborted();
    const report = reportOf(epoch, trial, { ...(validation && { validation }), ...(statistics && { statistics }) });
    this.#trained.publish(state.parameters, this.#normalization);
    this.#epochs.push(report);
    schedule.observe(report);
    this.#watch(epoch, report);
    const isLast = epoch === epochs || this.#isStopped;
    if (checkpoint && (epoch % checkpoint.everyEpochs === 0 || isLast)) await this.#save(checkpoint.path);
    await onEpoch?.(report);
  }

  /** Keeps the best parameters, and stops when there have been no better ones for long. */
  #watch(epoch: number, report: EpochReport): void {
    if (!this.#earlyStopping) return;
    const { isBest, shouldStop } = this.#earlyStopping.observe(epoch, report);
    this.#isStopped = shouldStop;
    if (!isBest || !this.#options.earlyStopping?.restoreBest) return;
    this.#best ??= this.#trained.backend.allocate(this.#trained.model.dtype, this.#trained.published.length);
    this.#best.set(this.#trainer.memory.state.parameters);
  }

  async #validate(): Promise<EpochReport["validation"]> {
    const { validation } = this.#data;
    if (!validation) return undefined;
    const { model, backend } = this.#trained;
    const { threads, signal } = this.#options;
    const evaluated = { model, backend, state: this.#trainer.memory.state, threads };
    this.#validation ??= normalizedLike(model, this.#normalization, validation, "options.validation", "data");
    const { loss, accuracy } = await evaluateDataset(evaluated, this.#validation, signal, "accuracy");
    return accuracy === undefined ? { loss } : { loss, accuracy };
  }

  async #statistics(samples: Samples, learningRate: number): Promise<EpochReport["statistics"]> {
    const { model, backend } = this.#trained;
    const measured = { model, backend, state: this.#trainer.memory.state };
    const indices = spreadSamples(samples.size, MEASURED_SAMPLES);
    const layers = await layerStatistics(measured, samples, indices, learningRate, this.#options.signal);
    return { layers: layers.map(({ gradientNorm, saturation }) => ({ gradientNorm, saturation })) };
  }

  /** How many epochs are trained together. Whoever looks at each epoch gets each by itself. */
  #together(data: Dataset): number {
    const { onEpoch, onProgress, earlyStopping, checkpoint, statistics, schedule } = this.#options;
    const isWatched = onEpoch || onProgress || earlyStopping || checkpoint || statistics || schedule.isAdaptive;
    if (isWatched || this.#data.validation) return 1;
    const { parameterValues } = this.#trained.model.layout;
    return Math.max(1, Math.floor(WORK_TOGETHER / (data.size * (parameterValues + WORK_PER_SAMPLE))));
  }

  /** The next epochs of some samples: `together` of them, or as many as are left and have a learning rate. */
  async #segmentOf(data: Dataset, place: Place, together: number): Promise<Segment> {
    const { batchSize, shuffle, seed, dropout } = this.#options;
    const samples = samplesOf(data);
    // Only data in memory has a known number of steps: parts have the rate of their epoch.
    const steps = this.#data.whole ? Math.ceil(data.size / batchSize) : 1;
    const rates = this.#nextRates(place.epoch, steps, together);
    const order = new Uint32Array(rates.length * data.size);
    for (const e of rates.keys()) {
      const part = order.subarray(e * data.size, (e + 1) * data.size);
      await fillOrder(part, shuffle, seed, { ...place, epoch: place.epoch + e });
    }
    return {
      samples,
      sampleWeights: this.#weightsOf(data),
      epochs: rates.length,
      order,
      learningRates: joined(rates),
      dropoutKeys: dropout && Uint32Array.from(rates, (_, e) => dropoutKey(seed, { ...place, epoch: place.epoch + e })),
    };
  }

  /** Of data in memory they are worked out once. */
  #weightsOf(data: Dataset): Float64Array | undefined {
    if (this.#weighted?.data !== data) {
      this.#weighted = { data, weights: effectiveWeights(data, this.#options.classWeights) };
    }
    return this.#weighted.weights;
  }

  #nextRates(first: number, steps: number, together: number): Float64Array[] {
    const rates: Float64Array[] = [];
    for (let epoch = first; epoch <= this.#options.epochs && rates.length < together; epoch++) {
      try {
        rates.push(this.#options.schedule.rates(epoch, steps));
      } catch (error) {
        if (epoch === first) throw error;
        break;
      }
    }
    return rates;
  }

  async #save(path: string): Promise<void> {
    const { state, optimizerState, optimizerPowers } = this.#trainer.memory;
    await saveRecord(path, this.#identity, {
      epochs: this.#epochs,
      seconds: this.#seconds(),
      isStopped: this.#isStopped,
      schedule: this.#options.schedule.state(),
      earlyStopping: this.#earlyStopping?.state(),
      normalization: this.#normalization,
      parameters: state.parameters,
      optimizerState,
      optimizerPowers,
      best: this.#best,
    });
  }

  async #resume(path: string): Promise<void> {
    const { state, optimizerState, optimizerPowers } = this.#trainer.memory;
    const { inputs } = this.#trained.model.layout.layers[0];
    const like = { parameters: state.parameters, optimizerState };
    const record = await loadRecord(path, this.#identity, like, inputs);
    this.#abort.throwIfAborted();
    this.#options.schedule.restore(record.schedule);
    this.#earlyStopping?.restore(record.earlyStopping);
    this.#epochs.push(...record.epochs);
    this.#progress.skip(record.epochs.length);
    this.#secondsBefore = record.seconds;
    this.#isStopped = record.isStopped;
    this.#normalization = record.normalization;
    state.parameters.set(record.parameters);
    if (record.optimizerState) optimizerState?.set(record.optimizerState);
    optimizerPowers.set(record.optimizerPowers);
    this.#best = record.best;
    this.#trained.publish(state.parameters, this.#normalization);
  }
}

/** One of the epochs of a segment. */
function epochOf(segment: Segment, e: number): Segment {
  const { epochs, order, learningRates, dropoutKeys } = segment;
  const cut = <T extends Uint32Array | Float64Array>(all: T): T => {
    const size = all.length / epochs;
    return all.subarray(e * size, (e + 1) * size) as T;
  };
  return {
    ...segment,
    epochs: 1,
    order: cut(order),
    learningRates: cut(learningRates),
    dropoutKeys: dropoutKeys && cut(dropoutKeys),
  };
}

function joined(rates: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(rates.length * rates[0].length);
  for (const [e, ratesOfEpoch] of rates.entries()) all.set(ratesOfEpoch, e * ratesOfEpoch.length);
  return all;
}

/** The learning rate at the end of an epoch. */
function rateOf({ learningRates }: Segment): number {
  return learningRates[learningRates.length - 1];
}

function reportOf(
  epoch: number,
  { loss, learningRate, samples, seconds }: Trial,
  found: Pick<EpochReport, "validation" | "statistics"> = {},
): EpochReport {
  const samplesPerSecond = samples / Math.max(seconds, SHORTEST_SECONDS);
  return { epoch, loss, ...found, learningRate, seconds, samplesPerSecond };
}
