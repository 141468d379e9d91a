import { DownhillError, describe } from "../errors.ts";
import { dataError } from "../sample_table.ts";
import type { CsvMissing } from "./csv_options.ts";
import { type CsvColumnEncoding, MAX_CATEGORIES, numberOf, oneOfTexts, UNKNOWN } from "./encoding.ts";

/** How many rows lie in one piece of memory: a column grows without being copied whole, and is given back piece by piece. */
export const PIECE_ROWS = 2 ** 14;

/** How many rows the first piece has room for to begin with: files with many columns may have few rows. */
const FIRST_ROWS = 16;

/** What is known about a column before it is read. */
export interface ColumnKind {
  /** `auto`: the first value decides, and the others have to be alike. */
  readonly type: "number" | "category" | "auto";
  /** The only texts that a category may have; undefined: those that are found. */
  readonly texts?: readonly string[] | undefined;
  /** Whether other texts than those are `UNKNOWN`, and not refused. */
  readonly ignoresUnknown?: boolean;
  /** What to do about a column of type `auto` that holds categories some of which look like numbers. */
  readonly advice?: string;
  readonly allowsMissing: boolean;
}

/** A column while a file is read: numbers, or codes of texts by their first appearance; NaN where a value is missing. */
export class CsvColumnReader {
  readonly #where: { readonly path: string; readonly name: string };
  readonly #kind: ColumnKind;
  readonly #pieces: Float64Array[] = [];
  readonly #codes: Map<string, number>;
  #rows = 0;
  #type: "number" | "category" | undefined;
  /** What decided the type. */
  #first: { readonly text: string; readonly line: number } | undefined;

  constructor(path: string, name: string, kind: ColumnKind) {
    this.#where = { path, name };
    this.#kind = kind;
    this.#codes = new Map(kind.texts?.map((text, code) => [text, code]));
    if (kind.type !== "auto") this.#type = kind.type;
  }

  /** What the column holds; undefined for `auto` as long as every value is missing. */
  get type(): "number" | "category" | undefined {
    return this.#type;
  }

  /** The texts of the column, sorted: as numbers if all of them are, else by code units; or as they were given. */
  get texts(): readonly string[] {
    if (this.#kind.texts) return this.#kind.texts;
    const texts = Array.from(this.#codes.keys()).sort();
    if (texts.some((text) => Number.isNaN(numberOf(text)))) return texts;
    return texts.sort((a, b) => numberOf(a) - numberOf(b));
  }

  /**
   * @param text - undefined for a missing value
   * @throws DownhillError `ERR_DATA` for a value that the column cannot hold
   */
  add(text: string | undefined, line: number): void {
    const value = text === undefined ? this.#missing(line) : this.#valueOf(text, line);
    const place = this.#rows % PIECE_ROWS;
    if (place === 0) this.#pieces.push(new Float64Array(this.#rows === 0 ? FIRST_ROWS : PIECE_ROWS));
    this.#pieceWithRoomAt(place)[place] = value;
    this.#rows++;
  }

  /** The last piece; the first one doubles when it is full. */
  #pieceWithRoomAt(place: number): Float64Array {
    const last = this.#pieces.length - 1;
    const piece = this.#pieces[last];
    if (place < piece.length) return piece;
    const larger = new Float64Array(2 * place);
    larger.set(piece);
    this.#pieces[last] = larger;
    return larger;
  }

  #missing(line: number): number {
    if (this.#kind.allowsMissing) return Number.NaN;
    throw this.#failure(line, "lacks a value, expected one in every row");
  }

  #valueOf(text: string, line: number): number {
    const code = this.#codes.get(text);
    if (code !== undefined) return code;
    if (this.#kind.type === "category") return this.#newCode(text, line);
    const value = numberOf(text);
    const type = Number.isNaN(value) ? "category" : "number";
    if (this.#type === undefined) {
      this.#type = type;
      this.#first = { text: unsliced(text), line };
    }
    if (this.#type !== type) throw this.#mixed(text, line);
    return type === "number" ? value : this.#newCode(text, line);
  }

  #newCode(text: string, line: number): number {
    const code = this.#codes.size;
    if (this.#kind.ignoresUnknown) return UNKNOWN;
    if (this.#kind.texts)
      throw this.#failure(line, `holds ${describe(text)}, expected ${oneOfTexts(this.#kind.texts)}`);
    if (code === MAX_CATEGORIES) {
      const count = MAX_CATEGORIES.toLocaleString("en");
      throw this.#failure(
        line,
        `holds ${describe(text)} after ${count} other texts, expected at most ${count} categories`,
      );
    }
    this.#codes.set(unsliced(text), code);
    return code;
  }

  /** A value that is a number among texts, or a text among numbers: the text is what is wrong, most likely. */
  #mixed(text: string, line: number): DownhillError {
    if (!this.#first) return this.#failure(line, `holds ${describe(text)}, expected a number`);
    const given = { text, line };
    const [wrong, number] = this.#type === "number" ? [given, this.#first] : [this.#first, given];
    const message = `holds ${describe(wrong.text)}, expected a number as in line ${number.line}`;
    return this.#failure(wrong.line, `${message}; ${this.#kind.advice}`);
  }

  #failure(line: number, message: string): DownhillError {
    const { path, name } = this.#where;
    return dataError(`${path}, line ${line}: column ${describe(name)} ${message}`);
  }

  /**
   * How the column becomes inputs, and what stands in for missing values, now that all of them are known.
   *
   * @param isOwnRule - whether the rule was given for this very column
   */
  learn(rule: CsvMissing, isOwnRule: boolean): CsvColumnEncoding {
    const { name } = this.#where;
    const present = rule === "refuse" || typeof rule === "number" ? undefined : this.#presentValues();
    if (this.#type === undefined || present?.length === 0) {
      throw this.#failureOfAll("has no value in any row, expected some");
    }
    if (this.#type === "number") {
      const type = { name, type: "number" } as const;
      return rule === "refuse" ? type : { ...type, missing: present ? this.#standIn(rule, present) : (rule as number) };
    }
    const type = { name, type: "category", categories: this.texts } as const;
    if (rule === "refuse") return type;
    if (isOwnRule && rule !== "mostFrequent") {
      const message = `options.missing.${name} is ${describe(rule)}, expected refuse or mostFrequent for categories`;
      throw new DownhillError("ERR_OPTION", message);
    }
    return { ...type, missing: this.texts[mostFrequent(present ?? this.#presentValues())] };
  }

  #standIn(rule: CsvMissing, values: Float64Array): number {
    if (rule === "mostFrequent") return mostFrequent(values);
    if (rule === "median") return median(values);
    const mean = values.reduce((before, value, i) => before + (value - before) / (i + 1), 0);
    if (Number.isFinite(mean)) return mean;
    throw this.#failureOfAll("holds numbers too far apart for their mean, expected smaller ones");
  }

  #failureOfAll(message: string): DownhillError {
    const { path, name } = this.#where;
    return dataError(`${path}: column ${describe(name)} ${message}`);
  }

  /** Numbers, or indices into the sorted texts; without those that are missing. */
  #presentValues(): Float64Array {
    const ranks = this.#ranks(this.texts);
    const values = new Float64Array(this.#rows);
    let count = 0;
    for (let row = 0; row < this.#rows; row++) {
      const value = this.#pieces[Math.floor(row / PIECE_ROWS)][row % PIECE_ROWS];
      if (!Number.isNaN(value)) values[count++] = this.#type === "category" ? ranks[value] : value;
    }
    return values.subarray(0, count);
  }

  /** Where the text of each code stands in a list. */
  #ranks(texts: readonly string[]): Float64Array {
    const rankOf = new Map(texts.map((text, rank) => [text, rank]));
    return Float64Array.from(this.#codes.keys(), (text) => rankOf.get(text) ?? Number.NaN);
  }

  /**
   * The next `PIECE_ROWS` rows or fewer, which are then given up: numbers, or indices into the texts, or `UNKNOWN`.
   *
   * @param count - how many rows there are
   * @param texts - of a column of categories or classes, in the order that counts
   * @param fill - what stands in for a missing value
   */
  shiftPiece(count: number, texts: readonly string[] | undefined, fill: number): Float64Array {
    const values = (this.#pieces.shift() ?? new Float64Array(0)).subarray(0, count);
    const ranks = texts && this.#ranks(texts);
    for (let r = 0; r < count; r++) {
      const value = values[r];
      if (Number.isNaN(value)) values[r] = fill;
      else if (ranks && value !== UNKNOWN) values[r] = ranks[value];
    }
    return values;
  }
}

/** A text cut out of a larger one keeps all of that alive; its copy does not. */
function unsliced(text: string): string {
  return structuredClone(text);
}

/** @param values - at least one; they are sorted on the way */
function median(values: Float64Array): number {
  const sorted = values.sort();
  const middle = sorted.length / 2;
  return sorted[Math.ceil(middle) - 1] / 2 + sorted[Math.floor(middle)] / 2;
}

/**
 * The value that stands most often in a list, the least of equals.
 *
 * @param values - at least one; they are sorted on the way
 */
function mostFrequent(values: Float64Array): number {
  const sorted = values.sort();
  let best = sorted[0];
  let most = 0;
  for (let start = 0, end = 0; start < sorted.length; start = end) {
    while (end < sorted.length && sorted[end] === sorted[start]) end++;
    if (end - start > most) {
      most = end - start;
      best = sorted[start];
    }
  }
  return best;
}
