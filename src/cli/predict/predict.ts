import { Network } from "../../index.ts";
import { UsageError } from "../command_error.ts";
import type { CommandContext } from "../context.ts";
import { answersOf } from "./answers.ts";
import { batchesOf, filesOf } from "./batches.ts";
import { writeOut } from "./out_file.ts";
import { csvWriter, jsonWriter } from "./writers.ts";

/** The options of `downhill predict`. */
export interface PredictOptions {
  readonly delimiter?: string;
  /** False where the first row is data. */
  readonly header?: boolean;
  readonly out?: string;
  readonly probabilities?: boolean;
  readonly keep?: readonly string[];
  readonly unknown: "refuse" | "ignore";
  readonly part: "train" | "test";
  readonly json?: boolean;
}

/** `downhill predict`: a batch at a time. */
export async function predict(
  model: string,
  source: string,
  options: PredictOptions,
  context: CommandContext,
): Promise<void> {
  const network = await Network.load(model);
  const { json, probabilities = false, keep = [], out: path } = options;
  const answers = answersOf(network, probabilities);
  assertOnce([...keep, ...answers.names], keep);
  const write = json ? jsonWriter(answers, keep) : csvWriter(answers, keep);
  const inputs = [model, ...(await filesOf(source, options.part))];
  async function* texts() {
    yield write.head;
    for await (const batch of batchesOf(network, source, options, context)) {
      context.signal.throwIfAborted();
      yield write.rows(network.predictBatch(batch.inputs), batch.kept);
    }
  }
  await writeOut(texts(), path, inputs, context.stdout);
}

/** A line of JSON would lose one of two values of the same name, and nobody could tell two such columns from each other. */
function assertOnce(names: readonly string[], keep: readonly string[]): void {
  const twice = keep.find((name) => names.indexOf(name) !== names.lastIndexOf(name));
  if (twice !== undefined) throw new UsageError(`--keep ${twice} would stand twice in the answers`);
}
