import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { Dataset, type DType, Network } from "downhill";
import { Random } from "../src/random.ts";
import { COMMON_OPTIONS, oneOf, parseOptions, UsageError } from "./command.ts";
import { describeMachine, headerLines } from "./machine.ts";
import { ProgressLine } from "./progress.ts";
import { type Column, significant, tableLines } from "./table.ts";

const LAYERS: readonly number[] = [784, 1000, 1000, 10];
const BATCH_SIZE = 128;

/** Few enough for several epochs, at whose ends the weights are published, even in a quick run. */
const SAMPLES = 4096;

/** How often the event loop is asked, in milliseconds. */
const RESOLUTION = 1;

/** How long each state lasts, in seconds. */
const SECONDS = { full: 5, quick: 1.5 } as const;

/** Milliseconds from one tick of a timer of `RESOLUTION` to the next. */
export interface Delays {
  readonly mean: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/**
 * `npm run bench -- event-loop`: how long a server's event loop is kept waiting while a network is fitted in the same
 * process, beside how long it takes when nothing else runs.
 */
export async function run(argv: readonly string[]): Promise<void> {
  const values = parseOptions(argv, COMMON_OPTIONS);
  const dtype = oneOf<DType>("--dtype", values.dtype ?? "float32", ["float32", "float64"]);
  const seconds = values.quick ? SECONDS.quick : SECONDS.full;
  const machine = describeMachine();
  if (machine.withoutNative !== undefined) {
    throw new UsageError(`event-loop measures the native backend, which there is not: ${machine.withoutNative}`);
  }

  const progress = new ProgressLine();
  const train = prepareTraining(dtype);
  progress.show("idle");
  const idle = await measureDelays(() => sleep(seconds * 1000));
  progress.show("fit");
  let epochs = 0;
  const fitting = await measureDelays(async () => {
    epochs = await train(seconds);
  });
  progress.clear();
  if (values.json) {
    const settings = {
      dtype,
      layers: LAYERS,
      batchSize: BATCH_SIZE,
      samples: SAMPLES,
      seconds,
      resolution: RESOLUTION,
    };
    console.log(JSON.stringify({ machine, ...settings, epochs, delays: { idle, fit: fitting } }, undefined, 2));
    return;
  }
  const legend = [
    `Milliseconds between two ticks of a timer of ${RESOLUTION} ms, which are part of them, over ${seconds} s each`,
    `fit: [${LAYERS.join(", ")}], batches of ${BATCH_SIZE}, ${dtype}; ${epochs} epochs of ${SAMPLES} samples`,
  ];
  console.log([...headerLines(machine), ...legend, "", ...delayLines({ idle, fit: fitting })].join("\n"));
}

/** What the event loop does from the start of some work to its end, by Node's own histogram. */
export async function measureDelays(work: () => Promise<unknown>): Promise<Delays> {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION });
  histogram.enable();
  try {
    await work();
  } finally {
    histogram.disable();
  }
  return delaysOf(histogram);
}

/** Nanoseconds as milliseconds. */
export function delaysOf(histogram: Pick<IntervalHistogram, "mean" | "percentile" | "max">): Delays {
  const { mean, max } = histogram;
  return { mean: mean / 1e6, p50: histogram.percentile(50) / 1e6, p99: histogram.percentile(99) / 1e6, max: max / 1e6 };
}

/** A table with a row for each state. */
export function delayLines(delays: Readonly<Record<string, Delays>>): string[] {
  const titles = ["mean", "p50", "p99", "max"] as const;
  const columns: Column[] = [{ title: "", align: "left" }, ...titles.map((title) => ({ title }))];
  const rows = Object.entries(delays).map(([state, of]) => [state, ...titles.map((title) => significant(of[title]))]);
  return tableLines(columns, rows);
}

/** Makes what trains for so many seconds; it resolves to the number of epochs that were published. */
function prepareTraining(dtype: DType): (seconds: number) => Promise<number> {
  const random = new Random(1);
  const data = Dataset.from({
    inputs: new Float32Array(SAMPLES * LAYERS[0]).map(() => random.uniform()),
    labels: Uint8Array.from({ length: SAMPLES }, (_, i) => i % 10),
  });
  const network = new Network(LAYERS, { dtype, backend: "native", seed: 1 });
  return async (seconds) => {
    const signal = AbortSignal.timeout(seconds * 1000);
    let published = 0;
    const onEpoch = () => {
      published++;
    };
    try {
      await network.fit(data, { epochs: 1_000_000, batchSize: BATCH_SIZE, signal, onEpoch });
    } catch (error) {
      if (error !== signal.reason) throw error;
    }
    return published;
  };
}
