import { fork } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Report } from "./child.ts";
import { READ, type Target } from "./target.ts";
import { TARGETS } from "./targets.ts";

// Gives the native boundary, the public API and every parser of a file inputs they do not expect, and prints what became
// of them:
//
//     npm run test:fuzz [-- --quick] [--only boundary,json,…] [--seed N] [--case K] [--inputs N]
//
// `--only` takes the beginnings of names. Everything follows from the seed and an input's number: a failure names both,
// and `--only TARGET --seed N --case K` gives that input alone.

/** Of so many inputs some can be read, or the target breaks all of them. */
const MANY = 1000;

/** A process that gets no further for so long hangs. */
const HANGS_AFTER_SECONDS = 60;

interface Result {
  readonly outcomes: Readonly<Record<string, number>>;
  readonly failures: readonly { readonly input: number; readonly message: string }[];
  readonly seconds: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string" },
      seed: { type: "string" },
      case: { type: "string" },
      inputs: { type: "string" },
    },
  });
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : numberOf(values.seed, "--seed");
  const beginnings = values.only?.split(",") ?? [""];
  const chosen = TARGETS.filter(({ name }) => beginnings.some((beginning) => name.startsWith(beginning)));
  if (chosen.length === 0) throw new Error(`--only names none of ${TARGETS.map(({ name }) => name).join(", ")}`);
  console.log(`seed ${seed}`);
  const rows = [["target", "inputs", "refused", "read", "failures", "seconds"]];
  let failed = 0;
  for (const target of chosen) {
    const missing = target.missing?.();
    if (missing !== undefined) {
      console.log(`${target.name} is skipped: ${missing}`);
      continue;
    }
    const count = values.inputs ? numberOf(values.inputs, "--inputs") : values.quick ? target.quick : target.inputs;
    const [first, end] =
      values.case === undefined ? [0, count] : [numberOf(values.case, "--case"), numberOf(values.case, "--case") + 1];
    const { outcomes, failures, seconds } = await fuzz(target, seed, first, end);
    for (const { input, message } of failures) {
      console.log(`\n${target.name} --seed ${seed} --case ${input}: ${message}`);
    }
    failed += failures.length;
    if (target.missing === undefined && outcomes[READ] === undefined && end - first >= MANY) {
      console.log(
        `\n${target.name}: none of ${end - first} inputs could be read, so nothing behind its first check was tried`,
      );
      failed++;
    }
    const { [READ]: read = 0, ...refused } = outcomes;
    const codes = Object.entries(refused).map(([code, times]) => `${code} ${times}`);
    rows.push([target.name, `${end - first}`, codes.join(", "), `${read}`, `${failures.length}`, seconds.toFixed(1)]);
  }
  printTable(rows);
  process.exitCode = failed > 0 || rows.length === 1 ? 1 : 0;
}

function numberOf(text: string, option: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0 || value >= 2 ** 32)
    throw new Error(`${option} is ${text}, expected a count`);
  return value;
}

/** Gives a target its inputs in a process of its own, and in another one from behind an input that ended it. */
async function fuzz(target: Target, seed: number, first: number, end: number): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "downhill-fuzz-"));
  const started = performance.now();
  const outcomes: Record<string, number> = {};
  const failures: { input: number; message: string }[] = [];
  try {
    for (let next = first; next < end && failures.length < 3; ) {
      const { report, ending, last } = await runChild(target, [seed, next, end], join(folder, "progress"));
      if (report) {
        for (const [outcome, times] of Object.entries(report.outcomes)) {
          outcomes[outcome] = (outcomes[outcome] ?? 0) + times;
        }
        failures.push(...report.failures);
        if (report.memory > target.mostMemory) {
          const message = `the process took ${report.memory} MiB for all inputs together, expected at most ${target.mostMemory}`;
          failures.push({ input: first, message });
        }
        break;
      }
      failures.push({ input: last, message: `the process ${ending}` });
      next = last + 1;
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return { outcomes, failures, seconds: (performance.now() - started) / 1000 };
}

interface ChildOutcome {
  /** Undefined where the process did not get to the end. */
  readonly report: Report | undefined;
  readonly ending: string;
  /** The number of its last input. */
  readonly last: number;
}

function runChild(target: Target, range: readonly number[], progressFile: string): Promise<ChildOutcome> {
  return new Promise((resolve) => {
    writeFileSync(progressFile, String(range[1]));
    const child = fork(join(import.meta.dirname, "child.ts"), [target.name, ...range.map(String), progressFile], {
      execArgv: ["--import", "tsx"],
    });
    const lastInput = () => Number(readFileSync(progressFile, "utf8").trim());
    let report: Report | undefined;
    let hangs = false;
    let seen = -1;
    const watch = setInterval(() => {
      const now = lastInput();
      if (now === seen) {
        hangs = true;
        child.kill("SIGKILL");
      }
      seen = now;
    }, HANGS_AFTER_SECONDS * 1000);
    child.on("message", (message) => {
      report = message as Report;
    });
    child.on("exit", (code, signal) => {
      clearInterval(watch);
      const ending = hangs ? `hangs (${HANGS_AFTER_SECONDS} s)` : `died of ${signal ?? `exit code ${code}`}`;
      resolve({ report, ending, last: report ? -1 : lastInput() });
    });
  });
}

function printTable(rows: readonly (readonly string[])[]): void {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  console.log();
  for (const row of rows)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join("  ")
        .trimEnd(),
    );
}

await main();
