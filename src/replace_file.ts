import { randomBytes } from "node:crypto";
import { closeSync, fchmodSync, fsync, openSync, write as writeSome } from "node:fs";
import { lstat, readdir, readlink, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";

const write = promisify(writeSome);
const sync = promisify(fsync);

/** A single write takes less than 2 GiB. */
const WRITTEN_AT_ONCE = 2 ** 26;

/** A temporary file lies beside the one it is going to replace, and has this behind its name: process id, random digits. */
const TEMPORARY = /^\.(\d{1,10})-[0-9a-f]{12}\.tmp$/;

/** Nobody writes a file for so long. Only asked where nothing tells whether somebody has it open. */
const STALE_MS = 3_600_000;

/** How systems and file systems say that a folder cannot be flushed; Windows does not even open one. */
const UNFLUSHABLE = ["EACCES", "EBADF", "EINVAL", "EISDIR", "ENOTSUP", "EPERM"];

/** What a file is going to hold, a piece at a time. What it throws leaves the file as it is. */
type Parts = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * `Platform.replaceFile`: a temporary file in the same folder, flushed to the disk and renamed. Those that ended
 * processes and threads left of the same file are removed.
 */
export async function replaceFile(path: string, parts: Parts): Promise<void> {
  const replacement = await replacementFor(path);
  const { target, temporary } = replacement;
  await removeStale(target);
  try {
    await writeFlushed(replacement, parts, () => rename(temporary, target));
  } catch (error) {
    await removeQuietly(temporary);
    throw error;
  }
  await flushFolder(dirname(target));
}

/** `Platform.assertReplaceable`: fails where `replaceFile` would, as far as a file without content can tell. */
export async function assertReplaceable(path: string): Promise<void> {
  const replacement = await replacementFor(path);
  try {
    await writeFlushed(replacement, [], async () => {});
  } finally {
    await removeQuietly(replacement.temporary);
  }
}

/** How a file is replaced. */
interface Replacement {
  /** The file itself, where the path is a symbolic link. */
  readonly target: string;
  /** What is written, in the same folder, and then renamed: a file cannot be renamed to another file system. */
  readonly temporary: string;
  /** The permissions of the file that is there; undefined for a new one, which gets those of the umask. */
  readonly mode: number | undefined;
}

/** Looks at what is there, and fails where that is no regular file. */
async function replacementFor(path: string): Promise<Replacement> {
  const target = await targetOf(path);
  const mode = await modeFor(target);
  return { target, temporary: `${target}.${process.pid}-${randomBytes(6).toString("hex")}.tmp`, mode };
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

/** The permissions of the file that is there, if one is. */
async function modeFor(target: string): Promise<number | undefined> {
  const existing = await stat(target).catch((error) => {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  });
  if (existing && !existing.isFile()) throw new Error("it is not a regular file");
  return existing && existing.mode & 0o777;
}

/** Opens a temporary file for writing. The umask takes permissions from a file that is made, not from one that was there. */
function openTemporary({ temporary, mode }: Replacement): number {
  const file = openSync(temporary, "wx", mode ?? 0o644);
  try {
    if (mode !== undefined) fchmodSync(file, mode);
  } catch {
    // Not every file system has permissions.
  }
  return file;
}

/**
 * Opens and closes the file without leaving the thread: Node.js closes what a thread that is terminated has open, but what
 * it was opening or closing elsewhere at that moment stays open until the process ends.
 *
 * @param finish - called while the file is still open: by that others see that somebody is at work on it
 */
async function writeFlushed(replacement: Replacement, parts: Parts, finish: () => Promise<void>): Promise<void> {
  const file = openTemporary(replacement);
  try {
    for await (const part of parts) await writeAll(file, part);
    await sync(file);
    await finish();
  } finally {
    closeSync(file);
  }
}

async function writeAll(file: number, bytes: Uint8Array): Promise<void> {
  for (let from = 0; from < bytes.length; ) {
    const { bytesWritten } = await write(file, bytes, from, Math.min(WRITTEN_AT_ONCE, bytes.length - from));
    from += bytesWritten;
  }
}

/** Without this the new name could be lost with the power, though not the bytes. */
async function flushFolder(path: string): Promise<void> {
  try {
    const folder = openSync(path, "r");
    try {
      await sync(folder);
    } finally {
      closeSync(folder);
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

/** Whether nobody writes a temporary file any more: its process has ended, or the thread of the process that did. */
async function isStale(path: string, processId: number): Promise<boolean> {
  const status = await lstat(path).catch(() => undefined);
  if (!status) return false;
  if (!isRunning(processId)) return true;
  const isOpen = await isOpenIn(processId, basename(path));
  if (isOpen !== undefined) return !isOpen;
  const age = Date.now() - status.mtimeMs;
  // A process that is started again in a container mostly gets the id of the one before.
  return age > STALE_MS || (processId === process.pid && age > process.uptime() * 1000);
}

/**
 * Whether a process has a file of this name open, whichever of its threads. Undefined where the system does not tell:
 * Linux does, of processes of the same user.
 */
async function isOpenIn(processId: number, name: string): Promise<boolean | undefined> {
  if (process.platform !== "linux") return undefined;
  const folder = `/proc/${processId}/fd`;
  const descriptors = await readdir(folder).catch(() => undefined);
  if (!descriptors) return undefined;
  for (const descriptor of descriptors) {
    const path = await readlink(join(folder, descriptor)).catch(() => "");
    if (basename(path) === name) return true;
  }
  return false;
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
