import { execFileSync } from "node:child_process";
import { readdirSync, readlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type CsvOptions, Dataset } from "../../src/index.ts";
import { currentPlatform, registerPlatform } from "../../src/platform.ts";
import { csvFolder } from "../support/csv.ts";
import { expectRejected, mistyped, rejectionOf } from "../support/errors.ts";
import { fc } from "../support/fast_check.ts";

const write = csvFolder();

/** Inputs and targets of all samples. */
function valuesOf(data: Dataset): number[][][] {
  return Array.from({ length: data.size }, (_, index) => {
    const { input, target } = data.sample(index);
    return [Array.from(input), Array.from(target)];
  });
}

const EXPECTED = [
  [[1, 2.5], [10]],
  [[-3, 4e-2], [20]],
];

async function expectRead(content: string | Uint8Array, options: CsvOptions = { target: "y" }): Promise<void> {
  expect(valuesOf(await Dataset.csv(write(content), options))).toEqual(EXPECTED);
}

describe("a CSV file", () => {
  it("is read whatever its lines end with, and with or without a last line break", async () => {
    const lines = ["a,b,y", "1,2.5,10", "-3,4e-2,20"];
    for (const lineBreak of ["\n", "\r\n"]) {
      await expectRead(lines.join(lineBreak));
      await expectRead(lines.join(lineBreak) + lineBreak);
      await expectRead(lines.join(lineBreak + lineBreak) + lineBreak + lineBreak);
    }
    await expectRead("a,b,y\n1,2.5,10\r\n-3,4e-2,20\n");
  });

  it("is read with a byte order mark, blanks around values, and quotes", async () => {
    await expectRead("\ufeffa,b,y\n1,2.5,10\n-3,4e-2,20\n");
    await expectRead('\ufeff"a","b",y\r\n"1","2.5" ,"10"\r\n"-3","4e-2","20"\r\n');
    await expectRead(" a , b,\ty\n1 ,  2.5, 10 \n -3,4e-2,20  \n");
  });

  it("may be compressed, whatever it is called", async () => {
    const text = "a,b,y\n1,2.5,10\n-3,4e-2,20\n";
    await expectRead(gzipSync(text));
    const path = write(gzipSync(text), "data.csv.gz");
    expect(valuesOf(await Dataset.csv(path, { target: "y" }))).toEqual(EXPECTED);
    const members = Buffer.concat([gzipSync(text.slice(0, 9)), gzipSync(text.slice(9))]);
    await expectRead(members);
  });

  it("may have another delimiter, names of its own or none", async () => {
    await expectRead("a;b;y\n1;2.5;10\n-3;4e-2;20", { target: "y", delimiter: ";" });
    await expectRead("a\tb\ty\n1\t2.5\t10\n-3\t4e-2\t20", { target: "y", delimiter: "\t" });
    await expectRead("1,2.5,10\n-3,4e-2,20", { target: "y", header: ["a", "b", "y"] });
    await expectRead("1,2.5,10\n-3,4e-2,20", { target: 2, header: false });
    await expectRead("1,2.5,10\n-3,4e-2,20", { target: "2", header: false });
    await expectRead("a,b,y\n1,2.5,10\n-3,4e-2,20", { target: 2 });
  });

  it("gives back any texts that were written, quoted where they need it", async () => {
    const text = fc.string({ unit: fc.constantFrom("a", "B", "ä", "😀", '"', ",", "\n", "\r\n", " ", ";", "'") });
    const trimmed = text.map((value) => `x${value}x`);
    const table = fc.array(fc.tuple(trimmed, trimmed), { minLength: 2, maxLength: 20 });
    const quoted = (value: string) => (/[",\n\r]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
    await fc.assert(
      fc.asyncProperty(table, fc.constantFrom("\n", "\r\n"), async (rows, lineBreak) => {
        const lines = rows.map((row, i) => [...row, i].map((value) => quoted(String(value))).join(","));
        const path = write(["a,b,y", ...lines].join(lineBreak), "texts.csv");
        const data = await Dataset.csv(path, { target: "y" });
        const [a, b] = data.encoding?.columns ?? [];
        if (a?.type !== "category" || b?.type !== "category") expect.fail("the columns are no categories");
        const read = valuesOf(data).map(([input]) => {
          const first = a.categories[input.indexOf(1)];
          return [first, b.categories[input.indexOf(1, a.categories.length) - a.categories.length]];
        });
        expect(read).toEqual(rows);
      }),
      { numRuns: 60 },
    );
  });

  it("is read over many pieces, whatever they cut", async () => {
    // Values of all lengths, with line breaks and quotes, move the ends of pieces to every place within a row.
    const texts = Array.from({ length: 40 }, (_, i) => `"${"é".repeat(i)}""\r\n,${i}"`);
    const rows = Array.from({ length: 12_000 }, (_, i) => `${i},${texts[i % 40]},${-i}`);
    const text = `\ufeffx,text,y\r\n${rows.join("\r\n")}\r\n`;
    for (const content of [text, gzipSync(text)]) {
      const data = await Dataset.csv(write(content), { target: "y" });
      expect(data).toMatchObject({ size: 12_000, inputSize: 41, targetSize: 1 });
      const [, column] = data.encoding?.columns ?? [];
      if (column?.type !== "category") expect.fail("the column is no category");
      for (const index of [0, 1, 1234, 7777, 11_999]) {
        const { input, target } = data.sample(index);
        expect([input[0], target[0] + 0]).toEqual([index, 0 - index]);
        expect(column.categories[input.indexOf(1, 1) - 1]).toBe(`${"é".repeat(index % 40)}"\r\n,${index % 40}`);
      }
    }
  });

  it("may be read in part", async () => {
    const path = write("a,y\n1,10\n2,20\n3,30,oops\n");
    expect(valuesOf(await Dataset.csv(path, { target: "y", limit: 2 }))).toEqual([
      [[1], [10]],
      [[2], [20]],
    ]);
    const headless = write("1,10\n2\n");
    expect((await Dataset.csv(headless, { target: 1, header: false, limit: 1 })).size).toBe(1);
  });

  it.runIf(process.platform === "linux")("is closed after success, an error and an abort", async () => {
    const openFiles = () => readdirSync("/proc/self/fd").filter((fd) => linkOf(fd).includes("downhill-csv-"));
    const good = `a,y\n${"1,2\n".repeat(100_000)}`;
    for (const content of [good, gzipSync(good)]) {
      const path = write(content);
      await Dataset.csv(path, { target: "y" });
      await Dataset.csv(path, { target: "y", limit: 1 });
      await rejectionOf(Dataset.csv(path, { target: "z" }));
      const abort = new AbortController();
      const reading = rejectionOf(Dataset.csv(path, { target: "y", signal: abort.signal }));
      setImmediate(() => abort.abort(new Error("enough")));
      expect(await reading).toMatchObject({ message: "enough" });
      await expect.poll(openFiles).toEqual([]);
    }
  });

  it("is not opened for a signal that has aborted", async () => {
    const reason = { because: "no time" };
    const options = { target: "y", signal: AbortSignal.abort(reason) };
    expect(await rejectionOf(Dataset.csv("/nowhere.csv", options))).toBe(reason);
  });
});

function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return "";
  }
}

describe("Dataset.csv refuses", () => {
  const refused = async (content: string | Uint8Array, ...fragments: string[]) => {
    const path = write(content);
    return expectRejected(Dataset.csv(path, { target: "y" }), "ERR_DATA", path, ...fragments);
  };

  it("rows that are too short or too long, and says in which line", async () => {
    await refused("a,b,y\n1,2,3\n4,5\n", "line 3: 2 values, expected 3");
    await refused("a,b,y\r\n1,2,3\r\n\r\n4,5,6,7\r\n", "line 4: 4 values, expected 3");
    await refused('a,b,y\n1,"2\n\n",3\n4,5\n', "line 5: 2 values");
    await refused('a,"b\n",y\n1\n', "line 3: 1 values");
  });

  it("quotes that do not match", async () => {
    await refused('a,y\n1,2\n"3,4\n5,6\n', "line 3: the quotes of a value do not match");
    await refused('a,y\n1,2\n"3"x,4\n5,6\n', "line 3: the quotes of a value do not match");
    await refused(
      `a,y\n1,2\n"${'x"'.repeat(2 ** 16)}${" ".repeat(2 ** 17)},1\n5,6\n`,
      "line 3: the quotes of a value do not",
    );
    const endless = `a,y\n1,2\n"3,4\n${"5,6\n".repeat(2_000_000)}`;
    await refused(endless, "line 3: the row that starts here does not end");
  });

  it("lines that end with CR alone", async () => {
    await refused("a,y\r1,2\r3,4\r", "its lines end with CR alone, expected LF or CR LF");
  });

  it("numbers among texts and texts among numbers", async () => {
    await refused(
      "a,y\n1,1\n2,2\nabc,3\n",
      'line 4: column "a" holds "abc", expected a number as in line 2',
      "categories",
    );
    await refused("a,y\nx,1\ny,2\n5,3\n", 'line 2: column "a" holds "x", expected a number as in line 4');
    await refused(
      "a,y\n1,1\n2,2\n3,abc\n",
      'line 4: column "y" holds "abc", expected a number as in line 2',
      "classify",
    );
    for (const text of ["0x10", "1e999", "Infinity", "1_000", "1,5", "0b1"]) {
      await refused(`a,y\n1,1\n"${text}",2\n`, `line 3: column "a" holds "${text}", expected a number`);
    }
  });

  it("missing values, unless it is told what to do", async () => {
    for (const text of ["", "  ", "NA", "NaN", "null", "?"]) {
      await refused(`a,y\n1,1\n${text},2\n`, 'line 3: column "a" lacks a value');
      await refused(`a,y\n1,1\n2,${text}\n`, 'line 3: column "y" lacks a value');
    }
  });

  it("files that hold nothing, or no text, or are not there", async () => {
    await refused("", "has no rows of data");
    await refused("\n\n", "has no rows of data");
    await refused("a,y\n", "has no rows of data");
    await refused(Uint8Array.of(97, 44, 121, 10, 0xe4, 44, 49, 10), "is not UTF-8");
    await refused(gzipSync("a,y\n1,2\n".repeat(50)).subarray(0, 20), "is damaged, its gzip data cannot be read");
    const error = await expectRejected(Dataset.csv("/nowhere/x.csv", { target: "y" }), "ERR_DATA", "cannot be read");
    expect(error.cause).toMatchObject({ code: "ENOENT" });
  });

  it("what is no regular file, without waiting for it", async () => {
    const message = "cannot be read: it is not a regular file";
    await expectRejected(Dataset.csv(tmpdir(), { target: "y" }), "ERR_DATA", tmpdir(), message);
    if (process.platform === "win32") return;
    const pipe = join(dirname(write("")), "pipe");
    execFileSync("mkfifo", [pipe]);
    await expectRejected(Dataset.csv(pipe, { target: "y" }), "ERR_DATA", pipe, message);
  });

  it("columns of the same name, unless all but one are left out", async () => {
    await refused("a,a,y\n1,2,3\n", 'has several columns called "a", expected one');
    await refused("a,y,y\n1,2,3\n", 'has several columns called "y"');
    const path = write("a,a,y\n1,2,3\n");
    const named = Dataset.csv(path, { target: "y", exclude: ["a"] });
    await expectRejected(named, "ERR_DATA", 'several columns called "a", expected one (or give its index)');
    expect(valuesOf(await Dataset.csv(path, { target: "y", exclude: [0] }))).toEqual([[[2], [3]]]);
  });

  it("a target that is always the same text", async () => {
    await refused("a,y\n1,no\n2,no\n", 'the target "y" is "no" in every row, expected at least 2 classes');
  });

  it("paths and options that are none", async () => {
    const path = write("a,b,y\n1,2,3\n");
    const refuse = (options: unknown, ...fragments: string[]) =>
      expectRejected(Dataset.csv(path, mistyped(options)), "ERR_OPTION", ...fragments);
    await expectRejected(Dataset.csv(mistyped(7), { target: "y" }), "ERR_OPTION", "path is 7, expected a path");
    await refuse(undefined, "options is undefined, expected an object with a target");
    await refuse({}, "options.target is undefined, expected the name of a column, or its index");
    await refuse({ target: "z" }, 'options.target is "z", expected a column of', 'one of "a", "b", "y"');
    await refuse({ target: 3 }, "options.target is 3, expected a column of", "an index below 3");
    await refuse({ target: -1 }, "options.target is -1");
    await refuse({ target: [] }, "options.target is an array of length 0, expected at least one column");
    await refuse({ target: ["y", 2] }, 'options.target has "y" twice');
    await refuse({ target: "y", separator: ";" }, 'options has no option "separator"');
    await refuse({ target: "y", delimiter: ",," }, 'options.delimiter is ",,"');
    await refuse({ target: "y", delimiter: '"' }, "options.delimiter is");
    await refuse({ target: "y", header: "yes" }, 'options.header is "yes"');
    await refuse({ target: "y", header: ["a", "a", "y"] }, 'options.header has "a" twice');
    await refuse({ target: "y", limit: 0 }, "options.limit is 0");
    await refuse({ target: "y", signal: 5 }, "options.signal is 5");
    await refuse({ target: "y", columns: ["a", "y"] }, 'options.columns is "y", expected no column of the targets');
    await refuse({ target: "y", columns: [] }, "options.columns is an array of length 0");
    await refuse({ target: "y", exclude: ["a", "b"] }, "no column is left");
    await refuse({ target: "y", exclude: "a" }, 'options.exclude is "a", expected a list of columns');
    await refuse(
      { target: "y", categories: ["y"] },
      'options.categories is "y", expected a column that becomes an input',
    );
    await refuse({ target: "y", categories: "a" }, 'options.categories is "a"');
    await refuse({ target: "y", categories: { a: ["x", "x"] } }, 'options.categories.a has "x" twice');
    await refuse({ target: "y", task: "cluster" }, 'options.task is "cluster"');
    await refuse(
      { target: "y", classes: ["x"] },
      "options.classes is an array of length 1, expected a list of 2 to 1000",
    );
    await refuse({ target: "y", task: "regress", classes: ["1", "2"] }, "options.classes is an array");
    await refuse({ target: ["a", "y"], task: "classify" }, "expected a single column where it holds classes");
    await refuse({ target: "y", missing: "zero" }, 'options.missing is "zero", expected one of refuse, mean');
    await refuse({ target: "y", missing: { c: "mean" } }, 'options.missing is "c", expected a column of');
    await refuse({ target: "y", missing: { a: Number.NaN } }, "options.missing.a is NaN");
    for (const encoding of [null, "", 0]) {
      await refuse({ target: "y", encoding }, "options.encoding is", "expected an object");
    }
    await refuse({ target: "y", unknown: "ignore" }, 'options.unknown is "ignore", expected none without');
    await refuse({ target: "y", unknown: "drop" }, 'options.unknown is "drop", expected one of refuse, ignore');
    await refuse({ target: "y", classes: ["x", " x"] }, 'options.classes has "x" twice');
    await refuse({ target: "y", missingValues: [5] }, "options.missingValues[0] is 5, expected a text");
  });

  it("to read files where there are none", async () => {
    const previous = currentPlatform();
    registerPlatform({});
    try {
      await expectRejected(
        Dataset.csv("x.csv", { target: "y" }),
        "ERR_DATA",
        "x.csv cannot be read",
        "only",
        "Node.js",
      );
    } finally {
      registerPlatform(previous);
    }
  });
});
