import { finish } from "../backend/typescript/pieces.ts";
import { Dataset, labelsOf, samplesOf } from "../dataset.ts";
import type { Model } from "../model.ts";
import type { Normalizer } from "../normalization.ts";
import { checkedOptions, integer, nonNegative } from "../options.ts";
import { checkTable, firstBeyondFloat32, inputNotFinite, type SampleVectors } from "../sample_table.ts";
import type { Initializer } from "../types.ts";
import { columnStatistics } from "./column_statistics.ts";
import { normalizedLike, readNormalized } from "./data_checks.ts";
import type { Examined, ExaminedSamples, Finding } from "./examined.ts";
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
  const { samples, labels } = samplesIn(data, model, normalizer);
  const indices = spreadSamples(samples.size, wanted);
  const hasTargets = samples.targets !== undefined || samples.labels !== undefined;
  const learning = hasTargets ? finish(measureLearning(network, samples, indices, learningRate)) : undefined;
  const layers = learning?.layers ?? finish(measureOutputs(network, samples, indices));
  const examined: Examined = {
    model,
    weights: state.weights,
    initializers,
    samples,
    labels,
    inputs: columnStatistics(samples.inputs, samples.size, samples.inputScale),
    passes: indices.length,
    layers,
    learning,
    learningRate,
    onlineSteps: () => new OnlineSteps(network, samples, indices),
    lossAfterStep: () => {
      const { parameters } = state;
      learning?.meanGradient.forEach((value, i) => {
        parameters[i] -= learningRate * value;
      });
      return finish(measureLearning(network, samples, indices, learningRate)).loss;
    },
  };
  return { samples: indices.length, layers: [...layers], findings: findingsOf(examined) };
}

/** How many samples a network of this size is shown. */
function samplesFor({ layout }: Model): number {
  return Math.max(LEAST_SAMPLES, Math.min(DEFAULT_SAMPLES, Math.floor(WORK / layout.parameterValues)));
}

function samplesIn(
  data: Dataset | SampleVectors,
  model: Model,
  normalizer: Normalizer | undefined,
): { samples: ExaminedSamples; labels: Uint32Array | undefined } {
  if (data instanceof Dataset) {
    const expected = normalizer?.normalization ?? data.normalization;
    const fitting = normalizedLike(model, expected, data, "data", "network");
    return { samples: samplesOf(fitting), labels: labelsOf(fitting) };
  }
  const samples = readNormalized(data, model, normalizer, "borrowed", "data");
  checkTable(samples.table, samples.size);
  if (model.dtype === "float32" && firstBeyondFloat32(samples.inputs) >= 0) throw inputNotFinite(samples, model.dtype);
  return { samples, labels: undefined };
}
