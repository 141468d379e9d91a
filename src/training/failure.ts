import { type Backend, ChunkStatus } from "../backend/types.ts";
import { loadInput, loadTarget } from "../backend/typescript/samples.ts";
import { DownhillError } from "../errors.ts";
import type { Model } from "../model.ts";
import { createState } from "../state.ts";
import type { Values } from "../types.ts";
import { describeDivergence } from "./divergence.ts";
import { partOfData } from "./fit_data.ts";
import type { EpochReport, ResolvedFitOptions } from "./fit_options.ts";
import type { Segment, SegmentFailure, TrainingMemory } from "./segment_trainer.ts";

/** What was trained when it failed. */
interface Failed {
  readonly model: Model;
  readonly backend: Backend;
  /** The parameters of the last good epoch. */
  readonly published: Values;
}

/** Says why an epoch of a segment of one epoch went wrong. */
export function failureOf(
  { model, backend, published }: Failed,
  { state }: TrainingMemory,
  segment: Segment,
  { status, position }: SegmentFailure,
  { batchSize }: ResolvedFitOptions,
  epochs: readonly EpochReport[],
): DownhillError {
  const { samples, order, learningRates } = segment;
  const part = segment.part === undefined ? undefined : partOfData(segment.part);
  const place = Math.min(position, order.length - 1);
  const sample = order[place];
  if (status === ChunkStatus.badSample) {
    const where = part === undefined ? "" : ` of ${part}`;
    return new DownhillError("ERR_DATA", `sample ${sample}${where} has a label that the network has no output for`);
  }
  const batch = Math.floor(place / batchSize);
  return describeDivergence({
    epoch: epochs.length + 1,
    batch: batch + 1,
    position: place,
    sample,
    part,
    what: status === ChunkStatus.lossNotFinite ? "loss" : "weights",
    model,
    parameters: state.parameters,
    previous: published,
    samples,
    learningRate: learningRates[Math.min(batch, learningRates.length - 1)],
    lastGoodLoss: epochs[epochs.length - 1]?.loss,
    gradientNorm: gradientNorm(model, backend, published, segment, sample),
  });
}

/** The norm of a sample's gradient with the last good parameters. */
function gradientNorm(
  model: Model,
  backend: Backend,
  parameters: Values,
  { samples }: Segment,
  sample: number,
): number {
  const state = createState(model, (dtype, length) => backend.allocate(dtype, length));
  state.parameters.set(parameters);
  loadInput({ model, samples }, sample, state.activations[0]);
  loadTarget({ model, samples }, sample, state.target);
  const gradient = backend.allocate(model.dtype, parameters.length);
  backend.gradient(model, state, gradient);
  let squares = 0;
  for (const value of gradient) squares += value * value;
  return Math.sqrt(squares);
}
