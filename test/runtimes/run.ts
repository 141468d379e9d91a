/**
 * `npm run test:runtimes`: the smoke program in every runtime that can be had here, and a table.
 *
 * Runtimes come from npm, emulators and cross compilers from Debian. What cannot run here is skipped, with the reason.
 */
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildBinary, isBuilt, makeApplication } from "./application.ts";
import { fetchPackage, Offline } from "./cache.ts";
import { install, missingPackages, obstacleTo, startOf } from "./machine.ts";
import { reportLines, runtimeLines } from "./report.ts";
import { type Outcome, problemsOf, type SmokeResult } from "./results.ts";
import { chosenRuntimes, RUNTIMES, type Runtime } from "./runtimes.ts";

const USAGE = `Usage: npm run test:runtimes [-- [NAME…] [options]]

  NAME…      these runtimes, beside the Node.js that runs this
  --all      all of them: the default
  --ci       the few that every submission is tested in
  --list     tells which there are
  --install  installs missing Debian packages, as root; done in CI without being asked`;

/** Emulated on a busy machine it takes a minute or two. */
const LONGEST_MS = 600_000;

/** Makes a runtime ready and runs the smoke program in it. */
function outcomeOf(runtime: Runtime, application: string, mayInstall: boolean): Outcome {
  try {
    const obstacle = obstacleTo(runtime) ?? lacking(runtime.platform, mayInstall);
    if (obstacle) return { runtime, skipped: obstacle };
    const { origin } = runtime;
    const program = origin ? join(fetchPackage(origin.specifier), origin.program) : process.execPath;
    return runSmoke(runtime, program, application);
  } catch (error) {
    if (error instanceof Offline) return { runtime, skipped: error.message };
    return { runtime, problem: (error as Error).message };
  }
}

/** What has to be installed before anything of this platform can run; undefined when nothing has. */
function lacking(platform: string, mayInstall: boolean): string | undefined {
  const missing = () => missingPackages(platform, isBuilt(platform));
  if (missing().length === 0 || (mayInstall && install(missing()) && missing().length === 0)) return undefined;
  return `missing here: apt-get install ${missing().join(" ")}`;
}

function runSmoke(runtime: Runtime, program: string, application: string): Outcome {
  const { name, platform, args = [], env = {}, backend = "native" } = runtime;
  const start = startOf(platform, program);
  const [command, ...before] = start.command;
  const output = `result-${name}.json`;
  const log = join(application, `${name}.log`);
  // Files for what it prints: pipes of Linux do not work in programs that run on Wine.
  const file = openSync(log, "w");
  const { status, signal, error } = spawnSync(
    command,
    [...before, ...args, "smoke.mjs", "--backend", backend, "--output", output],
    {
      cwd: application,
      env: { ...plainEnvironment(), ...start.env, ...env },
      stdio: ["ignore", file, file],
      timeout: LONGEST_MS,
      killSignal: "SIGKILL",
    },
  );
  closeSync(file);
  const path = join(application, output);
  const result = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as SmokeResult) : undefined;
  const hasFailed = result?.checks.some((check) => check.status === "failed");
  if (status === (hasFailed ? 1 : 0) && result) return { runtime, result };
  const how = error?.message ?? (signal ? `the process was ended by ${signal}` : `the process ended with ${status}`);
  const problem = `${how}\n${readFileSync(log, "utf8").trim()}`.trim();
  return result ? { runtime, result, problem } : { runtime, problem };
}

/** Without what would choose another backend, and what npm sets for its scripts. */
function plainEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(DOWNHILL_|NODE_OPTIONS|npm_)/.test(name)),
  );
}

/** Builds what the platforms of these runtimes need. Returns what went wrong, by platform. */
function buildFor(runtimes: readonly Runtime[], mayInstall: boolean): Map<string, string> {
  const failures = new Map<string, string>();
  const runnable = runtimes.filter((runtime) => !obstacleTo(runtime));
  for (const platform of new Set(runnable.map((runtime) => runtime.platform))) {
    // What is missing is told in the runtime's row.
    if (lacking(platform, mayInstall)) continue;
    const failure = buildBinary(platform);
    if (failure) failures.set(platform, failure);
  }
  return failures;
}

function run(names: readonly string[], isCi: boolean, mayInstall: boolean): void {
  const runtimes = chosenRuntimes(names, isCi);
  const failures = buildFor(runtimes, mayInstall);
  const application = mkdtempSync(join(realpathSync(tmpdir()), "downhill-runtimes-"));
  try {
    makeApplication(application);
    const outcomes = runtimes.map((runtime) => {
      const problem = failures.get(runtime.platform);
      if (problem) return { runtime, problem };
      console.log(`running ${runtime.name}`);
      return outcomeOf(runtime, application, mayInstall);
    });
    const [first] = outcomes;
    const reference = "result" in first ? first.result : undefined;
    console.log(reportLines(outcomes, reference).join("\n"));
    const isSkipped = outcomes.some((outcome) => "skipped" in outcome);
    const isWrong = outcomes.some((outcome) => problemsOf(outcome, reference).length > 0);
    if (isWrong || (isSkipped && process.env.CI)) process.exitCode = 1;
  } finally {
    rmSync(application, { recursive: true, force: true });
  }
}

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      all: { type: "boolean" },
      ci: { type: "boolean", default: false },
      help: { type: "boolean" },
      install: { type: "boolean", default: Boolean(process.env.CI) },
      list: { type: "boolean" },
    },
  });
  if (values.help) console.log(USAGE);
  else if (values.list) console.log(runtimeLines(RUNTIMES).join("\n"));
  else run(positionals, values.ci, values.install);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
