import type { ParseResult } from "papaparse";
import { dataError } from "../sample_table.ts";
import { lineBreaksIn, QUOTES } from "./csv_pieces.ts";

/** How the text of a file is cut into rows. */
export interface CsvFormat {
  /** A single character. */
  readonly delimiter: string;
  /** What errors call the file. */
  readonly path: string;
  readonly signal: AbortSignal | undefined;
}

/**
 * Reads rows of comma-separated values (RFC 4180) as their text comes in, in pieces of whole rows: see `wholeRows`. Empty
 * lines are no rows. The text is closed at the end, however it comes. The parser is loaded with the first text.
 *
 * @param receive - takes the values of a row and the line that it starts in, from 1; tells whether to go on
 * @throws DownhillError `ERR_DATA` for quotes that do not match; what the text or `receive` throws; the signal's reason
 */
export async function readRows(
  text: NodeJS.ReadableStream & { destroy(): unknown },
  { delimiter, path, signal }: CsvFormat,
  receive: (row: readonly string[], line: number) => boolean,
): Promise<void> {
  let line = 1;
  const receivePiece = (piece: Piece): boolean => {
    signal?.throwIfAborted();
    const end = forEachRow(piece, line, path, receive);
    line = end ?? line;
    return end !== undefined;
  };
  // What happens to the text after the parser has stopped listening is of no interest, but would end the process.
  text.on("error", () => {});
  try {
    signal?.throwIfAborted();
    const { default: parser } = await import("papaparse");
    await new Promise<void>((resolve, reject) => {
      parser.parse<readonly string[]>(text, {
        delimiter,
        newline: "\n",
        chunk: (piece, handle) => {
          if (!receivePiece(piece)) handle.abort();
        },
        complete: () => resolve(),
        error: reject,
      });
    });
  } finally {
    text.destroy();
  }
}

/** A row, and the line that it starts in, from 1. */
export interface NumberedRow {
  readonly values: readonly string[];
  readonly line: number;
}

/**
 * The same for whoever has to wait between rows: those of a piece at a time, at least one.
 *
 * @param pieces - of whole rows: see `wholeRows`
 */
export async function* rowsOf(
  pieces: AsyncIterable<string>,
  { delimiter, path, signal }: CsvFormat,
): AsyncGenerator<readonly NumberedRow[]> {
  const { default: parser } = await import("papaparse");
  let line = 1;
  for await (const piece of pieces) {
    signal?.throwIfAborted();
    // The parser takes what is behind the last line break for one more row.
    const text = piece.endsWith("\n") ? piece.slice(0, -1) : piece;
    const rows: NumberedRow[] = [];
    const parsed = parser.parse<readonly string[]>(text, { delimiter, newline: "\n" });
    line = forEachRow(parsed, line, path, (values, line) => rows.push({ values, line }) > 0) ?? line;
    if (rows.length > 0) yield rows;
  }
}

type Piece = Pick<ParseResult<readonly string[]>, "data" | "errors">;

/** @returns the line behind the piece; undefined where `receive` wants no more rows */
function forEachRow(
  { data, errors }: Piece,
  start: number,
  path: string,
  receive: (row: readonly string[], line: number) => boolean,
): number | undefined {
  const broken = errors[0]?.row;
  let line = start;
  for (let i = 0; i < data.length; i++) {
    if (i === broken) throw dataError(`${path}, line ${line}: the quotes of a value do not match, ${QUOTES}`);
    const first = line;
    line += data[i].reduce((count, value) => count + lineBreaksIn(value), 1);
    if (!isEmptyLine(data[i]) && !receive(data[i], first)) return undefined;
  }
  return line;
}

function isEmptyLine(row: readonly string[]): boolean {
  return row.length === 1 && row[0].trim() === "";
}
