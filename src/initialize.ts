import type { Layout } from "./layout.ts";
import type { Random } from "./random.ts";
import type { NetworkState } from "./state.ts";
import type { Initializer } from "./types.ts";

/** Draws the weights of every layer, row by row, the bias last. Numbers are drawn in float64, then rounded. */
export function initializeWeights(
  layout: Layout,
  state: NetworkState,
  initializers: readonly Initializer[],
  random: Random,
): void {
  layout.layers.forEach(({ inputs, units, stride }, l) => {
    const initializer = initializers[l];
    const draw = drawer(initializer, inputs, units, random);
    const drawsBias = typeof initializer === "object";
    for (let row = 0; row < units; row++) {
      for (let column = 0; column < inputs; column++) state.weights[l][row * stride + column] = draw();
      state.weights[l][row * stride + inputs] = drawsBias ? draw() : 0;
    }
  });
}

function drawer(initializer: Initializer, inputs: number, units: number, random: Random): () => number {
  const uniform = (min: number, max: number) => () => min + (max - min) * random.uniform();
  const symmetric = (limit: number) => uniform(-limit, limit);
  const normal = (mean: number, deviation: number) => () => mean + deviation * random.normal();
  switch (initializer) {
    case "glorotUniform":
      return symmetric(Math.sqrt(6 / (inputs + units)));
    case "glorotNormal":
      return normal(0, Math.sqrt(2 / (inputs + units)));
    case "heUniform":
      return symmetric(Math.sqrt(6 / inputs));
    case "heNormal":
      return normal(0, Math.sqrt(2 / inputs));
    case "zeros":
      return () => 0;
  }
  if (initializer.type === "uniform") return uniform(initializer.min, initializer.max);
  return normal(initializer.mean ?? 0, initializer.standardDeviation);
}
