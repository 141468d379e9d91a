import type { EpochReport, Evaluation, History, Metadata, Network } from "../../index.ts";
import { VERSION } from "../../version.ts";
import type { TrainingData } from "../job/data.ts";
import type { TrainingJob } from "../job/training_job.ts";
import type { Evaluated } from "./evaluated.ts";

/** The most epochs that a model's file tells of. */
const MOST_EPOCHS = 200;

/** What a model's file tells about how it was trained: its metadata under `training`. */
export interface TrainingNotes {
  readonly version: string;
  readonly data: string;
  readonly samples: number;
  readonly job: TrainingJob;
  readonly seconds: number;
  readonly epochs: number;
  readonly stopped?: string;
  readonly bestEpoch?: number;
  /** Of many epochs evenly spread ones, with the first, the best and the last. */
  readonly history: readonly Pick<EpochReport, "epoch" | "loss" | "validation" | "learningRate">[];
  readonly evaluation: Pick<Evaluation, "samples" | "loss" | "accuracy" | "r2"> & { readonly on: string };
}

export function recordTraining(
  network: Network,
  job: TrainingJob,
  { name, train }: TrainingData,
  { epochs, seconds, stopped, bestEpoch }: History,
  { on, evaluation }: Evaluated,
): void {
  const { samples, loss, accuracy, r2 } = evaluation;
  const notes: TrainingNotes = {
    version: VERSION,
    data: name,
    samples: train.size,
    job,
    seconds,
    epochs: epochs.length,
    ...(stopped && { stopped }),
    ...(bestEpoch !== undefined && { bestEpoch }),
    history: thinned(epochs, bestEpoch).map(({ epoch, loss, validation, learningRate }) => {
      return { epoch, loss, ...(validation && { validation }), learningRate };
    }),
    evaluation: { on, samples, loss, ...(accuracy !== undefined && { accuracy }), ...(r2 !== undefined && { r2 }) },
  };
  network.metadata = { ...network.metadata, training: notes };
}

function thinned(epochs: readonly EpochReport[], best: number | undefined): readonly EpochReport[] {
  const every = Math.ceil(epochs.length / MOST_EPOCHS);
  return epochs.filter(({ epoch }) => epoch === 1 || epoch === best || epoch === epochs.length || epoch % every === 0);
}

/** What a model's metadata tells of its training, or undefined: a file may hold anything there. */
export function notesOf(metadata: Metadata | undefined): TrainingNotes | undefined {
  const notes = metadata?.training as TrainingNotes | undefined;
  if (!isRecord(notes) || typeof notes.data !== "string" || !isRecord(notes.evaluation)) return undefined;
  const { samples, seconds, epochs, history, evaluation } = notes;
  const isTold = [samples, seconds, epochs, evaluation.loss].every((value) => typeof value === "number");
  const isEpoch = (report: unknown) =>
    isRecord(report) && ["epoch", "loss", "learningRate"].every((key) => typeof report[key] === "number");
  return isTold && Array.isArray(history) && history.every(isEpoch) ? notes : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
