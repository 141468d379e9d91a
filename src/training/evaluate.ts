import { type Dataset, labelsOf, samplesOf } from "../dataset.ts";
import { DownhillError, describe } from "../errors.ts";
import { type Model, outputSizeOf } from "../model.ts";
import { integer } from "../options.ts";
import { placeInDataset } from "../sample_table.ts";
import { type Evaluated, forEachChunk } from "./forward_chunks.ts";
import { ClassificationTally, type Evaluation } from "./metrics.ts";
import { RegressionTally } from "./regression_metrics.ts";

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
