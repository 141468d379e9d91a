import csv from "papaparse";
import { CommandError } from "../common/errors.ts";

/** Values by the names of their columns, as they come: not yet encoded. */
export type RawRow = Readonly<Record<string, unknown>>;

/**
 * Reads rows to predict: JSON lines where the text begins with a brace, else CSV with a line of names.
 *
 * @throws CommandError naming the row that cannot be read
 */
export function parseRows(text: string): RawRow[] {
  const rows = text.trimStart().startsWith("{") ? parseJsonLines(text) : parseCsv(text);
  if (rows.length === 0) throw new CommandError("there are no rows to predict");
  return rows;
}

function parseJsonLines(text: string): RawRow[] {
  const rows: RawRow[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() !== "") rows.push(parseJsonLine(line, index + 1));
  }
  return rows;
}

function parseJsonLine(line: string, number: number): RawRow {
  let value: unknown;
  try {
    value = JSON.parse(line.trim());
  } catch (error) {
    throw new CommandError(`line ${number} is not JSON`, { cause: error });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as RawRow;
  throw new CommandError(`line ${number} is ${line.trim()}, expected an object with a value for each column`);
}

function parseCsv(text: string): RawRow[] {
  const { data, errors } = csv.parse<RawRow>(text, { header: true, delimiter: ",", skipEmptyLines: "greedy" });
  const [error] = errors;
  if (error === undefined) return data;
  // The parser counts from 0, and the line of names as a row when it speaks of quotes.
  const row = (error.row ?? 0) + (error.type === "Quotes" ? 0 : 1);
  throw new CommandError(`row ${row} cannot be read: ${error.message}`);
}
