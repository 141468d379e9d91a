import { allocateValues, type Backend, ChunkStatus, type EvaluationJob, POSITION, STATUS } from "../backend/types.ts";
import { type Dataset, labelsOf, samplesOf } from "../dataset.ts";
import { DownhillError } from "../errors.ts";
import { BLOCK_SAMPLES } from "../layout.ts";
import type { Model } from "../model.ts";
import { firstBeyondFloat32 } from "../sample_table.ts";
import type { Samples } from "../samples.ts";
import { createBlock, type NetworkState } from "../state.ts";
import type { Values } from "../types.ts";
import { abortOf } from "./abort.ts";
import { ClassificationTally, type Evaluation } from "./metrics.ts";

/** How many output values a chunk has room for at most. */
const OUTPUT_VALUES = 2 ** 17;

/** What is evaluated: a state that nobody changes meanwhile. */
export interface Evaluated {
  readonly model: Model;
  readonly backend: Backend;
  readonly state: NetworkState;
  readonly threads: number;
}

/**
 * Runs all samples forward off the event loop, chunk by chunk, and hands over the rows of outputs as they come.
 *
 * @param failure - says what is wrong with a sample that the backend refuses
 */
export async function forEachChunk(
  { model, backend, state, threads }: Evaluated,
  samples: Pick<Samples, "size" | "inputs" | "inputScale" | "targets" | "labels">,
  signal: AbortSignal | undefined,
  failure: (sample: number) => DownhillError,
  receive: (outputs: Values, first: number, count: number) => void,
): Promise<{ lossSum: number }> {
  const outputSize = outputSizeOf(model);
  const rows = Math.max(1, Math.min(samples.size, Math.floor(OUTPUT_VALUES / outputSize)));
  const buffer = allocateValues(model.dtype, rows * outputSize);
  const capacity = Math.min(samples.size, BLOCK_SAMPLES);
  const block = createBlock(model, capacity, (dtype, length) => backend.allocate(dtype, length));
  const control = new Int32Array(3);
  const lossSums = new Float64Array(1);
  const abort = abortOf(signal, control);
  try {
    for (let from = 0; from < samples.size; ) {
      abort.throwIfAborted();
      const to = Math.min(samples.size, from + rows);
      const outputs = buffer.subarray(0, (to - from) * outputSize);
      const job: EvaluationJob = {
        model,
        state,
        samples,
        control,
        lossSums,
        budgetSeconds: backend.chunkSeconds,
        from,
        to,
        outputs,
        block,
        threads,
      };
      await backend.evaluate(job);
      if (control[STATUS] !== ChunkStatus.ok) throw failure(control[POSITION]);
      const count = control[POSITION] - from;
      receive(outputs, from, count);
      from += count;
    }
    abort.throwIfAborted();
  } finally {
    abort.release();
  }
  return { lossSum: lossSums[0] };
}

/** The number of values the network gives for a sample. */
export function outputSizeOf(model: Model): number {
  return model.layout.layers[model.layout.layers.length - 1].units;
}

/** Refuses what is no data set, and data whose inputs or targets are not the network's. */
export function assertFits(model: Model, data: Dataset, where: string): void {
  const fail = (what: string, given: number, expected: number) => {
    throw new DownhillError("ERR_SHAPE", `${where}.${what} is ${given}, expected ${expected} as in the network`);
  };
  const samples = samplesOf(data, where);
  const inputs = model.layout.layers[0].inputs;
  if (data.inputSize !== inputs) fail("inputSize", data.inputSize, inputs);
  if (data.targetSize !== outputSizeOf(model)) fail("targetSize", data.targetSize, outputSizeOf(model));
  if (model.dtype === "float32") assertFloat32(samples, where);
}

/** Samples are immutable, so those found to fit float32 are not searched again. */
const knownInFloat32 = new WeakSet<Samples>();

function assertFloat32(samples: Samples, where: string): void {
  if (knownInFloat32.has(samples)) return;
  const scale = Math.fround(samples.inputScale);
  if (scale === 0 || !Number.isFinite(scale)) {
    throw new DownhillError("ERR_DATA", `${where} has inputScale ${samples.inputScale}, which float32 cannot hold`);
  }
  for (const [name, values, width, factor] of [
    ["inputs", samples.inputs, samples.inputSize, samples.inputScale],
    ["targets", samples.targets, samples.targetSize, 1],
  ] as const) {
    const found = values ? firstBeyondFloat32(values, factor) : -1;
    if (!values || found < 0) continue;
    throw new DownhillError(
      "ERR_DATA",
      `${where}: ${name}[${Math.floor(found / width)}][${found % width}] is ${values[found]}, expected a number that float32 can hold`,
    );
  }
  knownInFloat32.add(samples);
}

/** Loss and, for data with classes, accuracy; with full detail the confusion matrix, too. */
export async function evaluateDataset(
  evaluated: Evaluated,
  data: Dataset,
  signal: AbortSignal | undefined,
  detail: "full" | "accuracy" = "full",
): Promise<Evaluation> {
  const samples = samplesOf(data);
  const labels = labelsOf(data);
  const outputSize = outputSizeOf(evaluated.model);
  const tally = labels && new ClassificationTally(outputSize, detail === "full");
  // The inputs were checked when the data set was made.
  const noLabel = (sample: number) => new DownhillError("ERR_DATA", `sample ${sample} has no valid label`);
  const { lossSum } = await forEachChunk(evaluated, samples, signal, noLabel, (outputs, first, count) => {
    if (tally && labels) tally.add(outputs.subarray(0, count * outputSize), labels.subarray(first, first + count));
  });
  const evaluation = { samples: data.size, loss: lossSum / data.size };
  if (!tally) return evaluation;
  const { accuracy, confusionMatrix } = tally;
  return confusionMatrix ? { ...evaluation, accuracy, confusionMatrix } : { ...evaluation, accuracy };
}
