import { describe } from "../../errors.ts";
import { UsageError } from "../command_error.ts";
import { checkTrainingJob, JOB_KEYS, trainingJobOf } from "../job/check_training_job.ts";
import { JOB_FILE, readJobFile } from "../job/job_file.ts";
import { Place } from "../job/place.ts";
import { sourceOf } from "../job/source.ts";
import type { TrainingJob } from "../job/training_job.ts";

/** The options of `downhill train`. */
export interface TrainOptions extends DataOptions, NetworkOptions, FitOptions {
  readonly test?: number | string;
  readonly validation?: number | string;
  readonly normalize?: string;
  readonly out?: string;
  readonly force?: boolean;
  readonly report?: string;
  readonly tensorboard?: string;
  readonly checkpoint?: string;
  readonly resume?: boolean;
  readonly restart?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

interface DataOptions {
  readonly target?: readonly string[];
  readonly exclude?: readonly string[];
  readonly category?: readonly string[];
  readonly task?: string;
  readonly missing?: string;
  readonly delimiter?: string;
  /** False where the first row is data. */
  readonly header?: boolean;
}

interface NetworkOptions {
  readonly layers?: readonly number[];
  readonly activation?: string;
  readonly outputActivation?: string;
  readonly loss?: string;
  readonly initializer?: string;
  readonly dtype?: string;
  readonly arithmetic?: string;
  readonly seed?: number;
  readonly backend?: string;
  readonly threads?: number;
}

interface FitOptions {
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly learningRate?: number;
  readonly optimizer?: string;
  readonly weightDecay?: number;
  readonly clipGradientNorm?: number;
  readonly dropout?: number;
  readonly classWeights?: string;
  readonly earlyStopping?: number;
}

/** Where the results of a training go. */
export interface TrainFiles {
  readonly out?: string;
  readonly report?: string;
  /** A folder. */
  readonly tensorboard?: string;
  readonly checkpoint?: string;
}

/** The keys of a job file that say so. */
export const FILE_KEYS = ["out", "report", "tensorboard", "checkpoint"] as const;

/** A job file of `downhill train`. */
type TrainJob = TrainingJob & TrainFiles;

/** What is to be trained, from a job file or data, and the options, which take precedence. */
export async function jobOf(source: string, options: TrainOptions): Promise<TrainJob> {
  const isJob = JOB_FILE.test(source);
  const job = isJob ? await readJobFile(source, checkTrainJob) : { data: await sourceOf(source) };
  const { out, report, tensorboard, checkpoint, ...training } = withOptions(job, options);
  const place = new Place(training, "", { file: "the command line", folder: "", positions: new Map() });
  return { ...checkTrainingJob(place), ...given({ out, report, tensorboard, checkpoint }) };
}

function checkTrainJob(place: Place): TrainJob {
  const { sweep, ...fields } = place.fields([...JOB_KEYS, ...FILE_KEYS, "sweep"]);
  // It belongs to `downhill sweep`, which the same file may be for.
  if (sweep && (typeof sweep.value !== "object" || sweep.value === null || Array.isArray(sweep.value))) {
    throw sweep.error(`is ${describe(sweep.value)}, expected a mapping`);
  }
  return { ...trainingJobOf(place, fields), ...filesOf(fields) };
}

/** The files that a job names. */
export function filesOf(fields: { readonly [key in (typeof FILE_KEYS)[number]]?: Place }): TrainFiles {
  const { out, report, tensorboard, checkpoint } = fields;
  return {
    ...(out && { out: out.path() }),
    ...(report && { report: report.path() }),
    ...(tensorboard && { tensorboard: tensorboard.path() }),
    ...(checkpoint && { checkpoint: checkpoint.path() }),
  };
}

/** What is still to become a training job. */
interface Unchecked {
  readonly data: unknown;
  readonly network?: object;
  readonly fit?: object;
}

function withOptions(job: TrainFiles & Unchecked, options: TrainOptions): TrainFiles & Unchecked {
  const { layers, activation, outputActivation, loss, initializer, dtype, arithmetic, seed, backend, threads } =
    options;
  const network = {
    layers,
    activation,
    outputActivation,
    loss,
    initializer,
    dtype,
    arithmetic,
    seed,
    backend,
    threads,
  };
  const { epochs, batchSize, learningRate, optimizer, weightDecay, clipGradientNorm, dropout, classWeights } = options;
  const fit = { epochs, batchSize, learningRate, optimizer, weightDecay, clipGradientNorm, dropout, classWeights };
  const { test, validation, normalize, out, report, tensorboard, checkpoint, earlyStopping } = options;
  return {
    ...job,
    data: dataWith(job.data, options),
    ...given({
      test: heldOutOf(test),
      validation: heldOutOf(validation),
      normalize,
      out,
      report,
      tensorboard,
      checkpoint,
    }),
    network: { ...job.network, ...given(network) },
    fit: {
      ...job.fit,
      ...given(fit),
      ...(earlyStopping !== undefined && { earlyStopping: { patience: earlyStopping } }),
    },
  };
}

function dataWith(data: unknown, options: DataOptions): unknown {
  const { target, exclude, category, task, missing, delimiter, header } = options;
  const columns = given({
    target: target && (target.length === 1 ? target[0] : target),
    exclude: exclude?.map(columnOf),
    categories: category,
    task,
    missing: missing === undefined || Number.isNaN(Number(missing)) ? missing : Number(missing),
    delimiter,
    // Commander says true where the option is absent.
    header: header === false ? false : undefined,
  });
  if (typeof data === "object" && data !== null && "csv" in data) {
    if (!("target" in data) && !target) {
      throw new UsageError(`${data.csv} needs --target COLUMN, the column that is to be predicted`);
    }
    return { ...data, ...columns };
  }
  const [name] = Object.keys(columns);
  if (name === undefined) return data;
  throw new UsageError(`${name} is about columns of CSV files, which this data has none of`);
}

/** A column's name, or its index where there are only digits: of columns that share a name nothing else tells which. */
function columnOf(text: string): string | number {
  return /^\d+$/.test(text) ? Number(text) : text;
}

function heldOutOf(part: number | string | undefined): unknown {
  return typeof part === "string" && part !== "none" ? { csv: part } : part;
}

function given(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
