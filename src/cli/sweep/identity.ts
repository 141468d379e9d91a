import { createHash, type Hash } from "node:crypto";
import { type Dataset, samplesOf } from "../../dataset.ts";
import type { TrainingData } from "../job/data.ts";
import type { SweepJob } from "./sweep_job.ts";

/**
 * Tells searches apart by what their results follow from: the network, the training, the parameters and the samples. Where
 * the samples come from, how many points are wanted and what they are ranked by may change.
 */
export function identityOf({ job, search }: SweepJob, { train, validation }: TrainingData): string {
  const { network, fit } = job;
  const { method, seed, parameters } = search;
  const hash = createHash("sha256").update(JSON.stringify({ network, fit, method, seed, parameters }));
  addSamples(hash, train);
  if (validation) addSamples(hash, validation);
  return hash.digest("hex");
}

function addSamples(hash: Hash, data: Dataset): void {
  const { size, inputSize, targetSize, inputs, inputScale, targets, labels, weights } = samplesOf(data);
  hash.update(JSON.stringify({ size, inputSize, targetSize, inputScale }));
  for (const values of [inputs, targets, labels, weights]) {
    if (values) hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
}
