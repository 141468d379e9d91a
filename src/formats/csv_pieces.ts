import { dataError } from "../sample_table.ts";

/** What errors say of quotes. */
export const QUOTES = 'expected "…" with each quote within as ""';

/** A row that goes on for so many pieces has lost a quote. */
const PIECES_OF_A_ROW = 64;

/**
 * Cuts text into pieces of whole rows, so that the parser sees each row once. It ends with the first stray quote, one that
 * neither ends a quoted value nor is doubled: the parser refuses that row. With more of it, the parser would look behind each
 * stray quote for the end of the value anew, in quadratic time.
 *
 * @param delimiter - a single character
 * @param path - what errors call the file
 * @throws DownhillError `ERR_DATA` (as a rejection) for a row that does not end, and for lines that end with CR alone
 */
export async function* wholeRows(
  pieces: AsyncIterable<string>,
  delimiter: string,
  path: string,
): AsyncGenerator<string> {
  const watch = new QuoteWatch(delimiter);
  let line = 1;
  /** Of the row that the next piece goes on with. */
  let begun: string[] = [];
  let isFirst = true;
  for await (const piece of pieces) {
    if (piece === "") continue;
    if (isFirst) refuseLoneReturns(piece, path);
    isFirst = false;
    const { rowsEnd, strayEnd } = watch.read(piece);
    const end = strayEnd ?? rowsEnd;
    if (end > 0) {
      const rows = begun.join("") + piece.slice(0, end);
      yield rows;
      if (strayEnd !== undefined) return;
      line += lineBreaksIn(rows);
      begun = [];
    }
    if (end < piece.length) begun.push(piece.slice(end));
    if (begun.length > PIECES_OF_A_ROW) {
      throw dataError(`${path}, line ${line}: the row that starts here does not end, ${QUOTES}`);
    }
  }
  yield begun.join("");
}

/** How many lines a text ends. */
export function lineBreaksIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count++;
  return count;
}

/** Such a file would be a single row. */
function refuseLoneReturns(start: string, path: string): void {
  if (start.includes("\n") || !/\r./.test(start.replaceAll(/"[^"]*"/g, ""))) return;
  throw dataError(`${path}: its lines end with CR alone, expected LF or CR LF`);
}

/**
 * Where a text stands: before a value, in a value without or with quotes, behind a quote in one with quotes, behind the
 * quote that ends it, or behind a stray quote.
 */
type Place = "start" | "plain" | "quoted" | "quote" | "closed" | "stray";

/** Follows the quotes of a text from piece to piece. */
class QuoteWatch {
  readonly #delimiter: string;
  #place: Place = "start";

  constructor(delimiter: string) {
    this.#delimiter = delimiter;
  }

  /**
   * @returns where the last row that ends in the piece does, 0 for none; and if it has a stray quote, where that is certain:
   *   behind the first character after it
   */
  read(piece: string): { readonly rowsEnd: number; readonly strayEnd?: number } {
    let rowsEnd = 0;
    for (let i = 0; i < piece.length; i++) {
      if (this.#place === "plain" || this.#place === "quoted") {
        const quote = piece.indexOf('"', i);
        const next = quote < 0 ? piece.length : quote;
        if (this.#place === "plain" && next > i) {
          const lastBreak = piece.slice(i, next).lastIndexOf("\n");
          if (lastBreak >= 0) rowsEnd = i + lastBreak + 1;
          this.#place = this.#endsValue(piece[next - 1]) ? "start" : "plain";
        }
        if (quote < 0) break;
        i = next;
      }
      this.#place = this.#placeBehind(piece[i]);
      if (this.#place === "stray") return { rowsEnd, strayEnd: i + 1 };
      if (this.#place === "start" && piece[i] === "\n") rowsEnd = i + 1;
    }
    return { rowsEnd };
  }

  #placeBehind(character: string): Place {
    const place = this.#place;
    if (place === "quoted") return character === '"' ? "quote" : "quoted";
    if (place === "quote" && character === '"') return "quoted";
    if (this.#endsValue(character)) return "start";
    if (place === "start" && character === '"') return "quoted";
    if (place === "start" || place === "plain") return "plain";
    return character.trim() === "" ? "closed" : "stray";
  }

  #endsValue(character: string): boolean {
    return character === this.#delimiter || character === "\n";
  }
}
