import { type DType, kernels } from "downhill";
import { COMMON_OPTIONS, oneOf, parseOptions } from "./command.ts";
import { type Sample, SampleProcess, type SampleTask } from "./crossing_process.ts";
import { describeMachine, headerLines } from "./machine.ts";
import { type Effort, interleavedOrder, median } from "./measure.ts";
import { ProgressLine } from "./progress.ts";
import { type Column, significant, tableLines } from "./table.ts";

const SHAPES: readonly (readonly number[])[] = [
  [2, 3, 3, 2],
  [4, 8, 3],
  [16, 16, 4],
  [64, 64, 10],
  [784, 128, 10],
];

/** What is done for one network. */
interface CrossingEffort {
  /** Of every process. */
  readonly effort: Effort;
  /** For each backend, one after the other: how the engine happens to compile differs from process to process. */
  readonly processes: number;
}

const FULL: CrossingEffort = { effort: { warmUp: 0.2, sample: 0.004, samples: 7 }, processes: 3 };
const QUICK: CrossingEffort = { effort: { warmUp: 0.1, sample: 0.002, samples: 9 }, processes: 1 };

type BackendName = SampleTask["backend"];

interface ShapeReport {
  readonly layers: readonly number[];
  /** Medians, in seconds of one call. */
  readonly times: Partial<Readonly<Record<BackendName, Sample>>>;
  /** Time of native over that of TypeScript: below 1 native is faster. Undefined without a native backend. */
  readonly ratio: Sample | undefined;
}

/**
 * `npm run bench -- crossing`: what one call of predict and of train costs through `Network`, and from which size on the
 * way into native code pays.
 */
export async function run(argv: readonly string[]): Promise<void> {
  const values = parseOptions(argv, COMMON_OPTIONS);
  const dtype = oneOf<DType>("--dtype", values.dtype ?? "float32", ["float32", "float64"]);
  const backends: readonly BackendName[] = kernels.native ? ["native", "typescript"] : ["typescript"];
  const { effort, processes } = values.quick ? QUICK : FULL;

  const machine = describeMachine();
  const progress = new ProgressLine();
  const reports: ShapeReport[] = [];
  for (const layers of SHAPES) {
    progress.show(`${reports.length + 1}/${SHAPES.length}  [${layers.join(", ")}]`);
    const tasks = backends.map((backend) => ({ layers, dtype, backend, effort }));
    const times = await measureShape(tasks, processes);
    reports.push({ layers, times, ratio: ratioOf(times) });
  }
  progress.clear();
  if (values.json) {
    console.log(JSON.stringify({ machine, dtype, shapes: reports }, undefined, 2));
    return;
  }
  const legend = `${dtype}; medians of samples taken in turn, each backend in processes of its own`;
  const lines = tableLines(
    columnsOf(backends),
    reports.map((report) => rowOf(report, backends)),
  );
  console.log([...headerLines(machine), legend, "", ...lines].join("\n"));
}

/** The medians of all samples of each task. */
async function measureShape(tasks: readonly SampleTask[], processes: number): Promise<ShapeReport["times"]> {
  const samples: Sample[][] = tasks.map(() => []);
  for (let i = 0; i < processes; i++) {
    for (const [task, taken] of (await sampleInTurn(tasks)).entries()) samples[task].push(...taken);
  }
  return Object.fromEntries(tasks.map(({ backend }, i) => [backend, medians(samples[i])]));
}

/** Runs every task in a process of its own, sample by sample in turn. */
async function sampleInTurn(tasks: readonly SampleTask[]): Promise<Sample[][]> {
  const processes = tasks.map((task) => new SampleProcess(task));
  try {
    const samples: Sample[][] = tasks.map(() => []);
    // Nothing is measured while another process starts and compiles.
    for (const process of processes) await process.ready();
    for (const index of interleavedOrder(tasks.length, tasks[0].effort.samples)) {
      samples[index].push(await processes[index].sample());
    }
    return samples;
  } finally {
    for (const process of processes) process.end();
  }
}

function medians(samples: readonly Sample[]): Sample {
  return {
    predict: median(samples.map(({ predict }) => predict)),
    train: median(samples.map(({ train }) => train)),
  };
}

function ratioOf({ native, typescript }: ShapeReport["times"]): Sample | undefined {
  if (!native || !typescript) return undefined;
  return { predict: native.predict / typescript.predict, train: native.train / typescript.train };
}

const CALLS = ["predict", "train"] as const;

function columnsOf(backends: readonly BackendName[]): Column[] {
  const columns: Column[] = [{ title: "layers", align: "left" }];
  for (const call of CALLS) {
    const group = `${call}, µs a call`;
    columns.push(...backends.map((title) => ({ title, group })));
    if (backends.length > 1) columns.push({ title: "native/typescript", group });
  }
  return columns;
}

function rowOf({ layers, times, ratio }: ShapeReport, backends: readonly BackendName[]): string[] {
  const cells = CALLS.flatMap((call) => [
    ...backends.map((backend) => significant((times[backend]?.[call] ?? Number.NaN) * 1e6)),
    ...(ratio ? [significant(ratio[call])] : []),
  ]);
  return [`[${layers.join(", ")}]`, ...cells];
}
