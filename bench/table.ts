/** A column of a table. Neighbours of the same group share a heading above their titles. */
export interface Column {
  readonly title: string;
  readonly group?: string;
  /** `right` by default. */
  readonly align?: "left" | "right";
}

const GAP = "  ";

/**
 * Aligned lines: the groups' headings where there are any, the titles, the rows.
 *
 * @param rows - as many cells as there are columns
 */
export function tableLines(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map(({ title }, c) => Math.max(title.length, ...rows.map((row) => row[c].length)));
  const groups = groupsOf(columns);
  for (const { name, first, count } of groups) {
    const lacking = name.length - spanOf(widths, first, count);
    if (lacking > 0) widths[first] += lacking;
  }
  const lineOf = (cells: readonly string[]) =>
    cells
      .map((cell, c) => (columns[c].align === "left" ? cell.padEnd(widths[c]) : cell.padStart(widths[c])))
      .join(GAP)
      .trimEnd();
  const headings = groups.map(({ name, first, count }) => centred(name, spanOf(widths, first, count)));
  const titles = lineOf(columns.map(({ title }) => title));
  const body = [titles, ...rows.map(lineOf)];
  return groups.some(({ name }) => name !== "") ? [headings.join(GAP).trimEnd(), ...body] : body;
}

interface Group {
  readonly name: string;
  readonly first: number;
  readonly count: number;
}

function groupsOf(columns: readonly Column[]): Group[] {
  const groups: Group[] = [];
  columns.forEach(({ group: name = "" }, first) => {
    const last = groups[groups.length - 1];
    if (last && last.name === name) groups[groups.length - 1] = { ...last, count: last.count + 1 };
    else groups.push({ name, first, count: 1 });
  });
  return groups;
}

function spanOf(widths: readonly number[], first: number, count: number): number {
  const sum = widths.slice(first, first + count).reduce((total, width) => total + width, 0);
  return sum + GAP.length * (count - 1);
}

/** The name between dashes that show how far its group reaches, where there is room for them. */
function centred(name: string, width: number): string {
  const hasRoom = name !== "" && width >= name.length + 4;
  const text = hasRoom ? ` ${name} ` : name;
  const filler = hasRoom ? "─" : " ";
  const left = Math.floor((width - text.length) / 2);
  return filler.repeat(left) + text + filler.repeat(width - text.length - left);
}

/** A positive number with three digits that mean something, and no exponent. */
export function significant(value: number): string {
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return String(value);
  const decimals = Math.min(20, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))));
  return value.toFixed(decimals);
}
