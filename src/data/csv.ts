import { allocateValues } from "../backend/types.ts";
import { describe } from "../errors.ts";
import { openText } from "../files_node.ts";
import { readRows } from "../formats/csv.ts";
import { wholeRows } from "../formats/csv_pieces.ts";
import { dataError } from "../sample_table.ts";
import type { Samples } from "../samples.ts";
import { nextTurn } from "../turn.ts";
import type { Values } from "../types.ts";
import { CsvColumnReader, PIECE_ROWS } from "./csv_column.ts";
import { type CsvChoices, type CsvOptions, resolveCsvOptions } from "./csv_options.ts";
import { type PlannedColumn, planOf } from "./csv_plan.ts";
import {
  type CsvColumnEncoding,
  type CsvEncoding,
  checkedEncoding,
  fillOf,
  inputSizeOf,
  widthOf,
  writeColumn,
} from "./encoding.ts";

/** The samples of a file, and how its columns became them. */
export interface CsvSamples {
  readonly samples: Samples;
  readonly encoding: CsvEncoding;
}

/** See `Dataset.csv`. */
export async function readCsv(path: string, options: CsvOptions): Promise<CsvSamples> {
  const choices = resolveCsvOptions(options);
  const { delimiter, signal } = choices;
  let table: CsvTable | undefined;
  const text = openText(path, (pieces) => wholeRows(pieces, delimiter, path));
  await readRows(text, { delimiter, path, signal }, (row, line) => {
    if (table) return table.add(row, line);
    table = new CsvTable(path, namesOf(row, choices), choices);
    return choices.header === true || table.add(row, line);
  });
  if (!table || table.rows === 0) throw dataError(`${path} has no rows of data, expected at least one`);
  const encoding = await table.encoding();
  return { samples: await table.samples(encoding), encoding };
}

/** What the columns are called: by the first row, by the options, or by their indices. */
function namesOf(firstRow: readonly string[], { header }: CsvChoices): readonly string[] {
  if (typeof header === "object") return header;
  if (!header) return Array.from(firstRow.keys(), String);
  return firstRow.map((name) => name.trim());
}

/** In one typed array of Node 20. */
const MAX_VALUES = 2 ** 31;

/**
 * How many inputs a row becomes.
 *
 * @param rows - how many there are
 * @throws DownhillError `ERR_DATA` when all of the inputs are more than there can be in memory
 */
export function checkedInputSize(path: string, encoding: CsvEncoding, rows: number): number {
  const inputSize = inputSizeOf(encoding);
  if (rows * inputSize <= MAX_VALUES) return inputSize;
  const widest = encoding.columns.reduce((most, column) => (widthOf(column) > widthOf(most) ? column : most));
  throw dataError(
    `${path} becomes ${rows} × ${inputSize} inputs, expected at most 2^31 in all (column ${describe(widest.name)} alone becomes ${widthOf(widest)})`,
  );
}

/** A column with what was read of it. */
interface ReadColumn extends PlannedColumn {
  readonly reader: CsvColumnReader;
}

/** The columns of a file, as numbers that become samples once all of it is read. */
class CsvTable {
  readonly #path: string;
  readonly #width: number;
  readonly #choices: CsvChoices;
  readonly #inputs: readonly ReadColumn[];
  readonly #targets: readonly ReadColumn[];
  readonly #missingValues: ReadonlySet<string>;
  #rows = 0;

  constructor(path: string, names: readonly string[], choices: CsvChoices) {
    const { inputs, targets, missingValues } = planOf(path, names, choices);
    const withReader = (column: PlannedColumn): ReadColumn => {
      return { ...column, reader: new CsvColumnReader(path, column.name, column.kind) };
    };
    this.#path = path;
    this.#width = names.length;
    this.#choices = choices;
    this.#inputs = inputs.map(withReader);
    this.#targets = targets.map(withReader);
    this.#missingValues = new Set(missingValues);
  }

  /** How many were added. */
  get rows(): number {
    return this.#rows;
  }

  /** @returns whether more rows are wanted */
  add(row: readonly string[], line: number): boolean {
    if (row.length !== this.#width) {
      throw dataError(
        `${this.#path}, line ${line}: ${row.length} values, expected ${this.#width} as there are columns`,
      );
    }
    this.#addTo(this.#inputs, row, line);
    this.#addTo(this.#targets, row, line);
    this.#rows++;
    return this.#rows < this.#choices.limit;
  }

  #addTo(columns: readonly ReadColumn[], row: readonly string[], line: number): void {
    for (const { index, reader } of columns) {
      const text = row[index].trim();
      reader.add(this.#missingValues.has(text) ? undefined : text, line);
    }
  }

  /** The encoding that was given, or what the file teaches, with a turn of the event loop for each column. */
  async encoding(): Promise<CsvEncoding> {
    const { plan, signal } = this.#choices;
    if ("encoding" in plan) return plan.encoding;
    const columns: CsvColumnEncoding[] = [];
    for (const { reader, missing } of this.#inputs) {
      signal?.throwIfAborted();
      columns.push(reader.learn(missing.rule, missing.isOwn));
      await nextTurn();
    }
    const target = { columns: this.#targets.map(({ name }) => name), ...this.#learnClasses() };
    return checkedEncoding({ columns, target, missingValues: [...this.#missingValues] }, "encoding");
  }

  #learnClasses(): { readonly classes?: readonly string[] } {
    const [{ name, reader }] = this.#targets;
    if (reader.type !== "category") return {};
    const classes = reader.texts;
    if (classes.length > 1) return { classes };
    const found = `${describe(classes[0])} in every row`;
    throw dataError(`${this.#path}: the target ${describe(name)} is ${found}, expected at least 2 classes`);
  }

  /** The rows as samples. Columns are given up piece by piece, with a turn of the event loop in between. */
  async samples(encoding: CsvEncoding): Promise<Samples> {
    const size = this.#rows;
    const inputSize = checkedInputSize(this.#path, encoding, size);
    const { classes } = encoding.target;
    const targetSize = classes ? classes.length : this.#targets.length;
    const inputs = allocateValues("float64", size * inputSize);
    const labels = classes && new Uint32Array(size);
    const targets = labels ? undefined : allocateValues("float64", size * targetSize);
    for (let first = 0; first < size; first += PIECE_ROWS) {
      this.#choices.signal?.throwIfAborted();
      const count = Math.min(PIECE_ROWS, size - first);
      this.#moveInputs(encoding, count, inputs.subarray(first * inputSize), inputSize);
      for (const [t, { reader }] of this.#targets.entries()) {
        const values = reader.shiftPiece(count, classes, Number.NaN);
        if (labels) labels.set(values, first);
        else if (targets) for (let r = 0; r < count; r++) targets[(first + r) * targetSize + t] = values[r];
      }
      await nextTurn();
    }
    return { size, inputSize, targetSize, inputs, inputScale: 1, targets, labels };
  }

  /** Takes the next `count` rows from the columns of inputs: (count, inputSize). */
  #moveInputs({ columns }: CsvEncoding, count: number, out: Values, inputSize: number): void {
    let offset = 0;
    for (const [c, column] of columns.entries()) {
      const categories = column.type === "category" ? column.categories : undefined;
      const values = this.#inputs[c].reader.shiftPiece(count, categories, fillOf(column));
      for (let r = 0; r < count; r++) writeColumn(column, values[r], out, r * inputSize + offset);
      offset += widthOf(column);
    }
  }
}
