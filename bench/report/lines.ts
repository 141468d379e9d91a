/** The widest that a report gets. */
const WIDTH = 120;

/** A text that is cut where it is too long, and shows it. */
export function shortened(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

/** Items with `; ` between them, on as many lines as they need, the following ones indented like the first. */
export function wrapped(heading: string, items: readonly string[], width = WIDTH): string[] {
  const lines: string[] = [];
  let line = heading;
  items.forEach((item, i) => {
    const piece = i < items.length - 1 ? `${item};` : item;
    if (line.length + 1 + piece.length > width && line.trim() !== "") {
      lines.push(line);
      line = " ".repeat(heading.length);
    }
    line = `${line} ${piece}`;
  });
  return [...lines, line];
}
