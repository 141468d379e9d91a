import { allocateValues } from "../backend/types.ts";
import { finish } from "../backend/typescript/pieces.ts";
import { copies, partOf } from "../data/parts.ts";
import { Dataset, labelsOf, samplesOf } from "../dataset.ts";
import type { Model } from "../model.ts";
import type { Normalization, Normalizer } from "../normalization.ts";
import { checkedOptions, integer, nonNegative } from "../options.ts";
import {
  checkTable,
  firstBeyondFloat32,
  inputNotFinite,
  type PlaceOf,
  placeInDataset,
  readInputs,
  type SampleVectors,
} from "../sample_table.ts";
import type { Samples } from "../samples.ts";
import type { Initializer } from "../types.ts";
import { columnStatistics } from "./column_statistics.ts";
import { normalizerFor } from "./data_checks.ts";
import type { Examined, Finding } from "./examined.ts";
import { findingsOf } from "./findings.ts";
import { type LayerStatistics, type Measured, measureLearning, measureOutputs } from "./layer_statistics.ts";
import { OnlineSteps } from "./online_steps.ts";
import { spreadSamples } from "./spread.ts";

/** What a diagnosis is for. */
export interface DiagnoseOptions {
  /** The rate that training is to have, for what is said about steps; default 0.01. Plain descent is supposed. */
  readonly learningRate?: number;
  /**
   * How many samples are looked at, spread over the data; at most all. Default: 256, or fewer for a network of more than
   * 130,000 weights, down to 8 from 4,200,000 on, so that it takes a tenth of a second or two.
   */
  readonly samples?: number;
}

/** Why a network does not learn, as far as one look can tell. Plain data. */
export interface Diagnosis {
  /** How many samples went through the network. */
  readonly samples: number;
  readonly layers: LayerStatistics[];
  /** What is wrong, causes before effects; empty where nothing was found. */
  readonly findings: Finding[];
}

const DEFAULT_RATE = 0.01;
const DEFAULT_SAMPLES = 256;
const LEAST_SAMPLES = 8;
/** Weights gone through, all samples together. */
const WORK = 2 ** 25;

/** Checks options and data, and looks. The measured state's parameters are changed. */
export function diagnoseNetwork(
  network: Measured & {
    readonly initializers: readonly Initializer[];
    readonly normalizer: Normalizer | undefined;
  },
  data: Dataset | SampleVectors,
  options: DiagnoseOptions | undefined,
): Diagnosis {
  const { model, state, initializers, normalizer } = network;
  const given = checkedOptions<DiagnoseOptions>(options, "options", ["learningRate", "samples"]);
  const learningRate = nonNegative(given.learningRate, "options.learningRate", DEFAULT_RATE);
  const wanted = given.samples === undefined ? samplesFor(model) : integer(given.samples, "options.samples", 1);
  const { samples, place, labels, ahead, before } = readingOf(data, model, normalizer);
  const chosen = spreadSamples(samples.size, wanted);
  const { passed, indices } = ahead
    ? normalizedPart(model, ahead, samples, chosen, place)
    : { passed: samples, indices: chosen };
  const hasTargets = samples.targets !== undefined || samples.labels !== undefined;
  const learning = hasTargets ? finish(measureLearning(network, passed, indices, learningRate)) : undefined;
  const layers = learning?.layers ?? finish(measureOutputs(network, passed, indices));
  const examined: Examined = {
    model,
    weights: state.weights,
    initializers,
    samples,
    labels,
    inputs: columnStatistics(samples.inputs, samples.size, {
      scale: samples.inputScale,
      ahead: ahead?.normalization,
      before,
    }),
    passes: indices.length,
    layers,
    learning,
    learningRate,
    onlineSteps: () => new OnlineSteps(network, passed, indices),
    lossAfterStep: () => {
      const { parameters } = state;
      learning?.meanGradient.forEach((value, i) => {
        parameters[i] -= learningRate * value;
      });
      return finish(measureLearning(network, passed, indices, learningRate)).loss;
    },
  };
  return { samples: indices.length, layers: [...layers], findings: findingsOf(examined) };
}

/** How many samples a network of this size is shown. */
function samplesFor({ layout }: Model): number {
  return Math.max(LEAST_SAMPLES, Math.min(DEFAULT_SAMPLES, Math.floor(WORK / layout.parameterValues)));
}

/** The samples to look at, and how their inputs are read. */
interface Given {
  readonly samples: Samples;
  /** What an error calls a raw value. */
  readonly place: PlaceOf;
  readonly labels: Uint32Array | undefined;
  /** What the network normalizes them with. */
  readonly ahead: Normalizer | undefined;
  /** What they were normalized with before. */
  readonly before: Normalization | undefined;
}

function readingOf(data: Dataset | SampleVectors, model: Model, normalizer: Normalizer | undefined): Given {
  if (data instanceof Dataset) {
    const ahead = normalizerFor(model, normalizer, data, "data");
    return {
      samples: samplesOf(data),
      place: placeInDataset,
      labels: labelsOf(data),
      ahead,
      before: data.normalization,
    };
  }
  const samples = readInputs(data, model.layout.layers[0].inputs, "borrowed", "data");
  checkTable(samples.table, samples.size);
  if (!normalizer && model.dtype === "float32" && firstBeyondFloat32(samples.inputs) >= 0) {
    throw inputNotFinite(samples, model.dtype);
  }
  return {
    samples: { ...samples, targetSize: 0 },
    place: samples.table.place,
    labels: undefined,
    ahead: normalizer,
    before: undefined,
  };
}

/** The chosen samples by themselves, normalized. */
function normalizedPart(model: Model, normalizer: Normalizer, raw: Samples, chosen: Uint32Array, place: PlaceOf) {
  const part = partOf(raw, chosen.length, copies(chosen));
  const inputs = allocateValues(model.dtype, part.inputs.length);
  normalizer.writeRows(part, inputs, (index, width) =>
    place(chosen[Math.floor(index / width)] * width + (index % width), width),
  );
  return { passed: { ...part, inputs, inputScale: 1 }, indices: chosen.map((_, i) => i) };
}
