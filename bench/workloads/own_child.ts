/**
 * The contender that is this package: `own_child.ts [URL]`, where the URL is that of another build's index.js. Only what
 * all builds have is used, so that one can be held against another.
 */
import type { Dataset, Network, NetworkOptions } from "downhill";
import {
  type Prepared,
  type PrepareRequest,
  type Ready,
  serve,
  Unsupported,
  type Workload,
} from "../peers/protocol.ts";
import { readWorkloadData, type WorkloadData } from "./data.ts";
import { predictSampler, trainSampler } from "./own_samplers.ts";
import { type OwnVariant, ownVariant } from "./own_variants.ts";

type Package = typeof import("downhill");

/** How long a contender works before its first sample. */
const WARM_UP_SECONDS = 0.2;

const [, , packageUrl = "downhill"] = process.argv;

async function prepare({ workload, variant, folder }: PrepareRequest): Promise<Prepared> {
  const loaded: Package = await import(packageUrl);
  const own = ownVariant(variant.id, variant.threads);
  const data = readWorkloadData(folder, workload);
  const network = createNetwork(loaded, workload, own, data.weights);
  const { version, isa } = loaded.backendInfo();
  const about = { name: "downhill", version, how: own.backend === "native" ? `${own.how} (${isa})` : own.how };

  const isTraining = workload.kind === "online" || workload.kind === "batch";
  const datasetOf = (samples: number) => firstSamples(loaded, workload, data, samples);
  const found = isTraining
    ? await checkTraining(network, workload, datasetOf)
    : checkPrediction(network, workload, data);
  const sample = isTraining
    ? trainSampler(network, workload, datasetOf)
    : predictSampler(network, workload, data.inputs);
  // The first samples are short, until the sampler knows how much work fits into the time.
  for (let spent = 0; spent < 2 * WARM_UP_SECONDS; ) spent += (await sample(WARM_UP_SECONDS)).seconds;
  return { ready: { ...about, ...found }, sample };
}

function createNetwork(
  { Network }: Package,
  { layers }: Workload,
  { backend, dtype, arithmetic, threads }: OwnVariant,
  weights: WorkloadData["weights"],
): Network {
  const options: NetworkOptions = { backend, dtype, arithmetic, initializer: "zeros", seed: 1 };
  const takesThreads = acceptsThreads(Network);
  if (threads > 1 && !takesThreads) throw new Unsupported("this build uses one thread");
  const withThreads = { ...options, threads };
  const network = new Network(layers, takesThreads ? withThreads : options);
  weights.forEach((data, l) => {
    network.setWeights(l, { rows: layers[l + 1], columns: layers[l] + 1, data });
  });
  return network;
}

/** Builds from before there were threads know no such option. */
function acceptsThreads(NetworkClass: Package["Network"]): boolean {
  const options = { seed: 1, threads: 1 };
  try {
    return new NetworkClass([1, 1], options).seed === 1;
  } catch {
    return false;
  }
}

function firstSamples({ Dataset }: Package, { layers }: Workload, data: WorkloadData, samples: number): Dataset {
  return Dataset.from({
    inputs: data.inputs.subarray(0, samples * layers[0]),
    targets: data.targets.subarray(0, samples * layers[layers.length - 1]),
    size: samples,
  });
}

async function checkTraining(
  network: Network,
  { samples, checkSamples, batchSize, learningRate }: Workload,
  datasetOf: (samples: number) => Dataset,
): Promise<Pick<Ready, "lossBefore" | "lossAfter">> {
  if (checkSamples === 0) return {};
  const all = datasetOf(samples);
  const { loss: lossBefore } = await network.evaluate(all);
  await network.fit(datasetOf(checkSamples), { epochs: 1, batchSize, learningRate, shuffle: false });
  const { loss: lossAfter } = await network.evaluate(all);
  return { lossBefore, lossAfter };
}

/** Predicts as the samples do: one by one, or all at once. */
function checkPrediction(network: Network, workload: Workload, data: WorkloadData): Pick<Ready, "error"> {
  const { inputs, outputs } = data;
  const width = workload.layers[0];
  const predicted =
    workload.kind === "predictMany"
      ? network.predictBatch(inputs).data
      : Array.from({ length: workload.samples }, (_, s) => inputs.subarray(s * width, (s + 1) * width)).flatMap(
          (input) => [...network.predict(input)],
        );
  let error = 0;
  for (let i = 0; i < outputs.length; i++) error = Math.max(error, Math.abs(predicted[i] - outputs[i]));
  return { error };
}

await serve(prepare);
