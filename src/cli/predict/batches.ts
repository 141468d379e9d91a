import { digits } from "../../digits/index.ts";
import { readBytes } from "../../files_node.ts";
import { IDX_IMAGES, parseIdxImages } from "../../formats/idx.ts";
import type { Dataset, Network, SampleVectors } from "../../index.ts";
import { UsageError } from "../command_error.ts";
import type { CommandContext } from "../context.ts";
import { idxPairOf } from "../data/model_data.ts";
import { sourceOf } from "../job/source.ts";
import { csvBatches } from "./csv_batches.ts";
import type { PredictOptions } from "./predict.ts";

/** Inputs of some rows. */
export interface Batch {
  readonly inputs: SampleVectors;
  /** The values of the columns that go along, for each row. */
  readonly kept: readonly (readonly string[])[];
}

const IMAGES_AT_ONCE = 256;

/** What IDX files of images are called. */
const IDX_FILE = /[-.]idx3-ubyte(\.gz)?$/;

/** The files that a source consists of. */
export async function filesOf(source: string, part: "train" | "test"): Promise<readonly string[]> {
  const data = source === "-" ? undefined : await sourceOf(source);
  if (data === undefined || data === "digits") return [];
  if ("csv" in data) return [data.csv];
  const { images, labels } = await idxPairOf(data.idx, part);
  return [images, labels];
}

/** The rows that a network is to answer. */
export async function* batchesOf(
  network: Network,
  source: string,
  options: PredictOptions,
  context: CommandContext,
): AsyncGenerator<Batch> {
  const data = source === "-" ? { csv: source } : await sourceOf(source);
  if (typeof data === "object" && "csv" in data && !IDX_FILE.test(data.csv)) {
    yield* csvBatches(network, data.csv, options, context);
    return;
  }
  if (options.keep) throw new UsageError("--keep is about columns of CSV files, which this data has none of");
  if (data === "digits") yield* sampleBatches(digits()[options.part]);
  else yield* imageBatches("csv" in data ? data.csv : (await idxPairOf(data.idx, options.part)).images);
}

function* sampleBatches(data: Dataset): Generator<Batch> {
  for (let from = 0; from < data.size; from += IMAGES_AT_ONCE) {
    const length = Math.min(IMAGES_AT_ONCE, data.size - from);
    const inputs = Array.from({ length }, (_, i) => data.sample(from + i).input);
    yield { inputs, kept: inputs.map(() => []) };
  }
}

async function* imageBatches(path: string): AsyncGenerator<Batch> {
  const bytes = await readBytes(path, IDX_IMAGES.headBytes, (head) => IDX_IMAGES.sizeOf(head, path));
  const { count, rows, columns, pixels } = parseIdxImages(bytes, path);
  const size = rows * columns;
  for (let from = 0; from < count; from += IMAGES_AT_ONCE) {
    const length = Math.min(IMAGES_AT_ONCE, count - from);
    const inputs = Array.from({ length }, (_, i) =>
      Float64Array.from(pixels.subarray((from + i) * size, (from + i + 1) * size), (pixel) => pixel / 255),
    );
    yield { inputs, kept: inputs.map(() => []) };
  }
}
