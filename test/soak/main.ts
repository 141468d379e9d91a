import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { backendInfo } from "../../src/index.ts";
import { inheritedEnvironment } from "../support/child.ts";
import { QUIET_MEMORY } from "../support/memory.ts";
import { translatedPackage } from "../support/translated.ts";
import type { CyclesOutcome } from "./cycles.ts";
import { cyclesFailures } from "./limits.ts";

// What only time shows: workers that are ended at random moments, and jobs side by side for minutes.

const USAGE = `npm run test:soak -- [--minutes 10] [--cycles 500]

  --minutes N   how long jobs run side by side
  --cycles N    how many workers are started and ended, at least 8`;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    cycles: { type: "string", default: "500" },
    help: { type: "boolean", default: false },
  },
});
const [minutes, cycles] = [Number(values.minutes), Number(values.cycles)];

if (values.help || !(minutes > 0) || !(Number.isInteger(cycles) && cycles >= 8)) {
  console.log(USAGE);
  process.exit(values.help ? 0 : 2);
}

const { backend, isa, reason } = backendInfo();
if (backend !== "native") {
  console.log(`The soak cannot run: it is of the native backend, and there is none (${reason}).`);
  process.exit(1);
}

const folder = await translatedPackage();
const environment = {
  ...inheritedEnvironment(),
  ...QUIET_MEMORY,
  DOWNHILL_BACKEND: "native",
  DOWNHILL_NATIVE_PATH: reason.replace(/^loaded /, ""),
};

function start(program: string, argument: number, stdout: "pipe" | "inherit") {
  const command = [join(folder, "test/soak", program), String(argument)];
  return spawn(process.execPath, command, { env: environment, stdio: ["ignore", stdout, "inherit"] });
}

async function runCycles(): Promise<string[]> {
  const child = start("cycles.js", cycles, "pipe");
  const [output, [code]] = await Promise.all([text(child.stdout as Readable), once(child, "exit")]);
  if (code !== 0) return [`the workers' process ended with ${code}`];
  const outcome: CyclesOutcome = JSON.parse(output);
  console.log(
    `${cycles} workers ended, ${outcome.whileTraining} of them in mid-training: ${JSON.stringify(outcome.growth)}`,
  );
  return cyclesFailures(outcome);
}

async function runLoad(): Promise<string[]> {
  const [code] = await once(start("load.js", minutes, "inherit"), "exit");
  return code === 0 ? [] : [`the jobs' process ended with ${code}`];
}

console.log(`node ${process.version}, ${isa}: ${cycles} workers, then ${minutes} minutes of jobs side by side`);
try {
  const failures = [...(await runCycles()), ...(await runLoad())];
  for (const failure of failures) console.log(`FAILED: ${failure}`);
  console.log(failures.length > 0 ? "The soak has failed." : "The soak has passed.");
  process.exitCode = failures.length > 0 ? 1 : 0;
} finally {
  await rm(folder, { recursive: true });
}
