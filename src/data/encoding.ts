import { DownhillError, describe } from "../errors.ts";
import { checkedOptions, finiteNumber, oneOf, optionError } from "../options.ts";
import { dataError, shapeError } from "../sample_table.ts";
import type { Matrix, Values } from "../types.ts";

/** How one column becomes inputs. */
export type CsvColumnEncoding =
  | {
      readonly name: string;
      /** One input: the number. */
      readonly type: "number";
      /** What stands in for a missing value; absent where none may be missing. */
      readonly missing?: number;
    }
  | {
      readonly name: string;
      /** One input for each category: 1 for the one that the column holds, 0 for the others. */
      readonly type: "category";
      readonly categories: readonly string[];
      /** One of the categories. */
      readonly missing?: string;
    };

/** How rows of a CSV file become samples. Plain JSON, so that another file, or a later process, encodes alike. */
export interface CsvEncoding {
  /** In the order of the inputs. */
  readonly columns: readonly CsvColumnEncoding[];
  /** The columns of the targets; with `classes` a single one, whose texts are the names of the classes. */
  readonly target: { readonly columns: readonly string[]; readonly classes?: readonly string[] };
  /** The texts that mean that a value is missing. */
  readonly missingValues: readonly string[];
}

/** A row to encode: values by the names of their columns, or in the order of the encoding's columns. */
export type CsvRow = Readonly<Record<string, unknown>> | readonly unknown[];

/** What becomes of a category that the encoding does not have: it is refused (default), or all of its column's inputs are 0. */
export type CsvUnknown = "refuse" | "ignore";

/** Stands for the index of such a category where it is ignored. */
export const UNKNOWN = -1;

/** The most categories a column may have, and classes. */
export const MAX_CATEGORIES = 1000;

/** How many inputs a column becomes. */
export function widthOf(column: CsvColumnEncoding): number {
  return column.type === "number" ? 1 : column.categories.length;
}

/** How many inputs a row becomes. */
export function inputSizeOf({ columns }: CsvEncoding): number {
  return columns.reduce((sum, column) => sum + widthOf(column), 0);
}

/**
 * Writes what a column becomes into zeros.
 *
 * @param value - the number, or the index of the category, or `UNKNOWN`
 */
export function writeColumn(column: CsvColumnEncoding, value: number, out: Values, first: number): void {
  if (column.type === "number") out[first] = value;
  else if (value !== UNKNOWN) out[first + value] = 1;
}

/** The number, or the index of the category, that stands in for a missing value; NaN where none may be missing. */
export function fillOf(column: CsvColumnEncoding): number {
  if (column.missing === undefined) return Number.NaN;
  return column.type === "number" ? column.missing : column.categories.indexOf(column.missing);
}

/** The finite number that a text says in decimal notation; NaN for any other text. */
export function numberOf(text: string): number {
  // Beside decimal numbers, Number reads nothing as 0, and 0x10, 0b1 and 0o7.
  if (text === "" || (text.length > 2 && text.startsWith("0") && /^0[box]/i.test(text))) return Number.NaN;
  const value = Number(text);
  return Number.isFinite(value) ? value : Number.NaN;
}

/**
 * See `Dataset.encode`.
 *
 * @param placeOf - what errors call a row
 */
export function encodeRows(
  given: CsvEncoding,
  rows: readonly CsvRow[],
  options: { readonly unknown?: CsvUnknown } | undefined,
  placeOf: (row: number) => string = (row) => `rows[${row}]`,
): Matrix {
  const encoding = checkedEncoding(given, "encoding");
  const { unknown } = checkedOptions<{ unknown?: CsvUnknown }>(options, "options", ["unknown"]);
  const ignoresUnknown = checkedUnknown(unknown, "options.unknown") === "ignore";
  if (!Array.isArray(rows)) throw dataError(`rows is ${describe(rows)}, expected an array of rows`);
  if (rows.length === 0) throw shapeError("rows is empty, expected at least one row");
  const width = inputSizeOf(encoding);
  const data = new Float64Array(rows.length * width);
  for (let r = 0; r < rows.length; r++) {
    encodeRow(encoding, rows[r], placeOf(r), ignoresUnknown, data.subarray(r * width, (r + 1) * width));
  }
  return { rows: rows.length, columns: width, data };
}

/** @returns the choice, or the default when undefined */
export function checkedUnknown(given: unknown, where: string): CsvUnknown {
  return oneOf(given, where, ["refuse", "ignore"], "refuse");
}

function encodeRow(
  { columns, missingValues }: CsvEncoding,
  row: unknown,
  where: string,
  ignoresUnknown: boolean,
  out: Float64Array,
): void {
  if (typeof row !== "object" || row === null) {
    throw dataError(`${where} is ${describe(row)}, expected an object or an array of values`);
  }
  if (Array.isArray(row) && row.length !== columns.length) {
    throw shapeError(`${where} has ${row.length} values, expected ${columns.length}, one for each column`);
  }
  let first = 0;
  for (const [c, column] of columns.entries()) {
    const value: unknown = Array.isArray(row) ? row[c] : cellOf(row, column.name, where);
    const place = `${where}[${Array.isArray(row) ? c : describe(column.name)}]`;
    const text = value === undefined || value === null ? undefined : textOf(value, place);
    const isMissing = text === undefined || missingValues.includes(text);
    const found = isMissing ? fillOf(column) : meaningOf(column, text, ignoresUnknown);
    if (Number.isNaN(found)) {
      const expected = column.type === "number" ? "a number" : oneOfTexts(column.categories);
      throw dataError(`${place} is ${isMissing ? "missing" : describe(value)}, expected ${expected}`);
    }
    writeColumn(column, found, out, first);
    first += widthOf(column);
  }
}

/** A key that is not there is misspelt, most likely: it does not count as a missing value. */
function cellOf(row: object, name: string, where: string): unknown {
  if (Object.hasOwn(row, name)) return (row as Record<string, unknown>)[name];
  throw dataError(`${where} has no key ${describe(name)}, expected one for each column (null for a missing value)`);
}

function textOf(value: unknown, place: string): string {
  if (typeof value === "string") return value.trim();
  // NaN is what a calculation came to: it does not count as the text of a missing value.
  if (Number.isFinite(value) || typeof value === "bigint" || typeof value === "boolean") return String(value);
  throw dataError(`${place} is ${describe(value)}, expected a finite number or a text`);
}

/** The number or the index of the category that a text means in a column; NaN for one that it cannot hold. */
function meaningOf(column: CsvColumnEncoding, text: string, ignoresUnknown: boolean): number {
  if (column.type === "number") return numberOf(text);
  const index = column.categories.indexOf(text);
  if (index >= 0) return index;
  return ignoresUnknown ? UNKNOWN : Number.NaN;
}

/** How many texts an error lists. */
const LISTED = 20;

/** Texts as an error lists them. */
export function oneOfTexts(texts: readonly string[]): string {
  const listed = texts.slice(0, LISTED).map(describe).join(", ");
  return `one of ${listed}${texts.length > LISTED ? `, … (${texts.length} in all)` : ""}`;
}

/**
 * A frozen copy of an encoding.
 *
 * @throws DownhillError `ERR_OPTION` when it is none
 */
export function checkedEncoding(given: unknown, where: string): CsvEncoding {
  if (given === undefined) throw optionError(where, given, "the encoding of a data set from a CSV file");
  const { columns, target, missingValues } = checkedOptions<CsvEncoding>(given, where, [
    "columns",
    "target",
    "missingValues",
  ]);
  if (!Array.isArray(columns) || columns.length === 0)
    throw optionError(`${where}.columns`, columns, "a list of columns");
  const checkedColumns = columns.map((column, c) => checkedColumn(column, `${where}.columns[${c}]`));
  const names = checkedColumns.map(({ name }) => name);
  checkedTexts([...names, ...checkedTarget(target, `${where}.target`).columns], `the names of ${where}'s columns`, 1);
  return Object.freeze({
    columns: Object.freeze(checkedColumns),
    target: checkedTarget(target, `${where}.target`),
    missingValues: checkedTexts(missingValues, `${where}.missingValues`, 0),
  });
}

function checkedColumn(given: unknown, where: string): CsvColumnEncoding {
  if (given === undefined) throw optionError(where, given, "a column");
  const keys = ["name", "type", "categories", "missing"];
  const { name, type, categories, missing } = checkedOptions<Record<string, unknown>>(given, where, keys);
  if (typeof name !== "string") throw optionError(`${where}.name`, name, "a text");
  if (oneOf(type, `${where}.type`, ["number", "category"], "number") === "number") {
    if (categories !== undefined) throw optionError(`${where}.categories`, categories, "none in a column of numbers");
    if (missing === undefined) return Object.freeze({ name, type: "number" });
    return Object.freeze({ name, type: "number", missing: finiteNumber(missing, `${where}.missing`, undefined) });
  }
  const texts = checkedTexts(categories, `${where}.categories`, 1, MAX_CATEGORIES);
  if (missing === undefined) return Object.freeze({ name, type: "category", categories: texts });
  if (!texts.includes(missing as string)) throw optionError(`${where}.missing`, missing, "one of the categories");
  return Object.freeze({ name, type: "category", categories: texts, missing: missing as string });
}

function checkedTarget(given: unknown, where: string): CsvEncoding["target"] {
  if (given === undefined) throw optionError(where, given, "the columns of the targets");
  const { columns, classes } = checkedOptions<CsvEncoding["target"]>(given, where, ["columns", "classes"]);
  const names = checkedTexts(columns, `${where}.columns`, 1);
  if (classes === undefined) return Object.freeze({ columns: names });
  if (names.length > 1) throw optionError(`${where}.columns`, columns, "a single column where there are classes");
  return Object.freeze({ columns: names, classes: checkedTexts(classes, `${where}.classes`, 2, MAX_CATEGORIES) });
}

/** A frozen copy of a list of different texts, without blanks around them: no value of a file has any. */
export function checkedTexts(
  given: unknown,
  where: string,
  least: number,
  most = Number.POSITIVE_INFINITY,
): readonly string[] {
  if (!Array.isArray(given) || given.length < least || given.length > most) {
    const range = most === Number.POSITIVE_INFINITY ? `at least ${least}` : `${least} to ${most}`;
    throw optionError(where, given, `a list of ${range} texts`);
  }
  const texts = new Set<string>();
  for (const [i, value] of given.entries()) {
    if (typeof value !== "string") throw optionError(`${where}[${i}]`, value, "a text");
    const text = value.trim();
    if (texts.has(text)) {
      throw new DownhillError("ERR_OPTION", `${where} has ${describe(text)} twice, expected it once`);
    }
    texts.add(text);
  }
  return Object.freeze([...texts]);
}
