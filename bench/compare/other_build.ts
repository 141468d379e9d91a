import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { UsageError } from "../command.ts";
import { git } from "../report/commit.ts";

/** Another commit of this package, built in a folder of its own. */
export interface OtherBuild {
  readonly hash: string;
  /** Of its index.js. */
  readonly packageUrl: string;
  /** Removes the folder. */
  remove(): void;
}

/**
 * Checks a commit out into a folder and builds it there.
 *
 * @param folder - one that is not there yet
 * @throws UsageError when there is no such commit, or it cannot be built
 */
export function buildCommit(revision: string, folder: string): OtherBuild {
  const hash = resolveCommit(revision);
  git("worktree", "add", "--detach", folder, hash);
  const remove = () => {
    git("worktree", "remove", "--force", folder);
  };
  try {
    execFileSync("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
      shell: process.platform === "win32",
    });
  } catch (error) {
    remove();
    throw new UsageError(`${revision} cannot be built: ${(error as Error).message.trim()}`);
  }
  return { hash, packageUrl: pathToFileURL(join(folder, "dist", "index.js")).href, remove };
}

function resolveCommit(revision: string): string {
  try {
    return git("rev-parse", "--verify", "--end-of-options", `${revision}^{commit}`);
  } catch {
    throw new UsageError(`--compare is "${revision}", expected a commit, branch or tag of this repository`);
  }
}
