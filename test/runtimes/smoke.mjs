// Does the built package work in this runtime? One plain program, run by Node.js, Bun and Deno alike:
//   smoke.mjs [--package FOLDER] [--backend auto|native|typescript] [--output FILE]
// Without a folder the package is found by its name. The result is JSON, on standard output or in a file, which is written
// before and after every check, so that it names the one in which the process has died.
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { CHECKS, SkippedCheck } from "./smoke_checks.mjs";
import { ENDLESS, TRAININGS } from "./smoke_trainings.mjs";

const { values } = parseArgs({
  options: {
    package: { type: "string" },
    backend: { type: "string", default: "auto" },
    output: { type: "string" },
  },
});
process.env.DOWNHILL_BACKEND = values.backend;
const entry = values.package ? pathToFileURL(resolve(values.package, "dist/index.js")).href : "downhill";

const started = performance.now();
const result = { ...runtime(), backend: "", isa: "", digests: {}, checks: [], running: "import", seconds: 0 };
report();
const downhill = await import(entry);
for (const [name, run] of Object.entries(CHECKS)) {
  result.running = name;
  report();
  result.checks.push({ name, ...(await outcomeOf(() => run({ downhill, entry, wanted: values.backend, result }))) });
}
result.running = "exit in the middle of a training";
report();
if (!values.output) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
await exitInMidTraining(result.checks.some(({ status }) => status === "failed") ? 1 : 0);

async function outcomeOf(run) {
  try {
    await run();
    return { status: "passed" };
  } catch (error) {
    const status = error instanceof SkippedCheck ? "skipped" : "failed";
    return { status, message: status === "skipped" ? error.message : String(error.stack ?? error) };
  }
}

/** Bun and Deno report a version of Node.js, too; theirs stands beside it. */
function runtime() {
  const { versions, platform, arch } = process;
  const name = versions.bun ? "bun" : versions.deno ? "deno" : "node";
  return { runtime: name, version: versions[name], platform, arch };
}

/** The last check is the exit status: a process that ends while chunks of a training run must not crash. */
async function exitInMidTraining(status) {
  const { network, data, options } = TRAININGS.online(downhill);
  await network.fit(data, { ...options, epochs: ENDLESS, onProgress: () => process.exit(status) });
}

function report() {
  result.seconds = (performance.now() - started) / 1000;
  if (values.output) writeFileSync(values.output, JSON.stringify(result, null, 2));
}
