import { type Graph, integerOf, operatorOf, quoted } from "./graph.ts";
import type { NodeMessage } from "./messages.ts";
import type { Features } from "./steps.ts";

// What shapes become where nothing but the order of a sample's own numbers is left to say: all samples stay apart.

type Change = (features: Features) => Features;

/** Dimensions of a sample: more than any model has. */
const MOST_DIMENSIONS = 32;

/** @throws Error for more dimensions than any model has */
export function assertFew(dimensions: readonly unknown[]): void {
  if (dimensions.length > MOST_DIMENSIONS) {
    throw new Error(`it has ${dimensions.length} dimensions, expected at most ${MOST_DIMENSIONS}`);
  }
}

/** How many values a sample has. */
export function widthOf(features: readonly number[]): number {
  return features.reduce((width, size) => width * size, 1);
}

/** A sample's shape in words. */
export function wordsOf(features: Features): string {
  return `[${features?.map((size) => (Number.isNaN(size) ? "?" : size)).join(", ") ?? "?"}]`;
}

/** What Flatten makes of a sample. */
export function flattened(node: NodeMessage): Change {
  const axis = integerOf(node, "axis", 1);
  return (features) => {
    const isFirst = axis === 1 || (axis < 0 && axis === -(features?.length ?? 0));
    if (!isFirst) throw new Error(`axis is ${axis}, expected 1: the first behind that of the samples`);
    return [features ? widthOf(features) : Number.NaN];
  };
}

/** A dimension that is as long as there are samples. */
const SAMPLES = "samples";

/** What Reshape makes of a sample, if it keeps samples apart. */
export function reshaped(node: NodeMessage, graph: Graph): Change {
  const shape = shapeOf(node, graph);
  assertFew(shape);
  const [first, ...rest] = shape;
  const fixed = graph.input.dims?.[0];
  const isKept = first === SAMPLES || first === -1 || first === 0 || (fixed !== undefined && first === fixed);
  const failure = () => new Error(`its shape [${shape.join(", ")}] does not keep the samples apart`);
  if (!isKept || rest.includes(SAMPLES)) throw failure();
  if (integerOf(node, "allowzero", 0) !== 0) throw new Error("allowzero is not 0");
  return (features) => {
    const sizes = rest.map((size, i) => (size === 0 ? (features?.[i] ?? Number.NaN) : Number(size)));
    const open = sizes.indexOf(-1);
    if (sizes.some((size, i) => size < 0 && i !== open)) throw failure();
    const width = features ? widthOf(features) : Number.NaN;
    if (Number.isNaN(width)) {
      // How many values a sample has is not known, so the number of samples has to be said.
      if (first === -1) throw failure();
      return sizes.map((size) => (size > 0 ? size : Number.NaN));
    }
    if (open >= 0 && first !== -1) sizes[open] = width / widthOf(sizes.filter((_, i) => i !== open));
    if (widthOf(sizes) !== width || !sizes.every((size) => Number.isInteger(size) && size > 0)) throw failure();
    return sizes;
  };
}

/** The shape that a node of operator Reshape is given. */
function shapeOf({ inputs }: NodeMessage, graph: Graph): readonly (number | typeof SAMPLES)[] {
  const [data = "", shape = ""] = inputs;
  if (graph.isConstant(shape)) return Array.from(graph.constantOf(shape).values);
  const node = graph.producerOf(shape);
  const parts = node && operatorOf(node) === "Concat" ? node.inputs : [shape];
  assertFew(parts);
  return parts.flatMap((part): readonly (number | typeof SAMPLES)[] => {
    if (graph.isConstant(part)) return Array.from(graph.constantOf(part).values);
    if (isNumberOfSamples(part, data, graph)) return [SAMPLES];
    throw new Error(`its shape ${quoted(shape)} is neither constant nor made of the number of samples`);
  });
}

/** Whether a value is Unsqueeze(Gather(Shape(data), 0)): what PyTorch makes of `x.size(0)`. */
function isNumberOfSamples(value: string, data: string, graph: Graph): boolean {
  const gather = inputOf(value, "Unsqueeze", graph);
  const [, index = ""] = graph.producerOf(gather)?.inputs ?? [];
  if (inputOf(inputOf(gather, "Gather", graph), "Shape", graph) !== data || !graph.isConstant(index)) return false;
  const { values } = graph.constantOf(index);
  return values.length === 1 && values[0] === 0;
}

/** The first input of the node that gives a value, if it is of this operator. */
function inputOf(value: string, operator: string, graph: Graph): string {
  const node = graph.producerOf(value);
  return node && operatorOf(node) === operator ? (node.inputs[0] ?? "") : "";
}

/** What Squeeze makes of a sample. */
export function squeezed(node: NodeMessage, graph: Graph): Change {
  const axes = axesOf(node, graph);
  return (features) => {
    if (!features) return undefined;
    const removed = axes?.map((axis) => placeOf(axis, features.length + 1));
    for (const place of removed ?? []) {
      if (features[place] !== 1 && !Number.isNaN(features[place]))
        throw new Error(`axes are ${axes}, expected dimensions of length 1`);
    }
    return features.filter((size, place) => (removed ? !removed.includes(place) : size !== 1));
  };
}

/** What Unsqueeze makes of a sample. */
export function unsqueezed(node: NodeMessage, graph: Graph): Change {
  const axes = axesOf(node, graph) ?? [];
  return (features) => {
    if (!features) return undefined;
    const rank = features.length + axes.length;
    const added = axes.map((axis) => placeOf(axis, rank + 1));
    if (added.some((place) => !(place >= 0 && place < rank))) throw new Error(`axes are ${axes}, of ${rank + 1}`);
    assertFew([...features, ...axes]);
    const sizes = [...features];
    return Array.from({ length: rank }, (_, place) => (added.includes(place) ? 1 : (sizes.shift() ?? 1)));
  };
}

/** Since version 13 axes are an input. */
function axesOf({ inputs, attributes }: NodeMessage, graph: Graph): readonly number[] | undefined {
  const [, value = ""] = inputs;
  const axes = value === "" ? attributes.get("axes")?.integers : Array.from(graph.constantOf(value).values);
  assertFew(axes ?? []);
  if (axes?.includes(0)) throw new Error(`axes are ${axes}, expected none to be that of the samples`);
  return axes;
}

/** An axis among those of a sample, from the number it has among all `rank` of them. */
function placeOf(axis: number, rank: number): number {
  return (axis < 0 ? axis + rank : axis) - 1;
}
