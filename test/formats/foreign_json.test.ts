import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type LoadOptions, Network } from "../../src/index.ts";
import { ELEMENTWISE_ACTIVATIONS, nameOf, numbersOf } from "../support/choices.ts";
import { expectClose } from "../support/closeness.ts";
import { expectRejected } from "../support/errors.ts";
import { fc } from "../support/fast_check.ts";
import { ReferenceNetwork } from "../support/reference.ts";

const load = (value: unknown, options: LoadOptions = {}) =>
  Network.load(new TextEncoder().encode(JSON.stringify(value)), { format: "json", ...options });

/** A network of brain.js with what it answers: see `make.mjs` beside the file. */
interface BrainCase {
  readonly version: "brain.js-1" | "brain.js-2";
  readonly input: number[];
  readonly output: number[];
  /** Whatever is in it, so that it can be damaged. */
  // biome-ignore lint/suspicious/noExplicitAny: a foreign text
  readonly json: any;
}

const CASES: BrainCase[] = readFileSync(new URL("../fixtures/brain/networks.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line));
const activationOf = ({ json }: BrainCase): string => json.activation ?? json.trainOpts.activation;
const titleOf = (found: BrainCase) => `${found.version} with ${activationOf(found)}`;
const caseOf = (version: BrainCase["version"], activation: string): BrainCase =>
  structuredClone(
    CASES.find((found) => found.version === version && activationOf(found) === activation) ?? expect.fail("is there"),
  );

const isReadable = (found: BrainCase) => titleOf(found) !== "brain.js-1 with leaky-relu";

describe("a network of brain.js", () => {
  it.each(CASES.filter(isReadable).map((found) => [titleOf(found), found] as const))(
    "answers as it did there: %s",
    async (_, { json, input, output }) => {
      for (const dtype of ["float32", "float64"] as const) {
        const network = await load(json, { dtype });
        expect(network.layers).toEqual(json.sizes);
        // It computes in float64 and keeps each activation in float32.
        expectClose(network.predict(input), output, "float32");
      }
    },
  );

  it("brings the names of its inputs and outputs along, in their order", async () => {
    for (const version of ["brain.js-1", "brain.js-2"] as const) {
      const names = { inputNames: ["height", "width"], outputNames: ["cat", "dog"] };
      expect((await load(caseOf(version, "sigmoid").json)).metadata).toEqual(names);
      expect((await load(caseOf(version, "tanh").json)).metadata).toEqual({});
    }
    const { json } = caseOf("brain.js-2", "sigmoid");
    json.inputLookup = { width: 1, height: 0 };
    expect((await load(json)).metadata).toMatchObject({ inputNames: ["height", "width"] });
  });

  it("keeps names that mean something to JavaScript", async () => {
    for (const version of ["brain.js-1", "brain.js-2"] as const) {
      const text = JSON.stringify(caseOf(version, "sigmoid").json).replaceAll('"height"', '"__proto__"');
      const network = await Network.load(new TextEncoder().encode(text), { format: "json" });
      expect(network.metadata).toMatchObject({ inputNames: ["__proto__", "width"] });
      expect(network.predict([0.9, 0.1])).toEqual((await load(caseOf(version, "sigmoid").json)).predict([0.9, 0.1]));
    }
  });

  it("may be told what it does not say, not otherwise than it says", async () => {
    const { json } = caseOf("brain.js-2", "sigmoid");
    const network = await load(json, {
      activation: "sigmoid",
      loss: "binaryCrossEntropy",
      seed: 3,
      backend: "typescript",
    });
    expect(network.toJSON()).toMatchObject({ loss: "binaryCrossEntropy", seed: 3, dtype: "float32" });
    await expectRejected(load(json, { outputActivation: "softmax" }), "ERR_OPTION", 'the file says "sigmoid"');
  });

  it("of version 1 with leaky-relu is refused: that is another function there", async () => {
    await expectRejected(load(caseOf("brain.js-1", "leaky-relu").json), "ERR_FORMAT", "leaky-relu");
  });

  type Damage = (json: BrainCase["json"]) => void;
  it.each<[BrainCase["version"], string, Damage, string]>([
    ["brain.js-1", "an activation there is not", (json) => (json.activation = "elu"), 'activation is "elu"'],
    ["brain.js-1", "other sizes", (json) => (json.sizes = [3, 3, 1]), "sizes"],
    ["brain.js-1", "a missing layer", (json) => json.layers.pop(), "sizes"],
    ["brain.js-1", "no layers", (json) => (json.layers = []), "no layers"],
    ["brain.js-1", "layers that are none", (json) => (json.layers = [1, 2]), "layers is an array"],
    ["brain.js-1", "a unit less", (json) => delete json.layers[1][0], "for 1 inputs"],
    ["brain.js-1", "a weight less", (json) => delete json.layers[1][0].weights[0], "layers[1]"],
    ["brain.js-1", "a weight of another name", (json) => rename(json.layers[1][0].weights, "0", "x"), "weights[0][0]"],
    ["brain.js-1", "a weight that is no number", (json) => (json.layers[1][0].weights[0] = "1"), 'is "1"'],
    ["brain.js-1", "no bias", (json) => delete json.layers[1][0].bias, "is undefined"],
    ["brain.js-1", "a unit that is none", (json) => (json.layers[1][0] = null), "layers[1]"],
    ["brain.js-2", "another kind of network", (json) => (json.type = "LSTM"), 'a "LSTM" of brain.js'],
    ["brain.js-2", "no training options", (json) => delete json.trainOpts, "activation is undefined"],
    ["brain.js-2", "a bias less", (json) => json.layers[1].biases.pop(), "layers[1]"],
    ["brain.js-2", "a layer twice", (json) => (json.layers[1] = json.layers[2]), "layer 1"],
    ["brain.js-2", "a weight less in a row", (json) => json.layers[1].weights[1].pop(), "layer 0 has a unit"],
    ["brain.js-2", "a row that is none", (json) => (json.layers[1].weights[1] = null), "layers[1]"],
    ["brain.js-2", "no weights", (json) => (json.layers[1] = { weights: [], biases: [] }), "no layers"],
    ["brain.js-2", "two names with a number", (json) => (json.inputLookup = { a: 0, b: 0, c: 1 }), "inputLookup"],
  ])("of %s is refused with %s", async (version, _, damage, message) => {
    const { json } = caseOf(version, "tanh");
    damage(json);
    await expectRejected(load(json), "ERR_FORMAT", message);
  });

  it("is refused with a slope beyond those that a leaky ReLU has", async () => {
    for (const alpha of [2, -1, "0.1", null]) {
      const { json } = caseOf("brain.js-2", "leaky-relu");
      json.trainOpts.leakyReluAlpha = alpha;
      await expectRejected(load(json), "ERR_FORMAT", "leakyReluAlpha");
    }
  });
});

function rename(record: Record<string, unknown>, from: string, to: string): void {
  record[to] = record[from];
  delete record[from];
}

describe("weights as Keras gives them", () => {
  it("make the network that they were taken from", async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 2, maxLength: 4 });
    const property = fc.asyncProperty(
      sizes,
      fc.constantFrom(...ELEMENTWISE_ACTIVATIONS),
      fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
      fc.constantFrom("float32" as const, "float64" as const),
      async (layers, activation, biased, dtype) => {
        const arrays = layers.slice(1).flatMap((units, l) => {
          const kernel = Array.from({ length: layers[l] }, (_, i) => numbersOf(100 * l + i, units).map(Math.fround));
          return biased[l] ? [kernel, numbersOf(50 + l, units).map(Math.fround)] : [kernel];
        });
        const choices = { activation, outputActivation: activation, dtype };
        const network = await load(arrays, choices);
        expect(network.layers).toEqual(layers);
        const input = numbersOf(7, layers[0]).map(Math.fround);
        expectClose(
          network.predict(input),
          kerasOutputs(arrays, input, network, choices),
          dtype,
          nameOf(activation),
          10,
        );
      },
    );
    await fc.assert(property, { seed: 8, numRuns: 60 });
  });

  it.each<[string, unknown, string]>([
    ["nothing", [], "no layers"],
    [
      "a bias first",
      [
        [1, 2],
        [[1], [2]],
      ],
      "array 0 is no kernel",
    ],
    ["a kernel without rows", [[], [1]], "array 0 is no kernel"],
    ["a kernel without columns", [[[], []]], "array 0 is no kernel"],
    ["rows of several lengths", [[[1, 2], [3]]], "array 0 is no kernel"],
    ["three dimensions", [[[[1]]]], "is an array"],
    ["no arrays", [1, 2], "array 0 is no kernel"],
    ["null", [null], "array 0 is no kernel"],
    ["a bias of another length", [[[1, 2]], [1]], "array 1 has length 1, expected 2"],
    ["a bias without length", [[[1, 2]], []], "array 1 has length 0, expected 2"],
    ["two biases", [[[1, 2]], [1, 2], [3, 4]], "array 2 is no kernel"],
    ["layers that do not chain", [[[1, 2]], [1, 2], [[1], [2], [3]]], "layer 1 has a unit with 3 inputs, expected 2"],
    ["a text", [[["1"]]], 'is "1"'],
  ])("are refused with %s", async (_, value, message) => {
    await expectRejected(load(value, { activation: "relu", outputActivation: "linear" }), "ERR_FORMAT", message);
  });

  it("need the activations", async () => {
    await expectRejected(load([[[1]]], { activation: "relu" }), "ERR_OPTION", "options.outputActivation");
    await expectRejected(load([[[1]], [[1]]], { outputActivation: "relu" }), "ERR_OPTION", "options.activation");
    expect((await load([[[2]]], { outputActivation: "linear" })).predict([3])).toEqual(Float32Array.of(6));
  });
});

/** Keras' own formula, activation(input · kernel + bias), with the activation of the reference. */
function kerasOutputs(
  arrays: readonly (readonly number[] | readonly (readonly number[])[])[],
  input: readonly number[],
  network: Network,
  choices: ConstructorParameters<typeof ReferenceNetwork>[1],
): number[] {
  let values = [...input];
  for (let a = 0; a < arrays.length; ) {
    const kernel = arrays[a++] as readonly (readonly number[])[];
    const next = arrays[a];
    const bias = next !== undefined && typeof next[0] === "number" ? (arrays[a++] as readonly number[]) : undefined;
    const sums = kernel[0].map((_, unit) =>
      kernel.reduce((sum, row, i) => sum + row[unit] * values[i], bias?.[unit] ?? 0),
    );
    values = activated(sums, network, choices);
  }
  return values;
}

/** A network of one unit that only activates. */
function activated(
  sums: readonly number[],
  network: Network,
  choices: ConstructorParameters<typeof ReferenceNetwork>[1],
): number[] {
  const { outputActivation = "sigmoid" } = choices;
  const identity = new Network([1, 1], { outputActivation, dtype: "float64", backend: network.backend });
  identity.setWeights(0, [[1, 0]]);
  const reference = new ReferenceNetwork(identity, { outputActivation });
  return sums.map((sum) => Array.from(reference.predict([sum]))[0]);
}
