import { allocateValues, type Backend, ChunkStatus, STATUS } from "../backend/types.ts";
import { BLOCK_SAMPLES, blockCapacity } from "../layout.ts";
import { type Model, outputSizeOf } from "../model.ts";
import { checkedOptions } from "../options.ts";
import { inputNotFinite, readInputs, type SampleVectors } from "../sample_table.ts";
import { createBlock } from "../state.ts";
import type { Matrix, Values } from "../types.ts";
import { checkedSignal } from "./abort.ts";
import { readNormalized } from "./data_checks.ts";
import { type Evaluated, forEachChunk } from "./forward_chunks.ts";

/** Room for predictions of many samples at once, made by the first and kept for the next. */
export class PredictionBlock {
  readonly #model: Model;
  readonly #backend: Backend;
  #values: Values | undefined;

  constructor(model: Model, backend: Backend) {
    this.#model = model;
    this.#backend = backend;
  }

  /** At least as much as so many samples can use. */
  of(samples: number): Values {
    const wanted = Math.min(samples, BLOCK_SAMPLES);
    if (this.#values && blockCapacity(this.#model.layout, this.#values.length) >= wanted) return this.#values;
    this.#values = createBlock(this.#model, wanted, (dtype, length) => this.#backend.allocate(dtype, length));
    return this.#values;
  }
}

/** See `Network.predictBatch`. */
export function predictBatch(
  { model, backend, state, threads, normalizer }: Evaluated,
  inputs: SampleVectors,
  block: PredictionBlock,
): Matrix {
  const samples = readNormalized(inputs, model, normalizer);
  const outputs = outputSizeOf(model);
  const data = allocateValues(model.dtype, samples.size * outputs);
  const control = new Int32Array(3);
  backend.evaluateSync({
    model,
    state,
    samples,
    control,
    lossSums: new Float64Array(1),
    budgetSeconds: Number.POSITIVE_INFINITY,
    from: 0,
    to: samples.size,
    outputs: data,
    block: block.of(samples.size),
    threads,
  });
  if (control[STATUS] !== ChunkStatus.ok) throw inputNotFinite(samples, model.dtype);
  return { rows: samples.size, columns: outputs, data };
}

/** See `Network.predictBatchAsync`. The snapshot is taken once inputs and options are known to be right. */
export async function predictBatchAsync(
  model: Model,
  snapshot: () => Evaluated,
  inputs: SampleVectors,
  options: { readonly signal?: AbortSignal | undefined } | undefined,
): Promise<Matrix> {
  const { signal } = checkedOptions<{ signal?: AbortSignal }>(options, "options", ["signal"]);
  checkedSignal(signal);
  const samples = readInputs(inputs, model.layout.layers[0].inputs, "copied");
  const columns = outputSizeOf(model);
  const matrix = { rows: samples.size, columns, data: allocateValues(model.dtype, samples.size * columns) };
  const failure = () => inputNotFinite(samples, model.dtype);
  await forEachChunk(snapshot(), samples, samples.table.place, signal, failure, (outputs, first, count) => {
    matrix.data.set(outputs.subarray(0, count * columns), first * columns);
  });
  return matrix;
}
