import type { ResolvedActivation } from "../../model.ts";
import { resolveActivation } from "../../options.ts";
import type { SavedModel } from "../../saved_model.ts";
import type { DType, Vector } from "../../types.ts";
import { ElementType } from "./messages.ts";

/** What the values of samples come in and go out as. */
export const INPUT = "input";
export const OUTPUT = "output";

/** An initializer, row-major. */
export interface Constant {
  readonly name: string;
  readonly dtype: DType;
  readonly dims: readonly number[];
  /** From `first` on, each row has as many numbers as the last of `dims` says, or one. */
  readonly rows: readonly Vector[];
  readonly first: number;
}

/** Named like the value it gives, but for the last one. */
export interface Node {
  readonly name: string;
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly attribute?:
    | { readonly name: string; readonly integer: number }
    | { readonly name: string; readonly float: number };
}

export interface BuiltGraph {
  readonly nodes: readonly Node[];
  readonly constants: readonly Constant[];
}

/** The nodes and constants that a network consists of, from raw inputs on; the last node gives the outputs. */
export function graphOf({ inputs, layers, dtype, normalization }: SavedModel): BuiltGraph {
  const nodes: Node[] = [];
  const constants: Constant[] = [];
  let value = INPUT;
  const node = (name: string, operator: string, more: readonly string[] = [], attribute?: Node["attribute"]) => {
    nodes.push({ name, operator, inputs: [value, ...more], ...(attribute && { attribute }) });
    value = name;
  };
  const constant = (name: string, dims: readonly number[], rows: readonly Vector[], first = 0, type = dtype) => {
    constants.push({ name, dtype: type, dims, rows, first });
    return name;
  };

  if (normalization) {
    // In float64 also for networks in float32, as the library does it: in float32 a raw value of 1e6 has few digits left
    // for what remains when 1e6 is subtracted.
    const { offset, scale } = normalization;
    const castTo = (name: "double" | "float") => ({ name: "to", integer: ElementType[name] });
    if (dtype === "float32") node("normalization.widen", "Cast", [], castTo("double"));
    node("normalization.shift", "Sub", [constant("normalization.offset", [inputs], [offset], 0, "float64")]);
    node("normalization.stretch", "Mul", [constant("normalization.scale", [inputs], [scale], 0, "float64")]);
    if (dtype === "float32") node("normalization.round", "Cast", [], castTo("float"));
  }

  let width = inputs;
  for (const [l, { units, activation, weights }] of layers.entries()) {
    const layer = `layers.${l}`;
    const matrix = constant(`${layer}.weight`, [units, width], weights);
    const bias = constant(`${layer}.bias`, [units], weights, width);
    node(`${layer}.linear`, "Gemm", [matrix, bias], { name: "transB", integer: 1 });
    width = units;

    const { kind, parameter } = resolveActivation(activation, `${layer}.activation`, true);
    const scalar = (name: string) => constant(`${layer}.${name}`, [], [[parameter]]);
    if (kind === "sigmoid") {
      if (held(parameter, dtype) !== 1) node(`${layer}.steeper`, "Mul", [scalar("slope")]);
      node(`${layer}.sigmoid`, "Sigmoid");
    } else if (kind === "leakyRelu" && dtype === "float64") {
      // The attribute of LeakyRelu is float32, and onnxruntime has no LeakyRelu of this version for float64.
      const before = value;
      node(`${layer}.leak`, "Mul", [scalar("alpha")]);
      node(`${layer}.leakyRelu`, parameter <= 1 ? "Max" : "Min", [before]);
    } else if (kind === "leakyRelu") {
      node(`${layer}.leakyRelu`, "LeakyRelu", [], { name: "alpha", float: parameter });
    } else if (kind !== "linear") {
      const { operator, attribute } = OPERATORS[kind];
      node(`${layer}.${kind}`, operator, [], attribute);
    }
  }
  return { nodes, constants };
}

type PlainKind = Exclude<ResolvedActivation["kind"], "sigmoid" | "leakyRelu" | "linear">;

const OPERATORS: Readonly<Record<PlainKind, Pick<Node, "operator" | "attribute">>> = {
  tanh: { operator: "Tanh" },
  relu: { operator: "Relu" },
  softmax: { operator: "Softmax", attribute: { name: "axis", integer: -1 } },
};

/** A number as the graph holds it. */
export function held(value: number, dtype: DType): number {
  return dtype === "float64" ? value : Math.fround(value);
}
