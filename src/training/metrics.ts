import { type ClassCounts, type ClassMetrics, macroAverages, metricsOfClasses } from "./class_metrics.ts";
import type { RegressionMetrics } from "./regression_metrics.ts";

/**
 * How well a network does on a data set. Data with classes has `accuracy` and what follows it; other data has `mae`,
 * `rmse` and `r2`.
 */
export interface Evaluation extends Partial<RegressionMetrics> {
  /** The number of samples. */
  readonly samples: number;
  /** The mean loss of a sample. */
  readonly loss: number;
  /** The share of samples whose class was predicted, 0 to 1. */
  readonly accuracy?: number;
  /** The share of samples whose class is among the `options.topK` largest outputs. Only if that is given. */
  readonly topK?: number;
  /** How many samples of class `actual` were predicted to be `predicted`: `[actual][predicted]`. Only for up to 1,000 classes. */
  readonly confusionMatrix?: number[][];
  /** Precision, recall, F1 and the number of samples of each class. Only for up to 1,000 classes. */
  readonly perClass?: ClassMetrics[];
  /** The mean of the classes' precisions; of those alone that occur or were predicted, here and in the two below. */
  readonly precision?: number;
  /** The mean of the classes' recalls. */
  readonly recall?: number;
  /** The mean of the classes' F1 scores. */
  readonly f1?: number;
}

/** Tables of more classes would take more memory than a person could read. */
const LISTED_CLASSES = 1000;

/** A single output stands for two classes and means the second from this value on. */
const BINARY_THRESHOLD = 0.5;

/**
 * The class that a row of outputs stands for: the index of its largest value, the first of equals. A row of
 * one value stands for class 1 from 0.5 on, else class 0. NaN is never the largest.
 *
 * @param outputs - rows of outputs, or a single one
 * @param offset - where the row starts
 * @param count - the number of values in the row, at least 1
 */
export function predictedClass(outputs: Float32Array | Float64Array, offset: number, count: number): number {
  if (count === 1) return outputs[offset] >= BINARY_THRESHOLD ? 1 : 0;
  let best = 0;
  let largest = Number.NEGATIVE_INFINITY;
  for (let candidate = 0; candidate < count; candidate++) {
    const value = outputs[offset + candidate];
    if (value > largest) {
      best = candidate;
      largest = value;
    }
  }
  return best;
}

/**
 * Whether a class is among the `k` a row of outputs favours most, in the sense of `predictedClass`: of equal values the
 * first counts as the largest, and NaN as the smallest. For k = 1 it is the predicted class.
 *
 * @param actual - the class, less than the number of classes
 */
export function isAmongLargest(
  outputs: Float32Array | Float64Array,
  offset: number,
  count: number,
  actual: number,
  k: number,
): boolean {
  if (count === 1) return k > 1 || predictedClass(outputs, offset, 1) === actual;
  const rated = (index: number) => {
    const value = outputs[offset + index];
    return Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value;
  };
  const own = rated(actual);
  let ahead = 0;
  for (let other = 0; other < count; other++) {
    const value = rated(other);
    if (value > own || (value === own && other < actual)) ahead++;
  }
  return ahead < k;
}

/** Counts predicted against actual classes, batch after batch. */
export class ClassificationTally {
  readonly #outputSize: number;
  readonly #classes: number;
  readonly #topK: number | undefined;
  /** By class; undefined where only the accuracy is wanted. */
  readonly #counts: ClassCounts | undefined;
  /** (classes, classes): row `actual`, column `predicted`. */
  readonly #matrix: Float64Array | undefined;
  #samples = 0;
  #hits = 0;
  #topHits = 0;

  /**
   * @param outputSize - outputs of the network: one for each class, or a single one for two classes
   * @param inFull - whether more is counted than the accuracy needs; default true
   * @param topK - how many of the largest outputs the class may be among; default: not counted
   */
  constructor(outputSize: number, inFull = true, topK?: number) {
    this.#outputSize = outputSize;
    this.#classes = Math.max(2, outputSize);
    this.#topK = topK;
    if (!inFull) return;
    const zeros = () => new Float64Array(this.#classes);
    this.#counts = { support: zeros(), predicted: zeros(), hits: zeros() };
    if (this.#classes <= LISTED_CLASSES) this.#matrix = new Float64Array(this.#classes ** 2);
  }

  /**
   * @param outputs - (labels.length, outputSize), row-major
   * @param labels - the actual class of each row, each less than the number of classes
   */
  add(outputs: Float32Array | Float64Array, labels: Uint32Array): void {
    const size = this.#outputSize;
    for (let row = 0; row < labels.length; row++) {
      const actual = labels[row];
      this.#count(actual, predictedClass(outputs, row * size, size));
      if (this.#topK && isAmongLargest(outputs, row * size, size, actual, this.#topK)) this.#topHits++;
    }
    this.#samples += labels.length;
  }

  #count(actual: number, predicted: number): void {
    if (actual === predicted) this.#hits++;
    if (this.#matrix) this.#matrix[actual * this.#classes + predicted]++;
    if (!this.#counts) return;
    this.#counts.support[actual]++;
    this.#counts.predicted[predicted]++;
    if (actual === predicted) this.#counts.hits[actual]++;
  }

  /** The share of samples whose class was predicted; NaN before the first sample. */
  get accuracy(): number {
    return this.#hits / this.#samples;
  }

  /** A copy of the counts, `[actual][predicted]`, if they are kept. */
  get confusionMatrix(): number[][] | undefined {
    const matrix = this.#matrix;
    if (!matrix) return undefined;
    return Array.from({ length: this.#classes }, (_, actual) =>
      Array.from(matrix.subarray(actual * this.#classes, (actual + 1) * this.#classes)),
    );
  }

  /** All that was counted, of at least one sample. */
  metrics(): Omit<Evaluation, "samples" | "loss"> {
    const { accuracy, confusionMatrix } = this;
    return {
      accuracy,
      ...(this.#topK && { topK: this.#topHits / this.#samples }),
      ...(confusionMatrix && { confusionMatrix }),
      ...(this.#counts && confusionMatrix && { perClass: metricsOfClasses(this.#counts) }),
      ...(this.#counts && macroAverages(this.#counts)),
    };
  }
}
