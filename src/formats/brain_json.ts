import { describe } from "../errors.ts";
import type { SavedModel } from "../saved_model.ts";
import type { Activation } from "../types.ts";
import { modelOfLayers, type WeightRows } from "./dense_layers.ts";
import { formatError } from "./format_error.ts";
import type { ForeignChoices } from "./model_format.ts";

// What `toJSON` of brain.js' NeuralNetwork gives. Version 1 has an object for each layer, the inputs among them, with a
// { bias, weights } for each unit, under names or numbers, in their order; version 2 has { weights, biases } in arrays,
// and maps of names to numbers. Every layer, the last one too, has the same activation.

type Fields = Readonly<Record<string, unknown>>;

/** What the two versions have in common. */
interface Contents {
  readonly activation: Activation;
  /** For each layer but the inputs. */
  readonly rows: readonly WeightRows[];
  /** Of inputs and outputs, where these have some. */
  readonly names: { readonly inputNames?: readonly string[]; readonly outputNames?: readonly string[] };
}

/** Whether a parsed JSON text looks like one of brain.js. */
export function isBrain(value: unknown): value is Fields {
  return isFields(value) && "sizes" in value && "layers" in value && !("format" in value);
}

/**
 * The network of a `NeuralNetwork` of brain.js 1.6 or 2. Names of inputs and outputs come as `inputNames` and `outputNames`
 * in the metadata.
 *
 * @throws DownhillError `ERR_FORMAT` for other kinds of networks, and for what is damaged, `ERR_OPTION` for the choices
 */
export function brainModel(given: Fields, choices: ForeignChoices): SavedModel {
  const { type, sizes, layers } = given;
  if (type !== undefined && type !== "NeuralNetwork") {
    throw formatError(`it is a ${describe(type)} of brain.js, expected a NeuralNetwork`);
  }
  if (!Array.isArray(layers) || !layers.every(isFields)) {
    throw formatError(`layers is ${describe(layers)}, expected an array of objects`);
  }
  const { activation, rows, names } = type === undefined ? version1(given, layers) : version2(given, layers);
  // What brain.js trains by.
  const { loss = "squaredError" } = choices;
  const chosen = { ...choices, loss, activation, outputActivation: activation };
  const model = modelOfLayers(rows, chosen, "float32");
  const found = [model.inputs, ...model.layers.map(({ units }) => units)];
  if (!Array.isArray(sizes) || sizes.length !== found.length || found.some((size, l) => size !== sizes[l])) {
    throw formatError("sizes is not what the sizes of its layers are");
  }
  return { ...model, metadata: names };
}

function version1({ activation, inputLookup, outputLookup }: Fields, layers: readonly Fields[]): Contents {
  if (activation === "leaky-relu") {
    throw formatError("its leaky-relu, which in brain.js 1 is alpha · max(0, z), is no activation of downhill");
  }
  const keys = layers.map((layer) => Object.keys(layer));
  const rows = layers.slice(1).map((layer, l) =>
    Object.entries(layer).map(([key, unit]) => {
      const { bias, weights } = isFields(unit) ? unit : {};
      if (isFields(weights) && Object.keys(weights).length === keys[l].length) {
        return [...keys[l].map((name) => (Object.hasOwn(weights, name) ? weights[name] : undefined)), bias] as number[];
      }
      throw formatError(`layers[${l + 1}][${describe(key)}] has no weights for ${keys[l].length} inputs`);
    }),
  );
  return {
    activation: activationOf(activation, undefined),
    rows,
    names: {
      ...(inputLookup === true && { inputNames: keys[0] }),
      ...(outputLookup === true && { outputNames: keys[keys.length - 1] }),
    },
  };
}

function version2({ trainOpts, inputLookup, outputLookup }: Fields, layers: readonly Fields[]): Contents {
  const rows = layers.slice(1).map(({ weights, biases }, l) => {
    const isWhole = Array.isArray(weights) && weights.every(Array.isArray) && Array.isArray(biases);
    if (!isWhole || biases.length !== weights.length) {
      throw formatError(`layers[${l + 1}] has no list of weights and a bias for each unit`);
    }
    return weights.map((row, unit): number[] => [...row, biases[unit]]);
  });
  const { activation, leakyReluAlpha } = isFields(trainOpts) ? trainOpts : {};
  return {
    activation: activationOf(activation, leakyReluAlpha),
    rows,
    names: {
      ...(isFields(inputLookup) && { inputNames: namesOf(inputLookup, "inputLookup") }),
      ...(isFields(outputLookup) && { outputNames: namesOf(outputLookup, "outputLookup") }),
    },
  };
}

function activationOf(name: unknown, alpha: unknown): Activation {
  if (name === "sigmoid" || name === "relu" || name === "tanh") return name;
  if (name !== "leaky-relu") {
    throw formatError(`activation is ${describe(name)}, expected sigmoid, relu, leaky-relu or tanh`);
  }
  // It takes the larger one of z and alpha · z.
  if (typeof alpha === "number" && alpha >= 0 && alpha <= 1) return { type: "leakyRelu", alpha };
  throw formatError(`trainOpts.leakyReluAlpha is ${describe(alpha)}, expected a number from 0 to 1`);
}

/** The names in the order of their numbers. */
function namesOf(lookup: Fields, where: string): readonly string[] {
  const entries = Object.entries(lookup).toSorted(([, a], [, b]) => Number(a) - Number(b));
  if (entries.some(([, number], i) => number !== i)) throw formatError(`${where} does not number its names from 0 on`);
  return entries.map(([name]) => name);
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
