import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { type LoadOptions, Network } from "../../src/index.ts";
import type { Chance } from "./chance.ts";
import { mutatedBytes } from "./mutate_bytes.ts";
import { deepText, mutatedValue } from "./mutate_json.ts";
import { fail, READ, refusal, type Target, type Trial } from "./target.ts";
import { AllocationMeter } from "./watch.ts";

interface Original {
  readonly value: unknown;
  readonly choices: LoadOptions;
}

/** JSON that others wrote, brain.js and Keras: `Network.load`. */
export const foreignJson: Target = {
  name: "foreign json",
  inputs: 100_000,
  quick: 4000,
  mostMemory: 512,
  async open(): Promise<Trial> {
    const originals = [...brainNetworks(), ...kerasWeights()];
    const meter = new AllocationMeter();
    return {
      async run(chance) {
        const { value, choices } = chance.pick(originals);
        const bytes = changed(chance, value);
        meter.reset();
        let network: Network;
        try {
          network = await Network.load(bytes, { ...choices, format: "json", backend: "typescript" });
        } catch (error) {
          meter.assertJustified(bytes.length);
          return refusal(error, ["ERR_FORMAT", "ERR_OPTION"]);
        }
        meter.assertJustified(bytes.length);
        assertRead(network, bytes);
        return READ;
      },
    };
  },
};

function brainNetworks(): Original[] {
  const lines = readFileSync(new URL("../fixtures/brain/networks.jsonl", import.meta.url), "utf8")
    .trim()
    .split("\n");
  return lines.map((line) => ({ value: JSON.parse(line).json, choices: { seed: 1 } }));
}

function kerasWeights(): Original[] {
  const choices = { activation: "relu", outputActivation: "softmax", seed: 1 } as const;
  const kernel = (inputs: number, units: number) =>
    Array.from({ length: inputs }, (_, i) => Array.from({ length: units }, (_, u) => i - u / 8));
  return [
    { value: [kernel(3, 4), [1, 2, 3, 4], kernel(4, 2), [0, 0.5]], choices },
    { value: [kernel(2, 2), kernel(2, 2), kernel(2, 1)], choices: { ...choices, dtype: "float64" } },
  ];
}

function changed(chance: Chance, value: unknown): Uint8Array {
  const text = JSON.stringify(value);
  const encoded = new TextEncoder().encode(text);
  if (chance.happens(0.02)) return encoded;
  if (chance.happens(0.02)) return new TextEncoder().encode(text.replace(/-?\d+\.\d+/, deepText(chance)));
  if (chance.happens(0.3))
    return mutatedBytes(chance, encoded, ["1e999", "__proto__", "[", "]", "{}", "null", ",0", "-0"]);
  return new TextEncoder().encode(JSON.stringify(mutatedValue(chance, value)) ?? "");
}

/** Every weight is a number of the text, or the 0 of a missing bias, and the network is one like others. */
function assertRead(network: Network, bytes: Uint8Array): void {
  const saved = network.toJSON();
  if (!isDeepStrictEqual(Network.fromJSON(saved, { backend: "typescript" }).toJSON(), saved))
    fail("another round differs");
  const numbers = new Set([0]);
  JSON.parse(new TextDecoder().decode(bytes), (_, value) => {
    if (typeof value === "number") numbers.add((saved.dtype === "float32" ? Math.fround(value) : value) + 0);
    return value;
  });
  const strange = saved.layers.flatMap(({ weights }) => weights.flat()).find((weight) => !numbers.has(weight + 0));
  if (strange !== undefined) fail(`the network has the weight ${strange}, which the text has not`);
}
