import { backendOf } from "./backend/select.ts";
import { allocateValues, type Backend, ChunkStatus, STATUS } from "./backend/types.ts";
import type { Dataset } from "./dataset.ts";
import { DownhillError, describe } from "./errors.ts";
import { type NetworkJSON, parseNetwork, readingSaved, rowsOf, weightsPlace } from "./formats/json.ts";
import { initializeWeights } from "./initialize.ts";
import { BLOCK_SAMPLES, blockCapacity } from "./layout.ts";
import { createModel, type Model, type ResolvedActivation } from "./model.ts";
import { checkedNormalization, type Normalization, Normalizer } from "./normalization.ts";
import { checkedOptions, finiteNumber, nonNegative, oneOf, optionError, resolveNetworkOptions } from "./options.ts";
import { Random, randomSeed } from "./random.ts";
import { inputNotFinite, readInputs, type SampleVectors } from "./sample_table.ts";
import { createBlock, createState, type NetworkState } from "./state.ts";
import { checkedSignal } from "./training/abort.ts";
import { normalizerFor, readNormalized } from "./training/data_checks.ts";
import { type DiagnoseOptions, type Diagnosis, diagnoseNetwork } from "./training/diagnose.ts";
import { checkedTopK, type EvaluateOptions, evaluateDataset, forEachChunk, outputSizeOf } from "./training/evaluate.ts";
import { runFit, type Trained } from "./training/fit.ts";
import { fitDataOf, type TrainingData } from "./training/fit_data.ts";
import { type FitOptions, type History, resolveFitOptions } from "./training/fit_options.ts";
import { checkGradients, type GradientCheck } from "./training/gradient_check.ts";
import type { Evaluation } from "./training/metrics.ts";
import type {
  Activation,
  Arithmetic,
  BackendName,
  DType,
  Initializer,
  LayerSpec,
  Loss,
  Matrix,
  NetworkOptions,
  Values,
  Vector,
} from "./types.ts";
import { copyVector, isVector, unpadded } from "./vectors.ts";

/** What backpropagation found for one sample. */
export interface Gradients {
  readonly loss: number;
  /** One entry for each matrix of weights: ∂E/∂W of its shape, and ψ, one value a unit. */
  readonly layers: readonly { readonly gradient: Matrix; readonly psi: Values }[];
}

/** A dense neural network: layers of units, each a weighted sum of the layer below through an activation. */
export class Network {
  /** The number of inputs, then of the units of each layer. */
  readonly layers: readonly number[];
  /** Weights and biases together. */
  readonly parameterCount: number;
  readonly dtype: DType;
  readonly arithmetic: Arithmetic;
  /** Where it runs. */
  readonly backend: "native" | "typescript";
  /** What initial weights and orders of samples follow from. */
  readonly seed: number;
  readonly #model: Model;
  readonly #initializers: readonly Initializer[];
  readonly #backend: Backend;
  readonly #state: NetworkState;
  readonly #threads: number;
  /** Room for predictions of many samples at once, made by the first. */
  #block: Values | undefined;
  #normalizer: Normalizer | undefined;
  #isFitting = false;

  /**
   * @param layers - the number of inputs, then the units of each layer: `[784, 128, 10]`; a layer may bring its own
   *   activation and initializer: `{ units: 128, activation: "relu" }`
   * @throws DownhillError `ERR_SHAPE` or `ERR_OPTION` for what cannot be a network, `ERR_BACKEND_UNAVAILABLE` when the
   *   backend asked for cannot be had
   */
  constructor(layers: readonly LayerSpec[], options?: NetworkOptions) {
    const resolved = resolveNetworkOptions(layers, options);
    this.layers = Object.freeze([resolved.inputs, ...resolved.layers.map(({ units }) => units)]);
    this.dtype = resolved.dtype;
    this.arithmetic = resolved.arithmetic;
    this.seed = resolved.seed ?? randomSeed();
    this.#model = createModel(
      this.layers,
      resolved.layers.map(({ activation }) => activation),
      resolved,
    );
    this.#initializers = resolved.layers.map(({ initializer }) => initializer);
    this.#backend = backendOf(resolved.backend);
    this.backend = this.#backend.name;
    this.#threads = resolved.threads ?? this.#backend.threads;
    const { layout } = this.#model;
    this.#state = this.#newState();
    this.parameterCount = layout.layers.reduce((sum, { units, inputs }) => sum + units * (inputs + 1), 0);
    initializeWeights(layout, this.#state, this.#initializers, new Random(this.seed));
  }

  /**
   * The statistics that raw inputs are normalized with, taken over from the data of a fit. `predict`, `predictBatch`,
   * `predictBatchAsync`, `train`, `gradients` and `checkGradients` apply them to what they are given, and so does `evaluate`
   * to data that is not normalized. Undefined for a network that takes inputs as they are.
   */
  get normalization(): Normalization | undefined {
    return this.#normalizer?.normalization;
  }

  /**
   * The outputs for one input. While the network is being fitted, those of the last whole epoch.
   *
   * @throws DownhillError `ERR_SHAPE` for a wrong length, `ERR_DATA` for a value that is not finite
   */
  predict(input: Vector): Values {
    this.#loadInput(input);
    this.#backend.forward(this.#model, this.#state);
    const output = this.#state.activations[this.#model.layout.layers.length];
    return output.slice(0, this.layers[this.layers.length - 1]);
  }

  /**
   * The outputs for many inputs: (samples, outputs).
   *
   * @param inputs - an array of vectors, a flat typed array (row-major), or a matrix
   * @throws DownhillError `ERR_SHAPE` for a wrong length, `ERR_DATA` for a value that is not finite
   */
  predictBatch(inputs: SampleVectors): Matrix {
    const samples = readNormalized(inputs, this.#model, this.#normalizer);
    const outputs = outputSizeOf(this.#model);
    const data = allocateValues(this.dtype, samples.size * outputs);
    const control = new Int32Array(3);
    this.#backend.evaluateSync({
      model: this.#model,
      state: this.#state,
      samples,
      control,
      lossSums: new Float64Array(1),
      budgetSeconds: Number.POSITIVE_INFINITY,
      from: 0,
      to: samples.size,
      outputs: data,
      block: this.#blockFor(samples.size),
      threads: this.#threads,
    });
    if (control[STATUS] !== ChunkStatus.ok) throw inputNotFinite(samples, this.dtype);
    return { rows: samples.size, columns: outputs, data };
  }

  /**
   * The same off the event loop, with the weights the network has when it is called. The inputs are copied first.
   *
   * @throws what `predictBatch` throws, and the signal's reason after an abort
   */
  async predictBatchAsync(inputs: SampleVectors, options?: { readonly signal?: AbortSignal }): Promise<Matrix> {
    const { signal } = checkedOptions<{ signal?: AbortSignal }>(options, "options", ["signal"]);
    checkedSignal(signal);
    const samples = readInputs(inputs, this.layers[0], "copied");
    const columns = outputSizeOf(this.#model);
    const matrix = { rows: samples.size, columns, data: allocateValues(this.dtype, samples.size * columns) };
    const failure = () => inputNotFinite(samples, this.dtype);
    const evaluated = { ...this.#snapshot(), normalizer: this.#normalizer };
    await forEachChunk(evaluated, samples, samples.table.place, signal, failure, (outputs, first, count) => {
      matrix.data.set(outputs.subarray(0, count * columns), first * columns);
    });
    return matrix;
  }

  /**
   * One online step: W_l ← W_l − η ψ x̂ᵀ for every layer.
   *
   * @param options - `learningRate` η, 0.01 by default
   * @returns the loss before the step
   * @throws DownhillError `ERR_BUSY` during a fit, `ERR_DIVERGED` when the loss before the step is not
   *   finite (nothing is changed then; after a step so large that weights overflowed, the next one says so),
   *   `ERR_SHAPE` and `ERR_DATA` for input and target
   */
  train(input: Vector, target: Vector, options?: { readonly learningRate?: number }): number {
    this.#assertIdle("train");
    const { learningRate } = checkedOptions<{ learningRate?: number }>(options, "options", ["learningRate"]);
    const rate = nonNegative(learningRate, "options.learningRate", 0.01);
    this.#loadInput(input);
    this.#loadTarget(target);
    const loss = this.#backend.step(this.#model, this.#state, rate);
    if (Number.isFinite(loss)) return loss;
    throw new DownhillError("ERR_DIVERGED", `the loss before this step is ${loss}; the step was not taken`);
  }

  /** The gradients of one sample's loss, without a step. With unscaled sigmoids they are what a step would use. */
  gradients(input: Vector, target: Vector): Gradients {
    this.#loadInput(input);
    this.#loadTarget(target);
    const { layout } = this.#model;
    const gradient = this.#backend.allocate(this.dtype, layout.parameterValues);
    const loss = this.#backend.gradient(this.#model, this.#state, gradient);
    const layers = layout.layers.map(({ units, inputs, stride, weights }, l) => ({
      gradient: unpadded(gradient.subarray(weights, weights + units * stride), units, inputs + 1, stride),
      psi: this.#state.psi[l].slice(0, units),
    }));
    return { loss, layers };
  }

  /**
   * Compares the gradients of one sample with central differences in float64. In layers of more than 2,000 parameters
   * as many of them are checked, evenly spread.
   *
   * @param options - `epsilon`, the distance of the nearer of two differences, 1e-3 by default; closer and
   *   wider ones are tried where they disagree with the gradient
   */
  checkGradients(input: Vector, target: Vector, options?: { readonly epsilon?: number }): GradientCheck {
    const { epsilon } = checkedOptions<{ epsilon?: number }>(options, "options", ["epsilon"]);
    const step = finiteNumber(epsilon, "options.epsilon", 1e-3, "a finite number above 0", (value) => value > 0);
    this.#loadInput(input);
    this.#loadTarget(target);
    return checkGradients(this.#model, this.#state, this.#backend, step);
  }

  /**
   * Looks for what keeps the network from learning: statistics of every layer, and findings in plain words with what to
   * change. Synchronous: it takes a tenth of a second or two, longer with networks of far more than a million weights.
   *
   * @param data - samples with targets; or inputs alone, about which less can be said: nothing about gradients and steps
   * @throws DownhillError `ERR_SHAPE` and `ERR_DATA` for the data, `ERR_OPTION` for the options
   */
  diagnose(data: Dataset | SampleVectors, options?: DiagnoseOptions): Diagnosis {
    const network = { ...this.#snapshot(), initializers: this.#initializers, normalizer: this.#normalizer };
    return diagnoseNetwork(network, data, options);
  }

  /**
   * Trains on all samples, epoch after epoch. On the native backend the work is done off the event loop in chunks of
   * about 50 ms; on the TypeScript backend in slices of about 5 ms with a turn of the event loop between them.
   *
   * A working copy is trained; the network takes it over when an epoch has ended well. Whatever ends the training early,
   * the network holds the last whole epoch.
   *
   * Data that is larger than memory may come in parts: any `AsyncIterable` of data sets that can be gone through in every
   * epoch. An abort does not wait for the part that is being read.
   *
   * Normalized data brings its statistics along: see `normalization`. A network that has some is fitted with data that was
   * normalized with the same. Validation data may be raw: it is normalized once, all of it, before it is used first, which
   * holds the event loop up for about 15 ms a million values.
   *
   * @throws DownhillError (as a rejection) `ERR_BUSY` while another fit runs, `ERR_SHAPE`, `ERR_DATA` and `ERR_OPTION`
   *   for what was given, `ERR_DIVERGED` when a loss or weight is not finite; the signal's reason after an
   *   abort, unless the last epoch was published before; whatever a callback throws
   */
  async fit(data: TrainingData, options: FitOptions): Promise<History> {
    this.#assertIdle("fit");
    const hiddenLayers = this.layers.length - 2;
    const resolved = resolveFitOptions(options, { seed: this.seed, threads: this.#threads, hiddenLayers });
    const fitData = fitDataOf(data, this.#model, this.normalization, resolved);
    this.#isFitting = true;
    try {
      return await runFit(this.#trained(), fitData, resolved);
    } finally {
      this.#isFitting = false;
    }
  }

  /**
   * Loss and, for data with classes, accuracy, confusion matrix, precision, recall and F1, for other data MAE, RMSE and R²;
   * with the weights the network has when it is called, off the event loop. A network with a normalization takes raw data,
   * and data that was normalized with the same. Weights of samples do not count.
   *
   * @throws DownhillError (as a rejection) `ERR_SHAPE` for data of other sizes, `ERR_DATA` for data that was normalized
   *   with other statistics, `ERR_OPTION` for the options; the signal's reason after an abort
   */
  async evaluate(data: Dataset, options?: EvaluateOptions): Promise<Evaluation> {
    const { signal, topK } = checkedOptions<EvaluateOptions>(options, "options", ["signal", "topK"]);
    checkedSignal(signal);
    const normalizer = normalizerFor(this.#model, this.#normalizer, data, "data");
    return evaluateDataset({ ...this.#snapshot(), normalizer }, data, signal, "full", checkedTopK(topK, data));
  }

  /** A copy of the weights of a layer: (units, inputs + 1), the bias as last column. Layer 0 follows the input. */
  weights(layer: number): Matrix {
    const { units, inputs, stride } = this.#model.layout.layers[this.#checkedLayer(layer)];
    return unpadded(this.#state.weights[layer], units, inputs + 1, stride);
  }

  /**
   * Replaces the weights of a layer.
   *
   * @param weights - (units, inputs + 1), the bias as last column: a matrix or an array of rows
   * @throws DownhillError `ERR_BUSY` during a fit, `ERR_SHAPE` and `ERR_DATA` for the weights; nothing is changed then
   */
  setWeights(layer: number, weights: Matrix | readonly Vector[]): void {
    this.#assertIdle("setWeights");
    const { units, inputs } = this.#model.layout.layers[this.#checkedLayer(layer)];
    const columns = inputs + 1;
    const rows = weightRows(weights, columns);
    if (rows?.length !== units) {
      const given = rows ? `${rows.length} rows` : describeMatrix(weights);
      throw new DownhillError(
        "ERR_SHAPE",
        `weights of layer ${layer}: ${given}, expected a matrix of ${units} x ${columns} or as many rows`,
      );
    }
    this.#replaceWeights(layer, rows, "weights");
  }

  /** A network with the same weights and choices, on the same or another backend. */
  clone(options?: { readonly backend?: BackendName }): Network {
    const { backend } = checkedOptions<{ backend?: BackendName }>(options, "options", ["backend"]);
    const name = oneOf(backend, "options.backend", ["auto", "native", "typescript"], this.backend);
    const { specs, loss } = this.#choices();
    const { dtype, arithmetic, seed } = this;
    const copy = new Network([this.layers[0], ...specs], {
      loss,
      dtype,
      arithmetic,
      seed,
      backend: name,
      threads: this.#threads,
    });
    copy.#state.parameters.set(this.#state.parameters);
    copy.#normalizer = this.#normalizer;
    return copy;
  }

  /**
   * The network as plain data for `JSON.stringify`; `Network.fromJSON` gives the same predictions, bit for bit.
   *
   * @throws DownhillError `ERR_DIVERGED` when a weight is not finite, which JSON cannot hold
   */
  toJSON(): NetworkJSON {
    const { specs, loss } = this.#choices();
    const layers = specs.map((spec, l) => ({ ...spec, weights: rowsOf(this.weights(l)) }));
    for (const [l, { weights }] of layers.entries()) {
      if (weights.every((row) => row.every(Number.isFinite))) continue;
      throw new DownhillError("ERR_DIVERGED", `layer ${l} has weights that are not finite; they cannot be saved`);
    }
    const { dtype, arithmetic, seed, normalization } = this;
    const inputs = this.layers[0];
    const saved = { format: "downhill", version: 1, inputs, layers, loss, dtype, arithmetic, seed } as const;
    return normalization ? { ...saved, normalization } : saved;
  }

  /**
   * Rebuilds a network from what `toJSON` gave, or from its text parsed by `JSON.parse`.
   *
   * @throws DownhillError `ERR_FORMAT` when it is damaged or something else
   */
  static fromJSON(value: unknown): Network {
    const { layers, options, weights, normalization } = parseNetwork(value);
    // What is wrong with the environment is not the file's fault.
    backendOf("auto");
    return readingSaved(() => {
      const network = new Network(layers, options);
      for (const [layer, rows] of weights.entries()) network.#replaceWeights(layer, rows, weightsPlace(layer));
      if (normalization !== undefined) {
        network.#normalizer = new Normalizer(checkedNormalization(normalization, "normalization", network.layers[0]));
      }
      return network;
    });
  }

  /** @param rows - (units, inputs + 1) @param where - what errors call them */
  #replaceWeights(layer: number, rows: readonly Vector[], where: string): void {
    const { units, inputs, stride } = this.#model.layout.layers[layer];
    const padded = this.#backend.allocate(this.dtype, units * stride);
    for (const [r, row] of rows.entries()) {
      copyVector(row, `${where}[${r}]`, inputs + 1, padded.subarray(r * stride, r * stride + inputs + 1));
    }
    this.#state.weights[layer].set(padded);
  }

  #newState(): NetworkState {
    return createState(this.#model, (dtype, length) => this.#backend.allocate(dtype, length));
  }

  /** The present weights in arenas of their own, for work that goes on while the network may change. */
  #snapshot() {
    const state = this.#newState();
    state.parameters.set(this.#state.parameters);
    return { model: this.#model, backend: this.#backend, state, threads: this.#threads };
  }

  /** What a training works on, and where it hands over what it has come to. */
  #trained(): Trained {
    const published = this.#state.parameters;
    const publish = (parameters: Values, normalization: Normalization | undefined) => {
      published.set(parameters);
      if (normalization !== this.normalization) this.#normalizer = normalization && new Normalizer(normalization);
    };
    return { model: this.#model, backend: this.#backend, published, publish };
  }

  #blockFor(samples: number): Values {
    const wanted = Math.min(samples, BLOCK_SAMPLES);
    if (this.#block && blockCapacity(this.#model.layout, this.#block.length) >= wanted) return this.#block;
    this.#block = createBlock(this.#model, wanted, (dtype, length) => this.#backend.allocate(dtype, length));
    return this.#block;
  }

  #loadInput(input: Vector): void {
    const x = this.#state.activations[0];
    if (this.#normalizer) this.#normalizer.writeVector(input, "input", x);
    else copyVector(input, "input", this.layers[0], x);
  }

  #loadTarget(target: Vector): void {
    copyVector(target, "target", this.layers[this.layers.length - 1], this.#state.target);
  }

  #assertIdle(what: string): void {
    if (!this.#isFitting) return;
    throw new DownhillError(
      "ERR_BUSY",
      `${what} is not possible while the network is being fitted; wait for fit, or abort it`,
    );
  }

  #checkedLayer(layer: number): number {
    const last = this.layers.length - 2;
    if (Number.isInteger(layer) && layer >= 0 && layer <= last) return layer;
    throw optionError("layer", layer, `an integer from 0 to ${last}`);
  }

  /** What the constructor was told, with every default filled in. */
  #choices(): { specs: { units: number; activation: Activation; initializer: Initializer }[]; loss: Loss } {
    const specs = this.#model.activations.map((activation, l) => ({
      units: this.layers[l + 1],
      activation: activationSpec(activation),
      initializer: this.#initializers[l],
    }));
    return { specs, loss: this.#model.loss };
  }
}

function activationSpec({ kind, parameter, derivativeParameter }: ResolvedActivation): Activation {
  if (kind === "leakyRelu") return { type: kind, alpha: parameter };
  if (kind !== "sigmoid") return kind;
  return { type: kind, slope: parameter, derivative: derivativeParameter === parameter ? "exact" : "unscaled" };
}

function describeMatrix(weights: unknown): string {
  const { rows, columns, data } = (weights ?? {}) as Partial<Matrix>;
  if (rows === undefined && columns === undefined) return describe(weights);
  return `a matrix of ${describe(rows)} x ${describe(columns)} on ${describe(data)}`;
}

/** The rows of a matrix or an array of rows; undefined for something else. */
function weightRows(weights: Matrix | readonly Vector[], columns: number): readonly Vector[] | undefined {
  if (Array.isArray(weights)) return weights;
  const { rows, columns: given, data } = (weights ?? {}) as Partial<Matrix>;
  if (!Number.isSafeInteger(rows) || given !== columns || !ArrayBuffer.isView(data) || !isVector(data))
    return undefined;
  if (data.length !== (rows as number) * columns) return undefined;
  return Array.from({ length: rows as number }, (_, row) => data.subarray(row * columns, (row + 1) * columns));
}
