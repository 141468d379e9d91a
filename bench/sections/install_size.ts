import { execFileSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../report/commit.ts";
import type { InstallResult } from "../report/results.ts";
import { dependencyFolders, type Installed } from "./packages.ts";

/** What npm would pack of a folder. */
interface Packed {
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

/**
 * How much this package and each peer add to an application, their dependencies included: what npm would pack of them,
 * and all files of the installed folders. Of this package, what npm would pack of the checkout counts both times.
 */
export function measureInstalls(all: readonly Installed[], onStep: (text: string) => void): InstallResult[] {
  return all.map(({ title, version, folders }) => {
    onStep(title);
    const needed = dependencyFolders(folders).map((folder) => {
      const { size, unpackedSize, files } = packed(folder);
      if (folder !== ROOT) return { packedBytes: size, unpackedBytes: folderBytes(folder), platforms: [] };
      return { packedBytes: size, unpackedBytes: unpackedSize, platforms: platformsOf(files) };
    });
    const sum = (bytes: "packedBytes" | "unpackedBytes") => needed.reduce((total, each) => total + each[bytes], 0);
    return {
      title,
      version,
      packages: needed.length,
      packedBytes: sum("packedBytes"),
      unpackedBytes: sum("unpackedBytes"),
      platforms: needed.flatMap(({ platforms }) => platforms),
    };
  });
}

/** Nothing of the package is run for it. */
function packed(folder: string): Packed {
  const args = ["pack", "--dry-run", "--json", "--ignore-scripts", "--loglevel=error", folder];
  const output = execFileSync("npm", args, {
    cwd: ROOT,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    shell: process.platform === "win32",
  });
  const [whole] = JSON.parse(output) as Packed[];
  return whole;
}

/** The platforms whose binaries are among these files: a checkout has those that were built in it. */
function platformsOf(files: Packed["files"]): string[] {
  return files.flatMap(({ path }) => /^prebuilds\/([^/]+)\/.+\.node$/.exec(path)?.[1] ?? []);
}

/** The bytes of all files in a folder, other packages in its `node_modules` left out. */
function folderBytes(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === "node_modules" ? sum : sum + folderBytes(path);
    return entry.isFile() ? sum + statSync(path).size : sum;
  }, 0);
}
