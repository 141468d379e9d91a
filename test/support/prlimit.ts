import { spawnSync } from "node:child_process";

/** Why a test that limits a process cannot run here, if it cannot. */
export const noLimits =
  spawnSync("prlimit", ["--version"]).status === 0 ? undefined : "needs prlimit, which belongs to Linux";

/**
 * For a script: a statement that limits its own process from there on.
 *
 * @param value - an expression; "unlimited" goes back
 */
export function limiting(name: "as" | "fsize" | "nproc", value: string): string {
  return `execFileSync("prlimit", ["--pid", process.pid, "--${name}=" + (${value}) + ":"]);`;
}
