import { type DType, type Initializer, Network, type NetworkJSON } from "../../src/index.ts";
import { ELEMENTWISE_ACTIVATIONS, OUTPUT_CHOICES } from "./choices.ts";
import { fc } from "./fast_check.ts";

const INITIALIZERS: readonly Initializer[] = [
  "glorotUniform",
  "glorotNormal",
  "heUniform",
  "heNormal",
  "zeros",
  { type: "uniform", min: -0.5, max: 2 },
  { type: "normal", mean: 0.25, standardDeviation: 1 },
  // Numbers that are denormal in float32.
  { type: "normal", standardDeviation: 1e-40 },
];

/** Weights that formats lose first: the sign of a zero, and the smallest number that each type can hold. */
const EDGES: Readonly<Record<DType, readonly number[]>> = {
  float32: [-0, 2 ** -149, -(2 ** -149), 2 ** -126, 1e30],
  float64: [-0, Number.MIN_VALUE, -Number.MIN_VALUE, 2 ** -1022, 1e300],
};

/** Without blanks around it, as texts of files come. */
const text = fc.string({ maxLength: 8, unit: "grapheme" }).map((given) => given.trim());
const texts = (count: number) => fc.uniqueArray(text, { minLength: count, maxLength: count });
/** But for −0: JSON, which these numbers are kept in by every format, turns it into 0, which no answer depends on. */
const numbersFrom = (min: number, max: number) => fc.double({ min, max, noNaN: true }).map((value) => value + 0);

/** Saved networks of every kind, with everything that travels with one, or without. */
export const savedNetworks: fc.Arbitrary<NetworkJSON> = fc
  .record({
    sizes: fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 2, maxLength: 5 }),
    activation: fc.constantFrom(...ELEMENTWISE_ACTIVATIONS),
    output: fc.constantFrom(...OUTPUT_CHOICES),
    initializer: fc.constantFrom(...INITIALIZERS),
    dtype: fc.constantFrom<DType>("float32", "float64"),
    arithmetic: fc.constantFrom("fast" as const, "reproducible" as const),
    seed: fc.maxSafeNat(),
  })
  .chain(({ sizes, output, ...options }) => {
    const saved = new Network(sizes, { ...options, ...output }).toJSON();
    const [inputs, outputs] = [sizes[0], sizes[sizes.length - 1]];
    const edge = fc.record({ at: fc.nat(1e6), value: fc.constantFrom(...EDGES[options.dtype]) });
    const whole = fc.record({
      edges: fc.array(edge, { maxLength: 4 }),
      normalization: fc.option(normalizations(inputs), { nil: undefined }),
      encoding: fc.option(encodings(inputs), { nil: undefined }),
      classNames: fc.option(texts(outputs === 1 ? 2 : outputs), { nil: undefined }),
      metadata: fc.option(fc.dictionary(text, fc.jsonValue(), { minKeys: 1, maxKeys: 3, noNullPrototype: true }), {
        nil: undefined,
      }),
    });
    return whole.map(({ edges, ...described }) => {
      const layers = saved.layers.map((layer) => ({ ...layer, weights: layer.weights.map((row) => [...row]) }));
      const rows = layers.flatMap(({ weights }) => weights);
      for (const { at, value } of edges) rows[at % rows.length][at % rows[at % rows.length].length] = value;
      const known = Object.entries(described).filter(([, value]) => value !== undefined);
      return Network.fromJSON({ ...saved, layers, ...Object.fromEntries(known) }).toJSON();
    });
  });

function normalizations(inputs: number) {
  const numbers = (value: fc.Arbitrary<number>) => fc.array(value, { minLength: inputs, maxLength: inputs });
  return fc.record({
    offset: numbers(numbersFrom(-100, 100)),
    scale: numbers(numbersFrom(0.01, 100)),
  });
}

/** A column of numbers for each input but the last ones, which are the categories of another. */
function encodings(inputs: number) {
  return fc
    .record({ categories: fc.integer({ min: 0, max: inputs }), missing: numbersFrom(-1e6, 1e6), named: fc.boolean() })
    .chain(({ categories, missing, named }) =>
      fc
        .record({
          names: texts(inputs - categories + 2),
          values: texts(categories),
          classes: texts(2),
          missingValues: texts(2),
        })
        .map(({ names: [target, ...names], values, classes, missingValues }) => ({
          columns: [
            ...names.slice(1).map((name, c) => ({ name, type: "number", ...(c % 2 === 0 && { missing }) })),
            ...(categories > 0 ? [{ name: names[0], type: "category", categories: values, missing: values[0] }] : []),
          ],
          target: { columns: [target], ...(named && { classes }) },
          missingValues,
        })),
    );
}
