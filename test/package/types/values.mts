import type {
  Activation,
  ActivationStatistics,
  Arithmetic,
  BackendName,
  CheckpointOptions,
  ClassMetrics,
  CsvColumn,
  CsvColumnEncoding,
  CsvEncoding,
  CsvMissing,
  CsvOptions,
  CsvRow,
  CsvUnknown,
  Dataset,
  DatasetSource,
  DiagnoseOptions,
  Diagnosis,
  DType,
  EarlyStoppingOptions,
  EpochReport,
  EvaluateOptions,
  Evaluation,
  Finding,
  FindingCode,
  FitOptions,
  GradientCheck,
  GradientStatistics,
  Gradients,
  History,
  ImageShape,
  Initializer,
  LayerSpec,
  LayerStatistics,
  Loss,
  Matrix,
  Metadata,
  NetworkJSON,
  NetworkOptions,
  Normalization,
  NormalizationKind,
  Optimizer,
  Progress,
  RegressionMetrics,
  SampleVectors,
  Schedule,
  TrainingData,
  Values,
  Vector,
} from "downhill";
import { type Flat, same } from "./same.mjs";

type IntegerArray = Int8Array | Uint8Array | Uint8ClampedArray | Int16Array | Uint16Array | Int32Array | Uint32Array;
type NumericArray = IntegerArray | Float32Array | Float64Array;
type Monitor = EarlyStoppingOptions["monitor"];

// Numbers

same<Vector, ArrayLike<number>>();
same<Values, Float32Array | Float64Array>();
same<Matrix, { readonly rows: number; readonly columns: number; readonly data: Values }>();
same<
  SampleVectors,
  | readonly ArrayLike<number>[]
  | NumericArray
  | { readonly rows: number; readonly columns: number; readonly data: NumericArray }
>();

// What a network is made of

same<DType, "float32" | "float64">();
same<Arithmetic, "fast" | "reproducible">();
same<BackendName, "auto" | "native" | "typescript">();
same<Loss, "squaredError" | "binaryCrossEntropy" | "categoricalCrossEntropy">();
same<
  Activation,
  | "sigmoid"
  | "tanh"
  | "relu"
  | "leakyRelu"
  | "linear"
  | "softmax"
  | { readonly type: "sigmoid"; readonly slope?: number; readonly derivative?: "exact" | "unscaled" }
  | { readonly type: "leakyRelu"; readonly alpha?: number }
  | { readonly type: "tanh" | "relu" | "linear" | "softmax" }
>();
same<
  Initializer,
  | "glorotUniform"
  | "glorotNormal"
  | "heUniform"
  | "heNormal"
  | "zeros"
  | { readonly type: "uniform"; readonly min: number; readonly max: number }
  | { readonly type: "normal"; readonly mean?: number; readonly standardDeviation: number }
>();
same<
  LayerSpec,
  number | { readonly units: number; readonly activation?: Activation; readonly initializer?: Initializer }
>();
same<
  NetworkOptions,
  {
    readonly activation?: Activation;
    readonly outputActivation?: Activation;
    readonly loss?: Loss;
    readonly initializer?: Initializer;
    readonly seed?: number;
    readonly dtype?: DType;
    readonly arithmetic?: Arithmetic;
    readonly backend?: BackendName;
    readonly threads?: number;
  }
>();
same<
  NetworkJSON,
  {
    readonly format: "downhill";
    readonly version: 1;
    readonly inputs: number;
    readonly layers: readonly {
      readonly units: number;
      readonly activation: Activation;
      readonly initializer: Initializer;
      readonly weights: readonly (readonly number[])[];
    }[];
    readonly loss: Loss;
    readonly dtype: DType;
    readonly arithmetic: Arithmetic;
    readonly seed: number;
    readonly normalization?: Normalization;
    readonly encoding?: CsvEncoding;
    readonly classNames?: readonly string[];
    readonly metadata?: Metadata;
  }
>();
same<
  Gradients,
  { readonly loss: number; readonly layers: readonly { readonly gradient: Matrix; readonly psi: Values }[] }
>();
same<
  GradientCheck,
  {
    readonly maxRelativeError: number;
    readonly worst: { readonly layer: number; readonly row: number; readonly column: number };
  }
>();

// Data

same<NormalizationKind, "standard" | "minMax">();
same<Normalization, { readonly offset: readonly number[]; readonly scale: readonly number[] }>();
same<TrainingData, Dataset | AsyncIterable<Dataset>>();
same<
  Flat<DatasetSource>,
  | {
      readonly inputs: SampleVectors;
      readonly inputScale?: number;
      readonly size?: number;
      readonly weights?: ArrayLike<number>;
      readonly imageShape?: ImageShape;
      readonly targets: SampleVectors;
      readonly labels?: never;
      readonly classes?: never;
    }
  | {
      readonly inputs: SampleVectors;
      readonly inputScale?: number;
      readonly size?: number;
      readonly weights?: ArrayLike<number>;
      readonly imageShape?: ImageShape;
      readonly labels: ArrayLike<number>;
      readonly classes?: number;
      readonly targets?: never;
    }
>();
same<CsvColumn, string | number>();
same<CsvMissing, "refuse" | "mean" | "median" | "mostFrequent" | number>();
same<CsvUnknown, "refuse" | "ignore">();
same<CsvRow, Readonly<Record<string, unknown>> | readonly unknown[]>();
same<
  CsvColumnEncoding,
  | { readonly name: string; readonly type: "number"; readonly missing?: number }
  | {
      readonly name: string;
      readonly type: "category";
      readonly categories: readonly string[];
      readonly missing?: string;
    }
>();
same<
  CsvEncoding,
  {
    readonly columns: readonly CsvColumnEncoding[];
    readonly target: { readonly columns: readonly string[]; readonly classes?: readonly string[] };
    readonly missingValues: readonly string[];
  }
>();

interface CsvReading {
  readonly header?: boolean | readonly string[];
  readonly delimiter?: string;
  readonly limit?: number;
  readonly signal?: AbortSignal | undefined;
}
interface CsvLearning {
  readonly target: CsvColumn | readonly CsvColumn[];
  readonly columns?: readonly CsvColumn[];
  readonly exclude?: readonly CsvColumn[];
  readonly categories?: "auto" | readonly CsvColumn[] | Readonly<Record<string, readonly string[]>>;
  readonly task?: "classify" | "regress";
  readonly classes?: readonly string[];
  readonly missing?: CsvMissing | Readonly<Record<string, CsvMissing>>;
  readonly missingValues?: readonly string[];
}
same<
  Flat<CsvOptions>,
  | Flat<CsvReading & CsvLearning & { readonly encoding?: never; readonly unknown?: never }>
  | Flat<CsvReading & Partial<CsvLearning> & { readonly encoding: CsvEncoding; readonly unknown?: CsvUnknown }>
>();

// Training

same<
  FitOptions,
  {
    readonly epochs: number;
    readonly batchSize?: number;
    readonly learningRate?: number | Schedule;
    readonly optimizer?: Optimizer;
    readonly weightDecay?: number;
    readonly clipGradientNorm?: number;
    readonly dropout?: number | readonly number[];
    readonly classWeights?: Vector | "balanced";
    readonly shuffle?: boolean;
    readonly seed?: number;
    readonly threads?: number;
    readonly validation?: Dataset | number | undefined;
    readonly earlyStopping?: EarlyStoppingOptions;
    readonly statistics?: boolean;
    readonly checkpoint?: CheckpointOptions | undefined;
    readonly resumeFrom?: string | undefined;
    readonly signal?: AbortSignal | undefined;
    readonly onEpoch?: (report: EpochReport) => unknown;
    readonly onProgress?: (progress: Progress) => unknown;
  }
>();
same<CheckpointOptions, { readonly path: string; readonly everyEpochs?: number; readonly everySeconds?: number }>();
same<
  EarlyStoppingOptions,
  {
    readonly monitor?: "loss" | "accuracy";
    readonly patience: number;
    readonly minDelta?: number;
    readonly restoreBest?: boolean;
  }
>();
same<
  Optimizer,
  | "sgd"
  | "rmsprop"
  | "adam"
  | { readonly type: "sgd"; readonly momentum?: number; readonly nesterov?: boolean }
  | { readonly type: "rmsprop"; readonly decay?: number; readonly epsilon?: number }
  | { readonly type: "adam"; readonly beta1?: number; readonly beta2?: number; readonly epsilon?: number }
>();
same<
  Schedule,
  | { readonly type: "constant"; readonly learningRate: number }
  | { readonly type: "step"; readonly learningRate: number; readonly every: number; readonly factor?: number }
  | { readonly type: "exponential"; readonly learningRate: number; readonly factor: number }
  | {
      readonly type: "cosine";
      readonly learningRate: number;
      readonly minimum?: number;
      readonly warmupEpochs?: number;
    }
  | {
      readonly type: "oneCycle";
      readonly learningRate: number;
      readonly warmupShare?: number;
      readonly startFactor?: number;
      readonly endFactor?: number;
    }
  | {
      readonly type: "plateau";
      readonly learningRate: number;
      readonly monitor?: NonNullable<Monitor>;
      readonly factor?: number;
      readonly patience?: number;
      readonly minDelta?: number;
      readonly minimum?: number;
    }
  | ((epoch: number, step: number) => number)
>();
same<
  Progress,
  {
    readonly epoch: number;
    readonly epochs: number;
    readonly samples: number;
    readonly samplesPerEpoch: number;
    readonly batch: number;
    readonly batches: number;
    readonly samplesPerSecond: number;
    readonly secondsLeft: number;
    readonly loss: number;
  }
>();
same<
  EpochReport,
  {
    readonly epoch: number;
    readonly loss: number;
    readonly validation?: { readonly loss: number; readonly accuracy?: number };
    readonly learningRate: number;
    readonly seconds: number;
    readonly samplesPerSecond: number;
    readonly statistics?: {
      readonly layers: readonly { readonly gradientNorm: number; readonly saturation: number }[];
    };
  }
>();
same<
  History,
  {
    readonly epochs: readonly EpochReport[];
    readonly seconds: number;
    readonly stopped?: "earlyStopping";
    readonly bestEpoch?: number;
  }
>();

// Evaluation and diagnosis

same<EvaluateOptions, { readonly topK?: number | undefined; readonly signal?: AbortSignal | undefined }>();
same<RegressionMetrics, { readonly mae: number; readonly rmse: number; readonly r2: number }>();
same<
  ClassMetrics,
  { readonly precision: number; readonly recall: number; readonly f1: number; readonly support: number }
>();
same<
  Evaluation,
  {
    readonly samples: number;
    readonly loss: number;
    readonly accuracy?: number;
    readonly topK?: number;
    readonly confusionMatrix?: number[][];
    readonly perClass?: ClassMetrics[];
    readonly precision?: number;
    readonly recall?: number;
    readonly f1?: number;
    readonly mae?: number;
    readonly rmse?: number;
    readonly r2?: number;
  }
>();
same<DiagnoseOptions, { readonly learningRate?: number; readonly samples?: number }>();
same<Diagnosis, { readonly samples: number; readonly layers: LayerStatistics[]; readonly findings: Finding[] }>();
same<Finding, { readonly code: FindingCode; readonly layer?: number; readonly message: string }>();
same<
  FindingCode,
  | "unscaledTargets"
  | "unscaledInputs"
  | "constantInputs"
  | "targetsOutOfRange"
  | "labelsDoNotMatch"
  | "missingClasses"
  | "equalWeights"
  | "saturated"
  | "deadUnits"
  | "vanishingGradients"
  | "explodingGradients"
  | "learningRateTooSmall"
  | "learningRateTooLarge"
>();
same<
  ActivationStatistics,
  {
    readonly layer: number;
    readonly units: number;
    readonly activationMean: number;
    readonly activationNorm: number;
    readonly saturation: number;
    readonly deadUnits: number;
    readonly weightNorm: number;
  }
>();
same<
  GradientStatistics,
  {
    readonly gradientNorm: number;
    readonly sampleGradientNorm: number;
    readonly zeroGradients: number;
    readonly psiMean: number;
    readonly psiNorm: number;
    readonly updateRatio: number;
  }
>();
same<Flat<LayerStatistics>, Flat<ActivationStatistics & Partial<GradientStatistics>>>();
