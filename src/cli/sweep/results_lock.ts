import { closeSync, existsSync, openSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { CommandError } from "../command_error.ts";

/** Writing a lock takes no minute: one that is not whole by then was left by a process that ended meanwhile. */
const UNFINISHED_MS = 60_000;

/** Who has a lock: what stands in it. */
interface Holder {
  readonly pid: number;
  readonly host: string;
}

/**
 * Keeps other sweeps out of a results file: a file beside it, with the process that works on it. A lock that a process of this
 * host left when it was killed keeps nobody out.
 */
export class ResultsLock {
  readonly #path: string;
  readonly #text: string;

  private constructor(path: string, text: string) {
    this.#path = path;
    this.#text = text;
  }

  /**
   * @param results - the file that is locked, whether it is there or not
   * @throws CommandError where another sweep has it
   */
  static take(results: string): ResultsLock {
    const path = `${existsSync(results) ? realpathSync(results) : results}.lock`;
    const text = JSON.stringify({ pid: process.pid, host: hostname() } satisfies Holder);
    if (create(path, text) || takeOver(path, text)) return new ResultsLock(path, text);
    throw new CommandError(
      `${results} is in use by another sweep${processText(holderIn(path))}; --results names another file. ` +
        `Where no sweep is running, remove ${path}`,
    );
  }

  /** Lets others in. A lock that somebody else has taken since stays. */
  release(): void {
    if (textIn(this.#path) === this.#text) rmSync(this.#path, { force: true });
  }
}

/** @returns false where there is a file already */
function create(path: string, text: string): boolean {
  let file: number;
  try {
    file = openSync(path, "wx");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
  try {
    writeFileSync(file, text);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  return true;
}

/**
 * Replaces a lock that nobody has any more. Only one process at a time may: a second one that saw the old lock, too, would
 * otherwise remove the new one.
 */
function takeOver(path: string, text: string): boolean {
  if (!isStale(path)) return false;
  const guard = `${path}.takeover`;
  if (!create(guard, text)) {
    if (!isStale(guard)) return false;
    // Its process ended between two lines of this function. Whoever comes next finds the way free.
    rmSync(guard, { force: true });
    return false;
  }
  try {
    if (!isStale(path)) return false;
    rmSync(path, { force: true });
    return create(path, text);
  } finally {
    rmSync(guard, { force: true });
  }
}

function isStale(path: string): boolean {
  const status = statSync(path, { throwIfNoEntry: false });
  if (!status) return false;
  const age = Date.now() - status.mtimeMs;
  const holder = holderIn(path);
  if (!holder) return age > UNFINISHED_MS;
  if (holder.host !== hostname()) return false;
  // A process that is started again in a container mostly gets the id of the one before.
  return !isRunning(holder.pid) || (holder.pid === process.pid && age > process.uptime() * 1000);
}

function holderIn(path: string): Holder | undefined {
  try {
    const { pid, host } = JSON.parse(textIn(path) ?? "");
    // Other numbers than these stand for groups of processes.
    return Number.isSafeInteger(pid) && pid > 0 && typeof host === "string" ? { pid, host } : undefined;
  } catch {
    return undefined;
  }
}

function textIn(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

function processText(holder: Holder | undefined): string {
  if (!holder) return "";
  return holder.host === hostname() ? ` (process ${holder.pid})` : ` (process ${holder.pid} on ${holder.host})`;
}
