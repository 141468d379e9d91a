import { allocateValues } from "../backend/types.ts";
import type { Model } from "../model.ts";
import type { Normalizer } from "../normalization.ts";
import type { PlaceOf } from "../sample_table.ts";
import type { Samples } from "../samples.ts";

/** Samples as a network reads them, or raw ones. */
export type Rows = Pick<Samples, "size" | "inputSize" | "inputs" | "inputScale" | "targets" | "labels">;

/** A stretch of samples that begins at sample `first`. */
interface Stretch {
  readonly samples: Rows;
  readonly first: number;
}

/** Values that are normalized at a time: a few milliseconds. */
const VALUES_AT_ONCE = 2 ** 18;

/** Raw samples that a network reads normalized, a stretch at a time, in memory that the next stretch overwrites. */
export class RawRows {
  readonly #normalizer: Normalizer;
  readonly #raw: Rows;
  readonly #place: PlaceOf;
  readonly #inputs: Float32Array | Float64Array;
  #stretch: Stretch | undefined;

  constructor({ dtype }: Model, normalizer: Normalizer, raw: Rows, place: PlaceOf) {
    this.#normalizer = normalizer;
    this.#raw = raw;
    this.#place = place;
    const rows = Math.min(raw.size, Math.max(1, Math.floor(VALUES_AT_ONCE / raw.inputSize)));
    this.#inputs = allocateValues(dtype, rows * raw.inputSize);
  }

  /**
   * A stretch with the sample at `from` in it.
   *
   * @throws DownhillError `ERR_DATA` for a value that is no finite number, before or after
   */
  around(from: number): Stretch {
    const present = this.#stretch;
    if (present && from >= present.first && from < present.first + present.samples.size) return present;
    this.#stretch = { samples: this.#normalized(from), first: from };
    return this.#stretch;
  }

  #normalized(first: number): Rows {
    const { inputSize, inputs, inputScale, targets, labels } = this.#raw;
    const size = Math.min(this.#inputs.length / inputSize, this.#raw.size - first);
    const cut = <Values extends Rows["inputs"] | Uint32Array>(values: Values, width: number) =>
      values.subarray(first * width, (first + size) * width) as Values;
    const place: PlaceOf = (index, width) => this.#place(first * width + index, width);
    this.#normalizer.writeRows({ size, inputSize, inputs: cut(inputs, inputSize), inputScale }, this.#inputs, place);
    return {
      size,
      inputSize,
      inputs: this.#inputs.subarray(0, size * inputSize),
      inputScale: 1,
      targets: targets && cut(targets, targets.length / this.#raw.size),
      labels: labels && cut(labels, 1),
    };
  }
}
