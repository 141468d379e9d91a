import { readFileSync } from "node:fs";
import { type Arithmetic, type Matrix, Network } from "../../src/index.ts";

/** What a golden file holds: values of the reference algorithm in float64, with the unscaled derivative. */
export interface Golden {
  readonly layers: number[];
  readonly x: number[];
  readonly y: number[];
  readonly learningRate: number;
  readonly slope: number;
  readonly initial: {
    readonly output: number[];
    readonly gradientMaxAbs: number[];
    readonly gradientNorm: number[];
    readonly psi?: number[][];
    readonly gradients?: number[][][];
    readonly weights?: number[][][];
  };
  readonly checkpoints: readonly {
    readonly step: number;
    readonly lossBeforeStep: number;
    readonly output: number[];
    readonly weightSum: number[];
    readonly weights?: number[][][];
  }[];
}

export const GOLDEN_NAMES = [
  "2-3-3-2",
  "2-3-3-2-slope",
  "3-5-4-2",
  "2-1000-1000-2-slope",
  "2-1000-1000-2-vanishing",
] as const;

export function readGolden(name: string): Golden {
  return JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), "utf8"));
}

/** The network of a golden file, with the weights W_l[r][c] = ((7919 r + 104729 c + 1299709 l + 17) mod 10007) / 10007. */
export function goldenNetwork(golden: Golden, arithmetic: Arithmetic): Network {
  const activation = { type: "sigmoid", slope: golden.slope, derivative: "unscaled" } as const;
  const options = {
    activation,
    outputActivation: activation,
    initializer: "zeros",
    dtype: "float64",
    seed: 0,
  } as const;
  const network = new Network(golden.layers, { ...options, arithmetic });
  for (let l = 0; l + 1 < golden.layers.length; l++) network.setWeights(l, goldenWeights(golden.layers, l));
  return network;
}

function goldenWeights(layers: readonly number[], l: number): number[][] {
  return Array.from({ length: layers[l + 1] }, (_, r) =>
    Array.from({ length: layers[l] + 1 }, (_, c) => ((7919 * r + 104729 * c + 1299709 * l + 17) % 10007) / 10007),
  );
}

/** Row r of a matrix as an array. */
export function rowOf({ columns, data }: Matrix, r: number): number[] {
  return Array.from(data.subarray(r * columns, (r + 1) * columns));
}

export function sumOf({ data }: Matrix): number {
  let sum = 0;
  for (const value of data) sum += value;
  return sum;
}

export function largestOf({ data }: Matrix): number {
  let largest = 0;
  for (const value of data) largest = Math.max(largest, Math.abs(value));
  return largest;
}
