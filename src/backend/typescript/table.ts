import type { DType, Values } from "../../types.ts";
import * as float32 from "./float32.ts";
import * as float64 from "./float64.ts";

type Product = (w: Values, rows: number, columns: number, stride: number, v: Values, out: Values) => void;
type Elementwise = (z: Values, out: Values, count: number, parameter: number) => void;
type Derivative = (x: Values, s: Values, out: Values, count: number, parameter: number) => void;
type Update<Rest extends unknown[]> = (
  w: Values,
  rows: number,
  columns: number,
  stride: number,
  psi: Values,
  x: Values,
  ...rest: Rest
) => void;

/** The kernels of one element type; `native/kernels/table.h` has the same names and signatures. */
export interface KernelTable {
  gemv: Product;
  gemvTransposed: Product;
  outerProduct: Update<[scale: number]>;
  gemvTransposedUpdate: Update<[out: Values, scale: number]>;
  sigmoidBackprop: Update<[out: Values, slope: number]>;
  backpropUpdate: Update<[out: Values, scale: number, slope: number]>;
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
}

/** A network's arrays are all of its dtype, which the type of a table cannot say. */
export const KERNEL_TABLES = { float32, float64 } as unknown as Readonly<Record<DType, KernelTable>>;
