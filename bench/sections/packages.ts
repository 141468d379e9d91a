import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Peer } from "../peers/registry.ts";
import { ROOT } from "../report/commit.ts";

/** What an application installs and imports to have this package, or a peer. */
export interface Installed {
  readonly title: string;
  /** Of the first of its packages. */
  readonly version: string;
  /** As they are imported, aliases included. */
  readonly names: readonly string[];
  /** Of these packages. */
  readonly folders: readonly string[];
  /** From here the names resolve. */
  readonly importer: string;
}

interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Where the peers' packages are installed. */
const PEERS_FOLDER = join(ROOT, "bench", "peers", "packages");

/** This package, then those of the peers that are made of installed packages. */
export function installedPackages(peers: readonly Peer[], peersFolder = PEERS_FOLDER): Installed[] {
  const own = { title: "downhill", names: ["downhill"], folders: [ROOT], importer: ROOT };
  const others = peers.map(({ title, packages }) => ({
    title,
    names: packages,
    folders: packages.map((name) => join(peersFolder, "node_modules", name)),
    importer: peersFolder,
  }));
  return [own, ...others]
    .filter(({ folders }) => folders.length > 0 && folders.every(isPackage))
    .map((installed) => ({ ...installed, version: manifestOf(installed.folders[0]).version }));
}

/**
 * The folders of packages and of all that they depend on, found as Node finds them: in the nearest `node_modules`
 * upwards. Optional ones count where they are there.
 */
export function dependencyFolders(folders: readonly string[]): string[] {
  const found = new Set(folders);
  for (const current of found) {
    const { dependencies, optionalDependencies } = manifestOf(current);
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const dependency = resolvedFolder(current, name);
      if (dependency !== undefined) found.add(dependency);
    }
  }
  return [...found];
}

function resolvedFolder(from: string, name: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", name);
    if (isPackage(candidate)) return candidate;
    if (dirname(folder) === folder) return undefined;
  }
}

function isPackage(folder: string): boolean {
  return existsSync(join(folder, "package.json"));
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}
