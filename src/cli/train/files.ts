import { existsSync, realpathSync } from "node:fs";
import { open } from "node:fs/promises";
import { resolve } from "node:path";
import { reasonOf } from "../../errors.ts";
import { isCheckpoint } from "../../formats/checkpoint_file.ts";
import { assertReplaceable } from "../../replace_file.ts";
import { CommandError, UsageError } from "../command_error.ts";
import type { DataSource, HeldOut, TrainingJob } from "../job/training_job.ts";

/** The files of a training, by what they are called on the command line. */
export interface TrainingFiles {
  readonly "--out": string;
  readonly "--report": string | undefined;
  readonly "--checkpoint": string;
}

/**
 * Makes sure, before hours go into a training, that what it leaves can be written, and that nothing else is lost by that.
 *
 * @param isForced - whether a file that is no page may be replaced by the report
 */
export async function assertFiles(files: TrainingFiles, source: string, job: TrainingJob, isForced: boolean) {
  assertApart(files, { "the data": source, ...readBy(job) });
  const { "--report": report, "--checkpoint": checkpoint } = files;
  for (const path of [report, checkpoint]) {
    if (path !== undefined) await assertWritable(path);
  }
  if (report !== undefined && !isForced && (await startOf(report).then((start) => start && !isPage(start)))) {
    throw new CommandError(`${report} is not replaced: it is there, and is no HTML page; --force replaces it`);
  }
  const start = await startOf(checkpoint);
  if (start && !isCheckpoint(start)) {
    throw new CommandError(`${checkpoint} is not replaced: it is there, and is no checkpoint`);
  }
}

function readBy({ data, test, validation }: TrainingJob): Readonly<Record<string, string | undefined>> {
  const csvOf = (part: DataSource | HeldOut | "none" | undefined) =>
    typeof part === "object" && "csv" in part ? part.csv : undefined;
  return { "the training data": csvOf(data), "the test data": csvOf(test), "the validation data": csvOf(validation) };
}

/** No file is written that is read, and none twice. */
function assertApart(files: TrainingFiles, read: Readonly<Record<string, string | undefined>>): void {
  const taken = new Map<string, string>();
  for (const [name, path] of Object.entries(read)) if (path !== undefined) taken.set(placeOf(path), name);
  for (const [name, path] of Object.entries(files)) {
    if (path === undefined) continue;
    const other = taken.get(placeOf(path));
    if (other !== undefined) throw new UsageError(`${name} ${path} is ${other}, too; expected another file`);
    taken.set(placeOf(path), name);
  }
}

function placeOf(path: string): string {
  return existsSync(path) ? realpathSync(path) : resolve(path);
}

async function assertWritable(path: string): Promise<void> {
  try {
    await assertReplaceable(path);
  } catch (cause) {
    throw new CommandError(`${path} cannot be written: ${reasonOf(cause)}`, { cause });
  }
}

/** The first bytes of a file; undefined where there is none. */
async function startOf(path: string): Promise<Uint8Array | undefined> {
  if (!existsSync(path)) return undefined;
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(64), 0, 64, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function isPage(start: Uint8Array): boolean {
  return /^\s*<!doctype html/i.test(new TextDecoder().decode(start));
}
