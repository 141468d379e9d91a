import { closeSync, existsSync, fsyncSync, openSync, writeFileSync } from "node:fs";
import { reasonOf } from "../../errors.ts";
import { replaceFile } from "../../replace_file.ts";
import { readBoundedText } from "../bounded_text.ts";
import { CommandError } from "../command_error.ts";
import type { Outcome } from "./outcome.ts";
import { ResultsLock } from "./results_lock.ts";

/** More than all points that a search may have. */
const MOST_BYTES = 2 ** 28;

/** The first line: what the results belong to. */
interface Header {
  readonly format: "downhill-sweep";
  readonly version: 1;
  /** See `identityOf`. */
  readonly identity: string;
}

/**
 * The finished points of a search, a line of JSON each. A line is on the disk before the next point counts as finished; what a
 * process left half written is recognised and dropped. One sweep at a time has it.
 */
export class ResultsFile {
  readonly path: string;
  /** What was there already. */
  readonly outcomes: readonly Outcome[];
  readonly #descriptor: number;
  readonly #lock: ResultsLock;

  private constructor(path: string, outcomes: readonly Outcome[], descriptor: number, lock: ResultsLock) {
    this.path = path;
    this.outcomes = outcomes;
    this.#descriptor = descriptor;
    this.#lock = lock;
  }

  /**
   * Opens a search's results, or begins them.
   *
   * @throws CommandError for results of another search, for a file that holds something else, where another sweep has
   *   it open, and where it cannot be written
   */
  static async open(path: string, identity: string): Promise<ResultsFile> {
    const header = `${JSON.stringify({ format: "downhill-sweep", version: 1, identity } satisfies Header)}\n`;
    let lock: ResultsLock | undefined;
    try {
      lock = ResultsLock.take(path);
      const text = existsSync(path) ? await readBoundedText(path, MOST_BYTES) : "";
      const { kept, outcomes } = text === "" ? { kept: header, outcomes: [] } : resultsOf(text, header, path);
      if (kept !== text) await replaceFile(path, [new TextEncoder().encode(kept)]);
      return new ResultsFile(path, outcomes, openSync(path, "a"), lock);
    } catch (cause) {
      lock?.release();
      if (cause instanceof CommandError) throw cause;
      throw new CommandError(`${path} cannot be used for results: ${reasonOf(cause)}`, { cause });
    }
  }

  /** Keeps a finished point, whatever happens afterwards. */
  append(outcome: Outcome): void {
    try {
      writeFileSync(this.#descriptor, `${JSON.stringify(outcome)}\n`);
      fsyncSync(this.#descriptor);
    } catch (cause) {
      throw new CommandError(`${this.path} cannot be written: ${reasonOf(cause)}`, { cause });
    }
  }

  close(): void {
    closeSync(this.#descriptor);
    this.#lock.release();
  }
}

/** @returns what of the text is whole, and the points in it */
function resultsOf(text: string, header: string, path: string): { kept: string; outcomes: Outcome[] } {
  const [first, ...lines] = text.split("\n");
  if (`${first}\n` !== header) throw new CommandError(`${path} ${isHeader(first) ? OTHER_SEARCH : NO_RESULTS}`);
  // Behind the last line break there is nothing, or what was being written when the process ended.
  lines.pop();
  const outcomes = new Map<number, Outcome>();
  let kept = header;
  for (const [i, line] of lines.entries()) {
    const outcome = outcomeOf(line);
    // A power failure may leave a line break, but not what was before it.
    if (!outcome && i === lines.length - 1) break;
    if (!outcome) throw new CommandError(`${path}:${i + 2} is damaged; without this line its point is trained again`);
    kept += `${line}\n`;
    if (!outcomes.has(outcome.point)) outcomes.set(outcome.point, outcome);
  }
  return { kept, outcomes: [...outcomes.values()] };
}

const OTHER_SEARCH =
  "holds the results of another search: another network, training, parameters, seed or data; --results names another file";
const NO_RESULTS = "is there, and holds no results of a search; --results names another file";

function isHeader(line: string): boolean {
  const { format } = parsed(line);
  return format === "downhill-sweep";
}

function outcomeOf(line: string): Outcome | undefined {
  const { point, parameters, validation, epoch, epochs, seconds, error } = parsed(line);
  if (!Number.isSafeInteger(point) || typeof parameters !== "object" || parameters === null) return undefined;
  const place = { point: point as number, parameters: parameters as Record<string, unknown> };
  if (typeof error === "string") return { ...place, error };
  const { loss, accuracy } = (validation ?? {}) as Record<string, unknown>;
  const numbers = [loss, accuracy ?? 0, epoch, epochs, seconds];
  if (!numbers.every((value) => typeof value === "number")) return undefined;
  return { ...place, validation, epoch, epochs, seconds } as Outcome;
}

function parsed(line: string): Record<string, unknown> {
  try {
    const value = JSON.parse(line);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
