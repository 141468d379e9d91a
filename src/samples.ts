/**
 * A data set as backends read it: checked, row-major, in memory that nobody can detach or resize. Exactly one
 * of `targets` and `labels` is there.
 *
 * @internal
 */
export interface Samples {
  readonly size: number;
  readonly inputSize: number;
  readonly targetSize: number;
  /** (size, inputSize), to be multiplied by `inputScale`. */
  readonly inputs: Uint8Array | Float32Array | Float64Array;
  readonly inputScale: number;
  /** (size, targetSize) */
  readonly targets: Float32Array | Float64Array | undefined;
  /** (size), each less than targetSize: the target is the label's one-hot row. */
  readonly labels: Uint32Array | undefined;
  /** (size), finite, not negative: what the loss and the gradient of each sample are multiplied by; absent: 1. */
  readonly weights?: Float64Array | undefined;
}
