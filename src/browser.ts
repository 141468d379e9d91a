/**
 * The public API for environments that load no native code and read no files. `index.ts` is the same with both.
 *
 * @packageDocumentation
 */
export type { Kernels } from "./backend/kernels.ts";
export type { LoadAttempt } from "./backend/loader.ts";
export { type BackendInfo, backendInfo, kernels } from "./backend/select.ts";
export { Dataset, type DatasetSource } from "./dataset.ts";
export { DownhillError, type ErrorCode } from "./errors.ts";
export type { NetworkJSON } from "./formats/json.ts";
export { type Gradients, Network } from "./network.ts";
export type { SampleVectors } from "./sample_table.ts";
export type { EpochReport, FitOptions, History, Progress } from "./training/fit_options.ts";
export type { GradientCheck } from "./training/gradient_check.ts";
export type { Evaluation } from "./training/metrics.ts";
export type {
  Activation,
  Arithmetic,
  BackendName,
  DType,
  Initializer,
  LayerSpec,
  Loss,
  Matrix,
  NetworkOptions,
  Values,
  Vector,
} from "./types.ts";
