import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The state of the sources that were measured. */
export interface Commit {
  readonly hash: string;
  /** Whether tracked files differ from it. */
  readonly isDirty: boolean;
}

/** The top folder of this checkout. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Asks git; its errors stay with the caller. */
export function git(...args: string[]): string {
  return execFileSync("git", args, { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
}

/** The commit of this checkout; undefined where there is no git or no repository. */
export function describeCommit(): Commit | undefined {
  try {
    const hash = git("rev-parse", "HEAD");
    return { hash, isDirty: git("status", "--porcelain", "--untracked-files=no") !== "" };
  } catch {
    return undefined;
  }
}
