import type { Network } from "../network.ts";
import type { EpochReport } from "../training/fit_options.ts";
import type { Matrix, Values } from "../types.ts";
import type { SummaryValue } from "./events.ts";
import { histogramOf } from "./histogram.ts";

/** What has weights to be shown. */
export type WeightedLayers = Pick<Network, "layers" | "weights">;

/** What an epoch came to, in TensorBoard's tags: what is before the slash is a group of pictures. */
export function scalarsOf(report: EpochReport): SummaryValue[] {
  const { loss, validation, learningRate, samplesPerSecond, statistics } = report;
  const scalars: SummaryValue[] = [{ tag: "loss/train", scalar: loss }];
  if (validation) scalars.push({ tag: "loss/validation", scalar: validation.loss });
  if (validation?.accuracy !== undefined) scalars.push({ tag: "accuracy/validation", scalar: validation.accuracy });
  scalars.push({ tag: "learning_rate", scalar: learningRate }, { tag: "samples_per_second", scalar: samplesPerSecond });
  for (const [l, { gradientNorm, saturation }] of (statistics?.layers ?? []).entries()) {
    scalars.push({ tag: `gradient_norm/layer_${l}`, scalar: gradientNorm });
    scalars.push({ tag: `saturation/layer_${l}`, scalar: saturation });
  }
  return scalars;
}

/** The weights and, as they are spread otherwise, the biases of every layer. */
export function histogramsOf(network: WeightedLayers): SummaryValue[] {
  return Array.from({ length: network.layers.length - 1 }, (_, l): SummaryValue[] => {
    const { weights, biases } = separated(network.weights(l));
    return [
      { tag: `weights/layer_${l}`, histogram: histogramOf(weights) },
      { tag: `biases/layer_${l}`, histogram: histogramOf(biases) },
    ];
  }).flat();
}

/** @param matrix - the biases as last column */
function separated({ rows, columns, data }: Matrix): { weights: Values; biases: Values } {
  const biases = data.slice(0, rows);
  const weights = data.slice(0, rows * (columns - 1));
  for (let r = 0; r < rows; r++) {
    const end = (r + 1) * columns - 1;
    weights.set(data.subarray(r * columns, end), r * (columns - 1));
    biases[r] = data[end];
  }
  return { weights, biases };
}
