import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { UsageError } from "../command.ts";
import { ROOT } from "./commit.ts";
import { type Results, SCHEMA } from "./results.ts";

const FOLDER = join(ROOT, "bench", "results");

/** Ends the names of files that do not hold a whole run. */
const PART = "-part.json";

/** `2025-03-01-1405-amd-epyc.json`, with `-part` for a run that left something out. */
export function resultsFileName({ machine: { date, cpu } }: Pick<Results, "machine">, isPart: boolean): string {
  const moment = date.slice(0, 16).replace("T", "-").replace(":", "");
  const processor = cpu
    .toLowerCase()
    .replace(/\((r|tm)\)/g, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  return `${moment}-${processor}${isPart ? PART : ".json"}`;
}

/** Writes a run's file and returns its path, relative to the checkout. */
export function writeResults(results: Results, isPart: boolean, folder = FOLDER): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, resultsFileName(results, isPart));
  writeFileSync(path, `${JSON.stringify(results, undefined, 2)}\n`);
  return relative(ROOT, path);
}

/**
 * The file to report on: the given one, or the newest of a whole run.
 *
 * @throws UsageError when there is none
 */
export function findResults(given: string | undefined, folder = FOLDER): string {
  if (given !== undefined) return given;
  const newest = namesIn(folder)
    .filter((name) => name.endsWith(".json") && !name.endsWith(PART))
    .sort()
    .at(-1);
  if (newest === undefined) throw new UsageError("there are no results of a whole run yet: npm run bench makes them");
  return join(folder, newest);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/**
 * Reads a run's file.
 *
 * @throws UsageError for a file that is not there, or is of another kind or version
 */
export function readResults(path: string): Results {
  let value: Partial<Results> | null;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${(error as Error).message}`);
  }
  if (value?.schema !== SCHEMA) {
    throw new UsageError(`${path} has schema ${value?.schema}, expected results of the bench with schema ${SCHEMA}`);
  }
  return value as Results;
}
