import { type FileHandle, open, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { reasonOf } from "../../errors.ts";
import { flushFolder, type Replacement, removeStale, replacementFor } from "../../replace_file.ts";
import { CommandError, UsageError } from "../command_error.ts";
import type { Output } from "../context.ts";
import { OutputClosed, print } from "../output/print.ts";

/** Where text goes, a piece at a time. */
export interface Out {
  write(text: string): Promise<void>;
  finish(): Promise<void>;
  /** Leaves nothing behind. */
  discard(): Promise<void>;
}

/**
 * A file, which appears under its name once all of it is there; something else under that name, such as a device or a
 * pipe, which is written to as it is; or the output.
 *
 * @param inputs - the files that are read meanwhile
 * @throws UsageError when the file is one of them
 * @throws CommandError when the file cannot be written
 */
export async function openOut(path: string | undefined, inputs: readonly string[], output: Output): Promise<Out> {
  if (path === undefined) {
    return { write: (text) => print(output, text), finish: async () => {}, discard: async () => {} };
  }
  const existing = await stat(path).catch(() => undefined);
  if (existing && !existing.isFile()) return openStream(path);
  if (existing) await assertNoInput(path, inputs);
  return openReplacement(path, await saying(path, replacementFor(path)));
}

async function assertNoInput(path: string, inputs: readonly string[]): Promise<void> {
  const target = await realpath(path);
  for (const input of inputs) {
    if ((await realpath(input).catch(() => undefined)) !== target) continue;
    throw new UsageError(`--out ${path} is a file that is read here: the answers would take its place`);
  }
}

async function openStream(path: string): Promise<Out> {
  const file = await saying(path, open(path, "w"));
  return {
    write: (text) => saying(path, file.writeFile(text)),
    finish: () => saying(path, file.close()),
    discard: () => file.close().catch(() => {}),
  };
}

async function openReplacement(path: string, { target, temporary, mode }: Replacement): Promise<Out> {
  await removeStale(target);
  const file: FileHandle = await saying(path, open(temporary, "wx", mode ?? 0o644));
  // The umask takes permissions from a file that is made, not from one that was there.
  if (mode !== undefined) await file.chmod(mode).catch(() => {});
  return {
    write: (text) => saying(path, file.writeFile(text)),
    finish: async () => {
      await saying(path, file.sync());
      // While it is open nobody takes it for one that was left behind.
      await saying(path, rename(temporary, target));
      await file.close();
      await saying(path, flushFolder(dirname(target)));
    },
    discard: async () => {
      await file.close().catch(() => {});
      await rm(temporary, { force: true });
    },
  };
}

async function saying<T>(path: string, action: Promise<T>): Promise<T> {
  try {
    return await action;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EPIPE") throw new OutputClosed();
    throw new CommandError(`${path} cannot be written: ${reasonOf(cause)}`, { cause });
  }
}
