import { type CsvEncoding, type CsvUnknown, Dataset } from "../../src/index.ts";
import type { Chance } from "./chance.ts";
import { junkValue, mutatedValue } from "./mutate_json.ts";
import { fail, READ, refusal, type Target, type Trial } from "./target.ts";
import { AllocationMeter } from "./watch.ts";

/** Encodings of columns and rows to encode: `Dataset.encode`. */
export const encoding: Target = {
  name: "encoding",
  inputs: 100_000,
  quick: 10_000,
  mostMemory: 512,
  async open(): Promise<Trial> {
    const meter = new AllocationMeter();
    return {
      run(chance) {
        const { given, rows, options } = inputFor(chance);
        const bytes = JSON.stringify([given, rows])?.length ?? 0;
        meter.reset();
        let matrix: ReturnType<typeof Dataset.encode>;
        try {
          matrix = Dataset.encode(given, rows, options);
        } catch (error) {
          meter.assertJustified(bytes);
          return refusal(error, ["ERR_OPTION", "ERR_DATA", "ERR_SHAPE"]);
        }
        meter.assertJustified(bytes, matrix.data.byteLength);
        const expected = rows.flatMap((row) => encodedRow(given, row));
        if (matrix.rows !== rows.length || matrix.rows * matrix.columns !== matrix.data.length)
          fail("the shape is wrong");
        if (String(expected) !== String(Array.from(matrix.data)))
          fail(`encoded as ${matrix.data}, expected ${expected}`);
        return READ;
      },
    };
  },
};

const ENCODING: CsvEncoding = {
  columns: [
    { name: "size", type: "number" },
    { name: "colour", type: "category", categories: ["red", "green", "2"], missing: "green" },
    { name: "weight", type: "number", missing: 7.5 },
    { name: "__proto__", type: "category", categories: ["a", "constructor"] },
  ],
  target: { columns: ["kind"], classes: ["yes", "no"] },
  missingValues: ["", "NA"],
};

type Rows = Parameters<typeof Dataset.encode>[1];

function inputFor(chance: Chance) {
  const row = () => [
    chance.tame(),
    chance.pick(["red", " green ", 2, null]),
    chance.pick([1, "2.5", "NA", undefined]),
    "a",
  ];
  const asRecord = (values: readonly unknown[]) => {
    return Object.fromEntries(ENCODING.columns.map(({ name }, c) => [name, values[c] ?? null]));
  };
  const plain = Array.from({ length: chance.between(1, 4) }, row).map((values) => {
    return chance.happens(0.5) ? asRecord(values) : values;
  });
  const rows = (chance.happens(0.5) ? mutatedValue(chance, plain) : plain) as Rows;
  if (Array.isArray(rows) && rows.length > 0 && chance.happens(0.1)) Object.assign(rows, { 0: junkValue(chance) });
  return {
    given: (chance.happens(0.5) ? mutatedValue(chance, ENCODING) : ENCODING) as CsvEncoding,
    rows,
    options: chance.happens(0.1) ? { unknown: chance.pick<CsvUnknown>(["ignore", "refuse"]) } : undefined,
  };
}

/** What a row becomes, one column after the other. */
function encodedRow({ columns, missingValues }: CsvEncoding, row: Rows[number]): number[] {
  const missing = missingValues.map((text) => text.trim());
  return columns.flatMap((column, c) => {
    const value = Array.isArray(row) ? row[c] : (row as Record<string, unknown>)[column.name];
    const text = value === null || value === undefined ? undefined : String(value).trim();
    const isMissing = text === undefined || missing.includes(text);
    if (column.type === "category") {
      const held = isMissing ? column.missing?.trim() : text;
      return column.categories.map((category) => (category.trim() === held ? 1 : 0));
    }
    return [isMissing ? (column.missing ?? Number.NaN) : Number(text)];
  });
}
