import { checkedOrigin, type Origin } from "../data/origin.ts";
import type { Dataset } from "../dataset.ts";
import { DownhillError, describe } from "../errors.ts";
import { readCheckpoint, writeCheckpoint } from "../formats/checkpoint_file.ts";
import type { Model } from "../model.ts";
import type { Values } from "../types.ts";
import { areFinite } from "../vectors.ts";
import { VERSION } from "../version.ts";
import type { EpochReport, ResolvedFitOptions } from "./fit_options.ts";

/** What a training has come to when an epoch ends: with the same data and options, all that the next one follows from. */
export interface TrainingRecord {
  readonly epochs: readonly EpochReport[];
  /** Of the whole training so far. */
  readonly seconds: number;
  readonly isStopped: boolean;
  readonly schedule: unknown;
  readonly earlyStopping: unknown;
  /** Of the data. */
  readonly origin: Origin;
  readonly parameters: Values;
  readonly optimizerState: Values | undefined;
  readonly optimizerPowers: Float64Array;
  /** The parameters of the best epoch, where they are kept. */
  readonly best: Values | undefined;
}

/** What decides the bits of a training besides its data: a training goes on only where all of it is the same. */
export interface TrainingIdentity {
  readonly [choice: string]: unknown;
}

/** @param whole - all samples; undefined for data in parts, whose sizes nobody knows */
export function identityOf(model: Model, options: ResolvedFitOptions, whole: Dataset | undefined): TrainingIdentity {
  const { inputs } = model.layout.layers[0];
  const { schedule } = options;
  return plain({
    layers: [inputs, ...model.layout.layers.map(({ units }) => units)],
    activations: model.activations,
    loss: model.loss,
    dtype: model.dtype,
    arithmetic: model.arithmetic,
    samples: whole?.size,
    normalization: whole?.normalization,
    batchSize: options.batchSize,
    learningRate: schedule.description,
    // Curves over all steps end with the last epoch; others go on.
    ...(schedule.perStep && schedule.description !== "function" && { epochs: options.epochs }),
    optimizer: options.optimizer,
    dropout: options.dropout && [...options.dropout],
    classWeights: typeof options.classWeights === "object" ? [...options.classWeights] : options.classWeights,
    shuffle: options.shuffle,
    seed: options.seed,
    validation: typeof options.validation === "number" ? options.validation : options.validation?.size,
    earlyStopping: options.earlyStopping,
  }) as TrainingIdentity;
}

/** As JSON would give it back. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, part: unknown) =>
      typeof part === "number" && !Number.isFinite(part) ? String(part) : part,
    ),
  );
}

/** Replaces the file, which holds the record before until this one is complete. */
export async function saveRecord(path: string, identity: TrainingIdentity, record: TrainingRecord): Promise<void> {
  const { parameters, optimizerState, optimizerPowers, best, origin, ...rest } = record;
  const arrays = {
    parameters,
    optimizerPowers,
    ...(optimizerState && { optimizerState }),
    ...(best && { best }),
  };
  await writeCheckpoint(path, { version: VERSION, identity, ...rest, ...origin }, arrays);
}

/**
 * Reads a record that a training of this identity has written.
 *
 * @throws DownhillError `ERR_CHECKPOINT` for a file that cannot be read, is damaged, or belongs to another training
 */
export async function loadRecord(
  path: string,
  identity: TrainingIdentity,
  like: Pick<TrainingRecord, "parameters" | "optimizerState">,
  { inputs, outputs }: { readonly inputs: number; readonly outputs: number },
): Promise<TrainingRecord> {
  const { header, arrays } = await readCheckpoint(path);
  const fail = (what: string) => new DownhillError("ERR_CHECKPOINT", `options.resumeFrom: ${path} ${what}`);
  assertSameTraining(header.identity, identity, fail);
  const arrayOf = <T extends Values>(name: string, expected: T): T => {
    const found = arrays[name];
    if (found?.constructor === expected.constructor && found.length === expected.length) return found as T;
    throw fail(`has ${describe(found)} as ${name}, expected ${describe(expected)}`);
  };
  const weightsOf = (name: string): Values => {
    const found = arrayOf(name, like.parameters);
    if (areFinite(found, found.length)) return found;
    throw fail(`has ${name} that are not finite, which no training leaves there`);
  };
  const { epochs, seconds, isStopped, schedule, earlyStopping, normalization, encoding, classNames } = header;
  if (!Array.isArray(epochs) || epochs.length === 0 || typeof seconds !== "number") throw fail("holds no epochs");
  return {
    epochs: epochs as EpochReport[],
    seconds,
    isStopped: isStopped === true,
    schedule,
    earlyStopping,
    origin: originOf({ normalization, encoding, classNames }, inputs, outputs, fail),
    parameters: weightsOf("parameters"),
    optimizerState: like.optimizerState && arrayOf("optimizerState", like.optimizerState),
    optimizerPowers: arrayOf("optimizerPowers", new Float64Array(2)),
    best: arrays.best && weightsOf("best"),
  };
}

function originOf(
  given: Parameters<typeof checkedOrigin>[0],
  inputs: number,
  outputs: number,
  fail: (what: string) => DownhillError,
): Origin {
  try {
    return checkedOrigin(given, inputs, outputs);
  } catch (error) {
    throw fail(`does not say what its data was like: ${(error as Error).message}`);
  }
}

function assertSameTraining(given: unknown, expected: TrainingIdentity, fail: (what: string) => DownhillError): void {
  if (typeof given !== "object" || given === null) throw fail("does not say what it was written by");
  const saved = given as TrainingIdentity;
  for (const choice of new Set([...Object.keys(saved), ...Object.keys(expected)])) {
    const [was, is] = [saved[choice], expected[choice]].map((value) => JSON.stringify(value) ?? "none");
    if (was !== is) throw fail(`was written by a training with ${choice} ${short(was)}; this one has ${short(is)}`);
  }
}

/** A normalization can be of thousands of inputs. */
function short(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
