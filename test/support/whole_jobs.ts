import {
  type Backend,
  ChunkStatus,
  POSITION,
  STATUS,
  type TrainingJob,
  trainsOnline,
} from "../../src/backend/types.ts";
import { trainingBlock } from "../../src/layout.ts";
import { optimizerValues, PLAIN_DESCENT } from "../../src/optimizer.ts";
import { createBlock } from "../../src/state.ts";
import type { DType, Values } from "../../src/types.ts";
import { expectSameBits } from "./bits.ts";

/** A training on a backend from its first sample on. */
export type WholeJob = Omit<TrainingJob, "from">;

type Needed = "model" | "state" | "samples" | "order" | "learningRates";
type Optional = "batchSize" | "optimizer" | "sampleWeights" | "dropout" | "dropoutKeys" | "budgetSeconds" | "threads";

/** What a job has to be told; the rest follows from it. */
export interface JobChoices extends Pick<WholeJob, Needed>, Partial<Pick<WholeJob, Optional>> {
  /** 1 by default. */
  readonly epochs?: number;
  /** Samples that the block has room for; by default as many as are useful. */
  readonly capacity?: number | undefined;
}

/** A training that has yet to begin: by default online, by plain descent, in a single chunk and on a single thread. */
export function wholeJob(backend: Backend, { epochs = 1, capacity, ...choices }: JobChoices): WholeJob {
  const { layout, dtype } = choices.model;
  const allocate = (type: DType, length: number) => backend.allocate(type, length);
  const { batchSize = 1, optimizer = PLAIN_DESCENT, dropout } = choices;
  const remembered = optimizerValues(optimizer, layout);
  return {
    control: new Int32Array(3),
    lossSums: new Float64Array(epochs),
    budgetSeconds: 1e6,
    threads: 1,
    sampleWeights: undefined,
    dropoutKeys: undefined,
    ...choices,
    batchSize,
    optimizer,
    dropout,
    optimizerState: remembered > 0 ? allocate(dtype, remembered) : undefined,
    optimizerPowers: Float64Array.of(1, 1),
    gradient: trainsOnline({ batchSize, optimizer, dropout }) ? undefined : allocate(dtype, layout.parameterValues),
    block: createBlock(choices.model, capacity ?? trainingBlock(layout, batchSize), allocate),
  };
}

/** Trains to the end, or to what ends it. @returns the number of chunks it took */
export async function runJob(backend: Backend, job: WholeJob): Promise<number> {
  const { control, order } = job;
  let chunks = 0;
  for (let from = 0; from < order.length && control[STATUS] === ChunkStatus.ok; from = control[POSITION]) {
    await backend.train({ ...job, from });
    chunks++;
  }
  return chunks;
}

/** Everything that a training has left behind, by name. */
function leftBy({ control, state, optimizerState, optimizerPowers, lossSums }: WholeJob) {
  return {
    end: Float64Array.of(control[POSITION], control[STATUS]),
    weights: state.parameters,
    memory: optimizerState ?? new Float32Array(0),
    powers: optimizerPowers,
    losses: lossSums,
  } satisfies Readonly<Record<string, Values>>;
}

/** Expects the same bits of two trainings in all that they have left behind. */
export function expectSameLeft(actual: WholeJob, expected: WholeJob, what: string): void {
  const left = leftBy(actual);
  for (const [name, values] of Object.entries(leftBy(expected))) {
    expectSameBits(left[name as keyof typeof left], values, `${name} ${what}`);
  }
}
