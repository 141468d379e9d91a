import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { constants, gunzipSync, gzipSync } from "node:zlib";
import { type CsvOptions, Dataset } from "../../src/index.ts";
import type { Chance } from "./chance.ts";
import { simpleRows } from "./csv_reader.ts";
import { mutatedBytes } from "./mutate_bytes.ts";
import { fail, READ, refusal, type Target, type Trial } from "./target.ts";
import { AllocationMeter } from "./watch.ts";

/** CSV files, plain and gzip: `Dataset.csv`. */
export const csv: Target = {
  name: "csv",
  inputs: 100_000,
  quick: 2000,
  mostMemory: 768,
  async open(): Promise<Trial> {
    const folder = mkdtempSync(join(tmpdir(), "downhill-fuzz-csv-"));
    const path = join(folder, "file.csv");
    const meter = new AllocationMeter();
    return {
      async run(chance) {
        const { bytes, options, isChanged } = fileFor(chance);
        writeFileSync(path, bytes);
        meter.reset();
        let read: Dataset;
        try {
          read = await Dataset.csv(path, options);
        } catch (error) {
          meter.assertJustified(bytes.length);
          const code = refusal(error, ["ERR_DATA", "ERR_OPTION"]);
          if (!isChanged) fail("a good file was refused", error);
          return code;
        }
        meter.assertJustified(bytes.length, 8 * read.size * (read.inputSize + read.targetSize));
        assertRead(read, bytes, options);
        return READ;
      },
      close: () => rmSync(folder, { recursive: true }),
    };
  },
};

/** How the files of the seeds are read. Column `y` holds numbers, `k` texts. */
const OPTIONS: readonly CsvOptions[] = [
  { target: "y" },
  { target: "k" },
  { target: "k", classes: ["u", "v"], missing: "mean" },
  { target: "y", missing: "mostFrequent", exclude: ["b"] },
  { target: ["y", "a"], columns: ["b", "k"], limit: 3 },
  { target: 3, header: false, categories: ["0", "1", "2"], task: "classify" },
];

const WORDS = [
  '"',
  '""',
  ",",
  ",,",
  "\n",
  "\r",
  "\r\n",
  "\ufeff",
  "NA",
  "NaN",
  "1e999",
  "0x10",
  "-0",
  "Infinity",
  " ",
].concat(["__proto__", "constructor", "\u0000", "\u2028", "ä", "x".repeat(70_000), ",".repeat(3000), "\n".repeat(500)]);

function fileFor(chance: Chance): { bytes: Uint8Array; options: CsvOptions; isChanged: boolean } {
  const lineBreak = chance.pick(["\n", "\r\n"]);
  const rows = Array.from({ length: chance.between(3, 8) }, (_, i) => {
    return [chance.tame(), chance.pick(['"r,""ed"', "green", ' "blue"']), `${i % 2 === 0 ? "u" : "v"}`, i];
  });
  const text = [["a", "b", "k", "y"], ...rows].map((row) => row.join(",")).join(lineBreak);
  const plain = new TextEncoder().encode(chance.happens(0.5) ? text + lineBreak : text);
  const changes = chance.pick(["none", "content", "content", "content", "content", "compressed"] as const);
  const content = changes === "content" ? mutatedBytes(chance, plain, WORDS) : plain;
  const isCompressed = changes === "compressed" || chance.happens(0.2);
  const compressed = isCompressed ? new Uint8Array(gzipSync(content, { level: 1 })) : content;
  return {
    bytes: changes === "compressed" ? mutatedBytes(chance, compressed) : compressed,
    options: chance.pick(OPTIONS),
    isChanged: changes !== "none",
  };
}

/** The values are those that a simple parser finds, by the encoding that the data set says it was read by. */
function assertRead(read: Dataset, bytes: Uint8Array, options: CsvOptions): void {
  const limit = options.limit ?? Number.POSITIVE_INFINITY;
  const text = textOf(bytes, read.size === limit);
  const all = simpleRows(text, limit + (options.header === false ? 0 : 1));
  const names = options.header === false ? all[0].map((_, index) => String(index)) : all.shift();
  const { encoding } = read;
  if (!encoding || !names) fail("there are no columns");
  if (read.size !== all.length) fail(`${read.size} rows were read of ${all.length}`);
  const cell = (row: readonly string[], name: string) => row[names.indexOf(name)];
  for (const [r, row] of all.entries()) {
    const { input, target } = read.sample(r);
    const inputs = encoding.columns.flatMap((column) => {
      const isMissing = encoding.missingValues.includes(cell(row, column.name));
      if (column.type === "number") return [isMissing ? column.missing : decimal(cell(row, column.name))];
      const held = isMissing ? column.missing : cell(row, column.name);
      return column.categories.map((category) => (category === held ? 1 : 0));
    });
    const { columns, classes } = encoding.target;
    const targets = classes
      ? classes.map((text) => (text === cell(row, columns[0]) ? 1 : 0))
      : columns.map((name) => decimal(cell(row, name)));
    if (String(inputs) !== String(Array.from(input))) fail(`row ${r} has the inputs ${input}, expected ${inputs}`);
    if (String(targets) !== String(Array.from(target))) fail(`row ${r} has the targets ${target}, expected ${targets}`);
  }
}

/** @param isPart - whether what comes after the rows that were read may be damaged */
function textOf(bytes: Uint8Array, isPart: boolean): string {
  const isCompressed = bytes[0] === 0x1f && bytes[1] === 0x8b;
  // So the end of a stream may be missing, and what there is of it is given back.
  const finishFlush = isPart ? constants.Z_SYNC_FLUSH : constants.Z_FINISH;
  const content = isCompressed ? gunzipSync(bytes, { finishFlush }) : bytes;
  return new TextDecoder("utf-8", { fatal: !isPart }).decode(content);
}

function decimal(text: string): number {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number.parseFloat(text) : Number.NaN;
}
