import type { Arithmetic, DType, Values } from "../../types.ts";
import * as float32Activations from "./float32/activations.ts";
import * as float32Blocks from "./float32/block_products.ts";
import * as float32Products from "./float32/products.ts";
import * as float32Steps from "./float32/steps.ts";
import * as float32FastActivations from "./float32_fast/activations.ts";
import * as float32FastBlocks from "./float32_fast/block_products.ts";
import * as float32FastProducts from "./float32_fast/products.ts";
import * as float32FastSteps from "./float32_fast/steps.ts";
import * as float64Activations from "./float64/activations.ts";
import * as float64Blocks from "./float64/block_products.ts";
import * as float64Products from "./float64/products.ts";
import * as float64Steps from "./float64/steps.ts";
import * as float64FastActivations from "./float64_fast/activations.ts";
import * as float64FastBlocks from "./float64_fast/block_products.ts";
import * as float64FastProducts from "./float64_fast/products.ts";
import * as float64FastSteps from "./float64_fast/steps.ts";

type Product = (w: Values, rows: number, columns: number, stride: number, v: Values, out: Values) => void;
export type Elementwise = (z: Values, out: Values, count: number, parameter: number) => void;
export type Derivative = (x: Values, s: Values, out: Values, count: number, parameter: number) => void;
type Update<Rest extends unknown[]> = (
  w: Values,
  rows: number,
  columns: number,
  stride: number,
  psi: Values,
  x: Values,
  ...rest: Rest
) => void;
type BlockProduct = (
  w: Values,
  rows: number,
  columns: number,
  stride: number,
  vectors: Values,
  samples: number,
  vectorStride: number,
  out: Values,
  outStride: number,
) => void;
type BlockUpdate<Rest extends unknown[]> = (
  w: Values,
  rows: number,
  columns: number,
  stride: number,
  psi: Values,
  samples: number,
  psiStride: number,
  x: Values,
  xStride: number,
  ...rest: Rest
) => void;

/** A step over `count` values from `from` on, which is 0 by default; the constants lie as `StepConstant` says. */
type Step<Memory extends Values[]> = (
  w: Values,
  g: Values,
  ...rest: [...memory: Memory, constants: Values, count: number, from?: number]
) => void;

/** The kernels of one element type and arithmetic; `native/kernels/table.h` has the same names and signatures. */
export interface KernelTable {
  gemv: Product;
  gemvTransposed: Product;
  outerProduct: Update<[scale: number]>;
  gemvTransposedUpdate: Update<[out: Values, scale: number]>;
  sigmoidBackprop: Update<[out: Values, slope: number]>;
  backpropUpdate: Update<[out: Values, scale: number, slope: number]>;
  gemm: BlockProduct;
  gemmTransposed: BlockProduct;
  outerProducts: BlockUpdate<[scale: number]>;
  accumulateOuterProducts: BlockUpdate<[]>;
  linear: Elementwise;
  sigmoid: Elementwise;
  tanh: Elementwise;
  relu: Elementwise;
  leakyRelu: Elementwise;
  softmax: Elementwise;
  linearDerivative: Derivative;
  sigmoidDerivative: Derivative;
  tanhDerivative: Derivative;
  reluDerivative: Derivative;
  leakyReluDerivative: Derivative;
  addScaled: Elementwise;
  sgdStep: Step<[]>;
  momentumStep: Step<[first: Values]>;
  nesterovStep: Step<[first: Values]>;
  rmspropStep: Step<[first: Values]>;
  adamStep: Step<[first: Values, second: Values]>;
  /** out[0] is the sum over `count` values from `from` on, which is 0 by default. */
  sumSquares: (values: Values, out: Values, count: number, from?: number) => void;
}

/** A network's arrays are all of its dtype, which the type of a table cannot say. */
const KERNEL_TABLES = {
  float32: {
    fast: { ...float32FastProducts, ...float32FastBlocks, ...float32FastActivations, ...float32FastSteps },
    reproducible: { ...float32Products, ...float32Blocks, ...float32Activations, ...float32Steps },
  },
  float64: {
    fast: { ...float64FastProducts, ...float64FastBlocks, ...float64FastActivations, ...float64FastSteps },
    reproducible: { ...float64Products, ...float64Blocks, ...float64Activations, ...float64Steps },
  },
} as unknown as Readonly<Record<DType, Readonly<Record<Arithmetic, KernelTable>>>>;

export function kernelsOf({ dtype, arithmetic }: { readonly dtype: DType; readonly arithmetic: Arithmetic }) {
  return KERNEL_TABLES[dtype][arithmetic];
}
