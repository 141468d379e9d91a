import { weightViews } from "../../state.ts";
import type { DType, Values } from "../../types.ts";
import { ChunkStatus, type EvaluationJob, type Job, POSITION, STATUS, STOP, type TrainingJob } from "../types.ts";
import { addGradient, forward, loss, roundingOf, update } from "./network.ts";
import { KERNEL_TABLES } from "./table.ts";

/** Training and evaluation over a range of samples, as `native/range.cc` does them. */

type Source = Uint8Array | Float32Array | Float64Array;

function pack(source: Source, first: number, size: number, scale: number, out: Values, dtype: DType): void {
  if (dtype === "float64") {
    for (let j = 0; j < size; j++) out[j] = source[first + j] * scale;
    return;
  }
  const factor = Math.fround(scale);
  for (let j = 0; j < size; j++) out[j] = Math.fround(source[first + j]) * factor;
}

function loadInput({ model, state, samples }: Job, index: number): void {
  const size = model.layout.layers[0].inputs;
  pack(samples.inputs, index * size, size, samples.inputScale, state.activations[0], model.dtype);
}

/** @returns false for a label that has no output */
function loadTarget({ model, state, samples }: Job, index: number): boolean {
  const size = model.layout.layers[model.layout.layers.length - 1].units;
  if (samples.targets) {
    pack(samples.targets, index * size, size, 1, state.target, model.dtype);
    return true;
  }
  const label = samples.labels ? samples.labels[index] : size;
  if (label >= size) return false;
  for (let j = 0; j < size; j++) state.target[j] = j === label ? 1 : 0;
  return true;
}

function areFinite(values: Values): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false;
  return true;
}

/** The clock is read about every 2^15 parameters' worth of samples, some tens of microseconds. */
const PARAMETERS_PER_CHECK = 2 ** 15;

function runRange(job: Job, from: number, to: number, body: (position: number) => number): void {
  const end = performance.now() + job.budgetSeconds * 1000;
  const interval = Math.max(1, Math.floor(PARAMETERS_PER_CHECK / job.model.layout.parameterValues));
  let left = interval;
  let position = from;
  let status: number = ChunkStatus.ok;
  while (position < to) {
    status = body(position);
    if (status !== ChunkStatus.ok) break;
    position++;
    if (--left > 0) continue;
    left = interval;
    if (Atomics.load(job.control, STOP) !== 0 || performance.now() >= end) break;
  }
  Atomics.store(job.control, POSITION, position);
  Atomics.store(job.control, STATUS, status);
}

/** Trains from `job.from` on until the epoch or the budget ends. */
export function trainRange(job: TrainingJob): void {
  const { model, state, samples, order, batchSize, learningRate, lossSum } = job;
  const round = roundingOf(model.dtype);
  const onlineScale = round(-learningRate);
  const gradient = job.gradient;
  const gradients = gradient ? weightViews(model.layout, gradient) : [];
  const sampleCount = samples.inputs.length / model.layout.layers[0].inputs;

  const trainBatched = (position: number, sum: Values) => {
    const inBatch = position % batchSize;
    if (inBatch === 0) sum.fill(0);
    addGradient(model, state, gradients);
    if (inBatch + 1 < batchSize && position + 1 < order.length) return;
    const scale = round(-learningRate / (inBatch + 1));
    KERNEL_TABLES[model.dtype].addScaled(sum, state.parameters, sum.length, scale);
  };

  runRange(job, job.from, order.length, (position) => {
    const index = order[position];
    if (index >= sampleCount) return ChunkStatus.badSample;
    loadInput(job, index);
    if (!loadTarget(job, index)) return ChunkStatus.badSample;
    forward(model, state);
    const sampleLoss = loss(model, state);
    if (!Number.isFinite(sampleLoss)) return ChunkStatus.lossNotFinite;
    lossSum[0] += sampleLoss;
    if (gradient && batchSize > 1) trainBatched(position, gradient);
    else update(model, state, onlineScale);
    const epochEnds = position + 1 === order.length;
    return epochEnds && !areFinite(state.parameters) ? ChunkStatus.parametersNotFinite : ChunkStatus.ok;
  });
}

/** Runs samples `job.from` … `job.to` forward until the budget ends. */
export function evaluateRange(job: EvaluationJob): void {
  const { model, state, samples, outputs, lossSum } = job;
  const size = model.layout.layers[model.layout.layers.length - 1].units;
  const y = state.activations[model.layout.layers.length];
  const hasTargets = samples.targets !== undefined || samples.labels !== undefined;
  runRange(job, job.from, job.to, (position) => {
    loadInput(job, position);
    forward(model, state);
    const row = (position - job.from) * size;
    for (let j = 0; j < size; j++) outputs[row + j] = y[j];
    if (hasTargets) {
      if (!loadTarget(job, position)) return ChunkStatus.badSample;
      lossSum[0] += loss(model, state);
    }
    return ChunkStatus.ok;
  });
}
