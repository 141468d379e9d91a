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
}

/**
 * How much this package and each peer add to an application. This package: what npm would pack of this checkout. Peers:
 * all files of the installed folders, their dependencies' included, and what npm would pack of these.
 */
export function measureInstalls(all: readonly Installed[], onStep: (text: string) => void): InstallResult[] {
  return all.map(({ title, version, folders }) => {
    onStep(title);
    if (folders.includes(ROOT)) {
      const { size, unpackedSize } = packed(ROOT);
      return { title, version, packages: 1, packedBytes: size, unpackedBytes: unpackedSize };
    }
    const needed = dependencyFolders(folders);
    const sum = (bytesOf: (folder: string) => number) => needed.reduce((total, each) => total + bytesOf(each), 0);
    const packedBytes = sum((folder) => packed(folder).size);
    return { title, version, packages: needed.length, packedBytes, unpackedBytes: sum(folderBytes) };
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
  const [{ size, unpackedSize }] = JSON.parse(output) as Packed[];
  return { size, unpackedSize };
}

/** The bytes of all files in a folder, other packages in its `node_modules` left out. */
export function folderBytes(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === "node_modules" ? sum : sum + folderBytes(path);
    return entry.isFile() ? sum + statSync(path).size : sum;
  }, 0);
}
