import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { inheritedEnvironment, root } from "../support/child.ts";
import { temporaryFolder } from "../support/folder.ts";
import { rankingOf, SEARCH, writeSweepJob } from "../support/sweep_jobs.ts";

const program = join(root, "dist/cli/main.js");
const folder = temporaryFolder();
/** Long enough for a signal to find a sweep at work. */
const JOB = { fit: { epochs: 800 } };

interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a sweep in a process of its own. @param then - called when its second point is done */
function runSweep(job: string, then: (child: ChildProcess) => void = () => {}): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [program, "sweep", job, "--json"], { env: inheritedEnvironment() });
    const written = { stdout: "", stderr: "" };
    let isTold = false;
    child.stdout.on("data", (bytes) => {
      written.stdout += bytes;
    });
    child.stderr.on("data", (bytes) => {
      written.stderr += bytes;
      if (isTold || !/^2 of 20: /m.test(written.stderr)) return;
      isTold = true;
      then(child);
    });
    child.on("close", (code, signal) => resolve({ code, signal, ...written }));
  });
}

it.skipIf(!existsSync(program))(
  "a sweep that was interrupted, and killed, goes on to the same ranking (skipped where dist is not built)",
  async () => {
    const whole = await runSweep(writeSweepJob(join(folder, "whole"), SEARCH, JOB));
    expect(whole).toMatchObject({ code: 0, signal: null });
    const ranking = rankingOf(whole.stdout);
    expect(ranking).toHaveLength(20);

    const job = writeSweepJob(join(folder, "cut"), SEARCH, JOB);
    const interrupted = await runSweep(job, (child) => child.kill("SIGINT"));
    expect(interrupted).toMatchObject({ code: 130, signal: null });
    expect(interrupted.stderr).toContain("The same command goes on with the rest.");
    expect(interrupted.stderr).not.toContain("    at ");
    const results = join(folder, "cut", "job.sweep.jsonl");
    const kept = readFileSync(results, "utf8").trimEnd().split("\n").length - 1;
    expect(kept).toBeGreaterThanOrEqual(2);
    expect(kept).toBeLessThan(20);
    expect(existsSync(`${results}.lock`)).toBe(false);

    const killedJob = writeSweepJob(join(folder, "killed"), SEARCH, JOB);
    const killed = await runSweep(killedJob, (child) => child.kill("SIGKILL"));
    expect(killed).toMatchObject({ code: null, signal: "SIGKILL" });
    expect(existsSync(join(folder, "killed", "job.sweep.jsonl.lock"))).toBe(true);

    for (const path of [job, killedJob]) {
      const resumed = await runSweep(path);
      expect(resumed.stderr).toMatch(/^\d+ of 20 points are done already/);
      expect(resumed).toMatchObject({ code: 0, signal: null });
      expect(rankingOf(resumed.stdout)).toEqual(ranking);
    }
    const trained = resultsOf(results);
    expect(trained.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  },
);

it.skipIf(!existsSync(program) || process.platform === "win32")(
  "a sweep keeps a second process out of its results (skipped where dist is not built, or no process can be halted)",
  async () => {
    const job = writeSweepJob(join(folder, "shared"), SEARCH, JOB);
    let second: Promise<Outcome> | undefined;
    let pid: number | undefined;
    const first = await runSweep(job, (child) => {
      pid = child.pid;
      child.kill("SIGSTOP");
      second = runSweep(job).finally(() => child.kill("SIGCONT"));
    });
    const refused = await second;
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused?.stderr).toContain(`is in use by another sweep (process ${pid})`);
    expect(first).toMatchObject({ code: 0, signal: null });
    const trained = resultsOf(join(folder, "shared", "job.sweep.jsonl"));
    expect(trained.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  },
);

/** The points of a results file, in the order in which they were done. */
function resultsOf(path: string): number[] {
  const [, ...lines] = readFileSync(path, "utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line).point);
}
