import { isDeepStrictEqual } from "node:util";
import { Dataset, type LayerSpec, Network, type NetworkJSON, type NetworkOptions } from "../../src/index.ts";
import type { Chance } from "./chance.ts";
import { mutatedBytes } from "./mutate_bytes.ts";
import { deepText, mutatedValue } from "./mutate_json.ts";
import { fail, READ, refusal, type Target, type Trial } from "./target.ts";
import { AllocationMeter } from "./watch.ts";

/** Saved networks: `Network.fromJSON`, with what `JSON.parse` gives of a text and with objects themselves. */
export const networkJson: Target = {
  name: "json",
  inputs: 100_000,
  quick: 6000,
  mostMemory: 512,
  async open(): Promise<Trial> {
    const saved = savedNetworks();
    const meter = new AllocationMeter();
    return {
      run(chance) {
        const { text, value } = inputFor(chance, saved);
        meter.reset();
        let network: Network;
        try {
          network = Network.fromJSON(value);
        } catch (error) {
          meter.assertJustified(text.length);
          return refusal(error, ["ERR_FORMAT"]);
        }
        meter.assertJustified(text.length);
        assertRead(network, value as NetworkJSON);
        return READ;
      },
    };
  },
};

function savedNetworks(): NetworkJSON[] {
  const kinds: [readonly LayerSpec[], NetworkOptions][] = [
    [[2, 3, 3, 2], { seed: 1 }],
    [[1, 1], { dtype: "float64", activation: { type: "sigmoid", slope: 0.5, derivative: "unscaled" }, seed: 2 ** 40 }],
    [
      [4, { units: 5, activation: "relu", initializer: "heNormal" }, 3],
      { outputActivation: "softmax", loss: "categoricalCrossEntropy" },
    ],
    [
      [3, { units: 2, activation: { type: "leakyRelu", alpha: 0.2 } }, 1],
      { loss: "binaryCrossEntropy", arithmetic: "reproducible" },
    ],
    [
      [20, 17, 1],
      { activation: "tanh", outputActivation: "linear", initializer: { type: "uniform", min: -1, max: 1 } },
    ],
  ];
  return kinds.map(([layers, options]) => new Network(layers, options).toJSON()).concat(normalizedNetwork());
}

function normalizedNetwork(): NetworkJSON {
  const saved = new Network([2, 2], { seed: 5 }).toJSON();
  const { normalization } = Dataset.from({
    inputs: [
      [1, 2],
      [3, 5],
    ],
    targets: [
      [0, 1],
      [1, 0],
    ],
  }).normalize();
  return { ...saved, ...(normalization && { normalization }) };
}

/** A mutated text that is JSON still, or a mutated object. */
function inputFor(chance: Chance, saved: readonly NetworkJSON[]): { text: string; value: unknown } {
  const original = chance.pick(saved);
  if (chance.happens(0.02))
    return parsed(JSON.stringify(original).replace(/"units":\d+|1/, `"units":${deepText(chance)}`)) ?? whole(original);
  if (chance.happens(0.3)) {
    const words = ["1e999", "-0", "__proto__", "[", "]", "{}", "null", ",0", "9007199254740993", '"units":67108864'];
    for (let attempt = 0; attempt < 20; attempt++) {
      const bytes = mutatedBytes(chance, new TextEncoder().encode(JSON.stringify(original)), words);
      const found = parsed(new TextDecoder().decode(bytes));
      if (found) return found;
    }
  }
  return whole(chance.happens(0.02) ? original : mutatedValue(chance, original));
}

function parsed(text: string): { text: string; value: unknown } | undefined {
  try {
    return { text, value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function whole(value: unknown) {
  return { text: JSON.stringify(value) ?? "", value };
}

/** Choices and weights are those of the file, and another round gives the same. */
function assertRead(network: Network, given: NetworkJSON): void {
  const again = network.toJSON();
  if (!isDeepStrictEqual(Network.fromJSON(again).toJSON(), again)) fail("another round differs");
  const { inputs, layers, loss, dtype, arithmetic, seed, normalization } = given;
  const choices = { inputs, loss, dtype, arithmetic, seed, normalization };
  for (const [name, value] of Object.entries(choices)) {
    const read = again[name as keyof NetworkJSON];
    if (!isDeepStrictEqual(read, value)) fail(`${name} was read as ${JSON.stringify(read)}`);
  }
  const round = dtype === "float32" ? Math.fround : (value: number) => value;
  const expected = layers.map(({ units, weights }) => ({
    units,
    weights: weights.map((row) => row.map((w) => round(w))),
  }));
  const read = again.layers.map(({ units, weights }) => ({ units, weights }));
  if (!isDeepStrictEqual(read, expected)) fail("the weights were read otherwise than they are in the file");
}
