import { columnStatistics, rangeOf } from "./column_statistics.ts";
import type { Examined } from "./examined.ts";
import type { Learning } from "./layer_statistics.ts";
import type { Moments } from "./moments.ts";

/** A difference of losses that is nothing: in nats, or for squared errors as a share of the targets' squared range. */
const NO_DIFFERENCE = 1e-3;

/**
 * Whether the loss is no larger than that of always answering the targets' mean. Where classes are rare, hardly any of
 * the samples looked at may have one, and a network that knows has next to no gradient.
 */
export function isAsGoodAsMean({ model, samples }: Examined, { loss, targets }: Learning): boolean {
  if (model.loss !== "squaredError") {
    const entropy = model.loss === "binaryCrossEntropy" ? binaryEntropy(targets) : entropyOf(targets.means);
    return loss <= entropy + NO_DIFFERENCE;
  }
  const range = samples.targets ? rangeOfTargets(samples.targets, samples.size) : 1;
  const variance = targets.squaredDeviations.reduce((sum, value) => sum + value / targets.rows, 0);
  return loss <= variance + NO_DIFFERENCE * range * range;
}

function rangeOfTargets(values: Float32Array | Float64Array, size: number): number {
  const targets = columnStatistics(values, size, { scale: 1 });
  const [smallest, largest] = rangeOf(targets, [...targets.min.keys()]);
  return largest - smallest;
}

function binaryEntropy({ means }: Moments): number {
  return entropyOf(means) + entropyOf(means.map((mean) => 1 - mean));
}

/** −Σ p ln p */
function entropyOf(shares: Float64Array): number {
  return shares.reduce((sum, share) => (share > 0 ? sum - share * Math.log(share) : sum), 0);
}
