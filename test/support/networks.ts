import type { Network, Values } from "../../src/index.ts";

/** Copies of all weights, layer by layer. `toEqual` on them compares bits, as it tells −0 from 0. */
export function allWeights(network: Network): Values[] {
  return Array.from({ length: network.layers.length - 1 }, (_, l) => network.weights(l).data);
}
