import type { Matrix, Network } from "../../index.ts";
import { predictedClass } from "../../training/metrics.ts";
import { notesOf } from "../train/record.ts";

/** What a network's outputs mean. */
export interface Answers {
  /** What the answers are called. */
  readonly names: readonly string[];
  /** The answers of a row: a class and its probabilities, or numbers. */
  of(outputs: Matrix, row: number): readonly (string | number)[];
}

/** @param withProbabilities - of each class, behind the most likely one */
export function answersOf(network: Network, withProbabilities: boolean): Answers {
  const outputs = network.layers[network.layers.length - 1];
  const valuesOf = ({ data, columns }: Matrix, row: number) =>
    Array.from(data.subarray(row * columns, (row + 1) * columns), network.dtype === "float32" ? asFloat32 : Number);
  const { loss } = network.toJSON();
  // Any loss may have been trained with labels that have no names; an accuracy tells of them.
  const isClassifier =
    network.classNames !== undefined ||
    loss !== "squaredError" ||
    notesOf(network.metadata)?.evaluation.accuracy !== undefined;
  if (!isClassifier) {
    const targets = network.encoding?.target.columns ?? [];
    const names = targets.length === outputs ? targets : Array.from({ length: outputs }, (_, k) => `output ${k}`);
    return { names: outputs === 1 ? ["prediction"] : names, of: valuesOf };
  }
  const classes = network.classNames ?? Array.from({ length: Math.max(2, outputs) }, (_, k) => String(k));
  return {
    names: ["prediction", ...(withProbabilities ? classes.map((name) => `probability of ${name}`) : [])],
    of: (outputs, row) => {
      const predicted = classes[predictedClass(outputs.data, row * outputs.columns, outputs.columns)];
      if (!withProbabilities) return [predicted];
      const values = valuesOf(outputs, row);
      return [predicted, ...(values.length === 1 ? [1 - values[0], values[0]] : values)];
    },
  };
}

/** Nine digits tell every float32 from the others; what else it shows as a float64 is noise. */
function asFloat32(value: number): number {
  return Number(value.toPrecision(9));
}
