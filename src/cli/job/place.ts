import { isAbsolute, join } from "node:path";
import { distance } from "fastest-levenshtein";
import { DownhillError, describe } from "../../errors.ts";
import { UsageError } from "../command_error.ts";

/** Both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** The file that places are in. */
export interface JobSource {
  readonly file: string;
  readonly folder: string;
  /** By the names of places. */
  readonly positions: ReadonlyMap<string, Position>;
}

/** A part of a job, which knows its name and where it stands, so that mistakes can be told with their line. */
export class Place {
  readonly value: unknown;
  /** Such as `fit.learningRate`; empty for the whole job. */
  readonly name: string;
  readonly #source: JobSource;

  constructor(value: unknown, name: string, source: JobSource) {
    this.value = value;
    this.name = name;
    this.#source = source;
  }

  /** @param what - goes on after the name: `is 3, expected …` @param name - of the part that is wrong */
  error(what: string, name = this.name): UsageError {
    return new UsageError(`${this.#where(name)}: ${name === "" ? "the job" : name} ${what}`);
  }

  /** The parts of a mapping, by their keys. */
  fields<const Key extends string>(known: readonly Key[]): { readonly [key in Key]?: Place } {
    const { value } = this;
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw this.error(`is ${describe(value)}, expected a mapping with ${known.join(", ")}`);
    }
    const fields: { [key in Key]?: Place } = {};
    for (const [key, part] of Object.entries(value)) {
      const name = this.name === "" ? key : `${this.name}.${key}`;
      if (!isOneOf(key, known)) throw this.#unknown(key, name, known);
      fields[key] = new Place(part, name, this.#source);
    }
    return fields;
  }

  /** The parts of a list. */
  items(): Place[] {
    const { value, name } = this;
    if (!Array.isArray(value)) throw this.error(`is ${describe(value)}, expected a list`);
    return value.map((item, i) => new Place(item, `${name}[${i}]`, this.#source));
  }

  text(): string {
    const { value } = this;
    if (typeof value === "string" && value !== "") return value;
    throw this.error(`is ${describe(value)}, expected a text`);
  }

  /** A path, which starts in the job's folder unless it is absolute. */
  path(): string {
    const path = this.text();
    return isAbsolute(path) ? path : join(this.#source.folder, path);
  }

  integer(least: number, most = Number.MAX_SAFE_INTEGER): number {
    const { value } = this;
    if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) return value as number;
    const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
    throw this.error(`is ${describe(value)}, expected an integer ${range}`);
  }

  /** A finite number. */
  number(expected = "a number", accepts: (value: number) => boolean = () => true): number {
    const { value } = this;
    if (typeof value === "number" && Number.isFinite(value) && accepts(value)) return value;
    throw this.error(`is ${describe(value)}, expected ${expected}`);
  }

  flag(): boolean {
    const { value } = this;
    if (typeof value === "boolean") return value;
    throw this.error(`is ${describe(value)}, expected true or false`);
  }

  oneOf<const Name extends string>(names: readonly Name[]): Name {
    const { value } = this;
    if (typeof value === "string" && isOneOf(value, names)) return value;
    throw this.error(`is ${describe(value)}, expected one of ${names.join(", ")}${nearest(String(value), names)}`);
  }

  /**
   * Lets the library check the place's value.
   *
   * @param called - what the library's messages call it; the place's own name stands there instead
   */
  checked<T>(called: string, check: () => T): T {
    try {
      return check();
    } catch (error) {
      if (!(error instanceof DownhillError)) throw error;
      const own = this.name === "" ? "" : `${this.name}.`;
      const message = error.message.replaceAll(`${called}.`, own).replaceAll(called, this.name);
      throw new UsageError(`${this.#where(this.#longestName(message))}: ${message}`);
    }
  }

  /** The name of the smallest part of this place that a message begins with. */
  #longestName(message: string): string {
    let longest = this.name;
    for (const name of this.#source.positions.keys()) {
      if (name.length > longest.length && message.startsWith(name)) longest = name;
    }
    return longest;
  }

  #unknown(key: string, name: string, known: readonly string[]): UsageError {
    const owner = this.name === "" ? "the job" : this.name;
    const what = `${owner} has no ${describe(key)}${nearest(key, known)}; there are ${known.join(", ")}`;
    return new UsageError(`${this.#where(name)}: ${what}`);
  }

  #where(name: string): string {
    const { file, positions } = this.#source;
    const position = positions.get(name) ?? positions.get(this.name);
    return position ? `${file}:${position.line}:${position.column}` : file;
  }
}

function isOneOf<Name extends string>(given: string, names: readonly Name[]): given is Name {
  return (names as readonly string[]).includes(given);
}

/** A question for what was mistyped: at most every third letter may be wrong. */
function nearest(given: string, names: readonly string[]): string {
  const [best] = names
    .map((name) => ({ name, edits: distance(given.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  return best && best.edits <= Math.max(1, Math.floor(best.name.length / 3)) ? ` (did you mean ${best.name}?)` : "";
}
