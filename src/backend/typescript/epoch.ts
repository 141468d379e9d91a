import type { TrainingJob } from "../types.ts";

/** The epoch that a training goes through, positions being counted from its begin; `Epoch` in `native/range.h`. */
export class Epoch {
  /** Samples of an epoch. */
  readonly size: number;
  /** Which of the job's epochs it is. */
  index = 0;
  readonly #order: Uint32Array;
  readonly #lossSums: Float64Array;
  readonly #rates: Float64Array;
  /** One, or one for each batch. */
  readonly #ratesPerEpoch: number;
  readonly #batchSize: number;
  readonly #weights: Float64Array | undefined;
  readonly #sampleCount: number;

  constructor({ order, lossSums, learningRates, batchSize, sampleWeights, samples, model }: TrainingJob) {
    this.size = order.length / lossSums.length;
    this.#order = order;
    this.#lossSums = lossSums;
    this.#rates = learningRates;
    this.#ratesPerEpoch = learningRates.length / lossSums.length;
    this.#batchSize = batchSize;
    this.#weights = sampleWeights;
    this.#sampleCount = samples.inputs.length / model.layout.layers[0].inputs;
  }

  /** Which sample stands at a position. */
  sampleAt(position: number): number {
    return this.#order[this.index * this.size + position];
  }

  /** Whether there is such a sample. */
  has(sample: number): boolean {
    return sample < this.#sampleCount;
  }

  /** The learning rate of the step that the sample at a position belongs to. */
  rateAt(position: number): number {
    if (this.#ratesPerEpoch === 1) return this.#rates[this.index];
    return this.#rates[this.index * this.#ratesPerEpoch + Math.floor(position / this.#batchSize)];
  }

  /** What the loss and the gradient of a sample are multiplied by. */
  weightOf(sample: number): number {
    return this.#weights === undefined ? 1 : this.#weights[sample];
  }

  /** The loss of a sample goes into the epoch's sum, unless it is not finite. @returns whether it is */
  takesLoss(loss: number, sample: number): boolean {
    if (!Number.isFinite(loss)) return false;
    this.#lossSums[this.index] += this.weightOf(sample) * loss;
    return true;
  }
}
