import { backendOf } from "./backend/select.ts";
import type { Backend } from "./backend/types.ts";
import type { Origin } from "./data/origin.ts";
import { Description } from "./description.ts";
import { DownhillError } from "./errors.ts";
import { initializeWeights } from "./initialize.ts";
import { activationSpec, createModel, type Model } from "./model.ts";
import { optionError, type ResolvedNetworkOptions } from "./options.ts";
import { Random, randomSeed } from "./random.ts";
import { createState, type NetworkState } from "./state.ts";
import type { Trained } from "./training/fit.ts";
import { PredictionBlock } from "./training/predict_batch.ts";
import type { Activation, Initializer, Loss, Values, Vector } from "./types.ts";
import { copyVector } from "./vectors.ts";

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

/** What a network consists of: its model, where that is computed, its memory, and what it knows of its data. */
export class NetworkCore {
  readonly model: Model;
  readonly initializers: readonly Initializer[];
  readonly backend: Backend;
  readonly state: NetworkState;
  readonly threads: number;
  readonly seed: number;
  readonly block: PredictionBlock;
  readonly description = new Description();
  isFitting = false;

  constructor(resolved: ResolvedNetworkOptions) {
    const sizes = [resolved.inputs, ...resolved.layers.map(({ units }) => units)];
    const activations = resolved.layers.map(({ activation }) => activation);
    this.seed = resolved.seed ?? randomSeed();
    this.model = createModel(sizes, activations, resolved);
    this.initializers = resolved.layers.map(({ initializer }) => initializer);
    this.backend = backendOf(resolved.backend);
    this.threads = resolved.threads ?? this.backend.threads;
    this.state = this.#newState();
    this.block = new PredictionBlock(this.model, this.backend);
    initializeWeights(this.model.layout, this.state, this.initializers, new Random(this.seed));
  }

  /** How many units the last layer has. */
  get outputs(): number {
    const { layers } = this.model.layout;
    return layers[layers.length - 1].units;
  }

  get choices(): NetworkChoices {
    const specs = this.model.activations.map((activation, l) => ({
      units: this.model.layout.layers[l].units,
      activation: activationSpec(activation),
      initializer: this.initializers[l],
    }));
    return { specs, loss: this.model.loss };
  }

  /** The present weights, in the memory that predictions of this thread use. */
  evaluated() {
    const { model, backend, threads, state } = this;
    return { model, backend, threads, state, normalizer: this.description.normalizer };
  }

  /** The present weights in arenas of their own, for work that goes on while the network may change. */
  snapshot() {
    const state = this.#newState();
    state.parameters.set(this.state.parameters);
    return { ...this.evaluated(), state };
  }

  /** What a training works on, and where it hands over what it has come to. */
  trained(): Trained {
    const published = this.state.parameters;
    const publish = (parameters: Values, origin: Origin) => {
      published.set(parameters);
      this.description.takeOver(origin);
    };
    return { model: this.model, backend: this.backend, published, publish };
  }

  /** Puts an input where the next pass looks for it, normalized where the network does that. */
  loadInput(input: Vector): void {
    const x = this.state.activations[0];
    const { normalizer } = this.description;
    if (normalizer) normalizer.writeVector(input, "input", x);
    else copyVector(input, "input", this.model.layout.layers[0].inputs, x);
  }

  loadTarget(target: Vector): void {
    copyVector(target, "target", this.outputs, this.state.target);
  }

  /** @param rows - (units, inputs + 1) @param where - what errors call them */
  replaceWeights(layer: number, rows: readonly Vector[], where: string): void {
    const { units, inputs, stride } = this.model.layout.layers[layer];
    const padded = this.backend.allocate(this.model.dtype, units * stride);
    for (const [r, row] of rows.entries()) {
      copyVector(row, `${where}[${r}]`, inputs + 1, padded.subarray(r * stride, r * stride + inputs + 1));
    }
    this.state.weights[layer].set(padded);
  }

  /** @throws DownhillError `ERR_BUSY` during a fit */
  assertIdle(what: string): void {
    if (!this.isFitting) return;
    throw new DownhillError(
      "ERR_BUSY",
      `${what} is not possible while the network is being fitted; wait for fit, or abort it`,
    );
  }

  /** The index of a layer; @throws DownhillError `ERR_OPTION` for what is none */
  checkedLayer(layer: number): number {
    const last = this.model.layout.layers.length - 1;
    if (Number.isInteger(layer) && layer >= 0 && layer <= last) return layer;
    throw optionError("layer", layer, `an integer from 0 to ${last}`);
  }

  #newState(): NetworkState {
    return createState(this.model, (dtype, length) => this.backend.allocate(dtype, length));
  }
}
