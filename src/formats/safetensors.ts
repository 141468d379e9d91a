import { zeroed } from "../memory.ts";
import type { SavedModel } from "../saved_model.ts";
import type { DType } from "../types.ts";
import { modelOfLayers, type WeightRows } from "./dense_layers.ts";
import { describedIn, descriptionText } from "./description_text.ts";
import { formatError } from "./format_error.ts";
import { inOrder, type NamedLayer } from "./layer_order.ts";
import type { ForeignChoices, ModelFileFormat } from "./model_format.ts";
import { decodeTensors, type ElementType, encodeTensors, labelOf, reader, type Tensor } from "./safetensors_file.ts";

// A network as tensors: `layers.N.weight` of shape (units, inputs) and `layers.N.bias` of shape (units), as PyTorch's
// Linear has them. All else is JSON under one key of the file's metadata.

/** Holds what `descriptionOf` gives, as JSON. */
const DESCRIPTION = "downhill";
/** What Hugging Face's transformers look for, and refuse files without. */
const PYTORCH = ["format", "pt"] as const;

const ELEMENT_TYPES: Readonly<Record<DType, ElementType>> = { float32: "F32", float64: "F64" };

/** A layer's tensors. */
interface TensorLayer extends NamedLayer {
  readonly weight: Tensor;
  /** Absent where all biases are 0. */
  readonly bias: Tensor | undefined;
}

export const safetensors: ModelFileFormat = {
  extensions: [".safetensors"],
  encode: (model) =>
    encodeTensors({
      metadata: new Map([PYTORCH, [DESCRIPTION, descriptionText(model)]]),
      tensors: model.layers.flatMap(({ units, weights }, l) => {
        const inputs = l === 0 ? model.inputs : model.layers[l - 1].units;
        return [
          tensorOf(`layers.${l}.weight`, [units, inputs], model.dtype, weights, 0),
          tensorOf(`layers.${l}.bias`, [units], model.dtype, weights, inputs),
        ];
      }),
    }),
  decode: (bytes, choices) => {
    const { metadata, tensors } = decodeTensors(bytes);
    const description = metadata.get(DESCRIPTION);
    return description === undefined ? foreignModel(tensors, choices) : ownModel(description, tensors);
  },
};

/** As many columns of the rows as the shape has, from the first on; a single one where it has no columns. */
function tensorOf(name: string, shape: readonly number[], dtype: DType, rows: WeightRows, first: number): Tensor {
  const [units, columns = 1] = shape;
  const size = dtype === "float64" ? 8 : 4;
  const bytes = zeroed(Uint8Array, size * units * columns);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const row of rows) {
    for (let j = first; j < first + columns; j++) {
      if (dtype === "float64") view.setFloat64(at, row[j], true);
      else view.setFloat32(at, row[j], true);
      at += size;
    }
  }
  return { name, type: ELEMENT_TYPES[dtype], shape, bytes };
}

function ownModel(text: string, tensors: readonly Tensor[]): SavedModel {
  const description = describedIn(text);
  const type = ELEMENT_TYPES[description.dtype];
  const left = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const take = (name: string, shape: readonly number[]): Tensor => {
    const tensor = left.get(name);
    left.delete(name);
    if (tensor?.type === type && isSame(tensor.shape, shape)) return tensor;
    const found = tensor ? `${labelOf(tensor)} in ${tensor.type}` : "nothing";
    throw formatError(`it has ${found}, expected ${labelOf({ name, shape })} in ${type}`);
  };
  const layers = description.layers.map((layer, l) => {
    const inputs = l === 0 ? description.inputs : description.layers[l - 1].units;
    const weight = take(`layers.${l}.weight`, [layer.units, inputs]);
    const bias = take(`layers.${l}.bias`, [layer.units]);
    return { ...layer, weights: rowsOf({ name: "", inputs, units: layer.units, weight, bias }, description.dtype) };
  });
  const [surplus] = left.values();
  if (surplus) throw formatError(`it has ${labelOf(surplus)}, which no layer of its network has`);
  return { ...description, layers };
}

function foreignModel(tensors: readonly Tensor[], choices: ForeignChoices): SavedModel {
  const layers = inOrder(layersOf(tensors));
  const widest = tensors.some(({ type }) => type === "F64") ? "float64" : "float32";
  const rows = layers.map((layer) => rowsOf(layer, choices.dtype ?? widest));
  return modelOfLayers(rows, choices, widest);
}

/** Pairs of `NAME.weight` and `NAME.bias`, or of `weight` and `bias` alone, and nothing else. */
function layersOf(tensors: readonly Tensor[]): readonly TensorLayer[] {
  const weights = new Map<string, Tensor>();
  const biases = new Map<string, Tensor>();
  for (const tensor of tensors) {
    const [, layer, kind] = /^(|.*\.)(weight|bias)$/s.exec(tensor.name) ?? [];
    if (kind === undefined) throw formatError(`it has ${labelOf(tensor)}, expected names that end with weight or bias`);
    (kind === "weight" ? weights : biases).set(layer, tensor);
  }
  const layers = Array.from(weights, ([name, weight]) => {
    const [units, inputs] = weight.shape;
    if (weight.shape.length !== 2 || units === 0 || inputs === 0) {
      throw formatError(`it has ${labelOf(weight)}, expected (outputs, inputs), with at least one of each`);
    }
    const bias = biases.get(name);
    biases.delete(name);
    if (bias && !isSame(bias.shape, [units])) {
      throw formatError(`it has ${labelOf(bias)}, expected (${units}) beside ${labelOf(weight)}`);
    }
    return { name: weight.name, inputs, units, weight, bias };
  });
  const [lonely] = biases.values();
  if (lonely) throw formatError(`it has ${labelOf(lonely)}, but no weights that it belongs to`);
  return layers;
}

/** (units, inputs + 1), in one piece of memory. */
function rowsOf({ units, inputs, weight, bias }: TensorLayer, dtype: DType): WeightRows {
  const columns = inputs + 1;
  const values = dtype === "float64" ? zeroed(Float64Array, units * columns) : zeroed(Float32Array, units * columns);
  const weightAt = reader(weight);
  const biasAt = bias ? reader(bias) : () => 0;
  return Array.from({ length: units }, (_, unit) => {
    const row = values.subarray(unit * columns, (unit + 1) * columns);
    for (let j = 0; j < inputs; j++) row[j] = weightAt(unit * inputs + j);
    row[inputs] = biasAt(unit);
    return row;
  });
}

function isSame(shape: readonly number[], expected: readonly number[]): boolean {
  return shape.length === expected.length && shape.every((size, i) => size === expected[i]);
}
