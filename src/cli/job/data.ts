import { digits } from "../../digits/index.ts";
import { type CsvOptions, Dataset, DownhillError } from "../../index.ts";
import { CommandError } from "../command_error.ts";
import { findIdxFiles } from "../data/idx_folder.ts";
import { DEFAULTS } from "./networks.ts";
import type { CsvSource, DataSource, HeldOut, TrainingJob } from "./training_job.ts";

/** What a network is trained on and what it is evaluated on. */
export interface TrainingData {
  /** Where it comes from, in words. */
  readonly name: string;
  /** Normalized, where that was asked for. */
  readonly train: Dataset;
  /** Raw; never part of what is trained on. */
  readonly test?: Dataset;
  /** Raw: evaluated after each epoch. */
  readonly validation?: Dataset;
}

/** Of a CSV file that says nothing else. */
const TEST_SHARE = 0.2;
/** Where a training is to stop early, and nothing is said of what it is watched on. */
const VALIDATION_SHARE = 0.1;

/** Reads the data of a job and cuts it into its parts. */
export async function loadData(job: TrainingJob, signal: AbortSignal): Promise<TrainingData> {
  const { data } = job;
  const { normalize, test: testOf, validation: validationOf } = partsOf(job);
  const source = await readSource(data, signal);
  const seed = job.network?.seed ?? DEFAULTS.seed;
  const heldOut = (part: HeldOut, from: Dataset, what: string) =>
    typeof part === "number"
      ? from.split(part, { seed })
      : readLike(part.csv, data, source.train, what, signal).then((read) => [read, from] as const);
  let { train } = source;
  let test: Dataset | undefined;
  let validation: Dataset | undefined;
  if (testOf === undefined) test = source.test;
  else if (testOf !== "none") [test, train] = await heldOut(testOf, train, "test");
  if (validationOf) [validation, train] = await heldOut(validationOf, train, "validation");
  return {
    name: source.name,
    train: normalize === "none" ? train : train.normalize(normalize),
    ...(test && { test }),
    ...(validation && { validation }),
  };
}

/** What a job cuts off its data and does to it, with every default written out; a test set that comes along is undefined. */
export function partsOf({ data, normalize, test, validation, fit }: TrainingJob): Pick<
  TrainingJob,
  "test" | "validation"
> & {
  readonly normalize: NonNullable<TrainingJob["normalize"]>;
} {
  const tested = test ?? (isCsv(data) ? TEST_SHARE : undefined);
  const watched = validation ?? (fit?.earlyStopping && VALIDATION_SHARE);
  return {
    normalize: normalize ?? (isCsv(data) ? "standard" : "none"),
    ...(tested !== undefined && { test: tested }),
    ...(watched !== undefined && { validation: watched }),
  };
}

function isCsv(data: DataSource): data is CsvSource {
  return typeof data === "object" && "csv" in data;
}

async function readSource(
  data: DataSource,
  signal: AbortSignal,
): Promise<{ readonly name: string; readonly train: Dataset; readonly test?: Dataset }> {
  if (data === "digits") return { name: "the built-in digits", ...digits() };
  if (isCsv(data)) {
    const { csv, ...options } = data;
    return { name: csv, train: await readCsv(csv, { ...options, signal } as CsvOptions) };
  }
  const { train, test } = await findIdxFiles(data.idx);
  if (!train) throw new CommandError(`${data.idx} has no images and labels to train on under MNIST's names`);
  return {
    name: data.idx,
    train: await Dataset.idx(train.images, train.labels),
    ...(test && { test: await Dataset.idx(test.images, test.labels) }),
  };
}

/** The library speaks of its own options, which are the job's under `data`. */
async function readCsv(path: string, options: CsvOptions): Promise<Dataset> {
  try {
    return await Dataset.csv(path, options);
  } catch (cause) {
    if (!(cause instanceof DownhillError)) throw cause;
    const message = cause.message.replaceAll("options.", "data.");
    const hint = message.includes("lacks a value") ? "; --missing median, or data.missing, fills gaps" : "";
    throw new CommandError(`${message}${hint}`, { cause });
  }
}

/** Another file with the columns of the first. */
async function readLike(path: string, data: DataSource, first: Dataset, what: string, signal: AbortSignal) {
  const { encoding } = first;
  if (!isCsv(data) || !encoding) throw new CommandError(`${what} is the CSV file ${path}, but the data is none`);
  const { header, delimiter } = data;
  return Dataset.csv(path, {
    encoding,
    signal,
    ...(header !== undefined && { header }),
    ...(delimiter !== undefined && { delimiter }),
  });
}
