import Table from "cli-table3";
import type { Colors } from "./colors.ts";

/** No lines: columns stand two blanks apart. */
const BLANK = Object.fromEntries(
  [
    ...["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"],
    ...["left", "left-mid", "mid", "mid-mid", "right", "right-mid"],
  ].map((name) => [name, ""]),
);

/**
 * A table as text, with a line break behind each row.
 *
 * @param align - of each column; those of numbers stand on the right
 */
export function tableOf(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  align: readonly ("left" | "right")[],
  colors: Colors,
): string {
  const table = new Table({
    chars: { ...BLANK, middle: "  " },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
    colAligns: [...align],
    head: head.map((name) => colors.bold(name)),
  });
  table.push(...rows.map((row) => [...row]));
  return trimmed(table.toString());
}

/** Names, and what they stand for. */
export function listOf(entries: readonly (readonly [name: string, value: string])[], colors: Colors): string {
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries.map(([name, value]) => `${colors.dim(name.padEnd(width))}  ${value}\n`).join("");
}

function trimmed(text: string): string {
  return `${text.replaceAll(/ +$/gm, "")}\n`;
}
