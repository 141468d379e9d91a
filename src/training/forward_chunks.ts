import { allocateValues, type Backend, ChunkStatus, type EvaluationJob, POSITION, STATUS } from "../backend/types.ts";
import type { DownhillError } from "../errors.ts";
import { BLOCK_SAMPLES } from "../layout.ts";
import { type Model, outputSizeOf } from "../model.ts";
import type { Normalizer } from "../normalization.ts";
import type { PlaceOf } from "../sample_table.ts";
import { createBlock, type NetworkState } from "../state.ts";
import type { Values } from "../types.ts";
import { abortOf } from "./abort.ts";
import { RawRows, type Rows } from "./raw_rows.ts";

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
