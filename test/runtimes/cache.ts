import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";

/** What is fetched or made once: outside of the checkout, for all checkouts. */
export const cacheFolder = process.env.DOWNHILL_CACHE
  ? resolve(process.env.DOWNHILL_CACHE)
  : join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "downhill");

/** The registry cannot be reached: nothing is wrong with what was asked for. */
export class Offline extends Error {}

/**
 * The folder of an npm package, fetched if it is not in the cache. Nothing of it is run, and it may be one for another
 * platform.
 *
 * @param specifier - name and exact version
 */
export function fetchPackage(specifier: string): string {
  const folder = join(cacheFolder, "runtimes", specifier.replace("/", "-"));
  if (existsSync(folder)) return folder;
  console.log(`fetching ${specifier}`);
  mkdirSync(dirname(folder), { recursive: true });
  // It gets its name when it is complete: a fetch that is cut short leaves nothing that looks like one that is not.
  const unfinished = mkdtempSync(`${folder}-`);
  try {
    unpack(packed(specifier, unfinished), unfinished);
    renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return folder;
}

/** The path of the tarball that `npm pack` makes of a folder or fetches; no script is run. */
export function packed(source: string, folder: string): string {
  const args = ["pack", source, "--ignore-scripts", "--loglevel=error", "--pack-destination", folder];
  try {
    const output = execFileSync("npm", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    return join(folder, output.trim().split("\n").at(-1) as string);
  } catch (cause) {
    const { stderr = "", message } = cause as Error & { stderr?: string };
    const what = `npm pack ${source} failed: ${stderr.trim() || message}`;
    throw /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT/.test(stderr) ? new Offline(what) : new Error(what);
  }
}

/** Unpacks a tarball of npm, whose files lie in a folder of their own there, into a folder, and removes it. */
export function unpack(tarball: string, folder: string): void {
  execFileSync("tar", ["-xzf", tarball, "-C", folder, "--strip-components=1"]);
  rmSync(tarball);
}
