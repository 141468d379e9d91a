import { DownhillError, describe } from "../errors.ts";
import { optionError } from "../options.ts";
import { dataError } from "../sample_table.ts";
import type { ColumnKind } from "./csv_column.ts";
import type { CsvChoices, CsvColumn, CsvMissing, LearningChoices } from "./csv_options.ts";
import { type CsvEncoding, type CsvUnknown, oneOfTexts } from "./encoding.ts";

/** A column that is read: where it stands in a row, and what is known about it. */
export interface PlannedColumn {
  readonly index: number;
  readonly name: string;
  readonly kind: ColumnKind;
  /** What becomes of missing values, and whether that was said for this very column. */
  readonly missing: { readonly rule: CsvMissing; readonly isOwn: boolean };
}

/** Which columns of a file are read, and as what. */
export interface CsvPlan {
  readonly inputs: readonly PlannedColumn[];
  readonly targets: readonly PlannedColumn[];
  readonly missingValues: readonly string[];
}

/**
 * @param names - of the file's columns
 * @throws DownhillError `ERR_OPTION` for columns that there are not, or that cannot be what they are to be; `ERR_DATA` when
 *   the file lacks columns of the encoding
 */
export function planOf(path: string, names: readonly string[], { plan, target }: CsvChoices): CsvPlan {
  const list = new ColumnList(path, names);
  if ("encoding" in plan) return encodedPlan(list, plan.encoding, plan.unknown, target);
  const learning = learningPlan(list, plan.learning);
  const twice = firstTwice([...learning.inputs, ...learning.targets].map(({ name }) => name));
  if (twice === undefined) return learning;
  throw dataError(
    `${path} has several columns called ${describe(twice)}, expected one (leave others out by their index in options.exclude)`,
  );
}

/** The first value that has been there before; undefined where all are different. */
function firstTwice<T>(values: readonly T[]): T | undefined {
  const seen = new Set<T>();
  for (const value of values) {
    if (seen.has(value)) return value;
    seen.add(value);
  }
  return undefined;
}

/** The columns of a file, to be found by name or index. */
class ColumnList {
  readonly names: readonly string[];
  readonly #path: string;
  readonly #indices: ReadonlyMap<string, number>;
  readonly #repeated: ReadonlySet<string>;

  constructor(path: string, names: readonly string[]) {
    this.#path = path;
    this.names = names;
    this.#indices = new Map(names.map((name, index) => [name, index]));
    this.#repeated = new Set(names.filter((name, index) => this.#indices.get(name) !== index));
  }

  indexOf(column: CsvColumn, where: string): number {
    if (typeof column === "number" && column < this.names.length) return column;
    const index = typeof column === "string" ? this.#only(column) : -1;
    if (index >= 0) return index;
    const expected = typeof column === "string" ? oneOfTexts(this.names) : `an index below ${this.names.length}`;
    throw optionError(where, column, `a column of ${this.#path}: ${expected}`);
  }

  /** Where the only column of a name is, or -1. */
  #only(name: string): number {
    if (!this.#repeated.has(name)) return this.#indices.get(name) ?? -1;
    throw dataError(`${this.#path} has several columns called ${describe(name)}, expected one (or give its index)`);
  }

  /** Different columns. */
  indicesOf(columns: readonly CsvColumn[], where: string): number[] {
    const indices = columns.map((column) => this.indexOf(column, where));
    const twice = firstTwice(indices);
    if (twice === undefined) return indices;
    throw new DownhillError("ERR_OPTION", `${where} has ${describe(this.names[twice])} twice, expected it once`);
  }

  indexOfEncoded(name: string): number {
    const index = this.#only(name);
    if (index >= 0) return index;
    const found = oneOfTexts(this.names);
    throw dataError(`${this.#path} has no column ${describe(name)} as options.encoding expects it, but ${found}`);
  }
}

function learningPlan(list: ColumnList, choices: LearningChoices): CsvPlan {
  const targets = list.indicesOf(choices.target, "options.target");
  const inputs = inputsOf(list, choices, new Set(targets));
  const isInput = new Set(inputs);
  const indexOfInput = (column: CsvColumn, where: string): number => {
    const index = list.indexOf(column, where);
    if (isInput.has(index)) return index;
    throw optionError(where, column, "a column that becomes an input");
  };
  const categories = new Map(
    choices.categories.map(({ column, texts }) => [indexOfInput(column, "options.categories"), texts]),
  );
  const missing = new Map(
    Array.from(choices.missingByName, ([name, rule]) => [indexOfInput(name, "options.missing"), rule]),
  );
  return {
    inputs: inputs.map((index) => {
      const rule = missing.get(index) ?? choices.missing;
      const allowsMissing = rule !== "refuse";
      const kind: ColumnKind = categories.has(index)
        ? { type: "category", texts: categories.get(index), allowsMissing }
        : { type: "auto", advice: "list a column of categories in options.categories", allowsMissing };
      return { index, name: list.names[index], kind, missing: { rule, isOwn: missing.has(index) } };
    }),
    targets: targets.map((index) => target(list, index, targetKind(choices))),
    missingValues: choices.missingValues,
  };
}

/** The columns that become inputs. */
function inputsOf(list: ColumnList, { columns, exclude }: LearningChoices, targets: ReadonlySet<number>): number[] {
  const excluded = new Set(list.indicesOf(exclude, "options.exclude"));
  const chosen = columns
    ? list.indicesOf(columns, "options.columns")
    : Array.from(list.names.keys()).filter((index) => !targets.has(index));
  const shown = chosen.find((index) => targets.has(index));
  if (shown !== undefined) throw optionError("options.columns", list.names[shown], "no column of the targets");
  const inputs = chosen.filter((index) => !excluded.has(index));
  if (inputs.length > 0) return inputs;
  throw new DownhillError("ERR_OPTION", "no column is left to become an input, expected at least one");
}

function targetKind({ task, classes }: LearningChoices): ColumnKind {
  if (task === "classify") return { type: "category", texts: classes, allowsMissing: false };
  if (task === "regress") return { type: "number", allowsMissing: false };
  return { type: "auto", advice: 'give options.task "classify" for classes', allowsMissing: false };
}

function target(list: ColumnList, index: number, kind: ColumnKind): PlannedColumn {
  return { index, name: list.names[index], kind, missing: { rule: "refuse", isOwn: false } };
}

function encodedPlan(
  list: ColumnList,
  { columns, target: { columns: targets, classes }, missingValues }: CsvEncoding,
  unknown: CsvUnknown,
  asked: readonly CsvColumn[] | undefined,
): CsvPlan {
  const targetIndices = targets.map((name) => list.indexOfEncoded(name));
  const askedIndices = asked ? list.indicesOf(asked, "options.target") : targetIndices;
  if (String(askedIndices) !== String(targetIndices)) {
    const given = askedIndices.map((index) => list.names[index]);
    throw optionError("options.target", given.join(", "), `${targets.map(describe).join(", ")} as in options.encoding`);
  }
  return {
    inputs: columns.map((column) => {
      const { name, type, missing } = column;
      const texts = column.type === "category" ? column.categories : undefined;
      const kind = { type, texts, ignoresUnknown: unknown === "ignore", allowsMissing: missing !== undefined };
      return { index: list.indexOfEncoded(name), name, kind, missing: { rule: "refuse", isOwn: false } };
    }),
    targets: targetIndices.map((index) => {
      const type = classes ? "category" : "number";
      return target(list, index, { type, texts: classes, allowsMissing: false });
    }),
    missingValues,
  };
}
