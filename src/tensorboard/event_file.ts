import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import type { EpochReport } from "../training/fit_options.ts";
import { sessionRecord, summaryRecord, versionRecord } from "./events.ts";
import { histogramsOf, scalarsOf, type WeightedLayers } from "./summaries.ts";

/** Files of this process, so that two of one second have different names. */
let files = 0;

/**
 * Begins a file in a folder, which is made where there is none.
 *
 * @param step - the first that is going to be written
 * @returns its path
 */
export async function createEventFile(directory: string, step: number): Promise<string> {
  await mkdir(directory, { recursive: true });
  const seconds = String(Math.floor(secondsNow())).padStart(10, "0");
  // TensorBoard reads files that have `tfevents` in their names, in the order of the names.
  const path = join(directory, `events.out.tfevents.${seconds}.${hostname()}.${process.pid}.${files++}`);
  const records = [versionRecord(secondsNow()), sessionRecord(secondsNow(), step)];
  await writeFile(path, Buffer.concat(records), { flag: "wx" });
  return path;
}

/** In one piece, so that whoever reads along sees whole records. */
export async function appendEpoch(
  path: string,
  report: EpochReport,
  network: WeightedLayers | undefined,
): Promise<void> {
  const values = [...scalarsOf(report), ...(network ? histogramsOf(network) : [])];
  await appendFile(path, summaryRecord(secondsNow(), report.epoch, values));
}

function secondsNow(): number {
  return Date.now() / 1000;
}
