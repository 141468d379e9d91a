/**
 * The public API for environments that load no native code and read no files. `index.ts` is the same with both.
 *
 * @packageDocumentation
 */
export type { Kernels } from "./backend/kernels.ts";
export type { LoadAttempt } from "./backend/loader.ts";
export { type BackendInfo, backendInfo, kernels } from "./backend/select.ts";
export type { CsvColumn, CsvMissing, CsvOptions } from "./data/csv_options.ts";
export type { CsvColumnEncoding, CsvEncoding, CsvRow, CsvUnknown } from "./data/encoding.ts";
export type { ImageShape } from "./data/origin.ts";
export { Dataset, type DatasetSource } from "./dataset.ts";
export { DownhillError, type ErrorCode } from "./errors.ts";
export type { NetworkJSON } from "./formats/json.ts";
export type { LoadOptions, ModelFormat, SaveOptions } from "./formats/model_file.ts";
export type { Metadata } from "./metadata.ts";
export { Network } from "./network.ts";
export type { Normalization, NormalizationKind } from "./normalization.ts";
export type { SampleVectors } from "./sample_table.ts";
export type { ClassMetrics } from "./training/class_metrics.ts";
export type { DiagnoseOptions, Diagnosis } from "./training/diagnose.ts";
export type { EarlyStoppingOptions } from "./training/early_stopping.ts";
export type { EvaluateOptions } from "./training/evaluate.ts";
export type { Finding, FindingCode } from "./training/examined.ts";
export type { TrainingData } from "./training/fit_data.ts";
export type { CheckpointOptions, EpochReport, FitOptions, History, Progress } from "./training/fit_options.ts";
export type { GradientCheck } from "./training/gradient_check.ts";
export type { Gradients } from "./training/gradients.ts";
export type { ActivationStatistics, GradientStatistics, LayerStatistics } from "./training/layer_statistics.ts";
export type { Evaluation } from "./training/metrics.ts";
export type { Optimizer } from "./training/optimizers.ts";
export type { RegressionMetrics } from "./training/regression_metrics.ts";
export type { Schedule } from "./training/schedules.ts";
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
