import { readdirSync, readlinkSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { Random } from "../../src/random.ts";
import { settledMemory } from "../support/memory.ts";
import { type CycleOrder, type Ending, EXIT_CODE } from "./cycled_worker.ts";

// Starts workers that train and ends them at random moments, one after the other, and prints as JSON what that cost:
//
//     node cycles.js CYCLES

/** What it prints. */
export interface CyclesOutcome {
  readonly cycles: number;
  /** How many workers ended in the middle of their trainings. */
  readonly whileTraining: number;
  /** Bytes that the process has gained since it was warm, for each kind of memory. */
  readonly growth: Readonly<Record<keyof NodeJS.MemoryUsage, number>>;
  /** Files that a last worker, which came to its own end, has left but its checkpoint; and those still open. */
  readonly leftFiles: readonly string[];
}

/** The share of the cycles after which memory is looked at first. */
const WARM_UP = 0.2;
/** Milliseconds. */
const LATEST_MOMENT = 60;

const EXPECTED_CODES: Readonly<Record<Ending, number>> = { terminate: 1, exit: EXIT_CODE, return: 0 };
const endings: readonly Ending[] = ["terminate", "exit", "terminate", "return"];

const workerFile = new URL("./cycled_worker.js", import.meta.url);

/** @returns whether the worker had begun to train */
async function runCycle(order: CycleOrder, isAnytime: boolean): Promise<boolean> {
  const worker = new Worker(workerFile, { workerData: order });
  let isTraining = false;
  const training = new Promise<void>((resolve) => {
    worker.on("message", () => {
      isTraining = true;
      resolve();
    });
  });
  const code = new Promise<number>((resolve, reject) => {
    worker.once("exit", resolve);
    worker.once("error", reject);
  });
  if (order.ending === "terminate") {
    if (!isAnytime) await Promise.race([training, code]);
    await new Promise((resolve) => setTimeout(resolve, order.moment));
    await worker.terminate();
  }
  const found = await code;
  // One that is terminated before its module runs may end with 0.
  if (found === EXPECTED_CODES[order.ending] || (isAnytime && !isTraining && found === 0)) return isTraining;
  throw new Error(`a worker ended with ${found} by ${order.ending}, expected ${EXPECTED_CODES[order.ending]}`);
}

/** What this process has open there, where the system tells. */
function openFilesIn(folder: string): string[] {
  if (process.platform !== "linux") return [];
  const paths = readdirSync("/proc/self/fd").map((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`);
    } catch {
      // The list itself was open while it was read.
      return "";
    }
  });
  return paths.filter((path) => path.startsWith(folder));
}

async function runCycles(cycles: number, folder: string): Promise<CyclesOutcome> {
  const random = new Random(5);
  const checkpoint = join(folder, "checkpoint");
  let before = process.memoryUsage();
  let whileTraining = 0;
  for (let cycle = 0; cycle < cycles; cycle++) {
    if (cycle === Math.floor(WARM_UP * cycles)) before = await settledMemory();
    const order = { ending: endings[cycle % endings.length], moment: LATEST_MOMENT * random.uniform(), checkpoint };
    // Some are terminated while they start.
    const wasTraining = await runCycle(order, cycle % 8 === 0);
    if (wasTraining && order.ending !== "return") whileTraining++;
  }
  const after = await settledMemory();
  const kinds = Object.keys(after) as (keyof NodeJS.MemoryUsage)[];
  const growth = Object.fromEntries(kinds.map((kind) => [kind, after[kind] - before[kind]])) as CyclesOutcome["growth"];
  await runCycle({ ending: "return", moment: 0, checkpoint }, false);
  const leftFiles = (await readdir(folder)).filter((name) => name !== "checkpoint").concat(openFilesIn(folder));
  return { cycles, whileTraining, growth, leftFiles };
}

const folder = await mkdtemp(join(tmpdir(), "downhill-cycles-"));
try {
  console.log(JSON.stringify(await runCycles(Number(process.argv[2]), folder)));
} finally {
  await rm(folder, { recursive: true });
}
