import { allocateValues, type Backend, ChunkStatus, type EvaluationJob, POSITION, STATUS } from "../backend/types.ts";
import { type Dataset, labelsOf, samplesOf } from "../dataset.ts";
import { DownhillError, describe } from "../errors.ts";
import { BLOCK_SAMPLES } from "../layout.ts";
import type { Model } from "../model.ts";
import type { Normalizer } from "../normalization.ts";
import { integer } from "../options.ts";
import { type PlaceOf, placeInDataset } from "../sample_table.ts";
import { createBlock, type NetworkState } from "../state.ts";
import type { Values } from "../types.ts";
import { abortOf } from "./abort.ts";
import { ClassificationTally, type Evaluation } from "./metrics.ts";
import { RawRows, type Rows } from "./raw_rows.ts";
import { RegressionTally } from "./regression_metrics.ts";

/** How many output values a chunk has room for at most. */
const OUTPUT_VALUES = 2 ** 17;

/** What is evaluated: a state that nobody changes meanwhile. */
export interface Evaluated {
  readonly model: Model;
  readonly backend: Backend;
  readonly state: NetworkState;
  readonly threads: number;
  /** What raw samples go through on their way; undefined where they are as the network reads them. */
  readonly normalizer?: Normalizer | undefined;
}

/**
 * Runs all samples forward off the event loop, chunk by chunk, and hands over the rows of outputs as they come.
 * Raw samples are normalized a few milliseconds' worth at a time.
 *
 * @param place - what an error calls a raw value
 * @param failure - says what is wrong with a sample that the backend refuses
 */
export async function forEachChunk(
  { model, backend, state, threads, normalizer }: Evaluated,
  samples: Rows,
  place: PlaceOf,
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
  const raw = normalizer && new RawRows(model, normalizer, samples, place);
  const abort = abortOf(signal, control);
  try {
    for (let from = 0; from < samples.size; ) {
      abort.throwIfAborted();
      const { samples: read, first } = raw?.around(from) ?? { samples, first: 0 };
      const to = Math.min(first + read.size, from + rows);
      const outputs = buffer.subarray(0, (to - from) * outputSize);
      const job: EvaluationJob = {
        model,
        state,
        samples: read,
        control,
        lossSums,
        budgetSeconds: backend.chunkSeconds,
        from: from - first,
        to: to - first,
        outputs,
        block,
        threads,
      };
      await backend.evaluate(job);
      const position = first + control[POSITION];
      if (control[STATUS] !== ChunkStatus.ok) throw failure(position);
      const count = position - from;
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

/** How a network is evaluated. */
export interface EvaluateOptions {
  /** Also tell the share of samples whose class is among so many of the largest outputs; up to the number of classes. */
  readonly topK?: number | undefined;
  /** Stops within a chunk's time; the promise is then rejected with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A number of outputs from 1 to the number of classes, or nothing. */
export function checkedTopK(given: unknown, { classes }: Dataset): number | undefined {
  if (given === undefined) return undefined;
  if (classes !== undefined) return integer(given, "options.topK", 1, classes);
  throw new DownhillError("ERR_OPTION", `options.topK is ${describe(given)}, but the data has no classes`);
}

/**
 * Loss and the metrics that suit the data; with "accuracy" none but that, where there are classes.
 *
 * @param evaluated - with a normalizer if the data is raw and the network reads it normalized
 */
export async function evaluateDataset(
  evaluated: Evaluated,
  data: Dataset,
  signal: AbortSignal | undefined,
  detail: "full" | "accuracy" = "full",
  topK?: number,
): Promise<Evaluation> {
  const samples = samplesOf(data);
  const { receive, metrics } = metersFor(evaluated.model, data, detail, topK);
  // The inputs were checked when the data set was made.
  const noLabel = (sample: number) => new DownhillError("ERR_DATA", `sample ${sample} has no valid label`);
  const { lossSum } = await forEachChunk(evaluated, samples, placeInDataset, signal, noLabel, receive);
  return { samples: data.size, loss: lossSum / data.size, ...metrics() };
}

/** What becomes of the outputs, chunk by chunk, and what has become of them at the end. */
interface Meters {
  readonly receive: Parameters<typeof forEachChunk>[5];
  readonly metrics: () => Omit<Evaluation, "samples" | "loss">;
}

function metersFor(model: Model, data: Dataset, detail: "full" | "accuracy", topK: number | undefined): Meters {
  const size = outputSizeOf(model);
  const labels = labelsOf(data);
  if (labels) {
    const tally = new ClassificationTally(size, detail === "full", topK);
    return {
      receive: (outputs, first, count) =>
        tally.add(outputs.subarray(0, count * size), labels.subarray(first, first + count)),
      metrics: () => tally.metrics(),
    };
  }
  const { targets } = samplesOf(data);
  if (!targets || detail === "accuracy") return { receive: () => {}, metrics: () => ({}) };
  const tally = new RegressionTally(size, model.dtype);
  return {
    receive: (outputs, first, count) =>
      tally.add(outputs.subarray(0, count * size), targets.subarray(first * size, (first + count) * size)),
    metrics: () => tally.metrics(),
  };
}
