import { encodeRows, numberOf } from "../../data/encoding.ts";
import { describe, reasonOf } from "../../errors.ts";
import { openText } from "../../files_node.ts";
import { type NumberedRow, rowsOf } from "../../formats/csv.ts";
import { wholeRows } from "../../formats/csv_pieces.ts";
import type { CsvEncoding, Network } from "../../index.ts";
import { CommandError } from "../command_error.ts";
import type { CommandContext } from "../context.ts";
import type { Batch } from "./batches.ts";
import type { PredictOptions } from "./predict.ts";

/** The rows of a CSV file, or of the standard input, as they come. */
export async function* csvBatches(
  network: Network,
  source: string,
  { delimiter = ",", header = true, keep = [], unknown }: PredictOptions,
  { stdin, signal }: CommandContext,
): AsyncGenerator<Batch> {
  const path = source === "-" ? "the standard input" : source;
  const cut = (pieces: AsyncIterable<string>) => wholeRows(pieces, delimiter, path);
  const text = source === "-" ? cut(decoded(stdin, signal)) : openText(path, cut);
  let columns: Columns | undefined;
  for await (const rows of rowsOf(text, { delimiter, path, signal })) {
    const isFirst = columns === undefined;
    columns ??= new Columns(path, namesOf(rows[0].values, header), network, keep);
    const data = isFirst && header ? rows.slice(1) : rows;
    if (data.length > 0) yield columns.batch(data, unknown);
  }
  if (!columns) throw new CommandError(`${path} has no rows, expected ${header ? "their names" : "at least one"}`);
}

function namesOf(first: readonly string[], header: boolean): readonly string[] {
  return header ? first.map((name) => name.trim()) : Array.from(first.keys(), String);
}

/** An abort does not wait for what may never come. */
async function* decoded(stdin: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const bytes = stdin[Symbol.asyncIterator]();
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  aborted.catch(() => {});
  try {
    for (let next = await Promise.race([bytes.next(), aborted]); !next.done; ) {
      yield decoder.decode(next.value, { stream: true });
      next = await Promise.race([bytes.next(), aborted]);
    }
    yield decoder.decode();
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new CommandError(`the standard input cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

/** Where a file has what a network takes. */
class Columns {
  readonly #path: string;
  readonly #names: readonly string[];
  readonly #encoding: CsvEncoding | undefined;
  /** Of the encoding's columns. */
  readonly #needed: readonly (readonly [name: string, index: number])[];
  readonly #kept: readonly number[];

  constructor(path: string, names: readonly string[], { encoding, layers }: Network, keep: readonly string[]) {
    this.#path = path;
    this.#names = names;
    this.#encoding = encoding;
    this.#needed = (encoding?.columns ?? []).map(({ name }) => [name, this.#indexOf(name, "which the network takes")]);
    this.#kept = keep.map((name) => this.#indexOf(name, "to be kept"));
    const [inputs] = layers;
    if (encoding || names.length === inputs) return;
    throw new CommandError(
      `${path} has ${names.length} columns, expected ${inputs}, one for each input of the network`,
    );
  }

  batch(rows: readonly NumberedRow[], unknown: "refuse" | "ignore"): Batch {
    for (const { values, line } of rows) {
      if (values.length === this.#names.length) continue;
      const expected = `expected ${this.#names.length} as there are columns`;
      throw new CommandError(`${this.#path}, line ${line}: ${values.length} values, ${expected}`);
    }
    const kept = rows.map(({ values }) => this.#kept.map((index) => values[index].trim()));
    return { inputs: this.#encoding ? this.#encoded(this.#encoding, rows, unknown) : rows.map(this.#numbers), kept };
  }

  #encoded(encoding: CsvEncoding, rows: readonly NumberedRow[], unknown: "refuse" | "ignore") {
    const named = rows.map(({ values }) => Object.fromEntries(this.#needed.map(([name, c]) => [name, values[c]])));
    const placeOf = (row: number) => `${this.#path}, line ${rows[row].line}: row`;
    return encodeRows(encoding, named, { unknown }, placeOf);
  }

  #numbers = ({ values, line }: NumberedRow): Float64Array =>
    Float64Array.from(values, (text, c) => {
      const value = numberOf(text.trim());
      if (!Number.isNaN(value)) return value;
      const column = describe(this.#names[c]);
      throw new CommandError(
        `${this.#path}, line ${line}, column ${column}: ${describe(text)} is no number, as which the network takes it`,
      );
    });

  #indexOf(name: string, why: string): number {
    const index = this.#names.indexOf(name);
    if (index >= 0 && this.#names.indexOf(name, index + 1) < 0) return index;
    const found = index < 0 ? "no column" : "several columns";
    throw new CommandError(
      `${this.#path} has ${found} ${describe(name)}, ${why}; its columns are ${this.#names.join(", ")}`,
    );
  }
}
