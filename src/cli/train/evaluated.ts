import type { Dataset, Evaluation, Network } from "../../index.ts";
import type { TrainingData } from "../job/data.ts";

/** What a network came to, and on which samples. */
export interface Evaluated {
  /** In words. */
  readonly on: string;
  readonly data: Dataset;
  readonly evaluation: Evaluation;
}

/** Evaluates on what is as far from the training as there is. */
export async function evaluateTrained(network: Network, parts: TrainingData, signal: AbortSignal): Promise<Evaluated> {
  const { on, data } = heldOut(parts);
  return { on, data, evaluation: await network.evaluate(data, { signal }) };
}

function heldOut({ test, validation, train }: TrainingData): { readonly on: string; readonly data: Dataset } {
  if (test) return { on: "test data", data: test };
  if (validation) return { on: "validation data", data: validation };
  return { on: "the training data itself", data: train };
}
