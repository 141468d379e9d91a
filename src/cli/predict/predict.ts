import { Network } from "../../index.ts";
import type { CommandContext } from "../context.ts";
import { answersOf } from "./answers.ts";
import { batchesOf } from "./batches.ts";
import { openOut } from "./out_file.ts";
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
  const write = json ? jsonWriter(answers, keep) : csvWriter(answers, keep);
  const out = await openOut(path, context.stdout);
  try {
    await out.write(write.head);
    for await (const { inputs, kept } of batchesOf(network, source, options, context)) {
      context.signal.throwIfAborted();
      await out.write(write.rows(network.predictBatch(inputs), kept));
    }
    await out.finish();
  } catch (error) {
    await out.discard();
    throw error;
  }
}
