import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Random } from "../../src/random.ts";
import { settledMemory } from "../support/memory.ts";
import { JOBS } from "./jobs.ts";
import { memoryFailures } from "./limits.ts";

// Runs jobs side by side for some time, and looks whether each comes to what it comes to alone and whether memory stays:
//
//     node load.js MINUTES

/** How many run at once. */
const LANES = 6;
/** How often all come to rest and memory is looked at; the shortest run looks as often. */
const ROUNDS = 40;
/** The share of the rounds in which memory may still rise. */
const WARM_UP = 0.2;

const minutes = Number(parseArgs({ allowPositionals: true }).positionals[0]);
const folder = await mkdtemp(join(tmpdir(), "downhill-soak-"));
const random = new Random(9);
const names = Object.keys(JOBS);
const failures: string[] = [];
const counts = new Map(names.map((name) => [name, 0]));
let runs = 0;

process.on("warning", ({ name, message }) => failures.push(`a warning: ${name}: ${message}`));
process.on("unhandledRejection", (reason) => failures.push(`an unhandled rejection: ${reason}`));

async function lane(until: number, alone: ReadonlyMap<string, string>): Promise<void> {
  while (performance.now() < until) {
    const name = names[random.below(names.length)];
    const found = await JOBS[name]({ folder, run: runs++ });
    if (found !== alone.get(name)) failures.push(`${name} has come to ${found}, and alone to ${alone.get(name)}`);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

/** How much more memory there was in the last quarter of the rounds than in the first one behind the warm-up. */
function growthOf(samples: readonly NodeJS.MemoryUsage[]) {
  const warm = samples.slice(Math.floor(WARM_UP * samples.length));
  const quarter = Math.ceil(warm.length / 4);
  const growth = (kind: keyof NodeJS.MemoryUsage) => {
    const values = warm.map((sample) => sample[kind]);
    return median(values.slice(-quarter)) - median(values.slice(0, quarter));
  };
  return {
    rss: growth("rss"),
    external: growth("external"),
    arrayBuffers: growth("arrayBuffers"),
    heapUsed: growth("heapUsed"),
  };
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
const elapsed = () => `${((performance.now() - started) / 60_000).toFixed(1)} min`;

const alone = new Map<string, string>();
for (const name of names) alone.set(name, await JOBS[name]({ folder, run: runs++ }));

const started = performance.now();
const samples: NodeJS.MemoryUsage[] = [];
let nextLine = 1;
for (let round = 1; round <= ROUNDS; round++) {
  const until = started + (round / ROUNDS) * minutes * 60_000;
  await Promise.all(Array.from({ length: LANES }, () => lane(until, alone)));
  samples.push(await settledMemory());
  if (performance.now() - started < nextLine * 60_000 && round < ROUNDS) continue;
  nextLine++;
  const { rss, arrayBuffers, heapUsed } = samples[samples.length - 1];
  const memory = `rss ${megabytes(rss)}, arrays ${megabytes(arrayBuffers)}, heap ${megabytes(heapUsed)}`;
  console.log(`${elapsed()}: ${runs - names.length} jobs, ${memory}, ${failures.length} failures`);
}

const growth = growthOf(samples);
failures.push(...memoryFailures(growth));
const left = await readdir(folder);
if (left.length > 0) failures.push(`files are left: ${left.join(" ")}`);
await rm(folder, { recursive: true });
console.log(Array.from(counts, ([name, count]) => `${count} x ${name}`).join(", "));
console.log(
  `memory has risen by ${Object.entries(growth)
    .map(([kind, bytes]) => `${megabytes(bytes)} (${kind})`)
    .join(", ")}`,
);
for (const failure of failures) console.log(`FAILED: ${failure}`);
process.exitCode = failures.length > 0 ? 1 : 0;
