import parser from "papaparse";
import type { Matrix } from "../../index.ts";
import type { Answers } from "./answers.ts";

/** Turns answers into text. */
export interface AnswerWriter {
  /** What comes first. */
  readonly head: string;
  /** @param kept - the columns that go along, for each row */
  rows(outputs: Matrix, kept: readonly (readonly string[])[]): string;
}

/** @param keep - the names of the columns that go along */
export function csvWriter(answers: Answers, keep: readonly string[]): AnswerWriter {
  const text = (rows: (string | number)[][]) => `${parser.unparse(rows, { newline: "\n" })}\n`;
  return {
    head: text([[...keep, ...answers.names]]),
    rows: (outputs, kept) => text(eachRow(outputs, (row) => [...kept[row], ...answers.of(outputs, row)])),
  };
}

/** A line for each row. */
export function jsonWriter(answers: Answers, keep: readonly string[]): AnswerWriter {
  const names = [...keep, ...answers.names];
  const line = (values: readonly (string | number)[]) =>
    `${JSON.stringify(Object.fromEntries(names.map((name, c) => [name, values[c]])))}\n`;
  return {
    head: "",
    rows: (outputs, kept) => eachRow(outputs, (row) => line([...kept[row], ...answers.of(outputs, row)])).join(""),
  };
}

function eachRow<T>({ rows }: Matrix, make: (row: number) => T): T[] {
  return Array.from({ length: rows }, (_, row) => make(row));
}
