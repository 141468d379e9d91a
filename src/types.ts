/** The element type of a network's parameters and values. */
export type DType = "float32" | "float64";

/**
 * How sums are formed. `fast` fuses a multiplication and the addition after it where the machine can, with the same bits
 * on every machine that can; `reproducible` rounds after each, with the same bits everywhere, TypeScript included.
 */
export type Arithmetic = "fast" | "reproducible";

/** `auto` takes the native backend where it can be loaded and the TypeScript one elsewhere. */
export type BackendName = "auto" | "native" | "typescript";

/** A row of numbers: an array or any typed array. */
export type Vector = ArrayLike<number>;

/** The arrays that parameters and values live in, by dtype. */
export type Values = Float32Array | Float64Array;

/** A row-major matrix without padding: `data[row * columns + column]`. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Values;
}

/**
 * What a layer applies to z = W x̂.
 *
 * - `sigmoid`: 1 / (1 + e^(−slope · z)). `derivative: "exact"` multiplies psi by the slope, as calculus asks;
 *   `"unscaled"` leaves it to the learning rate, layer by layer. Defaults: slope 1, `"exact"`.
 * - `tanh`, `linear` (z itself), `relu` (0 for z < 0).
 * - `leakyRelu`: alpha · z for z < 0. Default alpha: 0.01.
 * - `softmax`: e^z / Σ e^z, in the output layer only.
 */
export type Activation =
  | "sigmoid"
  | "tanh"
  | "relu"
  | "leakyRelu"
  | "linear"
  | "softmax"
  | { readonly type: "sigmoid"; readonly slope?: number; readonly derivative?: "exact" | "unscaled" }
  | { readonly type: "leakyRelu"; readonly alpha?: number }
  | { readonly type: "tanh" | "relu" | "linear" | "softmax" };

/**
 * How weights are drawn at the start, for a layer with `in` inputs and `out` units.
 *
 * - `glorotUniform`: U(−a, a), a = √(6 / (in + out)); `glorotNormal`: standard deviation √(2 / (in + out))
 *   (Glorot and Bengio, 2010).
 * - `heUniform`: a = √(6 / in); `heNormal`: standard deviation √(2 / in) (He et al., 2015).
 * - `zeros`.
 * - `uniform`: U[min, max); min 0 and max 1 is the tutorial's `rand()`. `normal`: mean (0) and standard deviation.
 *
 * The bias column is drawn like the rest by `uniform` and `normal`, and is 0 with the others.
 */
export type Initializer =
  | "glorotUniform"
  | "glorotNormal"
  | "heUniform"
  | "heNormal"
  | "zeros"
  | { readonly type: "uniform"; readonly min: number; readonly max: number }
  | { readonly type: "normal"; readonly mean?: number; readonly standardDeviation: number };

/**
 * The loss of one sample, a sum over its outputs; a batch has the mean over its samples.
 *
 * - `squaredError`: Σ (t − y)², with any output activation.
 * - `binaryCrossEntropy`: −Σ t ln y + (1 − t) ln(1 − y), with a sigmoid output.
 * - `categoricalCrossEntropy`: −Σ t ln y, with a softmax output.
 */
export type Loss = "squaredError" | "binaryCrossEntropy" | "categoricalCrossEntropy";

/** One layer: its number of units, or that with choices of its own. The first layer is the input and has only units. */
export type LayerSpec =
  | number
  | { readonly units: number; readonly activation?: Activation; readonly initializer?: Initializer };

/** What a network is made with. */
export interface NetworkOptions {
  /** Of hidden layers; default `"sigmoid"`. */
  readonly activation?: Activation;
  /** Of the last layer; default `"sigmoid"`. */
  readonly outputActivation?: Activation;
  /** Default `"squaredError"`. */
  readonly loss?: Loss;
  /** Default `"glorotUniform"`. */
  readonly initializer?: Initializer;
  /** A non-negative safe integer for the initial weights and the order of samples; drawn at random when absent. */
  readonly seed?: number;
  /** Default `"float32"`. */
  readonly dtype?: DType;
  /** Default `"fast"`. */
  readonly arithmetic?: Arithmetic;
  /** Default `"auto"`. */
  readonly backend?: BackendName;
  /**
   * How many threads may share the work of large layers; the results are the same for any number. Default: as many as
   * the machine runs at once. Work too small to gain by it stays on one thread.
   */
  readonly threads?: number;
}
