import type { Backend } from "../backend/types.ts";
import { type Model, withDType } from "../model.ts";
import { createBlock, createState, type NetworkState } from "../state.ts";
import type { Values } from "../types.ts";

/** How well backpropagation and finite differences agree. */
export interface GradientCheck {
  /** |gradient − difference| over the larger of the two, or of a thousandth of the layer's largest gradient. */
  readonly maxRelativeError: number;
  /** The parameter with that error: layer (from 0), row, and column (the last one is the bias). */
  readonly worst: { readonly layer: number; readonly row: number; readonly column: number };
}

/** Parameters of a layer that are checked: all of them up to this many, then as many, evenly spread. */
const CHECKED_PER_LAYER = 2000;

/**
 * From here on other distances have their say. Smaller ones: a ReLU may have its kink within a larger one, where a
 * difference is no derivative. Larger ones: behind gentle slopes a gradient may be so small that the loss's own rounding
 * drowns it. A wrong gradient is wrong at all of them.
 */
const SUSPICIOUS = 1e-7;
const DIVISORS = [1, 30, 1000, 1 / 100, 1 / 1000, 1 / 3000];

/**
 * Compares gradients with central differences in float64, whatever the network's dtype.
 * Unscaled sigmoids leave their slope out of psi on purpose; it is put back before the comparison.
 *
 * @param source - the network's state, with input and target in place
 */
export function checkGradients(model: Model, source: NetworkState, backend: Backend, epsilon: number): GradientCheck {
  const exact = withDType(model, "float64");
  const state = createState(exact, (dtype, length) => backend.allocate(dtype, length));
  copyState(model, source, state, exact);
  const gradient = backend.allocate("float64", exact.layout.parameterValues);
  backend.gradient(exact, state, gradient);
  const lossOf = lossMeter(exact, state, backend);

  let maxRelativeError = 0;
  let worst = { layer: 0, row: 0, column: 0 };
  exact.layout.layers.forEach(({ units, inputs, stride, weights }, layer) => {
    const restored = slopesLeftOut(model, layer);
    const columns = inputs + 1;
    const total = units * columns;
    const step = strideOver(total);
    let largest = 0;
    for (let i = 0; i < units * stride; i++) largest = Math.max(largest, Math.abs(gradient[weights + i] * restored));
    for (let i = 0; i < Math.min(total, CHECKED_PER_LAYER); i++) {
      const index = (i * step) % total;
      const row = Math.floor(index / columns);
      const column = index % columns;
      const place = weights + row * stride + column;
      const analytic = gradient[place] * restored;
      const errorAt = (distance: number) => {
        const difference = centralDifference(state.parameters, place, distance, lossOf);
        const size = Math.max(Math.abs(analytic), Math.abs(difference), largest / 1000);
        return size === 0 ? 0 : Math.abs(analytic - difference) / size;
      };
      let error = Number.POSITIVE_INFINITY;
      for (const divisor of DIVISORS) if (error > SUSPICIOUS) error = Math.min(error, errorAt(epsilon / divisor));
      if (error <= maxRelativeError || Number.isNaN(maxRelativeError)) continue;
      maxRelativeError = error;
      worst = { layer, row, column };
    }
  });
  return { maxRelativeError, worst };
}

/**
 * The derivative by four values of the loss: (8 (E(w + ε) − E(w − ε)) − (E(w + 2ε) − E(w − 2ε))) / 12ε, off by ε⁴ E⁽⁵⁾ / 30
 * (Abramowitz and Stegun, 25.3.6). The larger distance it allows keeps the loss's own rounding out.
 */
function centralDifference(parameters: Values, place: number, epsilon: number, lossOf: () => number): number {
  const weight = parameters[place];
  const lossAt = (distance: number) => {
    parameters[place] = weight + distance;
    return lossOf();
  };
  const near = lossAt(epsilon) - lossAt(-epsilon);
  const far = lossAt(2 * epsilon) - lossAt(-2 * epsilon);
  parameters[place] = weight;
  return (8 * near - far) / (12 * epsilon);
}

/**
 * A stride that spreads the checked parameters over a layer: without a common factor with their number, so that none is
 * met twice and every column has its turn.
 */
function strideOver(total: number): number {
  if (total <= CHECKED_PER_LAYER) return 1;
  let stride = Math.floor(total / CHECKED_PER_LAYER);
  while (greatestCommonDivisor(stride, total) !== 1) stride++;
  return stride;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** The product of the slopes that the psi of a layer lacks: its own and those of the layers above it. */
function slopesLeftOut(model: Model, layer: number): number {
  let product = 1;
  for (const { kind, parameter, derivativeParameter } of model.activations.slice(layer)) {
    if (kind === "sigmoid") product *= parameter / derivativeParameter;
  }
  return product;
}

function copyState(from: Model, source: NetworkState, state: NetworkState, to: Model): void {
  from.layout.layers.forEach(({ units, inputs, stride }, l) => {
    for (let row = 0; row < units; row++) {
      const values = source.weights[l].subarray(row * stride, row * stride + inputs + 1);
      state.weights[l].set(values, row * to.layout.layers[l].stride);
    }
  });
  const last = to.layout.layers[to.layout.layers.length - 1];
  state.activations[0].set(source.activations[0].subarray(0, to.layout.layers[0].inputs));
  state.target.set(source.target.subarray(0, last.units));
}

/** Measures the loss for the input and target that lie in the state. */
function lossMeter(model: Model, state: NetworkState, backend: Backend): () => number {
  const { layers } = model.layout;
  const outputs = layers[layers.length - 1].units;
  const job = {
    model,
    state,
    samples: {
      inputs: Float64Array.from(state.activations[0].subarray(0, layers[0].inputs)),
      inputScale: 1,
      targets: Float64Array.from(state.target.subarray(0, outputs)),
      labels: undefined,
    },
    control: new Int32Array(3),
    lossSums: new Float64Array(1),
    budgetSeconds: Number.POSITIVE_INFINITY,
    from: 0,
    to: 1,
    outputs: new Float64Array(outputs),
    block: createBlock(model, 1, (dtype, length) => backend.allocate(dtype, length)),
    threads: 1,
  };
  return () => {
    job.lossSums[0] = 0;
    backend.evaluateSync(job);
    return job.lossSums[0];
  };
}
