import type { ParseResult } from "papaparse";
import { dataError } from "../sample_table.ts";

/** How the text of a file is cut into rows. */
export interface CsvFormat {
  /** A single character. */
  readonly delimiter: string;
  /** What errors call the file. */
  readonly path: string;
  readonly signal: AbortSignal | undefined;
}

/** A row that goes on for so many pieces of the text has lost a quote; looking for it further on takes longer and longer. */
const PIECES_OF_A_ROW = 64;

/**
 * Reads rows of comma-separated values (RFC 4180) as their text comes in. Empty lines are no rows. The text is closed at the
 * end, however it comes. The parser is loaded with the first text.
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
  let piecesOfRow = 0;
  const receivePiece = ({ data, errors }: ParseResult<readonly string[]>): boolean => {
    signal?.throwIfAborted();
    piecesOfRow = data.length > 0 ? 0 : piecesOfRow + 1;
    // Of a row that the next piece goes on with nothing is known yet.
    const broken = errors.find(({ row = 0 }) => row < data.length)?.row;
    for (let i = 0; i < data.length; i++) {
      if (i === broken) throw dataError(`${path}, line ${line}: the quotes of a value do not match, ${QUOTES}`);
      const first = line;
      line += 1 + lineBreaksIn(data[i]);
      if (!isEmptyLine(data[i]) && !receive(data[i], first)) return false;
    }
    if (piecesOfRow <= PIECES_OF_A_ROW) return true;
    throw dataError(`${path}, line ${line}: the row that starts here does not end, ${QUOTES}`);
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

const QUOTES = 'expected "…" with each quote within as ""';

function isEmptyLine(row: readonly string[]): boolean {
  return row.length === 1 && row[0].trim() === "";
}

function lineBreaksIn(row: readonly string[]): number {
  let count = 0;
  for (const value of row) if (value.includes("\n")) count += value.split("\n").length - 1;
  return count;
}
