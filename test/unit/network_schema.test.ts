import { createRequire } from "node:module";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { DownhillError, Network, type NetworkJSON } from "../../src/index.ts";
import { Chance } from "../fuzz/chance.ts";
import { mutatedValue } from "../fuzz/mutate_json.ts";
import { ELEMENTWISE_ACTIVATIONS } from "../support/choices.ts";
import { fc } from "../support/fast_check.ts";
import { savedNetworks } from "../support/saved_networks.ts";

/** As users of the package get it. */
const schema = createRequire(import.meta.url)("downhill/schemas/network.schema.json");
// Strict but for the types of keywords beside a reference, which adds to what it refers to.
const validate = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, allErrors: false }).compile(
  schema,
);

/** What reading says of rules between several fields, which no schema can express. */
const BEYOND_A_SCHEMA: readonly RegExp[] = [
  /layers\[\d+\]\.weights is an array of length \d+, expected an array of \d+ rows/,
  /layers\[\d+\]\.weights\[\d+\] is an array of length \d+, expected an array of \d+ numbers/,
  /is softmax, which only the output layer can have/,
  /loss \w+ needs layers\[\d+\]\.activation/,
  /layers ask for \d+ weights/,
  /expected a (finite )?number (that float32 can hold|of at least min)/,
  /activation's parameter is .*, expected a number that float(32|64) can hold/,
  /initializer draws weights that float(32|64) cannot hold/,
  /normalization\.(offset|scale) has length \d+, expected \d+/,
  /encoding makes \d+ inputs of a row, expected \d+/,
  /encoding\.columns\[\d+\]\.missing is .*, expected one of the categories/,
  /the names of encoding's columns has .* twice/,
  /expected a name for each of \d+ classes/,
  // Numbers that no text of JSON holds.
  /metadata is an object, expected an object that JSON can hold/,
  // Blanks around texts do not count.
  /(classNames|encoding\.[\w.[\]]+) has .* twice/,
];

/** Why a value is refused; undefined when it is read. */
function refusalOf(value: unknown): string | undefined {
  try {
    Network.fromJSON(value, { backend: "typescript" });
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(DownhillError);
    return (error as Error).message;
  }
}

function expectAgreement(value: unknown): "read" | "refused by both" | "refused by rules beyond a schema" {
  const isValid = validate(value);
  const refusal = refusalOf(value);
  if (refusal === undefined) {
    if (!isValid) expect.fail(`the schema refuses what is read: ${JSON.stringify(validate.errors)}`);
    return "read";
  }
  if (!isValid) return "refused by both";
  if (!BEYOND_A_SCHEMA.some((rule) => rule.test(refusal)))
    expect.fail(`the schema accepts what is refused: ${refusal}`);
  return "refused by rules beyond a schema";
}

describe("the schema of saved networks", () => {
  it("accepts whatever networks there are", () => {
    fc.assert(
      fc.property(savedNetworks, (saved) => {
        const value = JSON.parse(JSON.stringify(saved));
        if (!validate(value)) expect.fail(JSON.stringify(validate.errors));
      }),
      { seed: 4, numRuns: 300 },
    );
  });

  it("accepts every activation and initializer as it may be written", () => {
    const saved = new Network([1, 1, 1]).toJSON();
    const withFirst = (change: object) => ({ ...saved, layers: [{ ...saved.layers[0], ...change }, saved.layers[1]] });
    for (const activation of [...ELEMENTWISE_ACTIVATIONS, { type: "relu" }, { type: "linear" }, { type: "sigmoid" }]) {
      expect(expectAgreement(withFirst({ activation }))).toBe("read");
    }
    for (const initializer of [
      { type: "normal", standardDeviation: 0 },
      { type: "uniform", min: 1, max: 1 },
      "zeros",
    ]) {
      expect(expectAgreement(withFirst({ initializer }))).toBe("read");
    }
  });

  it("refuses what is refused, and only that, but for rules between fields", () => {
    const originals: NetworkJSON[] = fc
      .sample(savedNetworks, { seed: 5, numRuns: 120 })
      .map((saved) => JSON.parse(JSON.stringify(saved)));
    const seen: Record<string, number> = {};
    for (let input = 0; input < 6000; input++) {
      const chance = new Chance(1, "schema", input);
      const outcome = expectAgreement(mutatedHead(chance, chance.pick(originals)));
      seen[outcome] = (seen[outcome] ?? 0) + 1;
    }
    // Each way out is taken often enough that the comparison means something.
    for (const outcome of ["read", "refused by both", "refused by rules beyond a schema"]) {
      expect(seen[outcome], outcome).toBeGreaterThan(50);
    }
  });

  it.each<[string, object]>([
    ["a version that is not known", { version: 2 }],
    ["another format", { format: "onnx" }],
    ["a field that is not known", { extra: 1 }],
    ["no layers", { layers: [] }],
    ["a seed beyond the safe integers", { seed: 2 ** 53 }],
    ["half an input", { inputs: 1.5 }],
    ["a scale of 0", { normalization: { offset: [0], scale: [0] } }],
    ["a name for a class twice", { classNames: ["a", "a"] }],
    ["metadata that is a list", { metadata: [] }],
    ["classes of two columns", { encoding: { ...ENCODING(), target: { columns: ["a", "b"], classes: ["x", "y"] } } }],
    ["categories in a column of numbers", { encoding: { ...ENCODING(), columns: [{ name: "n", categories: ["a"] }] } }],
  ])("refuses %s", (_, change) => {
    const saved = { ...new Network([1, 1]).toJSON(), ...change };
    expect(validate(saved)).toBe(false);
    expect(refusalOf(saved)).toBeDefined();
  });
});

function ENCODING() {
  return { columns: [{ name: "n", type: "number" }], target: { columns: ["t"] }, missingValues: [] };
}

/** Most changes to what is not one of the many weights. */
function mutatedHead(chance: Chance, saved: NetworkJSON): unknown {
  if (chance.happens(0.3)) return mutatedValue(chance, saved);
  const { layers, ...head } = saved;
  const described = layers.map(({ weights: _, ...layer }) => layer);
  const mutated = mutatedValue(chance, { ...head, layers: described }) as { layers?: unknown[] } | undefined;
  if (!Array.isArray(mutated?.layers)) return mutated;
  const rebuilt = mutated.layers.map((layer, l) =>
    typeof layer === "object" && layer !== null && l < layers.length ? { ...layer, weights: layers[l].weights } : layer,
  );
  return { ...mutated, layers: rebuilt };
}
