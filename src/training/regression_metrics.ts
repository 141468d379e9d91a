import { allocateValues } from "../backend/types.ts";
import type { DType, Values } from "../types.ts";
import { Moments } from "./moments.ts";

/** How far outputs lie from targets that are numbers, not classes. */
export interface RegressionMetrics {
  /** The mean of |t − y| over samples and outputs. */
  readonly mae: number;
  /** The root of the mean of (t − y)² over samples and outputs. */
  readonly rmse: number;
  /**
   * The coefficient of determination, 1 − Σ (t − y)² / Σ (t − mean of t)², its mean over the outputs: 1 is perfect, 0 as
   * good as the mean itself. An output whose targets are all the same counts 1 if it meets them exactly, else 0, as in
   * scikit-learn.
   */
  readonly r2: number;
}

/** Compares outputs with targets, batch after batch, in float64. */
export class RegressionTally {
  /** A sample's targets in the network's element type, as its loss has them. */
  readonly #target: Values;
  readonly #targets: Moments;
  /** (outputs): Σ (t − y)² */
  readonly #squaredErrors: Float64Array;
  #absoluteErrors = 0;

  constructor(outputSize: number, dtype: DType) {
    this.#target = allocateValues(dtype, outputSize);
    this.#targets = new Moments(outputSize);
    this.#squaredErrors = new Float64Array(outputSize);
  }

  /**
   * @param outputs - (samples, outputSize), row-major
   * @param targets - the same for the targets
   */
  add(outputs: Values, targets: Values): void {
    const size = this.#target.length;
    for (let offset = 0; offset < outputs.length; offset += size) {
      for (let k = 0; k < size; k++) {
        this.#target[k] = targets[offset + k];
        const error = this.#target[k] - outputs[offset + k];
        this.#absoluteErrors += Math.abs(error);
        this.#squaredErrors[k] += error * error;
      }
      this.#targets.add(this.#target);
    }
  }

  /** The metrics of all that was added, which is at least one sample. */
  metrics(): RegressionMetrics {
    const outputs = this.#squaredErrors.length;
    const values = this.#targets.rows * outputs;
    const squares = this.#squaredErrors.reduce((sum, value) => sum + value, 0);
    const determined = this.#squaredErrors.reduce((sum, value, k) => sum + this.#determination(value, k), 0);
    return { mae: this.#absoluteErrors / values, rmse: Math.sqrt(squares / values), r2: determined / outputs };
  }

  #determination(squaredErrors: number, output: number): number {
    const deviations = this.#targets.squaredDeviations[output];
    if (deviations === 0) return squaredErrors === 0 ? 1 : 0;
    return 1 - squaredErrors / deviations;
  }
}
