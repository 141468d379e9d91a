import type { Backend } from "../backend/types.ts";
import type { Origin } from "../data/origin.ts";
import { type Dataset, originOf, samplesOf } from "../dataset.ts";
import { DownhillError } from "../errors.ts";
import { assertWritable } from "../formats/checkpoint_file.ts";
import { zeroed } from "../memory.ts";
import type { Model } from "../model.ts";
import type { Values } from "../types.ts";
import { type Abort, abortOf } from "./abort.ts";
import { CheckpointWriter } from "./checkpoint_writer.ts";
import { effectiveWeights } from "./class_weights.ts";
import { normalizedLike } from "./data_checks.ts";
import { EarlyStopping } from "./early_stopping.ts";
import { evaluateDataset } from "./evaluate.ts";
import { failureOf } from "./failure.ts";
import type { FitData } from "./fit_data.ts";
import type { EpochReport, History, ResolvedFitOptions } from "./fit_options.ts";
import { layerStatistics } from "./layer_statistics.ts";
import { dropoutKey, fillOrder, type Place } from "./order.ts";
import { type Done, ProgressMeter } from "./progress.ts";
import { type Segment, SegmentTrainer } from "./segment_trainer.ts";
import { spreadSamples } from "./spread.ts";
import { identityOf, loadRecord, type TrainingIdentity, type TrainingRecord } from "./training_record.ts";

/** What is trained. `published` is what the network answers from: it changes only when an epoch has ended well. */
export interface Trained {
  readonly model: Model;
  readonly backend: Backend;
  readonly published: Values;
  /** Takes over parameters, and what is known of the data that they were trained on. */
  publish(parameters: Values, origin: Origin): void;
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

/** An epoch that has yet to begin. */
const NOTHING: Done = { samples: 0, batches: 0, lossSum: 0, seconds: 0 };

class Fit {
  readonly #trained: Trained;
  readonly #data: FitData;
  readonly #options: ResolvedFitOptions;
  readonly #abort: Abort;
  readonly #trainer: SegmentTrainer;
  readonly #progress: ProgressMeter;
  readonly #earlyStopping: EarlyStopping | undefined;
  readonly #identity: TrainingIdentity;
  readonly #checkpoint: CheckpointWriter | undefined;
  readonly #started = performance.now();
  readonly #epochs: EpochReport[] = [];
  /** Of the training that this one resumes. */
  #secondsBefore = 0;
  #best: Values | undefined;
  /** Of the data of the present epoch. */
  #origin: Origin = {};
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
    this.#checkpoint = options.checkpoint && new CheckpointWriter(options.checkpoint, this.#identity);
  }

  async run(): Promise<History> {
    const { checkpoint, resumeFrom } = this.#options;
    if (checkpoint) await assertWritable(checkpoint.path);
    if (resumeFrom !== undefined) await this.#resume(resumeFrom);
    // A file of its own is to hold what the other one holds, however soon this training ends.
    if (resumeFrom !== undefined && resumeFrom !== checkpoint?.path) {
      this.#checkpoint?.keep(this.#record(), this.#trainer.memory.state.parameters.slice());
    }
    try {
      await this.#trainEpochs();
      await this.#checkpoint?.writeKept();
    } catch (reason) {
      await this.#checkpoint?.afterFailure(reason);
      throw reason;
    }
    this.#trained.publish(this.#best ?? this.#trainer.memory.state.parameters, this.#origin);
    return this.#history();
  }

  async #trainEpochs(): Promise<void> {
    const { whole, parts } = this.#data;
    while (this.#epochs.length < this.#options.epochs && !this.#isStopped) {
      this.#abort.throwIfAborted();
      if (whole) await this.#trainWhole(whole);
      else
        await this.#trainParts(
          parts(this.#epochs.length > 0 ? { normalization: this.#origin.normalization } : undefined),
        );
    }
  }

  #history(): History {
    const bestEpoch = this.#earlyStopping?.bestEpoch;
    return {
      epochs: this.#epochs,
      seconds: this.#seconds(),
      ...(this.#epochs.length < this.#options.epochs && { stopped: "earlyStopping" as const }),
      ...(bestEpoch !== undefined && { bestEpoch }),
    };
  }

  #seconds(): number {
    return this.#secondsBefore + (performance.now() - this.#started) / 1000;
  }

  /** Trains the next epochs of data in memory: one, or as many as are too short to be trained one by one. */
  async #trainWhole(data: Dataset): Promise<void> {
    this.#takeOver(data);
    const rates = this.#nextRates(Math.ceil(data.size / this.#options.batchSize), this.#together(data));
    const segment = await this.#segmentOf(data, 0, rates);
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
    for (const [e, lossSum] of lossSums.entries()) {
      const done = { samples: data.size, lossSum, seconds: seconds / segment.epochs };
      this.#epochs.push(reportOf(this.#epochs.length + 1, done, epochOf(segment, e)));
    }
    this.#abort.throwIfAborted();
    this.#trained.publish(state.parameters, this.#origin);
  }

  /** An epoch of data in memory. */
  async #trainAlone(segment: Segment): Promise<void> {
    await this.#endEpoch(await this.#trainSegment(segment, NOTHING), segment);
  }

  /** An epoch of data that comes in parts. */
  async #trainParts(parts: AsyncIterable<Dataset>): Promise<void> {
    const epoch = this.#epochs.length + 1;
    // Nobody knows how many steps are to come: a part has the rate of its epoch.
    const rates = this.#nextRates(1, 1);
    let done = NOTHING;
    let last: Segment | undefined;
    let part = 0;
    for await (const data of parts) {
      this.#abort.throwIfAborted();
      this.#takeOver(data);
      last = await this.#segmentOf(data, part++, rates);
      done = await this.#trainSegment(last, done);
    }
    if (!last) {
      const again = epoch === 1 ? "" : "; an iterable that can be gone through again is needed for more than one epoch";
      throw new DownhillError("ERR_DATA", `data gave no samples in epoch ${epoch}${again}`);
    }
    await this.#endEpoch(done, last);
  }

  /** @param before - what of the epoch is done already */
  async #trainSegment(segment: Segment, before: Done): Promise<Done> {
    const epoch = this.#epochs.length + 1;
    const after = (samples: number, lossSum: number, seconds: number): Done => ({
      samples: before.samples + samples,
      batches: before.batches + Math.ceil(samples / this.#options.batchSize),
      lossSum: before.lossSum + lossSum,
      seconds: before.seconds + seconds,
    });
    const size = segment.order.length;
    const { lossSums, seconds, failure } = await this.#trainer.run(segment, (_, ...done) =>
      this.#progress.report(epoch, after(...done), after(size, 0, 0)),
    );
    if (failure) throw failureOf(this.#trained, this.#trainer.memory, segment, failure, this.#options, this.#epochs);
    return after(size, lossSums[0], seconds);
  }

  /** Takes over how data is normalized, and validates on data that is so, too. */
  #takeOver(data: Dataset): void {
    const { validation } = this.#data;
    this.#origin = originOf(data);
    const { normalization } = data;
    this.#validation ??=
      validation && normalizedLike(this.#trained.model, normalization, validation, "options.validation", "data");
  }

  /** Looks at what an epoch came to, and publishes it. */
  async #endEpoch(done: Done, segment: Segment): Promise<void> {
    const { onEpoch, schedule, epochs } = this.#options;
    const { state } = this.#trainer.memory;
    const epoch = this.#epochs.length + 1;
    this.#abort.throwIfAborted();
    await this.#progress.endEpoch(epoch, done);
    const validation = await this.#validate();
    const statistics = await this.#statistics(segment);
    this.#abort.throwIfAborted();
    const found = { ...(validation && { validation }), ...(statistics && { statistics }) };
    const report = reportOf(epoch, done, segment, found);
    this.#trained.publish(state.parameters, this.#origin);
    this.#epochs.push(report);
    schedule.observe(report);
    this.#watch(epoch, report);
    const isLast = epoch === epochs || this.#isStopped;
    await this.#checkpoint?.afterEpoch(this.#record(), this.#trained.published, isLast);
    await onEpoch?.(report);
  }

  /** Keeps the best parameters, and stops when there have been no better ones for long. */
  #watch(epoch: number, report: EpochReport): void {
    if (!this.#earlyStopping) return;
    const { isBest, shouldStop } = this.#earlyStopping.observe(epoch, report);
    this.#isStopped = shouldStop;
    if (!isBest || !this.#options.earlyStopping?.restoreBest) return;
    this.#keepBest(this.#trainer.memory.state.parameters);
  }

  #keepBest(parameters: Values): void {
    this.#best ??= this.#trained.backend.allocate(this.#trained.model.dtype, parameters.length);
    this.#best.set(parameters);
  }

  async #validate(): Promise<EpochReport["validation"]> {
    if (!this.#validation) return undefined;
    const { model, backend } = this.#trained;
    const { threads, signal } = this.#options;
    const evaluated = { model, backend, state: this.#trainer.memory.state, threads };
    const { loss, accuracy } = await evaluateDataset(evaluated, this.#validation, signal, "accuracy");
    return accuracy === undefined ? { loss } : { loss, accuracy };
  }

  async #statistics({ samples, learningRates }: Segment): Promise<EpochReport["statistics"]> {
    if (!this.#options.statistics) return undefined;
    const { model, backend } = this.#trained;
    const measured = { model, backend, state: this.#trainer.memory.state };
    const indices = spreadSamples(samples.size, MEASURED_SAMPLES);
    const layers = await layerStatistics(measured, samples, indices, learningRates[0], this.#options.signal);
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

  /** @param rates - the learning rates of the epochs that are trained together */
  async #segmentOf(data: Dataset, part: number, rates: readonly Float64Array[]): Promise<Segment> {
    const { shuffle, seed, dropout } = this.#options;
    const places = rates.map((_, e): Place => ({ epoch: this.#epochs.length + 1 + e, part }));
    const order = zeroed(Uint32Array, rates.length * data.size);
    for (const [e, place] of places.entries()) {
      await fillOrder(order.subarray(e * data.size, (e + 1) * data.size), shuffle, seed, place);
    }
    return {
      samples: samplesOf(data),
      part: this.#data.whole ? undefined : part,
      sampleWeights: this.#weightsOf(data),
      epochs: rates.length,
      order,
      learningRates: joined(rates),
      dropoutKeys: dropout && Uint32Array.from(places, (place) => dropoutKey(seed, place)),
    };
  }

  /** Of data in memory they are worked out once. */
  #weightsOf(data: Dataset): Float64Array | undefined {
    if (this.#weighted?.data !== data) {
      this.#weighted = {
        data,
        weights: effectiveWeights(data, this.#options.classWeights, { isPart: !this.#data.whole }),
      };
    }
    return this.#weighted.weights;
  }

  /** The rates of the next epochs: of `together`, or of as many as are left. */
  #nextRates(steps: number, together: number): Float64Array[] {
    const { epochs, schedule } = this.#options;
    const done = this.#epochs.length;
    return Array.from({ length: Math.min(together, epochs - done) }, (_, e) => schedule.rates(done + 1 + e, steps));
  }

  #record(): TrainingRecord {
    const { state, optimizerState, optimizerPowers } = this.#trainer.memory;
    return {
      epochs: this.#epochs,
      seconds: this.#seconds(),
      isStopped: this.#isStopped,
      schedule: this.#options.schedule.state(),
      earlyStopping: this.#earlyStopping?.state(),
      origin: this.#origin,
      parameters: state.parameters,
      optimizerState,
      optimizerPowers,
      best: this.#best,
    };
  }

  async #resume(path: string): Promise<void> {
    const { state, optimizerState, optimizerPowers } = this.#trainer.memory;
    const { layers } = this.#trained.model.layout;
    const ends = { inputs: layers[0].inputs, outputs: layers[layers.length - 1].units };
    const like = { parameters: state.parameters, optimizerState };
    const record = await loadRecord(path, this.#identity, like, ends);
    this.#abort.throwIfAborted();
    const { epochs } = this.#options;
    if (record.epochs.length > epochs) {
      const held = `holds ${record.epochs.length} epochs, more than the ${epochs} of this training`;
      throw new DownhillError("ERR_CHECKPOINT", `options.resumeFrom: ${path} ${held}`);
    }
    this.#options.schedule.restore(record.schedule);
    this.#earlyStopping?.restore(record.earlyStopping);
    for (const report of record.epochs) this.#epochs.push(report);
    this.#progress.skip(record.epochs.length);
    this.#secondsBefore = record.seconds;
    this.#isStopped = record.isStopped;
    this.#origin = record.origin;
    state.parameters.set(record.parameters);
    if (record.optimizerState) optimizerState?.set(record.optimizerState);
    optimizerPowers.set(record.optimizerPowers);
    if (record.best) this.#keepBest(record.best);
    // Parts may turn out not to be normalized as those before were: then nothing is to be changed.
    if (this.#data.whole) this.#trained.publish(state.parameters, this.#origin);
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

function reportOf(
  epoch: number,
  { samples, lossSum, seconds }: Omit<Done, "batches">,
  { learningRates }: Segment,
  found: Pick<EpochReport, "validation" | "statistics"> = {},
): EpochReport {
  const learningRate = learningRates[learningRates.length - 1];
  const samplesPerSecond = samples / Math.max(seconds, SHORTEST_SECONDS);
  return { epoch, loss: lossSum / samples, ...found, learningRate, seconds, samplesPerSecond };
}
