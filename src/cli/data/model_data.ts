import { digits } from "../../digits/index.ts";
import { type CsvOptions, Dataset, type Network } from "../../index.ts";
import { CommandError, UsageError } from "../command_error.ts";
import { sourceOf } from "../job/source.ts";
import { findIdxFiles, type IdxPair } from "./idx_folder.ts";

/** What of a source is read, and how. */
export interface DataOptions {
  readonly target?: readonly string[];
  readonly delimiter?: string;
  /** False where the first row is data. */
  readonly header?: boolean;
  /** Of sources that have two. */
  readonly part: "train" | "test";
}

/** Reads the samples that a network is examined with. */
export async function readForModel(
  network: Network,
  source: string,
  options: DataOptions,
  signal: AbortSignal,
): Promise<Dataset> {
  const { target, part } = options;
  const data = await sourceOf(source);
  if (data === "digits") return digits()[part];
  if ("idx" in data) {
    const { images, labels } = await idxPairOf(data.idx, part);
    const outputs = network.layers[network.layers.length - 1];
    return Dataset.idx(images, labels, { classes: Math.max(2, outputs) });
  }
  const reading = { ...csvReading(options), signal };
  if (network.encoding) return Dataset.csv(data.csv, { ...reading, encoding: network.encoding });
  if (!target)
    throw new UsageError("the network was not trained on a CSV file: --target COLUMN names what it predicts");
  const classes = network.classNames;
  return Dataset.csv(data.csv, { ...reading, target, ...(classes && { classes }) });
}

/** @param part - the other one does as well where the folder has only that */
export async function idxPairOf(folder: string, part: "train" | "test"): Promise<IdxPair> {
  const pairs = await findIdxFiles(folder);
  const pair = pairs[part] ?? pairs.train ?? pairs.test;
  if (pair) return pair;
  throw new CommandError(`${folder} holds no IDX files`);
}

/** How the options say that a CSV file is read. */
export function csvReading({
  delimiter,
  header,
}: Pick<DataOptions, "delimiter" | "header">): Pick<CsvOptions, "delimiter" | "header"> {
  return { ...(delimiter !== undefined && { delimiter }), ...(header === false && { header }) };
}
