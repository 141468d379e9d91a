import { checkedOptions, integer, oneOf, optionError } from "../options.ts";
import { checkedSignal } from "../training/abort.ts";
import {
  type CsvEncoding,
  type CsvUnknown,
  checkedEncoding,
  checkedTexts,
  checkedUnknown,
  MAX_CATEGORIES,
} from "./encoding.ts";

/** A column, by its name or by its index from 0. Without names a column's name is its index as text. */
export type CsvColumn = string | number;

/**
 * What becomes of missing values: they are refused, or the mean, the median or the most frequent value of the column (the
 * least of equally frequent ones) or a given number stands in for them.
 */
export type CsvMissing = "refuse" | "mean" | "median" | "mostFrequent" | number;

/** How a file is read. */
interface CsvReading {
  /** Whether the first row names the columns (default), or the names of the columns of a file without such a row. */
  readonly header?: boolean | readonly string[];
  /** A single character; default `","`. */
  readonly delimiter?: string;
  /** How many rows are read at most; default: all. */
  readonly limit?: number;
  readonly signal?: AbortSignal | undefined;
}

/** How columns become inputs and targets. */
interface CsvLearning {
  /** What is to be predicted: a column of numbers or of classes, or several columns of numbers. */
  readonly target: CsvColumn | readonly CsvColumn[];
  /** The columns that become inputs, in this order; default: all but the target and what is excluded. */
  readonly columns?: readonly CsvColumn[];
  /** Columns that do not become inputs. */
  readonly exclude?: readonly CsvColumn[];
  /**
   * `auto` (default): a column of numbers is a number, one of other texts is a category. Columns listed here hold
   * categories whatever they look like; with a record, the ones listed and no other, in that order. A column that
   * holds both numbers and other texts has to be listed. Learnt categories are sorted, as numbers if all are.
   */
  readonly categories?: "auto" | readonly CsvColumn[] | Readonly<Record<string, readonly string[]>>;
  /**
   * `classify`: the target's texts are classes, and the targets one-hot; `regress`: the targets are numbers. Default:
   * `classify` for a target that does not hold numbers or where `classes` are given.
   */
  readonly task?: "classify" | "regress";
  /** The names of the classes, in the order of the targets; default: the texts of the target, sorted like categories. */
  readonly classes?: readonly string[];
  /**
   * What becomes of missing inputs: of all, or by column (the others are refused). Where one choice for all is a number,
   * `mean` or `median`, categories take the most frequent one. Default `"refuse"`; targets are never missing.
   */
  readonly missing?: CsvMissing | Readonly<Record<string, CsvMissing>>;
  /** Texts that mean that a value is missing; default: nothing, `NA`, `NaN`, `null` and `?`. */
  readonly missingValues?: readonly string[];
}

/** What `Dataset.csv` is told. */
export type CsvOptions =
  | (CsvReading & CsvLearning & { readonly encoding?: never; readonly unknown?: never })
  | (CsvReading &
      Partial<CsvLearning> & {
        /**
         * What an earlier file taught, as `dataset.encoding`: everything about columns is as it was there, so that the
         * inputs mean the same. The columns are found by their names. A `target` given beside it has to be the same, and
         * the other choices about columns are not looked at.
         */
        readonly encoding: CsvEncoding;
        /**
         * What becomes of a category that the encoding does not have: `refuse` (default), or `ignore`: all inputs of the
         * column are 0 in such a row. Classes are always refused.
         */
        readonly unknown?: CsvUnknown;
      });

/** What is learnt from a file, every default filled in; columns are still to be found. */
export interface LearningChoices {
  readonly target: readonly CsvColumn[];
  readonly columns: readonly CsvColumn[] | undefined;
  readonly exclude: readonly CsvColumn[];
  /** Columns that hold categories; undefined texts are learnt. */
  readonly categories: readonly { readonly column: CsvColumn; readonly texts: readonly string[] | undefined }[];
  readonly task: "classify" | "regress" | undefined;
  readonly classes: readonly string[] | undefined;
  /** Of the columns without a choice of their own. */
  readonly missing: CsvMissing;
  readonly missingByName: ReadonlyMap<string, CsvMissing>;
  readonly missingValues: readonly string[];
}

/** The options, checked as far as is possible before the file is seen. */
export interface CsvChoices {
  readonly header: boolean | readonly string[];
  readonly delimiter: string;
  readonly limit: number;
  readonly signal: AbortSignal | undefined;
  /** The target columns that were asked for, if any were. */
  readonly target: readonly CsvColumn[] | undefined;
  readonly plan:
    | { readonly encoding: CsvEncoding; readonly unknown: CsvUnknown }
    | { readonly learning: LearningChoices };
}

const KEYS = [
  "header",
  "delimiter",
  "limit",
  "signal",
  "target",
  "columns",
  "exclude",
  "categories",
  "task",
  "classes",
  "missing",
  "missingValues",
  "encoding",
  "unknown",
] as const;

const MISSING_RULES = ["refuse", "mean", "median", "mostFrequent"] as const;

/** Checks what `Dataset.csv` was told and makes every choice that the file has no say in. */
export function resolveCsvOptions(given: CsvOptions): CsvChoices {
  if (given === undefined) throw optionError("options", given, "an object with a target");
  const options = checkedOptions<CsvOptions>(given, "options", KEYS);
  const { header = true, delimiter = ",", limit, target, encoding, unknown } = options;
  if (typeof delimiter !== "string" || delimiter.length !== 1 || '"\r\n\ufeff'.includes(delimiter)) {
    throw optionError("options.delimiter", delimiter, "a single character other than a quote or a line break");
  }
  const chosenUnknown = checkedUnknown(unknown, "options.unknown");
  if (unknown !== undefined && encoding === undefined) {
    throw optionError("options.unknown", unknown, "none without options.encoding");
  }
  return {
    header: typeof header === "boolean" ? header : checkedTexts(header, "options.header", 1),
    delimiter,
    limit: limit === undefined ? Number.POSITIVE_INFINITY : integer(limit, "options.limit", 1),
    signal: checkedSignal(options.signal),
    target: target === undefined ? undefined : checkedColumns(target, "options.target"),
    plan:
      encoding === undefined
        ? { learning: learningChoices(options as CsvLearning) }
        : { encoding: checkedEncoding(encoding, "options.encoding"), unknown: chosenUnknown },
  };
}

function learningChoices(options: CsvLearning): LearningChoices {
  const { columns, exclude, task, missing = "refuse" } = options;
  const target = checkedColumns(options.target, "options.target");
  const classes =
    options.classes === undefined ? undefined : checkedTexts(options.classes, "options.classes", 2, MAX_CATEGORIES);
  const chosenTask = task === undefined ? undefined : oneOf(task, "options.task", ["classify", "regress"], "classify");
  if (chosenTask === "regress" && classes) throw optionError("options.classes", classes, "none with task regress");
  if (target.length > 1 && (classes || chosenTask === "classify")) {
    throw optionError("options.target", options.target, "a single column where it holds classes");
  }
  const byName = isRecord(missing) ? Object.entries(missing) : [];
  return {
    target,
    columns: columns === undefined ? undefined : checkedColumns(columns, "options.columns"),
    exclude: exclude === undefined ? [] : checkedList(exclude, "options.exclude"),
    categories: checkedCategories(options.categories),
    task: chosenTask ?? (classes || target.length === 1 ? classes && "classify" : "regress"),
    classes,
    missing: isRecord(missing) ? "refuse" : checkedMissing(missing, "options.missing"),
    missingByName: new Map(byName.map(([name, rule]) => [name, checkedMissing(rule, `options.missing.${name}`)])),
    missingValues: checkedTexts(options.missingValues ?? ["", "NA", "NaN", "null", "?"], "options.missingValues", 0),
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** One column or several, at least one. */
function checkedColumns(given: unknown, where: string): readonly CsvColumn[] {
  const columns = Array.isArray(given) ? checkedList(given, where) : [checkedColumn(given, where)];
  if (columns.length === 0) throw optionError(where, given, "at least one column");
  return columns;
}

function checkedList(given: unknown, where: string): readonly CsvColumn[] {
  if (!Array.isArray(given)) throw optionError(where, given, "a list of columns");
  return Array.from(given, (column, i) => checkedColumn(column, `${where}[${i}]`));
}

function checkedColumn(given: unknown, where: string): CsvColumn {
  if (typeof given === "string" || (Number.isSafeInteger(given) && (given as number) >= 0)) return given as CsvColumn;
  throw optionError(where, given, "the name of a column, or its index");
}

function checkedCategories(given: CsvLearning["categories"]): LearningChoices["categories"] {
  if (given === undefined || given === "auto") return [];
  if (isRecord(given)) {
    return Object.entries(given).map(([column, texts]) => {
      return { column, texts: checkedTexts(texts, `options.categories.${column}`, 1, MAX_CATEGORIES) };
    });
  }
  if (!Array.isArray(given)) throw optionError("options.categories", given, '"auto", a list of columns or a record');
  return checkedList(given, "options.categories").map((column) => ({ column, texts: undefined }));
}

function checkedMissing(given: unknown, where: string): CsvMissing {
  if (Number.isFinite(given)) return given as number;
  if (MISSING_RULES.includes(given as never)) return given as CsvMissing;
  throw optionError(where, given, `one of ${MISSING_RULES.join(", ")}, or a finite number`);
}
