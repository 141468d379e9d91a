import { realpath, stat, writeFile } from "node:fs/promises";
import { reasonOf } from "../../errors.ts";
import { replaceFile } from "../../replace_file.ts";
import { CommandError, UsageError } from "../command_error.ts";
import type { Output } from "../context.ts";
import { OutputClosed, print } from "../output/print.ts";

/**
 * Writes text, a piece at a time, to a file, which appears under its name once all of it is there; to something else under
 * that name, such as a device or a pipe, as it is; or to the output.
 *
 * @param inputs - the files that are read meanwhile
 * @throws UsageError when the file is one of them
 * @throws CommandError when the file cannot be written; what the texts themselves throw is passed on
 */
export async function writeOut(
  texts: AsyncIterable<string>,
  path: string | undefined,
  inputs: readonly string[],
  output: Output,
): Promise<void> {
  if (path === undefined) {
    for await (const text of texts) await print(output, text);
    return;
  }
  const existing = await stat(path).catch(() => undefined);
  if (existing?.isFile()) await assertNoInput(path, inputs);
  const write = existing && !existing.isFile() ? writeFile : replaceFile;
  await writing(path, texts, (parts) => write(path, parts));
}

async function assertNoInput(path: string, inputs: readonly string[]): Promise<void> {
  const target = await realpath(path);
  for (const input of inputs) {
    if ((await realpath(input).catch(() => undefined)) !== target) continue;
    throw new UsageError(`--out ${path} is a file that is read here: the answers would take its place`);
  }
}

/** Tells failures to write from those of what is written. */
async function writing(
  path: string,
  texts: AsyncIterable<string>,
  write: (parts: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  const encoder = new TextEncoder();
  async function* parts() {
    try {
      for await (const text of texts) yield encoder.encode(text);
    } catch (cause) {
      failures.push(cause);
      throw cause;
    }
  }
  try {
    await write(parts());
  } catch (cause) {
    if (failures.length > 0) throw failures[0];
    if ((cause as NodeJS.ErrnoException).code === "EPIPE") throw new OutputClosed();
    throw new CommandError(`${path} cannot be written: ${reasonOf(cause)}`, { cause });
  }
}
