import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { access, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { CommandError, errorCode } from "./errors.ts";

/**
 * Makes sure, before hours of training, that a file can be written where it is wanted.
 *
 * @throws CommandError saying what is in the way
 */
export async function checkWritable(path: string): Promise<void> {
  const existing = await stat(path).catch(() => undefined);
  if (existing?.isDirectory()) throw new CommandError(`cannot save to ${path}: it is a folder`);
  try {
    await access(dirname(path), constants.W_OK);
  } catch (error) {
    const problem = errorCode(error) === "ENOENT" ? "does not exist" : "cannot be written to";
    throw new CommandError(`cannot save to ${path}: the folder ${dirname(path)} ${problem}`, { cause: error });
  }
}

/**
 * Writes a file in one step: it has either its old content or all of the new, whatever happens meanwhile.
 *
 * @param write - is given the path of a temporary file beside it
 */
export async function replaceFile(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = `${path}.${randomUUID()}.part`;
  try {
    await write(temporary);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Writes a value as JSON, in one step. */
export async function saveJson(path: string, value: unknown): Promise<void> {
  await replaceFile(path, (temporary) => writeFile(temporary, `${JSON.stringify(value)}\n`, { flush: true }));
}

/**
 * Reads a JSON file.
 *
 * @throws CommandError when the file cannot be read or is not JSON
 */
export async function loadJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const problem = errorCode(error) === "ENOENT" ? "there is no such file" : (error as Error).message;
    throw new CommandError(`cannot load ${path}: ${problem}`, { cause: error });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CommandError(`cannot load ${path}: it is not JSON`, { cause: error });
  }
}
