import { backendOf } from "./backend/select.ts";
import type { Backend } from "./backend/types.ts";
import type { CsvEncoding } from "./data/encoding.ts";
import { checkedOrigin, type Origin } from "./data/origin.ts";
import type { Dataset } from "./dataset.ts";
import { Description } from "./description.ts";
import { DownhillError } from "./errors.ts";
import { jsonOf, type NetworkJSON, parseNetwork, readingSaved, weightsPlace } from "./formats/json.ts";
import type { LoadOptions, ModelFormat, SaveOptions } from "./formats/model_file.ts";
import { standaloneSource } from "./formats/standalone.ts";
import { initializeWeights } from "./initialize.ts";
import type { Metadata } from "./metadata.ts";
import { activationSpec, createModel, type Model } from "./model.ts";
import type { Normalization } from "./normalization.ts";

import {
  checkedOptions,
  finiteNumber,
  nonNegative,
  oneOf,
  optionalThreads,
  optionError,
  resolveNetworkOptions,
} from "./options.ts";
import { currentPlatform, onlyInNode, resolvedPath } from "./platform.ts";

import { Random, randomSeed } from "./random.ts";
import type { SampleVectors } from "./sample_table.ts";
import { assertFiniteWeights, type SavedModel } from "./saved_model.ts";
import { createState, type NetworkState } from "./state.ts";
import { checkedSignal } from "./training/abort.ts";
import { normalizerFor } from "./training/data_checks.ts";
import { type DiagnoseOptions, type Diagnosis, diagnoseNetwork } from "./training/diagnose.ts";
import { checkedTopK, type EvaluateOptions, evaluateDataset } from "./training/evaluate.ts";
import { runFit, type Trained } from "./training/fit.ts";
import { fitDataOf, type TrainingData } from "./training/fit_data.ts";
import { type FitOptions, type History, resolveFitOptions } from "./training/fit_options.ts";
import { checkGradients, type GradientCheck } from "./training/gradient_check.ts";
import { type Gradients, gradientsOf } from "./training/gradients.ts";
import type { Evaluation } from "./training/metrics.ts";
import { PredictionBlock, predictBatch, predictBatchAsync } from "./training/predict_batch.ts";
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
import { copyVector, unpadded } from "./vectors.ts";
import { checkedWeightRows, rowsOf } from "./weight_rows.ts";

/** Where a network runs. */
type Placement = Pick<NetworkOptions, "backend" | "threads">;

/** What a constructor was told, with every default filled in. */
export interface NetworkChoices {
  /** Of the layers above the input. */
  readonly specs: readonly {
    readonly units: number;
    readonly activation: Activation;
    readonly initializer: Initializer;
  }[];
  readonly loss: Loss;
}

/** No static block of the class: bundlers would keep it where nobody asks for a network. */
const choicesByNetwork = new WeakMap<Network, NetworkChoices>();

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
  readonly #block: PredictionBlock;
  readonly #description = new Description();
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
    this.#block = new PredictionBlock(this.#model, this.#backend);
    this.parameterCount = layout.layers.reduce((sum, { units, inputs }) => sum + units * (inputs + 1), 0);
    initializeWeights(layout, this.#state, this.#initializers, new Random(this.seed));
    choicesByNetwork.set(this, this.#choices());
  }

  /**
   * The statistics that raw inputs are normalized with, taken over from the data of a fit. `predict`, `predictBatch`,
   * `predictBatchAsync`, `train`, `gradients` and `checkGradients` apply them to what they are given, and so does `evaluate`
   * to data that is not normalized. Undefined for a network that takes inputs as they are.
   */
  get normalization(): Normalization | undefined {
    return this.#description.origin.normalization;
  }

  /**
   * How the rows of a CSV file become inputs, taken over from the data of a fit: `Dataset.csv` reads other files with it, and
   * `Dataset.encode` single rows. Undefined for a network that was fitted with other data.
   */
  get encoding(): CsvEncoding | undefined {
    return this.#description.origin.encoding;
  }

  /** What the classes are called, in the order of the outputs, taken over from the data of a fit that has names for them. */
  get classNames(): readonly string[] | undefined {
    return this.#description.origin.classNames;
  }

  /**
   * Whatever is to travel with the network in files, such as its name or its history: a plain object that JSON can hold, empty
   * at first. Each access gives a copy.
   */
  get metadata(): Metadata {
    return this.#description.metadata;
  }

  /** @throws DownhillError `ERR_OPTION` for what JSON cannot hold */
  set metadata(metadata: Metadata) {
    this.#description.metadata = metadata;
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
    return predictBatch({ ...this.#evaluated(), state: this.#state }, inputs, this.#block);
  }

  /**
   * The same off the event loop, with the weights the network has when it is called. The inputs are copied first.
   *
   * @throws what `predictBatch` throws, and the signal's reason after an abort
   */
  async predictBatchAsync(
    inputs: SampleVectors,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<Matrix> {
    return predictBatchAsync(this.#model, () => this.#snapshot(), inputs, options);
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
    return gradientsOf(this.#model, this.#state, this.#backend);
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
    const network = { ...this.#snapshot(), initializers: this.#initializers };
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
    const normalizer = normalizerFor(this.#model, this.#description.normalizer, data, "data");
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
    const rows = checkedWeightRows(weights, layer, units, inputs + 1);
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
    copy.#description.copyFrom(this.#description);
    return copy;
  }

  /**
   * The network as plain data for `JSON.stringify`; `Network.fromJSON` gives the same predictions, bit for bit.
   *
   * @throws DownhillError `ERR_DIVERGED` when a weight is not finite, which JSON cannot hold
   */
  toJSON(): NetworkJSON {
    return jsonOf(this.#saved());
  }

  /**
   * The network as the source of an ES module without imports, for pages, edge functions and other places where this package
   * is not installed: its default export is a function from an input to the outputs, which normalizes as `predict` does, and
   * `classNames` are exported where there are some. It computes in the arithmetic `reproducible`, with the bits of `predict`
   * where the network does so, too, and is as far from it otherwise as the two arithmetics are from each other.
   *
   * @throws DownhillError `ERR_DIVERGED` when a weight is not finite, `ERR_FORMAT` for more than 2^28 bytes of weights
   */
  toFunction(): string {
    return standaloneSource(this.#saved());
  }

  /**
   * Rebuilds a network from what `toJSON` gave, or from its text parsed by `JSON.parse`.
   *
   * @param options - `backend` and `threads`, as the constructor takes them
   * @throws DownhillError `ERR_FORMAT` when it is damaged or something else
   */
  static fromJSON(value: unknown, options?: Placement): Network {
    const placement = checkedOptions<Placement>(options, "options", ["backend", "threads"]);
    return Network.#restored(parseNetwork(value), placement);
  }

  /**
   * Writes the network to a file, in one step: whatever happens meanwhile, the file that was there before or the complete new
   * one is there afterwards. What each format can hold is told in `ModelFormat`. Only in Node.js.
   *
   * @param path - its extension names the format: `.json`, `.safetensors`, `.onnx`, `.mjs` or `.js`
   * @throws DownhillError (as a rejection) `ERR_FORMAT` when the file cannot be written or the format cannot hold the network,
   *   `ERR_OPTION` for an unknown extension, `ERR_DIVERGED` when a weight is not finite
   */
  async save(path: string, options?: SaveOptions): Promise<void> {
    const { writeModel } = currentPlatform();
    if (!writeModel) throw onlyInNode(path, "written");
    await writeModel(resolvedPath(path), this.#saved(), options);
  }

  /**
   * What `save` would write, for storages that are no files. Only in Node.js.
   *
   * @throws what `save` throws
   */
  async toBytes(format: ModelFormat): Promise<Uint8Array> {
    const { encodeModel } = currentPlatform();
    if (!encodeModel) throw onlyInNode(format, "written");
    return encodeModel(this.#saved(), format);
  }

  /**
   * Reads a network that `save` wrote, or one that others wrote as safetensors, ONNX or JSON. Only in Node.js.
   *
   * @param source - the path of a file, whose extension names the format: see `save`; or the bytes of one, with the format as
   *   an option
   * @throws DownhillError (as a rejection) `ERR_FORMAT` when the file cannot be read, is damaged, or holds something else,
   *   `ERR_OPTION` for the options, or an unknown extension
   */
  static async load(source: string | Uint8Array, options?: LoadOptions): Promise<Network> {
    const { readModel } = currentPlatform();
    if (!readModel) throw onlyInNode(source, "read");
    const { model, placement } = await readModel(resolvedPath(source), options);
    return Network.#restored(model, placement);
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

  /** All there is to the network, in copies. */
  #saved(): SavedModel & { readonly seed: number } {
    const { specs, loss } = this.#choices();
    const layers = specs.map((spec, l) => ({ ...spec, weights: rowsOf(this.weights(l)) }));
    assertFiniteWeights(layers);
    const { dtype, arithmetic, seed } = this;
    const { origin, metadata } = this.#description;
    return { inputs: this.layers[0], layers, loss, dtype, arithmetic, seed, ...origin, metadata };
  }

  static #restored(saved: SavedModel, { backend = "auto", threads }: Placement): Network {
    // What is wrong with the environment is not the file's fault, nor is a wrong option.
    const { loss, dtype, arithmetic, seed } = saved;
    const specs = saved.layers.map(({ units, activation, initializer }) => ({ units, activation, initializer }));
    optionalThreads(threads, "options.threads");
    const placed = { ...(threads !== undefined && { threads }), backend: backendOf(backend).name };
    return readingSaved(() => {
      const options = { loss, dtype, arithmetic, ...(seed !== undefined && { seed }), ...placed };
      const network = new Network([saved.inputs, ...specs], options);
      for (const [l, { weights }] of saved.layers.entries()) network.#replaceWeights(l, weights, weightsPlace(l));
      network.#description.takeOver(checkedOrigin(saved, network.layers[0], network.layers[network.layers.length - 1]));
      if (saved.metadata !== undefined) network.metadata = saved.metadata;
      return network;
    });
  }

  #newState(): NetworkState {
    return createState(this.#model, (dtype, length) => this.#backend.allocate(dtype, length));
  }

  /** The present weights in arenas of their own, for work that goes on while the network may change. */
  #snapshot() {
    const state = this.#newState();
    state.parameters.set(this.#state.parameters);
    return { ...this.#evaluated(), state };
  }

  #evaluated() {
    const { normalizer } = this.#description;
    return { model: this.#model, backend: this.#backend, threads: this.#threads, normalizer };
  }

  /** What a training works on, and where it hands over what it has come to. */
  #trained(): Trained {
    const published = this.#state.parameters;
    const publish = (parameters: Values, origin: Origin) => {
      published.set(parameters);
      this.#description.takeOver(origin);
    };
    return { model: this.#model, backend: this.#backend, published, publish };
  }

  #loadInput(input: Vector): void {
    const x = this.#state.activations[0];
    const { normalizer } = this.#description;
    if (normalizer) normalizer.writeVector(input, "input", x);
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

  #choices(): NetworkChoices {
    const specs = this.#model.activations.map((activation, l) => ({
      units: this.layers[l + 1],
      activation: activationSpec(activation),
      initializer: this.#initializers[l],
    }));
    return { specs, loss: this.#model.loss };
  }
}

/** @internal */
export function choicesOf(network: Network): NetworkChoices {
  return choicesByNetwork.get(network) as NetworkChoices;
}
