import { DownhillError, describe } from "../errors.ts";
import { dataError } from "../sample_table.ts";
import type { CsvMissing } from "./csv_options.ts";
import { type CsvColumnEncoding, MAX_CATEGORIES, numberOf, oneOfTexts } from "./encoding.ts";

/** How many rows lie in one piece of memory: a column grows without being copied, and is given back piece by piece. */
export const PIECE_ROWS = 2 ** 14;

/** What is known about a column before it is read. */
export interface ColumnKind {
  /** `auto`: the first value decides, and the others have to be alike. */
  readonly type: "number" | "category" | "auto";
  /** The only texts that a category may have; undefined: those that are found. */
  readonly texts?: readonly string[] | undefined;
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
    if (place === 0) this.#pieces.push(new Float64Array(PIECE_ROWS));
    this.#pieces[this.#pieces.length - 1][place] = value;
    this.#rows++;
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
    const { path, name } = this.#where;
    const present = rule === "refuse" || typeof rule === "number" ? undefined : this.#sortedValues();
    if (this.#type === undefined || present?.length === 0) {
      throw dataError(`${path}: column ${describe(name)} has no value in any row, expected some`);
    }
    if (this.#type === "number") {
      const type = { name, type: "number" } as const;
      return rule === "refuse" ? type : { ...type, missing: present ? standIn(rule, present) : (rule as number) };
    }
    const type = { name, type: "category", categories: this.texts } as const;
    if (rule === "refuse") return type;
    if (isOwnRule && rule !== "mostFrequent") {
      const message = `options.missing.${name} is ${describe(rule)}, expected refuse or mostFrequent for categories`;
      throw new DownhillError("ERR_OPTION", message);
    }
    return { ...type, missing: this.texts[mostFrequent(present ?? this.#sortedValues())] };
  }

  /** Numbers, or indices into the sorted texts, in ascending order; without those that are missing. */
  #sortedValues(): Float64Array {
    const ranks = this.#ranks(this.texts);
    const values = new Float64Array(this.#rows);
    let count = 0;
    for (let row = 0; row < this.#rows; row++) {
      const value = this.#pieces[Math.floor(row / PIECE_ROWS)][row % PIECE_ROWS];
      if (!Number.isNaN(value)) values[count++] = this.#type === "category" ? ranks[value] : value;
    }
    return values.subarray(0, count).sort();
  }

  /** Where the text of each code stands in a list. */
  #ranks(texts: readonly string[]): Float64Array {
    const rankOf = new Map(texts.map((text, rank) => [text, rank]));
    return Float64Array.from(this.#codes.keys(), (text) => rankOf.get(text) ?? Number.NaN);
  }

  /**
   * The next `PIECE_ROWS` rows, which are then given up: numbers, or indices into the texts.
   *
   * @param texts - of a column of categories or classes, in the order that counts
   * @param fill - what stands in for a missing value
   */
  shiftPiece(texts: readonly string[] | undefined, fill: number): Float64Array {
    const piece = this.#pieces.shift() ?? new Float64Array(0);
    const ranks = texts && this.#ranks(texts);
    return piece.map((value) => {
      if (Number.isNaN(value)) return fill;
      return ranks ? ranks[value] : value;
    });
  }
}

/** A text cut out of a larger one keeps all of that alive; its copy does not. */
function unsliced(text: string): string {
  return structuredClone(text);
}

/** @param sorted - ascending, at least one */
function standIn(rule: CsvMissing, sorted: Float64Array): number {
  if (rule === "mostFrequent") return mostFrequent(sorted);
  if (rule === "mean") return sorted.reduce((mean, value, i) => mean + (value - mean) / (i + 1), 0);
  const middle = sorted.length / 2;
  return sorted[Math.ceil(middle) - 1] / 2 + sorted[Math.floor(middle)] / 2;
}

/** The value that stands most often in a sorted list, the least of equals. */
function mostFrequent(sorted: Float64Array): number {
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
