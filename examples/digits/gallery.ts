/** A drawing and the words under it. */
export interface Picture {
  /** Lines of equal length. */
  readonly lines: readonly string[];
  /** No longer than the lines. */
  readonly caption: string;
}

/** Puts pictures side by side, as many as the columns allow, row under row. */
export function gallery(pictures: readonly Picture[], columns = 80, gap = 3): string[] {
  const lines: string[] = [];
  let row: Picture[] = [];
  const flush = () => {
    if (row.length === 0) return;
    if (lines.length > 0) lines.push("");
    const spacer = " ".repeat(gap);
    const join = (parts: string[]) => lines.push(parts.join(spacer).trimEnd());
    for (let line = 0; line < row[0].lines.length; line++) join(row.map((picture) => picture.lines[line]));
    join(row.map((picture) => picture.caption.padEnd(picture.lines[0].length)));
    row = [];
  };
  let used = 0;
  for (const picture of pictures) {
    const width = picture.lines[0].length;
    if (row.length > 0 && used + gap + width > columns) flush();
    used = row.length === 0 ? width : used + gap + width;
    row.push(picture);
  }
  flush();
  return lines;
}
