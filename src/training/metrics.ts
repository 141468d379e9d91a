/** How well a network does on a data set. */
export interface Evaluation {
  /** The number of samples. */
  readonly samples: number;
  /** The mean loss of a sample. */
  readonly loss: number;
  /** The share of samples whose class was predicted, 0 to 1. Only for data with classes. */
  readonly accuracy?: number;
  /** How many samples of class `actual` were predicted to be `predicted`: `[actual][predicted]`. Only for data with up to 1,000 classes. */
  readonly confusionMatrix?: number[][];
}

/** A matrix of more classes would take more memory than a person could read. */
const MATRIX_CLASSES = 1000;

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

/** Counts predicted against actual classes, batch after batch. */
export class ClassificationTally {
  readonly #outputSize: number;
  readonly #classes: number;
  /** (classes, classes): row `actual`, column `predicted`. */
  readonly #counts: Float64Array | undefined;
  #samples = 0;
  #hits = 0;

  /**
   * @param outputSize - outputs of the network: one for each class, or a single one for two classes
   * @param withMatrix - whether each pair of classes is counted, which is done for up to 1,000 classes; default true
   */
  constructor(outputSize: number, withMatrix = true) {
    this.#outputSize = outputSize;
    this.#classes = Math.max(2, outputSize);
    if (withMatrix && this.#classes <= MATRIX_CLASSES) this.#counts = new Float64Array(this.#classes ** 2);
  }

  /**
   * @param outputs - (labels.length, outputSize), row-major
   * @param labels - the actual class of each row, each less than the number of classes
   */
  add(outputs: Float32Array | Float64Array, labels: Uint32Array): void {
    for (let row = 0; row < labels.length; row++) {
      const actual = labels[row];
      const predicted = predictedClass(outputs, row * this.#outputSize, this.#outputSize);
      if (this.#counts) this.#counts[actual * this.#classes + predicted]++;
      if (actual === predicted) this.#hits++;
    }
    this.#samples += labels.length;
  }

  /** The share of samples whose class was predicted; NaN before the first sample. */
  get accuracy(): number {
    return this.#hits / this.#samples;
  }

  /** A copy of the counts, `[actual][predicted]`, if they are kept. */
  get confusionMatrix(): number[][] | undefined {
    const counts = this.#counts;
    if (!counts) return undefined;
    return Array.from({ length: this.#classes }, (_, actual) =>
      Array.from(counts.subarray(actual * this.#classes, (actual + 1) * this.#classes)),
    );
  }
}
