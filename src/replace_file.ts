import { randomBytes } from "node:crypto";
import { lstat, open, readdir, readlink, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

/** A temporary file lies beside the one it is going to replace, and has this behind its name: process id, random digits. */
const TEMPORARY = /^\.(\d{1,10})-[0-9a-f]{12}\.tmp$/;

/** Nobody writes a file for so long. */
const STALE_MS = 3_600_000;

/** How systems and file systems say that a folder cannot be flushed; Windows does not even open one. */
const UNFLUSHABLE = ["EACCES", "EBADF", "EINVAL", "EISDIR", "ENOTSUP", "EPERM"];

/**
 * `Platform.replaceFile`: a temporary file in the same folder, flushed to the disk and renamed. Those that killed
 * processes left of the same file are removed.
 */
export async function replaceFile(path: string, parts: readonly Uint8Array[]): Promise<void> {
  const target = await targetOf(path);
  const mode = await modeFor(target);
  await removeStale(target);
  const temporary = temporaryOf(target);
  try {
    await writeFlushed(temporary, parts, mode);
    await rename(temporary, target);
  } catch (error) {
    await removeQuietly(temporary);
    throw error;
  }
  await flushFolder(dirname(target));
}

/** `Platform.assertReplaceable`: fails where `replaceFile` would, as far as a file without content can tell. */
export async function assertReplaceable(path: string): Promise<void> {
  const target = await targetOf(path);
  const mode = await modeFor(target);
  const temporary = temporaryOf(target);
  try {
    await writeFlushed(temporary, [], mode);
  } finally {
    await removeQuietly(temporary);
  }
}

function temporaryOf(target: string): string {
  return `${target}.${process.pid}-${randomBytes(6).toString("hex")}.tmp`;
}

/** What a path stands for once symbolic links are followed, also one to a file that is not there yet. */
async function targetOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const link = await readlink(path).catch(() => undefined);
    return link === undefined ? path : resolve(await realpath(dirname(path)), link);
  }
}

/** The permissions of the file that is there, or those of a new one. */
async function modeFor(target: string): Promise<number> {
  const existing = await stat(target).catch((error) => {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  });
  if (existing && !existing.isFile()) throw new Error("it is not a regular file");
  return existing ? existing.mode & 0o777 : 0o644;
}

async function writeFlushed(path: string, parts: readonly Uint8Array[], mode: number): Promise<void> {
  const file = await open(path, "wx", mode);
  try {
    for (const part of parts) await file.writeFile(part);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Without this the new name could be lost with the power, though not the bytes. */
async function flushFolder(path: string): Promise<void> {
  try {
    const folder = await open(path);
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    if (!UNFLUSHABLE.includes(codeOf(error))) throw error;
  }
}

/** Removes what was left of earlier attempts to replace the same file. That it fails is no reason not to go on. */
async function removeStale(target: string): Promise<void> {
  const folder = dirname(target);
  const name = basename(target);
  for (const entry of await readdir(folder).catch(() => [])) {
    const [, processId] = (entry.startsWith(name) && TEMPORARY.exec(entry.slice(name.length))) || [];
    if (processId === undefined) continue;
    const path = join(folder, entry);
    if (await isStale(path, Number(processId))) await removeQuietly(path);
  }
}

/**
 * Whether nobody writes a temporary file any more. A process that is started again in a container mostly gets the id of
 * the one before.
 */
async function isStale(path: string, processId: number): Promise<boolean> {
  const status = await lstat(path).catch(() => undefined);
  if (!status) return false;
  const age = Date.now() - status.mtimeMs;
  if (processId === process.pid && age > process.uptime() * 1000) return true;
  return age > STALE_MS || !isRunning(processId);
}

function isRunning(processId: number): boolean {
  try {
    return process.kill(processId, 0);
  } catch (error) {
    return codeOf(error) !== "ESRCH";
  }
}

function removeQuietly(path: string): Promise<void> {
  return rm(path, { force: true }).catch(() => {});
}

function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException | undefined)?.code);
}
