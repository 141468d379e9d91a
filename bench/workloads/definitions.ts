import type { Workload } from "../peers/protocol.ts";
import { weightCounts } from "./data.ts";

/** What holds a workload up in the end: reading weights, multiplying, or nothing that can be told from its shape. */
export type Bound = "read" | "multiplyAdd" | "none";

/** A workload of the bench and how its results are told. */
export interface Definition {
  readonly workload: Workload;
  readonly title: string;
  /** Speeds are shown as units a second, or as the time of one unit. */
  readonly unit: "steps/s" | "samples/s" | "µs a call";
  readonly bound: Bound;
  /** Whether all threads of the machine are tried, too. */
  readonly usesThreads: boolean;
}

const DIGITS = [784, 128, 10];
const WIDE = [2, 1000, 1000, 2];
const DEEP = [784, 1000, 1000, 10];
const TINY = [2, 3, 3, 2];

interface Shape {
  readonly layers: readonly number[];
  readonly samples: number;
}

function online(name: string, shape: Shape, learningRate: number, bound: Bound): Definition {
  const unit = shape.samples > 2000 ? "samples/s" : "steps/s";
  const checkSamples = Math.min(shape.samples, 500);
  const workload: Workload = { name, kind: "online", ...shape, batchSize: 1, learningRate, checkSamples };
  return { workload, title: "online training", unit, bound, usesThreads: bound === "read" };
}

function batch(name: string, shape: Shape, batchSize: number, learningRate: number, checkSamples: number): Definition {
  const workload: Workload = { name, kind: "batch", ...shape, batchSize, learningRate, checkSamples };
  return {
    workload,
    title: `training in batches of ${batchSize}`,
    unit: "samples/s",
    bound: "multiplyAdd",
    usesThreads: true,
  };
}

function predict(name: string, shape: Shape, batchSize: number, bound: Bound): Definition {
  const kind = batchSize === 1 ? "predictOne" : "predictMany";
  const workload: Workload = { name, kind, ...shape, batchSize, learningRate: 0, checkSamples: 0 };
  return batchSize === 1
    ? { workload, title: "predicting one input", unit: "µs a call", bound, usesThreads: false }
    : { workload, title: `predicting ${batchSize} inputs at once`, unit: "samples/s", bound, usesThreads: true };
}

/** The workloads, in the order of their names. */
export const WORKLOADS: readonly Definition[] = [
  online("W1", { layers: TINY, samples: 1000 }, 0.1, "none"),
  online("W2", { layers: WIDE, samples: 256 }, 0.01, "read"),
  online("W3", { layers: DIGITS, samples: 4096 }, 0.05, "multiplyAdd"),
  batch("W4", { layers: DIGITS, samples: 8192 }, 32, 0.1, 2048),
  batch("W5", { layers: DEEP, samples: 2048 }, 128, 0.05, 256),
  predict("W6a", { layers: DIGITS, samples: 16 }, 1, "read"),
  predict("W6b", { layers: WIDE, samples: 16 }, 1, "read"),
  predict("W6c", { layers: TINY, samples: 16 }, 1, "none"),
  predict("W7a", { layers: DIGITS, samples: 1024 }, 1024, "multiplyAdd"),
  predict("W7b", { layers: DEEP, samples: 1024 }, 1024, "multiplyAdd"),
];

/** Whether speeds are shown as the time of one unit. */
export function isLatency({ unit }: Pick<Definition, "unit">): boolean {
  return unit === "µs a call";
}

/**
 * Floating-point operations of one unit. Training: forward 2 m (n + 1) and the gradient as much for every layer, and
 * 2 m n for what goes back through all but the first. Prediction: forward only.
 */
export function operationsPerUnit({ kind, layers }: Pick<Workload, "kind" | "layers">): number {
  const isTraining = kind === "online" || kind === "batch";
  const passes = isTraining ? 2 : 1;
  return weightCounts(layers).reduce((sum, weights, l) => {
    const backwards = isTraining && l > 0 ? 2 * (weights - layers[l + 1]) : 0;
    return sum + passes * 2 * weights + backwards;
  }, 0);
}

/**
 * The weights that are read over and over: an online step goes twice over its largest matrix, there and back; one
 * prediction goes once over all of them.
 *
 * @returns how many values there are, and how many are read for one unit
 */
export function weightsRead({ kind, layers }: Pick<Workload, "kind" | "layers">): { held: number; perUnit: number } {
  const counts = weightCounts(layers);
  if (kind === "online") {
    const held = Math.max(...counts);
    return { held, perUnit: 2 * held };
  }
  const held = counts.reduce((sum, count) => sum + count, 0);
  return { held, perUnit: held };
}

/** The workload of a name that is there. */
export function definitionOf(name: string): Definition {
  const definition = WORKLOADS.find(({ workload }) => workload.name === name);
  if (!definition) throw new Error(`there is no workload ${name}`);
  return definition;
}
