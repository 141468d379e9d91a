import {
  ElementType,
  type GraphMessage,
  isOfOnnx,
  type NodeMessage,
  type TensorMessage,
  type ValueMessage,
} from "./messages.ts";
import { numbersOf, type Tensor } from "./tensors.ts";

/** Constants go through a few of these at most. */
const MOST_PASSES = 16;

/** What constants of whole numbers are of. */
const INTEGERS: readonly number[] = [ElementType.int32, ElementType.int64];

/** Where a constant comes from, and what is done to it on the way. */
interface Source {
  readonly tensor: TensorMessage;
  readonly isTransposed: boolean;
  readonly isCastToFloat: boolean;
}

/** A graph that can be gone through from its end to its beginning. */
export class Graph {
  /** What the values of samples come in as. */
  readonly input: ValueMessage;
  readonly outputs: readonly string[];
  readonly nodeCount: number;
  readonly #producers = new Map<string, NodeMessage>();
  readonly #initializers = new Map<string, TensorMessage>();
  #numbersLeft: number;

  /**
   * @param fileBytes - how many numbers may be read of constants, the same one counted as often as it is used: layers
   *   that share a matrix would else be a small file and a large network
   * @throws Error for a graph with names that are not unique, and for more than one input or none
   */
  constructor({ nodes, initializers, inputs, outputs }: GraphMessage, fileBytes: number) {
    this.#numbersLeft = fileBytes;
    for (const tensor of initializers) {
      if (this.#initializers.has(tensor.name)) throw new Error(`two initializers are called ${quoted(tensor.name)}`);
      this.#initializers.set(tensor.name, tensor);
    }
    for (const node of nodes) {
      for (const output of node.outputs) {
        if (output === "") continue;
        if (this.#producers.has(output) || this.#initializers.has(output)) {
          throw new Error(`${named(node)} gives ${quoted(output)}, which something else gives, too`);
        }
        this.#producers.set(output, node);
      }
    }
    // Before version 4 of the format initializers were inputs with a default.
    const given = inputs.filter(({ name }) => !this.#initializers.has(name));
    if (given.length !== 1) {
      const list = given.slice(0, 10).map(({ name }) => quoted(name));
      throw new Error(`the graph has ${given.length} inputs (${list.join(", ")}), expected one`);
    }
    this.input = given[0];
    if (this.#producers.has(this.input.name)) throw new Error(`the input ${quoted(this.input.name)} is computed, too`);
    this.outputs = outputs.map(({ name }) => name);
    this.nodeCount = nodes.length;
  }

  /** The node that gives a value; undefined for inputs, constants, and what is not the first output of a node. */
  producerOf(value: string): NodeMessage | undefined {
    const node = this.#producers.get(value);
    return node?.outputs[0] === value ? node : undefined;
  }

  /** Whether a value is the same for all samples, as far as this is known. */
  isConstant(value: string): boolean {
    return this.#sourceOf(value) !== undefined;
  }

  /** Whether a value is a constant that operators take for whole numbers. */
  isOfIntegers(value: string): boolean {
    const source = this.#sourceOf(value);
    return source !== undefined && !source.isCastToFloat && INTEGERS.includes(source.tensor.type);
  }

  /** @throws Error for what is no constant of numbers */
  constantOf(value: string): Tensor {
    const source = this.#sourceOf(value);
    if (!source) throw new Error(`${quoted(value)} is no constant`);
    const tensor = numbersOf(source.tensor);
    this.#numbersLeft -= tensor.values.length;
    if (this.#numbersLeft < 0) throw new Error(`${quoted(value)} is one constant used too often`);
    return source.isTransposed ? transposed(tensor, value) : tensor;
  }

  /** A constant of texts, or of whole numbers as texts; undefined for something else. */
  textsOf(value: string): readonly string[] | undefined {
    const tensor = this.#sourceOf(value)?.tensor;
    if (!tensor) return undefined;
    return tensor.texts.length > 0 ? tensor.texts : Array.from(this.constantOf(value).values, String);
  }

  #sourceOf(value: string): Source | undefined {
    let isTransposed = false;
    let isCast = false;
    let name = value;
    for (let passes = 0; passes < MOST_PASSES; passes++) {
      const initializer = this.#initializers.get(name);
      if (initializer) return { tensor: initializer, isTransposed, isCastToFloat: isCast };
      const node = this.producerOf(name);
      if (!node) return undefined;
      const operator = operatorOf(node);
      if (operator === "Constant") {
        const tensor = constantTensor(node);
        return tensor && { tensor, isTransposed, isCastToFloat: isCast };
      }
      // Weights may reach their operator through others that rename or turn them.
      if (operator === "Transpose") isTransposed = isTransposed !== turns(node);
      else if (isCastToFloat(node)) isCast = true;
      else if (operator !== "Identity") return undefined;
      [name = ""] = node.inputs;
    }
    return undefined;
  }
}

/** What a node of operator Constant holds; undefined for texts and sparse tensors. */
function constantTensor({ attributes }: NodeMessage): TensorMessage | undefined {
  const whole = attributes.get("value")?.tensor;
  if (whole) return whole;
  const [entry] = attributes;
  if (!entry) return undefined;
  const [name, { float, integer, floats, integers }] = entry;
  const empty = { name, raw: undefined, floats: [], doubles: [], int32s: [], int64s: [], texts: [], isExternal: false };
  if (name === "value_float") return { ...empty, type: ElementType.float, dims: [], floats: [float] };
  if (name === "value_floats") return { ...empty, type: ElementType.float, dims: [floats.length], floats };
  if (name === "value_int") return { ...empty, type: ElementType.int64, dims: [], int64s: [integer] };
  if (name === "value_ints") return { ...empty, type: ElementType.int64, dims: [integers.length], int64s: integers };
  return undefined;
}

/** A matrix with rows and columns swapped: what Transpose does to one, as its only order that is not the order itself. */
function transposed({ dims, values, isDouble }: Tensor, name: string): Tensor {
  if (dims.length !== 2 || values.length === 0)
    throw new Error(`${quoted(name)} is transposed and has the shape [${dims.join(", ")}], expected a matrix`);
  const [rows, columns] = dims;
  const turned = new Float64Array(values.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) turned[c * rows + r] = values[r * columns + c];
  return { dims: [columns, rows], values: turned, isDouble };
}

/** A name as errors have it: paths of modules are long, what harms is longer. */
export function quoted(name: string): string {
  return JSON.stringify(shortened(name));
}

/** A node as errors have it; many have no name, but all that matter give something. */
export function named(node: NodeMessage): string {
  const { name, outputs } = node;
  const label = name === "" ? `the node of ${quoted(outputs[0] ?? "")}` : `node ${quoted(name)}`;
  return `${label} (${shortened(operatorOf(node))})`;
}

function shortened(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}

/** Whether a node only changes between types of numbers that are not whole. */
export function isCastToFloat(node: NodeMessage): boolean {
  const { float, double, float16, bfloat16 } = ElementType;
  const types: readonly number[] = [float, double, float16, bfloat16];
  return operatorOf(node) === "Cast" && types.includes(integerOf(node, "to", 0));
}

/** Whether a node of operator Transpose does anything to a matrix. */
function turns({ attributes }: NodeMessage): boolean {
  const order = attributes.get("perm")?.integers;
  return !(order?.length === 2 && order[0] === 0 && order[1] === 1);
}

/** What a node does: the name of its operator, with the domain in front where that is not ONNX itself. */
export function operatorOf({ domain, operator }: NodeMessage): string {
  return isOfOnnx(domain) ? operator : `${domain}.${operator}`;
}

/** What a node has as an attribute, or the default. */
export function integerOf({ attributes }: NodeMessage, name: string, fallback: number): number {
  return attributes.get(name)?.integer ?? fallback;
}

export function floatOf({ attributes }: NodeMessage, name: string, fallback: number): number {
  return attributes.get(name)?.float ?? fallback;
}
