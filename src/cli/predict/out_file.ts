import { randomBytes } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { reasonOf } from "../../errors.ts";
import { CommandError } from "../command_error.ts";
import type { Output } from "../context.ts";
import { print } from "../output/print.ts";

/** Where text goes, a piece at a time. */
export interface Out {
  write(text: string): Promise<void>;
  finish(): Promise<void>;
  /** Leaves nothing behind. */
  discard(): Promise<void>;
}

/**
 * A file, which appears under its name once all of it is there; or the output.
 *
 * @throws CommandError when the file cannot be written
 */
export async function openOut(path: string | undefined, output: Output): Promise<Out> {
  if (path === undefined) {
    return { write: (text) => print(output, text), finish: async () => {}, discard: async () => {} };
  }
  // In the same folder: a file cannot be renamed to another file system.
  const temporary = `${path}.${process.pid}-${randomBytes(6).toString("hex")}.tmp`;
  const saying = async <T>(action: Promise<T>): Promise<T> => {
    try {
      return await action;
    } catch (cause) {
      throw new CommandError(`${path} cannot be written: ${reasonOf(cause)}`, { cause });
    }
  };
  const file: FileHandle = await saying(open(temporary, "wx"));
  return {
    write: (text) => saying(file.writeFile(text)),
    finish: async () => {
      await saying(file.sync());
      await file.close();
      await saying(rename(temporary, path));
    },
    discard: async () => {
      await file.close().catch(() => {});
      await rm(temporary, { force: true });
    },
  };
}
