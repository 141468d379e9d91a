import type { Dataset, Network } from "downhill";
import { repeatFor, type SampleResult, type Workload } from "../peers/protocol.ts";

/** Works for about that many seconds. */
export type Sampler = (seconds: number) => Promise<SampleResult>;

/** Between two looks at the clock: long enough for its own time not to count. */
const BLOCK_SECONDS = 0.0005;

/**
 * A sample is one call of `fit`, of as many epochs as take about the time. Where not even one epoch fits, its data set
 * is cut down to whole batches that do.
 */
export function trainSampler(
  network: Network,
  { samples, batchSize, learningRate }: Workload,
  datasetOf: (samples: number) => Dataset,
): Sampler {
  const whole = datasetOf(samples);
  /** Samples a second; the first fit, of one batch, finds out. */
  let rate = 0;
  let part = datasetOf(batchSize);
  return async (seconds) => {
    const wanted = Math.floor(rate * seconds);
    const isPart = wanted < samples;
    const size = isPart ? Math.max(1, Math.floor(wanted / batchSize)) * batchSize : samples;
    if (isPart && part.size !== size) part = datasetOf(size);
    const epochs = isPart ? 1 : Math.round(wanted / samples);
    const start = performance.now();
    const history = await network.fit(isPart ? part : whole, { epochs, batchSize, learningRate });
    const spent = (performance.now() - start) / 1000;
    const units = size * epochs;
    rate = units / spent;
    return { units, seconds: spent, loss: history.epochs[epochs - 1].loss };
  };
}

/** Single inputs in turn, or all of them at once. */
export function predictSampler(network: Network, workload: Workload, inputs: Float32Array): Sampler {
  if (workload.kind === "predictMany") {
    return (seconds) => repeatFor(seconds, () => network.predictBatch(inputs).rows);
  }
  const width = workload.layers[0];
  const vectors = Array.from({ length: workload.samples }, (_, s) => inputs.slice(s * width, (s + 1) * width));
  let next = 0;
  let calls = 1;
  return async (seconds) => {
    const result = await repeatFor(seconds, () => {
      for (let i = 0; i < calls; i++) {
        network.predict(vectors[next]);
        next = next + 1 === vectors.length ? 0 : next + 1;
      }
      return calls;
    });
    calls = Math.max(1, Math.round((BLOCK_SECONDS * result.units) / result.seconds));
    return result;
  };
}
