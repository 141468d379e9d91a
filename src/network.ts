import { backendOf } from "./backend/select.ts";
import type { CsvEncoding } from "./data/encoding.ts";
import { checkedOrigin } from "./data/origin.ts";
import type { Dataset } from "./dataset.ts";
import { DownhillError } from "./errors.ts";
import { jsonOf, type NetworkJSON, parseNetwork, readingSaved, weightsPlace } from "./formats/json.ts";
import type { LoadOptions, ModelFormat, SaveOptions } from "./formats/model_file.ts";
import { standaloneSource } from "./formats/standalone.ts";
import type { Metadata } from "./metadata.ts";
import { type NetworkChoices, NetworkCore } from "./network_core.ts";
import type { Normalization } from "./normalization.ts";
import {
  BACKEND_NAMES,
  checkedOptions,
  finiteNumber,
  nonNegative,
  oneOf,
  optionalThreads,
  resolveNetworkOptions,
} from "./options.ts";
import { currentPlatform, onlyInNode, resolvedPath } from "./platform.ts";
import type { SampleVectors } from "./sample_table.ts";
import { assertFiniteWeights, type SavedModel, type WrittenModel } from "./saved_model.ts";
import { checkedSignal } from "./training/abort.ts";
import { normalizerFor } from "./training/data_checks.ts";
import { type DiagnoseOptions, type Diagnosis, diagnoseNetwork } from "./training/diagnose.ts";
import type { EvaluateOptions } from "./training/evaluate.ts";
import { fitDataOf, type TrainingData } from "./training/fit_data.ts";
import { type FitOptions, type History, resolveFitOptions } from "./training/fit_options.ts";
import { checkGradients, type GradientCheck } from "./training/gradient_check.ts";
import { type Gradients, gradientsOf } from "./training/gradients.ts";
import type { Evaluation } from "./training/metrics.ts";
import { predictBatch, predictBatchAsync } from "./training/predict_batch.ts";
import type { Arithmetic, BackendName, DType, LayerSpec, Matrix, NetworkOptions, Values, Vector } from "./types.ts";
import { unpadded } from "./vectors.ts";
import { checkedWeightRows, rowsOf } from "./weight_rows.ts";

/** Where a network runs. */
type Placement = Pick<NetworkOptions, "backend" | "threads">;

/** No static block of the class: bundlers would keep it where nobody asks for a network. */
const cores = new WeakMap<Network, NetworkCore>();

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
  readonly #core: NetworkCore;

  /**
   * @param layers - the number of inputs, then the units of each layer: `[784, 128, 10]`; a layer may bring its own
   *   activation and initializer: `{ units: 128, activation: "relu" }`
   * @throws DownhillError `ERR_SHAPE` or `ERR_OPTION` for what cannot be a network, `ERR_BACKEND_UNAVAILABLE` when the
   *   backend asked for cannot be had
   */
  constructor(layers: readonly LayerSpec[], options?: NetworkOptions) {
    const core = new NetworkCore(resolveNetworkOptions(layers, options));
    const { layout, dtype, arithmetic } = core.model;
    this.layers = Object.freeze([layout.layers[0].inputs, ...layout.layers.map(({ units }) => units)]);
    this.dtype = dtype;
    this.arithmetic = arithmetic;
    this.seed = core.seed;
    this.backend = core.backend.name;
    this.parameterCount = layout.layers.reduce((sum, { units, inputs }) => sum + units * (inputs + 1), 0);
    this.#core = core;
    cores.set(this, core);
  }

  /**
   * The statistics that raw inputs are normalized with, taken over from the data of a fit. `predict`, `predictBatch`,
   * `predictBatchAsync`, `train`, `gradients` and `checkGradients` apply them to what they are given, and so does `evaluate`
   * to data that is not normalized. Undefined for a network that takes inputs as they are.
   */
  get normalization(): Normalization | undefined {
    return this.#core.description.origin.normalization;
  }

  /**
   * How the rows of a CSV file become inputs, taken over from the data of a fit: `Dataset.csv` reads other files with it, and
   * `Dataset.encode` single rows. Undefined for a network that was fitted with other data.
   */
  get encoding(): CsvEncoding | undefined {
    return this.#core.description.origin.encoding;
  }

  /** What the classes are called, in the order of the outputs, taken over from the data of a fit that has names for them. */
  get classNames(): readonly string[] | undefined {
    return this.#core.description.origin.classNames;
  }

  /**
   * Whatever is to travel with the network in files, such as its name or its history: a plain object that JSON can hold, empty
   * at first. Each access gives a copy.
   */
  get metadata(): Metadata {
    return this.#core.description.metadata;
  }

  /** @throws DownhillError `ERR_OPTION` for what JSON cannot hold */
  set metadata(metadata: Metadata) {
    this.#core.description.metadata = metadata;
  }

  /**
   * The outputs for one input. While the network is being fitted, those of the last whole epoch.
   *
   * @throws DownhillError `ERR_SHAPE` for a wrong length, `ERR_DATA` for a value that is not finite
   */
  predict(input: Vector): Values {
    const { backend, model, state } = this.#core;
    this.#core.loadInput(input);
    backend.forward(model, state);
    return state.activations[model.layout.layers.length].slice(0, this.layers[this.layers.length - 1]);
  }

  /**
   * The outputs for many inputs: (samples, outputs).
   *
   * @param inputs - an array of vectors, a flat typed array (row-major), or a matrix
   * @throws DownhillError `ERR_SHAPE` for a wrong length, `ERR_DATA` for a value that is not finite
   */
  predictBatch(inputs: SampleVectors): Matrix {
    return predictBatch(this.#core.evaluated(), inputs, this.#core.block);
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
    return predictBatchAsync(this.#core.model, () => this.#core.snapshot(), inputs, options);
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
    this.#core.assertIdle("train");
    const { learningRate } = checkedOptions<{ learningRate?: number }>(options, "options", ["learningRate"]);
    const rate = nonNegative(learningRate, "options.learningRate", 0.01);
    this.#core.loadInput(input);
    this.#core.loadTarget(target);
    const loss = this.#core.backend.step(this.#core.model, this.#core.state, rate);
    if (Number.isFinite(loss)) return loss;
    throw new DownhillError("ERR_DIVERGED", `the loss before this step is ${loss}; the step was not taken`);
  }

  /** The gradients of one sample's loss, without a step. With unscaled sigmoids they are what a step would use. */
  gradients(input: Vector, target: Vector): Gradients {
    this.#core.loadInput(input);
    this.#core.loadTarget(target);
    return gradientsOf(this.#core.model, this.#core.state, this.#core.backend);
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
    this.#core.loadInput(input);
    this.#core.loadTarget(target);
    return checkGradients(this.#core.model, this.#core.state, this.#core.backend, step);
  }

  /**
   * Looks for what keeps the network from learning: statistics of every layer, and findings in plain words with what to
   * change. Synchronous: it takes a tenth of a second or two, longer with networks of far more than a million weights.
   *
   * @param data - samples with targets; or inputs alone, about which less can be said: nothing about gradients and steps
   * @throws DownhillError `ERR_SHAPE` and `ERR_DATA` for the data, `ERR_OPTION` for the options
   */
  diagnose(data: Dataset | SampleVectors, options?: DiagnoseOptions): Diagnosis {
    const network = { ...this.#core.snapshot(), initializers: this.#core.initializers };
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
    this.#core.assertIdle("fit");
    const hiddenLayers = this.layers.length - 2;
    const resolved = resolveFitOptions(options, { seed: this.seed, threads: this.#core.threads, hiddenLayers });
    const fitData = fitDataOf(data, this.#core.model, this.normalization, resolved);
    this.#core.isFitting = true;
    try {
      const { runFit } = await import("./training/fit.ts");
      return await runFit(this.#core.trained(), fitData, resolved);
    } finally {
      this.#core.isFitting = false;
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
    const normalizer = normalizerFor(this.#core.model, this.#core.description.normalizer, data, "data");
    // Before anything is waited for: the weights are those of the call.
    const evaluated = { ...this.#core.snapshot(), normalizer };
    const { checkedTopK, evaluateDataset } = await import("./training/evaluate.ts");
    return evaluateDataset(evaluated, data, signal, "full", checkedTopK(topK, data));
  }

  /** A copy of the weights of a layer: (units, inputs + 1), the bias as last column. Layer 0 follows the input. */
  weights(layer: number): Matrix {
    const { units, inputs, stride } = this.#core.model.layout.layers[this.#core.checkedLayer(layer)];
    return unpadded(this.#core.state.weights[layer], units, inputs + 1, stride);
  }

  /**
   * Replaces the weights of a layer.
   *
   * @param weights - (units, inputs + 1), the bias as last column: a matrix or an array of rows
   * @throws DownhillError `ERR_BUSY` during a fit, `ERR_SHAPE` and `ERR_DATA` for the weights; nothing is changed then
   */
  setWeights(layer: number, weights: Matrix | readonly Vector[]): void {
    this.#core.assertIdle("setWeights");
    const { units, inputs } = this.#core.model.layout.layers[this.#core.checkedLayer(layer)];
    const rows = checkedWeightRows(weights, layer, units, inputs + 1);
    this.#core.replaceWeights(layer, rows, "weights");
  }

  /** A network with the same weights and choices, on the same or another backend. */
  clone(options?: { readonly backend?: BackendName }): Network {
    const { backend } = checkedOptions<{ backend?: BackendName }>(options, "options", ["backend"]);
    const name = oneOf(backend, "options.backend", BACKEND_NAMES, this.backend);
    const { specs, loss } = this.#core.choices;
    const { dtype, arithmetic, seed } = this;
    const copy = new Network([this.layers[0], ...specs], {
      loss,
      dtype,
      arithmetic,
      seed,
      backend: name,
      threads: this.#core.threads,
    });
    copy.#core.state.parameters.set(this.#core.state.parameters);
    copy.#core.description.copyFrom(this.#core.description);
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

  /** All there is to the network, in copies. */
  #saved(): WrittenModel {
    const { specs, loss } = this.#core.choices;
    const layers = specs.map((spec, l) => ({ ...spec, weights: rowsOf(this.weights(l)) }));
    assertFiniteWeights(layers);
    const { dtype, arithmetic, seed } = this;
    const { origin, metadata } = this.#core.description;
    return { inputs: this.layers[0], layers, loss, dtype, arithmetic, seed, ...origin, metadata };
  }

  static #restored(saved: SavedModel, placement: Placement): Network {
    // What is wrong with the environment is not the file's fault, nor is a wrong option.
    const { loss, dtype, arithmetic, seed } = saved;
    const specs = saved.layers.map(({ units, activation, initializer }) => ({ units, activation, initializer }));
    const { threads } = placement;
    const backend = oneOf(placement.backend, "options.backend", BACKEND_NAMES, "auto");
    optionalThreads(threads, "options.threads");
    const placed = { ...(threads !== undefined && { threads }), backend: backendOf(backend).name };
    return readingSaved(() => {
      const options = { loss, dtype, arithmetic, ...(seed !== undefined && { seed }), ...placed };
      const network = new Network([saved.inputs, ...specs], options);
      for (const [l, { weights }] of saved.layers.entries()) network.#core.replaceWeights(l, weights, weightsPlace(l));
      network.#core.description.takeOver(
        checkedOrigin(saved, network.layers[0], network.layers[network.layers.length - 1]),
      );
      if (saved.metadata !== undefined) network.metadata = saved.metadata;
      return network;
    });
  }
}

/** @internal */
export function choicesOf(network: Network): NetworkChoices {
  return (cores.get(network) as NetworkCore).choices;
}
