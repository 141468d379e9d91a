import { resolveActivation } from "../options.ts";
import type { SavedModel } from "../saved_model.ts";
import { VERSION } from "../version.ts";
import { formatError } from "./format_error.ts";
import { KERNELS } from "./standalone_kernels.ts";

// The module that `network.toFunction` writes. Sums and activations are the text of the TypeScript backend's own kernels under
// the reproducible arithmetic (scripts/derive_standalone.mjs), so predictions have their bits; what is written here is what
// lies around them.

/** More would not fit into one text, where base64 takes four characters for three bytes. */
const MOST_BYTES = 2 ** 28;
/** Of which base64 makes a text at a time: whole numbers, and whole groups of three bytes. */
const PIECE_BYTES = 3 * 2 ** 12;

const NUMBERS = {
  float32: { type: "Float32Array", get: "getFloat32", bytes: 4 },
  float64: { type: "Float64Array", get: "getFloat64", bytes: 8 },
} as const;

/**
 * The source of an ES module that predicts as the network does: see `Network.toFunction`.
 *
 * @throws DownhillError `ERR_FORMAT` for a network too large for a text
 */
export function standaloneSource(model: SavedModel): string {
  const { inputs, dtype, normalization, classNames } = model;
  const sizes = [inputs, ...model.layers.map(({ units }) => units)];
  const outputs = sizes[sizes.length - 1];
  const { type, get, bytes } = NUMBERS[dtype];
  const weightBytes = bytes * model.layers.reduce((sum, { units }, l) => sum + units * (sizes[l] + 1), 0);
  if (weightBytes > MOST_BYTES) {
    throw formatError(`the network has ${weightBytes} bytes of weights, where a module can hold ${MOST_BYTES}`);
  }
  const layers = model.layers.map(({ units, activation }, l) => {
    const { kind, parameter } = resolveActivation(activation, "activation", l + 1 === model.layers.length);
    return `  { units: ${units}, activate: kernels.${kind}, parameter: ${parameter} },`;
  });
  return `// A neural network of ${sizes.join(", ")} units in ${dtype}, written by downhill ${VERSION}. It imports nothing and needs
// nothing but atob beside the language.
${classNames ? classNamesText(classNames) : ""}
/**
 * The outputs of the network for an input.
 *
 * @param {ArrayLike<number>} input ${inputs} finite numbers${normalization ? ", raw: they are normalized here" : ""}
 * @returns {${type}} ${outputs} numbers
 * @throws {RangeError} for another length, and for what is no finite number
 */
export default function predict(input) {
  if (input.length !== ${inputs}) throw new RangeError(\`input has length \${input.length}, expected ${inputs}\`);
  let values = new ${type}(${inputs + 1});
  for (let j = 0; j < ${inputs}; j++) {
    const value = input[j];
    values[j] = typeof value === "number" ? ${normalization ? "(value - offset[j]) * scale[j]" : "value"} : NaN;
    if (!Number.isFinite(values[j])) throw new RangeError(\`input[\${j}] is \${String(value)}, expected a finite number\`);
  }
  let first = 0;
  for (const { units, activate, parameter } of layers) {
    const columns = values.length;
    values[columns - 1] = 1;
    const next = new ${type}(units + 1);
    const end = first + units * columns;
    kernels.gemv(weights.subarray(first, end), units, columns, columns, values, next);
    activate(next, next, units, parameter);
    first = end;
    values = next;
  }
  return values.slice(0, ${outputs});
}

// Matrix products and activations of downhill, in the order of operations that gives the same bits everywhere.
const kernels = ${KERNELS[dtype]};

const layers = [
${layers.join("\n")}
];
${normalization ? normalizationText(normalization) : ""}
/** @param {string} text base64 of little-endian numbers */
function decode(text) {
  const letters = atob(text);
  const bytes = new DataView(new ArrayBuffer(letters.length));
  for (let i = 0; i < letters.length; i++) bytes.setUint8(i, letters.charCodeAt(i));
  const numbers = new ${type}(letters.length / ${bytes});
  for (let i = 0; i < numbers.length; i++) numbers[i] = bytes.${get}(${bytes} * i, true);
  return numbers;
}

/** Rows of weights with the bias at last, layer after layer. */
const weights = decode("${base64Of(model)}");
`;
}

function classNamesText(classNames: readonly string[]): string {
  // In a script of a page, "</script>" would end it even within quotation marks.
  const names = JSON.stringify(classNames).replaceAll("<", "\\u003c");
  return `
/**
 * What the classes are called, in the order of the outputs.
 *
 * @type {readonly string[]}
 */
export const classNames = Object.freeze(${names});
`;
}

function normalizationText({ offset, scale }: NonNullable<SavedModel["normalization"]>): string {
  return `
/** An input becomes (input - offset) * scale. */
const offset = ${JSON.stringify(offset)};
const scale = ${JSON.stringify(scale)};
`;
}

/** All weights, layer after layer and row after row. */
function base64Of({ layers, dtype }: SavedModel): string {
  const { bytes } = NUMBERS[dtype];
  const piece = new Uint8Array(PIECE_BYTES);
  const view = new DataView(piece.buffer);
  const texts: string[] = [];
  let at = 0;
  const flush = () => {
    texts.push(btoa(String.fromCharCode(...piece.subarray(0, at))));
    at = 0;
  };
  for (const { weights } of layers) {
    for (const row of weights) {
      for (let j = 0; j < row.length; j++) {
        if (dtype === "float64") view.setFloat64(at, row[j], true);
        else view.setFloat32(at, row[j], true);
        at += bytes;
        if (at === PIECE_BYTES) flush();
      }
    }
  }
  flush();
  return texts.join("");
}
