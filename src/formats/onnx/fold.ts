import { reasonOf } from "../../errors.ts";
import { zeroed } from "../../memory.ts";
import type { ActivationKind } from "../../model.ts";
import type { Normalization } from "../../normalization.ts";
import { MAX_LAYERS } from "../../options.ts";
import type { DType } from "../../types.ts";
import { named } from "./graph.ts";
import { assertFew, wordsOf } from "./shapes.ts";
import type { ActivationStep, ElementwiseStep, Features, LinearStep, Step } from "./steps.ts";
import type { Tensor } from "./tensors.ts";

/** So many additions and multiplications between two layers are more than any model has. */
const MOST_ELEMENTWISE = 32;

/** What a network does between two of its values: W x + b, then the activation. */
export interface FoldedLayer {
  readonly units: number;
  readonly activation: ActivationKind;
  /** The slope of a sigmoid, the alpha of a leaky ReLU, else 1. */
  readonly parameter: number;
  /** (units, inputs + 1), the bias last. */
  readonly weights: readonly Float64Array[];
}

export interface FoldedNetwork {
  readonly inputs: number;
  readonly layers: readonly FoldedLayer[];
  readonly normalization: Normalization | undefined;
  /** float64 where any weights are. */
  readonly dtype: DType;
}

/** A layer whose activation has not come yet. */
interface OpenLayer {
  readonly step: LinearStep;
  /** What is done to W x, in this order. */
  readonly after: ElementwiseStep[];
  /** What was done to x, and is put into W and b. */
  readonly before: readonly ElementwiseStep[];
}

/**
 * Makes layers of what is done to a value on its way from the input to the output: additions and multiplications go into
 * the normalization of the inputs or into weights and biases.
 *
 * @param dims - of the input, that of the samples first; undefined where the file does not say them
 * @throws Error that names the node, for what no layer can stand for
 */
export function folded(steps: readonly Step[], dims: readonly (number | undefined)[] | undefined): FoldedNetwork {
  const folding = new Folding(featuresOf(dims));
  for (const step of steps) {
    try {
      folding.take(step);
    } catch (cause) {
      throw new Error(`${named(step.node)}: ${reasonOf(cause)}`, { cause });
    }
  }
  return folding.end();
}

function featuresOf(dims: readonly (number | undefined)[] | undefined): Features {
  if (!dims) return undefined;
  assertFew(dims);
  if (dims.length < 2)
    throw new Error(`the input has ${dims.length} dimensions, expected that of the samples and another`);
  return dims.slice(1).map((size = Number.NaN) => (size > 0 ? size : Number.NaN));
}

class Folding {
  readonly #layers: FoldedLayer[] = [];
  #features: Features;
  #normalization: Normalization | undefined;
  #inputs = 0;
  #isDouble = false;
  #open: OpenLayer | undefined;
  /** What is done to the inputs, or to what the last layer gives. */
  #pending: ElementwiseStep[] = [];

  constructor(features: Features) {
    this.#features = features;
  }

  take(step: Step): void {
    if (step.kind === "linear") this.#begin(step);
    else if (step.kind === "shape") this.#features = step.after(this.#features);
    else if (step.kind === "elementwise") this.#takeElementwise(step);
    else this.#activate(step);
  }

  end(): FoldedNetwork {
    if (this.#open) this.#close(this.#open, "linear", 1);
    if (this.#layers.length === 0) throw new Error("there is no Gemm and no MatMul on the way to the graph's output");
    if (this.#pending.length > 0) {
      throw new Error(`${named(this.#pending[0].node)}: it changes what the last layer's activation gives`);
    }
    const dtype = this.#isDouble ? "float64" : "float32";
    return { inputs: this.#inputs, layers: this.#layers, normalization: this.#normalization, dtype };
  }

  #begin(step: LinearStep): void {
    if (this.#open) this.#close(this.#open, "linear", 1);
    if (this.#layers.at(-1)?.activation === "softmax") throw new Error("it follows a softmax, which can only be last");
    if (this.#layers.length === MAX_LAYERS)
      throw new Error(`it is layer ${MAX_LAYERS + 1}, expected at most ${MAX_LAYERS}`);
    const { matrix } = step;
    const [units, inputs] = sizesOf(step);
    const found = this.#features ?? [inputs];
    if (found.length !== 1 || (found[0] !== inputs && !Number.isNaN(found[0]))) {
      throw new Error(`its weights are for ${inputs} values, but a sample has the shape ${wordsOf(found)} here`);
    }
    let before = this.#pending;
    this.#pending = [];
    if (this.#layers.length === 0) {
      this.#inputs = inputs;
      this.#normalization = before.length > 0 ? normalizationOf(before, inputs) : undefined;
      if (this.#normalization) before = [];
    }
    this.#isDouble ||= matrix.isDouble;
    this.#open = { step, before, after: [] };
    this.#features = [units];
  }

  #takeElementwise(step: ElementwiseStep): void {
    this.#features = featuresWith(step.by, this.#features);
    const list = this.#open?.after ?? this.#pending;
    if (list.length === MOST_ELEMENTWISE) throw new Error(`it follows ${MOST_ELEMENTWISE} others of its kind`);
    list.push(step);
  }

  #activate(step: ActivationStep): void {
    const open = this.#open;
    if (!open) throw new Error("it does not follow a Gemm or MatMul, and a layer has one activation");
    if (step.activation === "softmax" && this.#features?.length !== 1) {
      throw new Error(`a sample has the shape ${wordsOf(this.#features)} here, expected one dimension`);
    }
    this.#close(open, step.activation, step.activation === "sigmoid" ? takeSlope(open.after) : step.parameter);
  }

  #close({ step, before, after }: OpenLayer, activation: ActivationKind, parameter: number): void {
    const [units, inputs] = sizesOf(step);
    const weights = rowsOf(step);
    const bias = new Float64Array(units);
    for (const earlier of before.toReversed()) foldBefore(earlier, weights, bias);
    let isPlain = before.length === 0;
    for (const { operation, by } of after) {
      for (let u = 0; u < units; u++) {
        const value = valueAt(by, u);
        // A first addend is taken as it is: 0 + −0 would be 0.
        if (operation === "add") bias[u] = isPlain ? value : bias[u] + value;
        else scaleRow(weights[u], inputs, value, bias, u);
      }
      isPlain &&= operation !== "add";
    }
    for (let u = 0; u < units; u++) weights[u][inputs] = bias[u];
    this.#layers.push({ units, activation, parameter, weights });
    this.#open = undefined;
  }
}

function sizesOf({ matrix, isTransposed }: LinearStep): readonly [units: number, inputs: number] {
  const [rows, columns] = matrix.dims;
  return isTransposed ? [columns, rows] : [rows, columns];
}

/** Rows of weights with room for the bias. */
function rowsOf(step: LinearStep): Float64Array[] {
  const [units, inputs] = sizesOf(step);
  const { values } = step.matrix;
  const [perUnit, perInput] = step.isTransposed ? [1, units] : [inputs, 1];
  const all = zeroed(Float64Array, units * (inputs + 1));
  return Array.from({ length: units }, (_, u) => {
    const row = all.subarray(u * (inputs + 1), (u + 1) * (inputs + 1));
    for (let j = 0; j < inputs; j++) row[j] = values[u * perUnit + j * perInput];
    return row;
  });
}

/** W (m ∘ x) = (W ∘ m) x, and W (x + a) = W x + W a. */
function foldBefore({ operation, by }: ElementwiseStep, weights: readonly Float64Array[], bias: Float64Array): void {
  for (const [u, row] of weights.entries()) {
    for (let j = 0; j < row.length - 1; j++) {
      if (operation === "add") bias[u] += row[j] * valueAt(by, j);
      else row[j] *= valueAt(by, j);
    }
  }
}

function scaleRow(row: Float64Array, inputs: number, factor: number, bias: Float64Array, u: number): void {
  for (let j = 0; j < inputs; j++) row[j] *= factor;
  bias[u] *= factor;
}

function valueAt({ values }: Tensor, i: number): number {
  return values.length === 1 ? values[0] : values[i];
}

/** The slope that multiplications by one positive number come to right before a sigmoid; they are taken out of the list. */
function takeSlope(after: ElementwiseStep[]): number {
  let slope = 1;
  for (let last = after.at(-1); last?.operation === "multiply"; last = after.at(-1)) {
    const [value] = last.by.values;
    if (last.by.values.length !== 1 || !(value > 0)) break;
    slope *= value;
    after.pop();
  }
  return slope;
}

/** (x − offset) · scale; undefined where a scale would be one that no normalization can have. */
function normalizationOf(operations: readonly ElementwiseStep[], inputs: number): Normalization | undefined {
  const offset = new Array<number>(inputs).fill(0);
  const scale = new Array<number>(inputs).fill(1);
  let isPlain = true;
  for (const { operation, by } of operations) {
    for (let j = 0; j < inputs; j++) {
      const value = valueAt(by, j);
      if (operation === "multiply") scale[j] *= value;
      else offset[j] = isPlain ? -value : offset[j] - value / scale[j];
    }
    isPlain = false;
  }
  const isHeld = offset.every(Number.isFinite) && scale.every((factor) => Number.isFinite(factor) && factor !== 0);
  return isHeld ? { offset, scale } : undefined;
}

/**
 * The shape of a sample after a constant was added or multiplied. That is one number, or one for each value: whatever else
 * it were would change the shape, or mix samples.
 */
function featuresWith({ dims, values }: Tensor, features: Features): Features {
  if (dims.length <= (features?.length ?? dims.length) + 1) {
    if (values.length === 1) return features;
    const own = withoutOnes(dims);
    const isOpen = !features || (features.length === 1 && Number.isNaN(features[0]));
    if (isOpen && own.length === 1) return own;
    if (features && own.join() === withoutOnes(features).join()) return features;
  }
  throw new Error(`its constant has the shape [${dims.join(", ")}], but a sample has ${wordsOf(features)}`);
}

/** A shape without the dimensions of 1 in front. */
function withoutOnes(dims: readonly number[]): readonly number[] {
  const first = dims.findIndex((size) => size !== 1);
  return first < 0 ? [] : dims.slice(first);
}
