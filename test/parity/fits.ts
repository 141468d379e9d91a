import {
  Dataset,
  type DType,
  type FitOptions,
  Network,
  type NetworkOptions,
  type Optimizer,
  type Schedule,
} from "../../src/index.ts";
import { numbersOf } from "../support/choices.ts";
import { csvFolder } from "../support/csv.ts";
import { expectSameOutcome, type FitOutcome, outcomeOf } from "../support/outcomes.ts";
import { RecordedParts } from "../support/parts.ts";

// Trainings as a user asks for them, by `Network.fit`.

/** The backends that are compared. */
export type Backend = "native" | "typescript";

/** A training by `network.fit(data, fit)`. */
export interface Training {
  readonly data: Parameters<Network["fit"]>[0];
  readonly layers: readonly number[];
  readonly network: NetworkOptions;
  readonly fit: FitOptions;
}

/** Every choice is made in both. */
export const DTYPES: readonly DType[] = ["float32", "float64"];
/** Inputs, classes and samples of the data sets below, unless they say otherwise. */
export const FEATURES = 9;
export const CLASSES = 3;
export const SAMPLES = 60;

/** Samples with classes that are not equally frequent. */
export function labelledData(size = SAMPLES, weights?: readonly number[]): Dataset {
  const inputs = Float64Array.from(numbersOf(2, size * FEATURES));
  // Class k is two or three times as common as class k + 1.
  const labels = Array.from({ length: size }, (_, i) => [0, 0, 1, 0, 2, 1, 0][i % 7]);
  return Dataset.from({ inputs, labels, classes: CLASSES, ...(weights && { weights }) });
}

/** Samples whose inputs are bytes. */
export function byteData(): Dataset {
  const inputs = Uint8Array.from(numbersOf(5, SAMPLES * FEATURES), (value) => (value + 1) * 127);
  return Dataset.from({ inputs, labels: Array.from({ length: SAMPLES }, (_, i) => i % CLASSES), inputScale: 1 / 255 });
}

/** The same samples in parts of a size, of which the last may be smaller. */
export function inParts(data: Dataset, size: number): RecordedParts {
  const parts = Array.from({ length: Math.ceil(data.size / size) }, (_, part) => {
    const from = part * size;
    return data.take(Math.min(size, data.size - from), from);
  });
  return new RecordedParts(parts);
}

/** Weights of samples, some of them 0. */
export const someWeights = (size: number) => Array.from({ length: size }, (_, i) => (i % 5) / 2);
/** What is trained on, unless a training says otherwise. */
export const data = labelledData();

/** What it may be validated on. */
export const held = labelledData(33).shuffle({ seed: 4 });

const CITIES = ["Bonn", "Köln", '"Aachen, West"', "Trier"];

/** Numbers and texts, some of them missing, and a target with three classes. */
function customersFile(): string {
  const numbers = numbersOf(8, SAMPLES * 4).map((value) => 50 * value + 20);
  const rows = Array.from({ length: SAMPLES }, (_, i) => {
    const [age, income, height, visits] = numbers.slice(4 * i, 4 * i + 4);
    const cells = [age, CITIES[i % 4], i % 11 === 0 ? "" : income, height, visits, ["no", "yes", "maybe"][i % 3]];
    return cells.join(",");
  });
  return ["age,city,income,height,visits,churned", ...rows].join("\n");
}

const path = csvFolder()(customersFile());

/** A table with categories and missing values. */
export const customers = await Dataset.csv(path, { target: "churned", missing: "median", exclude: ["visits"] });

/** What other trainings are changes of. */
export const base: Training = {
  data,
  layers: [FEATURES, 17, 8, CLASSES],
  network: { seed: 6, activation: "tanh", outputActivation: "softmax", loss: "categoricalCrossEntropy" },
  // The last batch is shorter.
  fit: { epochs: 4, batchSize: 8, learningRate: 0.02 },
};

/** Trains a network on one of the backends. */
export async function train(
  training: Training,
  dtype: DType,
  backend: Backend,
  more: Partial<FitOptions> = {},
): Promise<FitOutcome> {
  const network = new Network(training.layers, { ...training.network, dtype, arithmetic: "reproducible", backend });
  return outcomeOf(network, await network.fit(training.data, { ...training.fit, ...more }));
}

/** What a training comes to, on both backends. */
export async function commonOutcome(training: Training, dtype: DType): Promise<FitOutcome> {
  const expected = await train(training, dtype, "typescript");
  expectSameOutcome(await train(training, dtype, "native"), expected);
  return expected;
}

/** Plain momentum. */
export const momentum = { type: "sgd", momentum: 0.9 } as const;
/** Every optimizer but plain descent, with its defaults and with other options. */
export const OPTIMIZERS: Readonly<Record<string, Optimizer>> = {
  momentum,
  nesterov: { ...momentum, nesterov: true },
  rmsprop: "rmsprop",
  "rmsprop with its options": { type: "rmsprop", decay: 0.9, epsilon: 1e-4 },
  adam: "adam",
  "adam with its options": { type: "adam", beta1: 0.5, beta2: 0.9, epsilon: 1e-3 },
};

/** Every schedule of the learning rate. */
export const SCHEDULES: Readonly<Record<string, Schedule>> = {
  constant: { type: "constant", learningRate: 0.03 },
  step: { type: "step", learningRate: 0.05, every: 2, factor: 0.3 },
  exponential: { type: "exponential", learningRate: 0.05, factor: 0.7 },
  cosine: { type: "cosine", learningRate: 0.05, minimum: 0.001, warmupEpochs: 1.5 },
  oneCycle: { type: "oneCycle", learningRate: 0.05 },
  "oneCycle with its options": {
    type: "oneCycle",
    learningRate: 0.05,
    warmupShare: 0.6,
    startFactor: 0.5,
    endFactor: 0,
  },
  plateau: { type: "plateau", learningRate: 0.05, factor: 0.5, patience: 0, minDelta: 1 },
  "a function of the epoch": (epoch) => 0.05 / epoch,
  "a function of epoch and step": (epoch, step) => 0.05 / (epoch + step),
};

/** A plateau that needs a validation set with classes. */
export const plateauOfAccuracy: Schedule = {
  type: "plateau",
  learningRate: 0.05,
  monitor: "accuracy",
  factor: 0.5,
  patience: 1,
  minimum: 0.002,
};

/** A plateau of the loss that falls at once where the loss gets hardly better. */
export function plateau(learningRate: number): Schedule {
  return { type: "plateau", learningRate, patience: 0, minDelta: 0.01 };
}

/** What makes the common training another one: options of fit. */
export function fitWith(options: Partial<FitOptions>): Pick<Training, "fit"> {
  return { fit: { ...base.fit, ...options } };
}

/** The same, on another data set of three classes. */
export function ofTable(table: Dataset, options: Partial<FitOptions>): Omit<Training, "network"> {
  return { data: table, layers: [table.inputSize, 12, CLASSES], ...fitWith(options) };
}
