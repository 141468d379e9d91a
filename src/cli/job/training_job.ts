import type { CsvOptions, FitOptions, NetworkOptions } from "../../index.ts";

/** A CSV file, and how its columns become inputs and targets: see `CsvOptions`. */
export type CsvSource = { readonly csv: string } & Omit<
  Extract<CsvOptions, { readonly encoding?: never }>,
  "signal" | "encoding" | "unknown"
>;

/** The built-in digits, a folder of IDX files under MNIST's names, or a CSV file. */
export type DataSource = "digits" | { readonly idx: string } | CsvSource;

/** A share of the training data, above 0 and below 1, or another CSV file whose columns have the same names. */
export type HeldOut = number | { readonly csv: string };

/** How the training data's inputs are taken to a common range. */
export const NORMALIZE = ["standard", "minMax", "none"] as const;

/** The network, but for its inputs and outputs, which the data decides. */
export interface NetworkChoices
  extends Pick<
    NetworkOptions,
    "activation" | "outputActivation" | "loss" | "initializer" | "dtype" | "arithmetic" | "seed" | "backend" | "threads"
  > {
  /** The units of the hidden layers, from the inputs on. */
  readonly layers?: readonly number[];
}

/** How the network is trained. */
export type FitChoices = Partial<
  Pick<
    FitOptions,
    | "epochs"
    | "batchSize"
    | "optimizer"
    | "weightDecay"
    | "clipGradientNorm"
    | "dropout"
    | "shuffle"
    | "earlyStopping"
    | "statistics"
  >
> & {
  /** As for `fit`, without functions, which no file can hold. */
  readonly learningRate?: Exclude<NonNullable<FitOptions["learningRate"]>, (...given: never[]) => unknown>;
  readonly classWeights?: "balanced" | readonly number[];
};

/** A training in words: plain JSON, with paths that lead there from the folder that the process is in. */
export interface TrainingJob {
  readonly data: DataSource;
  /**
   * What the trained network is evaluated on. Default: the test set that digits and IDX folders bring along, of a CSV file
   * a fifth of its rows.
   */
  readonly test?: HeldOut | "none";
  /** What each epoch is evaluated on. Default: nothing; with early stopping a tenth of the training data. */
  readonly validation?: HeldOut;
  /** Default: `standard` for CSV files, `none` for images. */
  readonly normalize?: (typeof NORMALIZE)[number];
  readonly network?: NetworkChoices;
  readonly fit?: FitChoices;
}
