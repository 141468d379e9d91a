import type { Network } from "../../src/index.ts";
import type { ReferenceSample } from "./reference.ts";

/** Steps written out by hand, by way of what `network.gradients` tells. */

/** ∂E/∂W of each layer, (units · (inputs + 1)), and the loss: means over the samples. */
export function meanGradients(network: Network, samples: readonly ReferenceSample[]) {
  const sums = network.layers.slice(1).map((units, l) => new Float64Array(units * (network.layers[l] + 1)));
  let loss = 0;
  for (const { input, target } of samples) {
    const found = network.gradients(input, target);
    loss += found.loss / samples.length;
    found.layers.forEach(({ gradient }, l) => {
      for (let i = 0; i < sums[l].length; i++) sums[l][i] += gradient.data[i] / samples.length;
    });
  }
  return { loss, gradients: sums };
}

/** What becomes of a weight; `at` is its place among all of the network's. */
export type Update = (weight: number, gradient: number, isBias: boolean, at: number) => number;

/** Replaces every weight. */
export function stepByHand(network: Network, gradients: readonly Float64Array[], update: Update): void {
  let at = 0;
  gradients.forEach((gradient, l) => {
    const { rows, columns, data } = network.weights(l);
    const stepped = data.map((weight, i) => update(weight, gradient[i], i % columns === columns - 1, at + i));
    at += gradient.length;
    network.setWeights(l, { rows, columns, data: stepped });
  });
}
