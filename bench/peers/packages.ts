import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Absent } from "./protocol.ts";

// A folder of their own, without sources: those of the bench import the package by its name, from its own package.json.
const require = createRequire(new URL("./packages/package.json", import.meta.url));

/** A package that is measured against. */
export interface PeerPackage<Module> {
  readonly module: Module;
  readonly version: string;
  /** Where its files are. */
  readonly folder: string;
}

/**
 * Loads a package of packages/package.json, by the name that it has there.
 *
 * @throws Absent when it is not installed
 */
export function loadPackage<Module>(name: string): PeerPackage<Module> {
  const folder = folderOf(name);
  if (folder === undefined) throw new Absent(`${name} is not installed: npm run bench:peers`);
  const { version } = require(join(folder, "package.json")) as { version: string };
  return { module: require(name) as Module, version, folder };
}

/** Some packages do not export their package.json; their main file lies somewhere below it. */
function folderOf(name: string): string | undefined {
  let folder: string;
  try {
    folder = dirname(require.resolve(name));
  } catch {
    return undefined;
  }
  const end = join("node_modules", ...name.split("/"));
  while (!folder.endsWith(end)) folder = dirname(folder);
  return folder;
}
