import { fail } from "./target.ts";

/**
 * The rows of a text of comma-separated values (RFC 4180) with blanks around values taken away and empty lines left out,
 * character by character: what is read otherwise is compared with it.
 *
 * @param most - how many rows are wanted; what is behind them is not looked at
 */
export function simpleRows(text: string, most: number): string[][] {
  const rows: string[][] = [];
  let at = 0;
  while (at < text.length && rows.length < most) {
    const row: string[] = [];
    do {
      const { value, next } = valueAt(text, row.length === 0 ? at : at + 1);
      row.push(value);
      at = next;
    } while (text[at] === ",");
    // Behind the line break.
    at++;
    if (row.length > 1 || row[0] !== "") rows.push(row);
  }
  return rows;
}

/** The value that begins at a place, and where what ends it stands. */
function valueAt(text: string, begin: number): { value: string; next: number } {
  if (text[begin] !== '"') {
    let next = begin;
    while (next < text.length && text[next] !== "," && text[next] !== "\n") next++;
    return { value: text.slice(begin, next).trim(), next };
  }
  let value = "";
  let next = begin + 1;
  for (; next < text.length; next++) {
    if (text[next] === '"') {
      if (text[next + 1] !== '"') break;
      next++;
    }
    value += text[next];
  }
  if (next >= text.length) fail("a text with a quote that does not end was read");
  next++;
  while (next < text.length && text[next] !== "," && text[next] !== "\n") {
    if (text[next].trim() !== "") fail("a text with something behind a quoted value was read");
    next++;
  }
  return { value: value.trim(), next };
}
