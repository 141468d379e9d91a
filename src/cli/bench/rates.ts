import { Dataset, type DType, kernels, Network, type Values } from "../../index.ts";
import { Random } from "../../random.ts";
import { type Spread, spreadOf } from "./spread.ts";

/** What is measured. */
export interface Workload {
  /** The number of inputs, then the units of each layer. */
  readonly layers: readonly number[];
  readonly batchSize: number;
  readonly threads: number;
  readonly dtype: DType;
  /** About how long all of it may take. */
  readonly seconds: number;
}

/** How fast a backend is at something. */
export interface Rate {
  readonly task: "training" | "prediction";
  readonly backend: "native" | "typescript";
  readonly samplesPerSecond: Spread;
}

/** In the order in which they are told. */
const TASKS: readonly Rate["task"][] = ["training", "prediction"];

/** One thing that is measured. */
interface Variant {
  readonly task: Rate["task"];
  readonly backend: Rate["backend"];
  /** @returns how many samples it did a second, about as many as it was told to do */
  run(samples: number): Promise<number>;
}

/** Gone through again and again: what fits the caches less well than a few samples, and memory better than very many. */
const POOL = 512;
/** Each variant runs about so often. */
const ROUNDS = 10;
/** However long it takes: fewer have no middle half. */
const LEAST_ROUNDS = 3;

/**
 * The rates of the backends that are there, one in the wake of the other by turns, so that whatever slows the machine for a
 * while slows all of them. The first runs, which warm the engine up and tell how many samples take long enough, do not count.
 */
export async function measureRates(workload: Workload, signal: AbortSignal): Promise<Rate[]> {
  const backends = kernels.native ? (["native", "typescript"] as const) : (["typescript"] as const);
  const pool = poolOf(workload);
  const variants = backends.flatMap((backend) => variantsOf(backend, workload, pool, signal));
  const turnSeconds = workload.seconds / (variants.length * ROUNDS);
  const end = performance.now() + workload.seconds * 1000;
  const turns: { readonly variant: Variant; readonly samples: number; readonly rates: number[] }[] = [];
  for (const variant of variants) {
    turns.push({ variant, samples: await samplesFor(variant, turnSeconds, workload.batchSize), rates: [] });
  }
  for (let round = 0; round < LEAST_ROUNDS || performance.now() < end; round++) {
    // Another one begins each time, so that none always runs after the same other.
    for (let i = 0; i < turns.length; i++) {
      const { variant, samples, rates } = turns[(i + round) % turns.length];
      rates.push(await variant.run(samples));
    }
  }
  const measured = turns.map(({ variant: { task, backend }, rates }) => ({
    task,
    backend,
    samplesPerSecond: spreadOf(rates),
  }));
  return measured.sort((a, b) => TASKS.indexOf(a.task) - TASKS.indexOf(b.task));
}

/** Numbers of no meaning: how fast they are learned from does not depend on them. */
interface Pool {
  readonly data: Dataset;
  /** (POOL, inputs) */
  readonly inputs: Values;
}

function poolOf({ layers, dtype }: Workload): Pool {
  const random = new Random(1);
  const numbers = (length: number) => Float64Array.from({ length }, () => random.uniform());
  const outputs = layers[layers.length - 1];
  const values = numbers(POOL * layers[0]);
  const inputs = dtype === "float64" ? values : Float32Array.from(values);
  const labels = () => Uint32Array.from({ length: POOL }, () => random.below(outputs));
  const data =
    outputs === 1
      ? Dataset.from({ inputs, targets: numbers(POOL), size: POOL })
      : Dataset.from({ inputs, labels: labels(), classes: outputs });
  return { data, inputs };
}

function variantsOf(
  backend: Rate["backend"],
  { layers, batchSize, threads, dtype }: Workload,
  { data, inputs }: Pool,
  signal: AbortSignal,
): Variant[] {
  const output =
    data.classes === undefined
      ? ({ outputActivation: "linear", loss: "squaredError" } as const)
      : ({ outputActivation: "softmax", loss: "categoricalCrossEntropy" } as const);
  const network = new Network(layers, { activation: "relu", seed: 1, dtype, backend, threads, ...output });
  const train = async (samples: number) => {
    const some = data.take(Math.min(samples, POOL));
    const epochs = passesFor(samples);
    const history = await network.fit(some, { epochs, batchSize, signal });
    const seconds = history.epochs.reduce((sum, epoch) => sum + epoch.seconds, 0);
    return (epochs * some.size) / seconds;
  };
  const predict = async (samples: number) => {
    const size = Math.min(samples, POOL);
    const some = inputs.subarray(0, size * layers[0]);
    const passes = passesFor(samples);
    const started = performance.now();
    for (let pass = 0; pass < passes; pass++) await network.predictBatchAsync(some, { signal });
    return (passes * size) / ((performance.now() - started) / 1000);
  };
  return [
    { task: "training", backend, run: train },
    { task: "prediction", backend, run: predict },
  ];
}

function passesFor(samples: number): number {
  return Math.max(1, Math.round(samples / POOL));
}

/** How many samples a variant does in so much time; it is called until it has done that. */
async function samplesFor({ run }: Variant, seconds: number, least: number): Promise<number> {
  for (let samples = Math.min(least, POOL); ; samples *= 2) {
    const fitting = (await run(samples)) * seconds;
    if (samples >= fitting / 2) return Math.max(1, Math.round(fitting));
  }
}
