import type * as downhill from "downhill";
import {
  type Activation,
  type Arithmetic,
  type BackendInfo,
  type BackendName,
  type backendInfo,
  type CsvEncoding,
  type CsvOptions,
  type CsvRow,
  type CsvUnknown,
  Dataset,
  type DatasetSource,
  type DiagnoseOptions,
  type Diagnosis,
  DownhillError,
  type DType,
  type EpochReport,
  type ErrorCode,
  type EvaluateOptions,
  type Evaluation,
  type FitOptions,
  type GradientCheck,
  type Gradients,
  type History,
  type ImageShape,
  type Kernels,
  kernels,
  type LayerSpec,
  type LoadAttempt,
  type LoadOptions,
  type Matrix,
  type Metadata,
  type ModelFormat,
  Network,
  type NetworkJSON,
  type NetworkOptions,
  type Normalization,
  type NormalizationKind,
  type ReportOptions,
  type SampleVectors,
  type SaveOptions,
  type TensorBoardWriter,
  type TrainingData,
  type Values,
  type Vector,
  type writeReport,
} from "downhill";
import { same } from "./same.mjs";

same<
  keyof typeof downhill,
  "Dataset" | "DownhillError" | "Network" | "TensorBoardWriter" | "backendInfo" | "kernels" | "writeReport"
>();

// Network

type Properties =
  | "layers"
  | "parameterCount"
  | "dtype"
  | "arithmetic"
  | "backend"
  | "seed"
  | "normalization"
  | "encoding"
  | "classNames"
  | "metadata";

same<ConstructorParameters<typeof Network>, [layers: readonly LayerSpec[], options?: NetworkOptions | undefined]>();
same<
  keyof Network,
  | "layers"
  | "parameterCount"
  | "dtype"
  | "arithmetic"
  | "backend"
  | "seed"
  | "normalization"
  | "encoding"
  | "classNames"
  | "metadata"
  | "predict"
  | "predictBatch"
  | "predictBatchAsync"
  | "train"
  | "gradients"
  | "checkGradients"
  | "diagnose"
  | "fit"
  | "evaluate"
  | "weights"
  | "setWeights"
  | "clone"
  | "toJSON"
  | "toFunction"
  | "toBytes"
  | "save"
>();
same<
  Omit<Pick<Network, Properties>, "metadata">,
  {
    readonly layers: readonly number[];
    readonly parameterCount: number;
    readonly dtype: DType;
    readonly arithmetic: Arithmetic;
    readonly backend: "native" | "typescript";
    readonly seed: number;
    readonly normalization: Normalization | undefined;
    readonly encoding: CsvEncoding | undefined;
    readonly classNames: readonly string[] | undefined;
  }
>();
same<Pick<Network, "metadata">, { metadata: Metadata }>();
same<Metadata, Readonly<Record<string, unknown>>>();
same<Network["predict"], (input: Vector) => Values>();
same<Network["predictBatch"], (inputs: SampleVectors) => Matrix>();
same<
  Network["predictBatchAsync"],
  (inputs: SampleVectors, options?: { readonly signal?: AbortSignal | undefined }) => Promise<Matrix>
>();
same<Network["train"], (input: Vector, target: Vector, options?: { readonly learningRate?: number }) => number>();
same<Network["gradients"], (input: Vector, target: Vector) => Gradients>();
same<
  Network["checkGradients"],
  (input: Vector, target: Vector, options?: { readonly epsilon?: number }) => GradientCheck
>();
same<Network["diagnose"], (data: Dataset | SampleVectors, options?: DiagnoseOptions) => Diagnosis>();
same<Network["fit"], (data: TrainingData, options: FitOptions) => Promise<History>>();
same<Network["evaluate"], (data: Dataset, options?: EvaluateOptions) => Promise<Evaluation>>();
same<Network["weights"], (layer: number) => Matrix>();
same<Network["setWeights"], (layer: number, weights: Matrix | readonly Vector[]) => void>();
same<Network["clone"], (options?: { readonly backend?: BackendName }) => Network>();
same<Network["toJSON"], () => NetworkJSON>();
same<Network["toFunction"], () => string>();
same<Network["toBytes"], (format: ModelFormat) => Promise<Uint8Array>>();
same<Network["save"], (path: string, options?: SaveOptions) => Promise<void>>();
same<keyof typeof Network, "prototype" | "fromJSON" | "load">();
same<typeof Network.fromJSON, (value: unknown, options?: Pick<NetworkOptions, "backend" | "threads">) => Network>();
same<typeof Network.load, (source: string | Uint8Array, options?: LoadOptions) => Promise<Network>>();
same<ModelFormat, "json" | "safetensors" | "onnx" | "javascript">();
same<SaveOptions, { readonly format?: ModelFormat }>();
same<
  { [key in keyof LoadOptions]: LoadOptions[key] },
  { readonly format?: ModelFormat } & Pick<
    NetworkOptions,
    "activation" | "outputActivation" | "loss" | "dtype" | "arithmetic" | "seed" | "backend" | "threads"
  > extends infer All
    ? { [key in keyof All]: All[key] }
    : never
>();

// Reports and event files

same<
  typeof writeReport,
  (
    history: History | undefined,
    network: Network,
    evaluation: Evaluation | undefined,
    path: string,
    options?: ReportOptions,
  ) => Promise<void>
>();
same<ConstructorParameters<typeof TensorBoardWriter>, [directory: string]>();
same<
  TensorBoardWriter["onEpoch"],
  (report: EpochReport, network?: Pick<Network, "layers" | "weights">) => Promise<void>
>();

// Dataset

same<
  keyof Dataset,
  | "size"
  | "inputSize"
  | "targetSize"
  | "classes"
  | "classNames"
  | "normalization"
  | "encoding"
  | "imageShape"
  | "sample"
  | "split"
  | "shuffle"
  | "take"
  | "normalize"
>();
same<
  Pick<Dataset, "size" | "inputSize" | "targetSize" | "classes" | "classNames" | "normalization" | "encoding">,
  {
    readonly size: number;
    readonly inputSize: number;
    readonly targetSize: number;
    readonly classes: number | undefined;
    readonly classNames: readonly string[] | undefined;
    readonly normalization: Normalization | undefined;
    readonly encoding: CsvEncoding | undefined;
  }
>();
same<
  Dataset["sample"],
  (index: number) => { input: Float64Array; target: Float64Array; label?: number; weight?: number }
>();
same<
  Dataset["split"],
  (share: number, options?: { readonly seed?: number; readonly stratify?: boolean }) => [Dataset, Dataset]
>();
same<Dataset["shuffle"], (options?: { readonly seed?: number }) => Dataset>();
same<Dataset["take"], (count: number, from?: number) => Dataset>();
same<Dataset["normalize"], (how?: NormalizationKind | Normalization) => Dataset>();
same<keyof typeof Dataset, "prototype" | "from" | "idx" | "csv" | "encode">();
same<typeof Dataset.from, (source: DatasetSource) => Dataset>();
same<
  typeof Dataset.idx,
  (imagesPath: string, labelsPath: string, options?: { readonly classes?: number }) => Promise<Dataset>
>();
same<Dataset["imageShape"], ImageShape | undefined>();
same<ImageShape, { readonly rows: number; readonly columns: number }>();
same<typeof Dataset.csv, (path: string, options: CsvOptions) => Promise<Dataset>>();
same<
  typeof Dataset.encode,
  (encoding: CsvEncoding, rows: readonly CsvRow[], options?: { readonly unknown?: CsvUnknown }) => Matrix
>();

// Errors, backends and kernels

same<Pick<DownhillError, "name" | "code">, { readonly name: "DownhillError"; readonly code: ErrorCode }>();
same<
  ConstructorParameters<typeof DownhillError>,
  [code: ErrorCode, message: string, options?: ErrorOptions | undefined]
>();
same<
  ErrorCode,
  | "ERR_SHAPE"
  | "ERR_OPTION"
  | "ERR_DATA"
  | "ERR_BUSY"
  | "ERR_DIVERGED"
  | "ERR_BACKEND_UNAVAILABLE"
  | "ERR_FORMAT"
  | "ERR_CHECKPOINT"
>();
same<typeof backendInfo, () => BackendInfo>();
same<
  BackendInfo,
  {
    readonly backend: "native" | "typescript";
    readonly isa: string;
    readonly threads: number;
    readonly version: string;
    readonly nodeApi: number | undefined;
    readonly reason: string;
    readonly attempts: readonly LoadAttempt[];
  }
>();
same<LoadAttempt, { readonly path: string; readonly error: string }>();
same<typeof kernels, { readonly native: Kernels | undefined; readonly typescript: Kernels }>();
same<
  Kernels,
  {
    gemv(matrix: Matrix, x: Values, out: Values, arithmetic?: Arithmetic): void;
    gemvTransposed(matrix: Matrix, psi: Values, out: Values, arithmetic?: Arithmetic): void;
    outerProduct(matrix: Matrix, psi: Values, x: Values, scale: number, arithmetic?: Arithmetic): void;
    gemvTransposedUpdate(
      matrix: Matrix,
      psi: Values,
      x: Values,
      out: Values,
      scale: number,
      arithmetic?: Arithmetic,
    ): void;
    sigmoidBackprop(matrix: Matrix, psi: Values, x: Values, out: Values, slope?: number, arithmetic?: Arithmetic): void;
    backpropUpdate(
      matrix: Matrix,
      psi: Values,
      x: Values,
      out: Values,
      scale: number,
      slope?: number,
      arithmetic?: Arithmetic,
    ): void;
    gemm(matrix: Matrix, inputs: Values, out: Values, arithmetic?: Arithmetic): void;
    gemmTransposed(matrix: Matrix, psi: Values, out: Values, arithmetic?: Arithmetic): void;
    outerProducts(matrix: Matrix, psi: Values, inputs: Values, scale: number, arithmetic?: Arithmetic): void;
    accumulateOuterProducts(matrix: Matrix, psi: Values, inputs: Values, arithmetic?: Arithmetic): void;
    linear(z: Values, out: Values, arithmetic?: Arithmetic): void;
    sigmoid(z: Values, out: Values, slope?: number, arithmetic?: Arithmetic): void;
    tanh(z: Values, out: Values, arithmetic?: Arithmetic): void;
    relu(z: Values, out: Values, arithmetic?: Arithmetic): void;
    leakyRelu(z: Values, out: Values, alpha?: number, arithmetic?: Arithmetic): void;
    softmax(z: Values, out: Values, arithmetic?: Arithmetic): void;
    linearDerivative(x: Values, s: Values, out: Values, arithmetic?: Arithmetic): void;
    sigmoidDerivative(x: Values, s: Values, out: Values, slope?: number, arithmetic?: Arithmetic): void;
    tanhDerivative(x: Values, s: Values, out: Values, arithmetic?: Arithmetic): void;
    reluDerivative(x: Values, s: Values, out: Values, arithmetic?: Arithmetic): void;
    leakyReluDerivative(x: Values, s: Values, out: Values, alpha?: number, arithmetic?: Arithmetic): void;
    addScaled(x: Values, out: Values, scale: number, arithmetic?: Arithmetic): void;
    sgdStep(weights: Values, gradient: Values, constants: Values, arithmetic?: Arithmetic): void;
    momentumStep(weights: Values, gradient: Values, first: Values, constants: Values, arithmetic?: Arithmetic): void;
    nesterovStep(weights: Values, gradient: Values, first: Values, constants: Values, arithmetic?: Arithmetic): void;
    rmspropStep(weights: Values, gradient: Values, first: Values, constants: Values, arithmetic?: Arithmetic): void;
    adamStep(
      weights: Values,
      gradient: Values,
      first: Values,
      second: Values,
      constants: Values,
      arithmetic?: Arithmetic,
    ): void;
    sumSquares(values: Values, out: Values, arithmetic?: Arithmetic): void;
  }
>();

// How it is used

const network = new Network([2, { units: 3, activation: { type: "leakyRelu", alpha: 0.1 } }, 1], { dtype: "float64" });
const data = Dataset.from({ inputs: [[0, 1], Float32Array.of(1, 0)], targets: new Uint8Array(2) });
const history: History = await network.fit(data, { epochs: 1, learningRate: (epoch, step) => epoch + step });
same<typeof history.stopped, "earlyStopping" | undefined>();
same<number | undefined, NonNullable<(typeof history.epochs)[number]["validation"]>["accuracy"]>();
const error: Error = new DownhillError("ERR_DATA", "bad", { cause: history });
const activation: Activation = "tanh";

// @ts-expect-error: there is no such activation
new Network([2, 1], { activation: "swish" });
// @ts-expect-error: nor such an option
new Network([2, 1], { activations: activation });
// @ts-expect-error: a layer is a number or an object
new Network(["2", 1]);
// @ts-expect-error: epochs are needed
network.fit(data, {});
// @ts-expect-error: only data sets are trained on
network.fit([[0, 1]], { epochs: 1 });
// @ts-expect-error: targets or labels, not both
Dataset.from({ inputs: [[1]], targets: [[1]], labels: [0] });
// @ts-expect-error: a data set is made by `from` and its like
new Dataset();
// @ts-expect-error: what is read is not written
network.seed = 1;
// @ts-expect-error: there is no such code
new DownhillError("ERR_OTHER", error.message);
// @ts-expect-error: a network may be on TypeScript
kernels.native.gemv(network.weights(0), network.predict([0, 1]), network.predict([0, 1]));
