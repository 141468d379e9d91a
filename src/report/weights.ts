/** How the weights of a layer are spread. */
export interface Histogram {
  readonly mean: number;
  readonly deviation: number;
  /** Bars of the same width, with how many weights are in each. */
  readonly bars: readonly { readonly from: number; readonly to: number; readonly count: number }[];
  /** How many are in no bar, as they are not finite or so large that their sums would not be. */
  readonly left: number;
}

const BARS = 40;
const LARGEST = 1e300;
/** Weights closer than this are drawn as one: the widths of bars would be less than float64 holds. */
const LEAST_RANGE = 1e-290;

/** @param weights - (units, inputs + 1): the biases, in the last column, are left out */
export function histogramOf(weights: {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array | Float64Array;
}): Histogram {
  const { columns, data } = weights;
  let [least, most, sum, count] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  const forEachWeight = (visit: (weight: number) => void) => {
    for (let i = 0; i < data.length; i++) if ((i + 1) % columns !== 0 && Math.abs(data[i]) <= LARGEST) visit(data[i]);
  };
  forEachWeight((weight) => {
    least = Math.min(least, weight);
    most = Math.max(most, weight);
    sum += weight;
    count++;
  });
  const left = weights.rows * (columns - 1) - count;
  if (count === 0) return { mean: 0, deviation: 0, bars: [], left };
  if (most - least < LEAST_RANGE) {
    const half = Math.max(Math.abs(least), LEAST_RANGE) / 2;
    [least, most] = [least - half, most + half];
  }
  const mean = sum / count;
  const counts = new Float64Array(BARS);
  let squares = 0;
  forEachWeight((weight) => {
    squares += ((weight - mean) / (most - least)) ** 2;
    counts[Math.min(BARS - 1, Math.floor(((weight - least) / (most - least)) * BARS))]++;
  });
  const edge = (bar: number) => least + ((most - least) * bar) / BARS;
  const bars = Array.from(counts, (inBar, bar) => ({ from: edge(bar), to: edge(bar + 1), count: inBar }));
  return { mean, deviation: (most - least) * Math.sqrt(squares / count), bars, left };
}
