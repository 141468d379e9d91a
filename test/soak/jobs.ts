import { createHash } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { Dataset, type FitOptions, type History, Network, type NetworkOptions } from "../../src/index.ts";
import { allWeights } from "../support/networks.ts";
import { smoothData, smoothRows } from "../support/samples.ts";

// The jobs of the soak. Each comes to the same bits whenever it runs, whatever runs beside it.

/** What a job may use. */
export interface Place {
  /** A folder that all share. */
  readonly folder: string;
  /** Unlike that of any other run. */
  readonly run: number;
}

/** Comes to a digest of everything it has found. */
export type Job = (place: Place) => Promise<string>;

const data = smoothData(600, 20, 5);
const rows = Float32Array.from(smoothRows(600, 20, 5).inputs.flat());
const labelled = Dataset.from({ inputs: rows, labels: Array.from({ length: 600 }, (_, i) => i % 5) });

/** The fields that are another time each time. */
const TIMES = ["seconds", "samplesPerSecond"];

function digest(...found: readonly unknown[]): string {
  const hash = createHash("sha256");
  const untimed = (key: string, value: unknown) => {
    if (TIMES.includes(key)) return undefined;
    return ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value;
  };
  return hash.update(JSON.stringify(found, untimed)).digest("hex");
}

function digestOf(network: Network, history: History): string {
  return digest(history, allWeights(network), network.normalization);
}

/** A fit of new weights. */
function training(
  hidden: readonly number[],
  network: NetworkOptions,
  options: Partial<FitOptions>,
  samples = data,
): Job {
  return async () => {
    const trained = new Network([20, ...hidden, 5], { seed: 8, ...network });
    return digestOf(trained, await trained.fit(samples, { epochs: 3, learningRate: 0.02, ...options }));
  };
}

/** A fit that leaves checkpoints, and one that goes on from the last of them. */
const resumed: Job = async ({ folder, run }) => {
  const path = join(folder, `checkpoint-${run}`);
  const network = new Network([20, 40, 5], { seed: 3 });
  const options = { batchSize: 16, optimizer: "adam", dropout: 0.1, checkpoint: { path } } as const;
  await network.fit(data, { ...options, epochs: 2 });
  const again = new Network([20, 40, 5], { seed: 4 });
  const history = await again.fit(data, { ...options, epochs: 4, resumeFrom: path, seed: network.seed });
  await rm(path);
  return digestOf(again, history);
};

/** A fit that is aborted at some moment: the network holds the last epoch that was reported. */
const aborted: Job = async ({ run }) => {
  const network = new Network([20, 64, 5], { seed: 5 });
  let reported = allWeights(network);
  const signal = AbortSignal.timeout(1 + ((run * 7) % 60));
  const onEpoch = () => {
    reported = allWeights(network);
  };
  const reason = await network.fit(data, { epochs: 1_000_000, signal, onEpoch }).catch((error: unknown) => error);
  if (digest(reported) !== digest(allWeights(network))) throw new Error("an aborted network holds no whole epoch");
  return (reason as Error).name;
};

/** Answers of every kind while the network itself is trained. */
const predictions: Job = async () => {
  const network = new Network([20, 30, 5], { seed: 6 });
  const kept = network.clone();
  const fitting = network.fit(labelled, { epochs: 5, batchSize: 8 });
  const controller = new AbortController();
  const dropped = kept.evaluate(labelled, { signal: controller.signal }).catch((error: Error) => error.name);
  controller.abort();
  const found = await Promise.all([kept.predictBatchAsync(rows), kept.evaluate(labelled, { topK: 2 }), dropped]);
  await fitting;
  const copy = Network.fromJSON(JSON.parse(JSON.stringify(network)));
  return digest(found, kept.predictBatch(rows), copy.predictBatch(rows), network.predict(rows.subarray(0, 20)));
};

/** Data that is read from a file, normalized, split, and fitted in parts. */
const fromFile: Job = async ({ folder, run }) => {
  const path = join(folder, `rows-${run}.csv`);
  const lines = Array.from({ length: 300 }, (_, i) => `${rows[i]},${i % 7},${["red", "green", "blue"][i % 3]}`);
  await writeFile(path, `a,b,y\n${lines.join("\n")}\n`);
  const [some, others] = (await Dataset.csv(path, { target: "y" })).normalize().split(0.5);
  await rm(path);
  const network = new Network([2, 8, 3], { seed: 7, outputActivation: "softmax" });
  const parts = {
    async *[Symbol.asyncIterator]() {
      yield some;
      yield others;
    },
  };
  return digestOf(network, await network.fit(parts, { epochs: 2, batchSize: 10 }));
};

/** A training in a thread of its own, and one whose thread is terminated. */
const workers: Job = async ({ run }) => {
  const start = (epochs: number) =>
    new Worker(new URL("../support/fit_worker.js", import.meta.url), { workerData: { epochs } });
  const doomed = start(1_000_000_000);
  const terminated = new Promise((resolve) => setTimeout(resolve, run % 90)).then(() => doomed.terminate());
  const other = start(2);
  const exited = new Promise((resolve) => other.once("exit", resolve));
  const weights = await new Promise((resolve, reject) => {
    other.once("error", reject);
    other.on("message", (news) => {
      if (news.kind === "done") resolve(news.weights);
    });
  });
  await Promise.all([terminated, exited]);
  return digest(weights);
};

/** By name. */
export const JOBS: Readonly<Record<string, Job>> = {
  online: training([33, 17], {}, {}),
  "online, float64": training([33, 17], { dtype: "float64", arithmetic: "reproducible" }, {}),
  "online, TypeScript": training([17], { backend: "typescript" }, { epochs: 2 }),
  "batches, TypeScript": training([17], { backend: "typescript" }, { batchSize: 30, optimizer: "adam", epochs: 2 }),
  "adam, three threads": training([300, 200], { threads: 3 }, { batchSize: 200, optimizer: "adam", dropout: 0.2 }),
  rmsprop: training([64], {}, { batchSize: 7, optimizer: "rmsprop", weightDecay: 0.01, clipGradientNorm: 1 }),
  "early stopping": training(
    [16],
    { outputActivation: "softmax", loss: "categoricalCrossEntropy" },
    { epochs: 20, validation: 0.2, earlyStopping: { patience: 2, restoreBest: true }, classWeights: "balanced" },
    labelled,
  ),
  statistics: training([40], { activation: "tanh" }, { statistics: true, optimizer: { type: "sgd", momentum: 0.9 } }),
  resumed,
  aborted,
  predictions,
  "from a file": fromFile,
  workers,
};
