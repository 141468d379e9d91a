import { describe, expect, it } from "vitest";
import { checkedInputSize } from "../../src/data/csv.ts";
import { type CsvEncoding, type CsvOptions, Dataset, Network } from "../../src/index.ts";
import { csvFolder } from "../support/csv.ts";
import { expectRejected, expectThrown, mistyped } from "../support/errors.ts";

const write = csvFolder();

function read(content: string, options: CsvOptions): Promise<Dataset> {
  return Dataset.csv(write(content), options);
}

function inputsOf(data: Dataset): number[][] {
  return Array.from({ length: data.size }, (_, index) => Array.from(data.sample(index).input));
}

function targetsOf(data: Dataset): number[][] {
  return Array.from({ length: data.size }, (_, index) => Array.from(data.sample(index).target));
}

/** A column `a` of these texts, and a target. */
function column(...texts: string[]): string {
  return `a,y\n${texts.map((text, i) => `${text},${i}`).join("\n")}\n`;
}

const CITIES = `city,age,zip,bought
Paris,31,75001,yes
Berlin,44,10115,no
Paris,,10115,no
,23,20095,yes
`;

describe("columns", () => {
  it("become numbers and one-hot categories, in the order of the file", async () => {
    const data = await read("size,color,y\n1,red,5\n2,blue,6\n3,red,7\n", { target: "y" });
    expect(inputsOf(data)).toEqual([
      [1, 0, 1],
      [2, 1, 0],
      [3, 0, 1],
    ]);
    expect(targetsOf(data)).toEqual([[5], [6], [7]]);
    expect(data).toMatchObject({ size: 3, inputSize: 3, targetSize: 1, classes: undefined, classNames: undefined });
    expect(data.encoding).toEqual({
      columns: [
        { name: "size", type: "number" },
        { name: "color", type: "category", categories: ["blue", "red"] },
      ],
      target: { columns: ["y"] },
      missingValues: ["", "NA", "NaN", "null", "?"],
    });
  });

  it("can be chosen, ordered and left out, by name and by index", async () => {
    const text = "a,b,c,y\n1,2,3,4\n5,6,7,8\n";
    const inputs = async (options: Partial<CsvOptions>) =>
      inputsOf(await read(text, mistyped({ target: "y", ...options })));
    expect(await inputs({ columns: ["c", 0] })).toEqual([
      [3, 1],
      [7, 5],
    ]);
    expect(await inputs({ exclude: ["b", 3] })).toEqual([
      [1, 3],
      [5, 7],
    ]);
    expect(await inputs({ columns: ["c", "b"], exclude: ["c"] })).toEqual([[2], [6]]);
  });

  it("are called by their indices where they have no names", async () => {
    const data = await read("x,1,2\ny,3,4\n", { target: 2, header: false });
    expect(data.encoding?.columns.map(({ name }) => name)).toEqual(["0", "1"]);
    expect(data.encoding?.target).toEqual({ columns: ["2"] });
  });
});

describe("texts of the options", () => {
  it("have no blanks around them, as the values of the file", async () => {
    const data = await read("red , no\n -, yes\n", {
      target: "y",
      header: ["a ", " y"],
      categories: { a: [" red", "blue "] },
      classes: ["yes ", " no"],
      missing: "mostFrequent",
      missingValues: [" - "],
    });
    expect(inputsOf(data)).toEqual([
      [1, 0],
      [1, 0],
    ]);
    expect(data.classNames).toEqual(["yes", "no"]);
    expect(data.encoding).toMatchObject({
      columns: [{ name: "a", categories: ["red", "blue"], missing: "red" }],
      target: { columns: ["y"] },
      missingValues: ["-"],
    });
  });
});

describe("categories", () => {
  it("are sorted by code units, and as numbers where all of them are", async () => {
    const categories = async (text: string) => {
      const data = await read(text, { target: "y", categories: ["a"] });
      const [first] = data.encoding?.columns ?? [];
      return first?.type === "category" ? first.categories : first;
    };
    expect(await categories(column("b", "ä", "B", "a10", "a9"))).toEqual(["B", "a10", "a9", "b", "ä"]);
    expect(await categories(column("10", "9", "-1", "2.5"))).toEqual(["-1", "2.5", "9", "10"]);
    expect(await categories(column("10", "9", "5more"))).toEqual(["10", "5more", "9"]);
  });

  it("can be given, and then there are no others", async () => {
    const options = { target: "y", categories: { a: ["small", "large", "none"] } };
    const data = await read(column("large", "small"), options);
    expect(inputsOf(data)).toEqual([
      [0, 1, 0],
      [1, 0, 0],
    ]);
    const message = 'line 3: column "a" holds "huge", expected one of "small", "large", "none"';
    await expectRejected(read(column("small", "huge"), options), "ERR_DATA", message);
  });

  it("are at most 1,000", async () => {
    const texts = Array.from({ length: 1000 }, (_, i) => `t${i}`);
    expect((await read(column(...texts), { target: "y" })).inputSize).toBe(1000);
    const message = 'line 1002: column "a" holds "more" after 1,000 other texts, expected at most 1,000 categories';
    await expectRejected(read(column(...texts, "more"), { target: "y" }), "ERR_DATA", message);
  });
});

describe("inputs", () => {
  it("that no memory can hold name the column that makes them so many", () => {
    const categories = Array.from({ length: 1000 }, (_, i) => `t${i}`);
    const columns = [{ name: "a", type: "number" } as const, { name: "b", type: "category", categories } as const];
    const encoding = { columns, target: { columns: ["y"] }, missingValues: [] };
    expect(checkedInputSize("x.csv", encoding, 2 ** 21)).toBe(1001);
    const tooMany = () => checkedInputSize("x.csv", encoding, 2 ** 22);
    expectThrown(tooMany, "ERR_DATA", "x.csv becomes 4194304 × 1001 inputs", 'column "b" alone becomes 1000');
  });
});

describe("the target", () => {
  it("is one of several classes where it holds texts", async () => {
    const data = await read("a,y\n1,setosa\n2,virginica\n3,setosa\n", { target: "y" });
    expect(data).toMatchObject({ classes: 2, targetSize: 2, classNames: ["setosa", "virginica"] });
    expect(Array.from({ length: 3 }, (_, i) => data.sample(i).label)).toEqual([0, 1, 0]);
    expect(data.encoding?.target).toEqual({ columns: ["y"], classes: ["setosa", "virginica"] });
  });

  it("is one of several classes where it is told so", async () => {
    const digits = "a,y\n1,10\n2,9\n3,10\n";
    expect(await read(digits, { target: "y", task: "classify" })).toMatchObject({
      classNames: ["9", "10"],
      classes: 2,
    });
    const given = await read(digits, { target: "y", classes: ["10", "9", "8"] });
    expect(given).toMatchObject({ classNames: ["10", "9", "8"], targetSize: 3 });
    expect(targetsOf(given)[1]).toEqual([0, 1, 0]);
    const few = read(digits, { target: "y", classes: ["10", "8"] });
    await expectRejected(few, "ERR_DATA", 'line 3: column "y" holds "9", expected one of "10", "8"');
    const mixed = await read("a,y\n1,3\n2,none\n", { target: "y", task: "classify" });
    expect(mixed.classNames).toEqual(["3", "none"]);
  });

  it("is a number where it holds numbers, 0 and 1 included", async () => {
    const data = await read("a,y\n1,0\n2,1\n", { target: "y" });
    expect(data).toMatchObject({ targetSize: 1, classes: 2, classNames: undefined });
    const message = 'line 2: column "y" holds "high", expected a number';
    await expectRejected(read("a,y\n1,high\n2,low\n", { target: "y", task: "regress" }), "ERR_DATA", message);
  });

  it("may be several columns of numbers", async () => {
    const data = await read("u,a,v\n1,2,3\n4,5,6\n", { target: ["v", "u"] });
    expect(targetsOf(data)).toEqual([
      [3, 1],
      [6, 4],
    ]);
    expect(inputsOf(data)).toEqual([[2], [5]]);
    const message = 'column "v" holds "x", expected a number';
    await expectRejected(read("u,a,v\n1,2,x\n", { target: ["u", "v"] }), "ERR_DATA", message);
  });
});

describe("missing values", () => {
  const imputed = async (missing: CsvOptions["missing"], ...texts: string[]) => {
    const data = await read(column(...texts), mistyped({ target: "y", missing }));
    return { inputs: inputsOf(data), column: data.encoding?.columns[0] };
  };

  it("become the mean, the median, the most frequent or a given number", async () => {
    const stands = async (missing: CsvOptions["missing"], ...texts: string[]) =>
      (await imputed(missing, ...texts)).inputs[0][0];
    expect(await stands("mean", "NA", "1", "2", "6")).toBe(3);
    expect(await stands("median", "NA", "6", "1", "2")).toBe(2);
    expect(await stands("median", "NA", "1", "2", "7", "100")).toBe(4.5);
    expect(await stands("median", "NA", "5")).toBe(5);
    expect(await stands("mostFrequent", "NA", "9", "3", "9", "3", "1")).toBe(3);
    expect(await stands(-7.5, "NA", "9", "3")).toBe(-7.5);
    expect(await stands("mean", "", "1e308", "1e308")).toBe(1e308);
    expect((await imputed("mean", "NA", "1", "2", "6")).column).toEqual({ name: "a", type: "number", missing: 3 });
  });

  it("become the most frequent category", async () => {
    const { inputs, column: found } = await imputed("mostFrequent", "", "z", "b", "z", "b", "c");
    expect(inputs[0]).toEqual([1, 0, 0]);
    expect(found).toEqual({ name: "a", type: "category", categories: ["b", "c", "z"], missing: "b" });
    for (const missing of ["mean", "median", 0] as const) {
      expect((await imputed(missing, "?", "z", "z", "b")).inputs[0]).toEqual([0, 1]);
    }
  });

  it("have a choice for each column", async () => {
    const options: CsvOptions = {
      target: "bought",
      exclude: ["zip"],
      missing: { age: "median", city: "mostFrequent" },
    };
    const data = await read(CITIES, options);
    expect(inputsOf(data)).toEqual([
      [0, 1, 31],
      [1, 0, 44],
      [0, 1, 31],
      [0, 1, 23],
    ]);
    const message = 'line 5: column "city" lacks a value';
    await expectRejected(read(CITIES, { ...options, missing: { age: 0 } }), "ERR_DATA", message);
    const mean = read(CITIES, { ...options, missing: { age: 0, city: "mean" } });
    await expectRejected(mean, "ERR_OPTION", 'options.missing.city is "mean", expected refuse or mostFrequent');
    const unread = read(CITIES, { ...options, missing: { zip: 0 } });
    await expectRejected(unread, "ERR_OPTION", 'options.missing is "zip", expected a column that becomes an input');
  });

  it("are what the list says", async () => {
    const data = await read(column("-999", "4", "NA"), { target: "y", missing: 0, missingValues: ["-999", "NA"] });
    expect(inputsOf(data)).toEqual([[0], [4], [0]]);
    const empty = read(column("1", ""), { target: "y", missing: 0, missingValues: ["-999"] });
    await expectRejected(empty, "ERR_DATA", 'line 3: column "a" holds "", expected a number');
  });

  it("cannot be the mean of numbers that are too far apart", async () => {
    const far = read(column("", "1.7e308", "-1.7e308"), { target: "y", missing: "mean" });
    const error = await expectRejected(far, "ERR_DATA", 'column "a" holds numbers too far apart for their mean');
    expect(error.message).toMatch(/^\/.*\.csv: /);
  });

  it("are worked out with a turn of the event loop for each column", async () => {
    const names = Array.from({ length: 200 }, (_, c) => `c${c}`);
    const path = write(`${names},y\n${names.map(() => 1)},1\n`);
    let turns = 0;
    let next = setImmediate(function count() {
      turns++;
      next = setImmediate(count);
    });
    await Dataset.csv(path, { target: "y", missing: "median" });
    clearImmediate(next);
    expect(turns).toBeGreaterThanOrEqual(names.length);
  });

  it("cannot be all", async () => {
    for (const missing of ["mean", "mostFrequent", 0] as const) {
      const message = 'column "a" has no value in any row';
      await expectRejected(read(column("NA", ""), { target: "y", missing }), "ERR_DATA", message);
    }
  });
});

describe("an encoding", () => {
  const options: CsvOptions = { target: "bought", categories: ["zip"], missing: "mostFrequent" };
  const ENCODING: CsvEncoding = {
    columns: [
      { name: "city", type: "category", categories: ["Berlin", "Paris"], missing: "Paris" },
      { name: "age", type: "number", missing: 23 },
      { name: "zip", type: "category", categories: ["10115", "20095", "75001"], missing: "10115" },
    ],
    target: { columns: ["bought"], classes: ["no", "yes"] },
    missingValues: ["", "NA", "NaN", "null", "?"],
  };

  it("is plain data that does not change, and stays with parts and normalized data", async () => {
    const data = await read(CITIES, options);
    expect(data.encoding).toEqual(ENCODING);
    expect(JSON.parse(JSON.stringify(data.encoding))).toEqual(ENCODING);
    expect(() => Object.assign(data.encoding?.columns[0] ?? {}, { name: "town" })).toThrow(TypeError);
    expect(() => (data.classNames as string[]).push("maybe")).toThrow(TypeError);
    for (const part of [...data.split(0.5), data.shuffle(), data.take(1), data.normalize()]) {
      expect(part.encoding).toBe(data.encoding);
      expect(part.classNames).toBe(data.classNames);
    }
  });

  it("makes the same inputs and classes of another file, found by the names of its columns", async () => {
    const text = "bought,zip,extra,age,city\nyes,75001,!,50,Berlin\nyes,,,,\n";
    const fromText: CsvEncoding = JSON.parse(JSON.stringify(ENCODING));
    for (const more of [{}, { target: "bought" }, options]) {
      const data = await read(text, { ...more, encoding: fromText });
      expect(inputsOf(data)).toEqual([
        [1, 0, 50, 0, 0, 1],
        [0, 1, 23, 1, 0, 0],
      ]);
      expect(targetsOf(data)).toEqual([
        [0, 1],
        [0, 1],
      ]);
      expect(data).toMatchObject({ classNames: ["no", "yes"], encoding: ENCODING });
    }
  });

  it("refuses files with other columns or values", async () => {
    const refused = (text: string, message: string) =>
      expectRejected(read(text, { encoding: ENCODING }), "ERR_DATA", message);
    await refused("city,age,bought\nParis,3,no\n", 'has no column "zip" as options.encoding expects it');
    await refused("city,age,zip\nParis,3,75001\n", 'has no column "bought"');
    await refused(
      "city,age,zip,bought\nRome,3,75001,no\n",
      'column "city" holds "Rome", expected one of "Berlin", "Paris"',
    );
    await refused("city,age,zip,bought\nParis,old,75001,no\n", 'line 2: column "age" holds "old", expected a number');
    await refused("city,age,zip,bought\nParis,3,75001,maybe\n", 'column "bought" holds "maybe"');
    await refused("city,age,zip,bought\nParis,3,75001,\n", 'column "bought" lacks a value');
    const strict = { ...ENCODING, columns: [{ name: "age", type: "number" }] } as const;
    const lacking = read("age,bought\n,no\n", { encoding: strict });
    await expectRejected(lacking, "ERR_DATA", 'line 2: column "age" lacks a value');
    const other = read(CITIES, { encoding: ENCODING, target: "zip" });
    await expectRejected(other, "ERR_OPTION", 'options.target is "zip", expected "bought" as in options.encoding');
  });

  it("encodes rows as the file was", async () => {
    const data = await read(CITIES, options);
    const rows = [
      { city: "Paris", age: 31, zip: 75001 },
      { city: " Berlin", age: "44", zip: "10115", bought: "no" },
      { city: "Paris", age: undefined, zip: 10115n },
      { age: 23, zip: "20095", city: null },
    ];
    const matrix = Dataset.encode(JSON.parse(JSON.stringify(data.encoding)), rows);
    expect(matrix).toMatchObject({ rows: 4, columns: 6 });
    expect(Array.from(matrix.data)).toEqual(inputsOf(data).flat());
    const lists = [
      ["Paris", 31, 75001],
      ["Berlin", "44", "10115"],
      ["Paris", "NaN", "10115"],
      ["", 23, 20095],
    ];
    expect(Dataset.encode(ENCODING, lists)).toEqual(matrix);
  });

  it("refuses rows with other values, and says where", () => {
    const refused = (row: unknown, code: "ERR_DATA" | "ERR_SHAPE", message: string) =>
      expectThrown(() => Dataset.encode(ENCODING, mistyped([["Paris", 1, 75001], row])), code, message);
    refused({ city: "Rome", age: 1, zip: 75001 }, "ERR_DATA", 'rows[1]["city"] is "Rome", expected one of "Berlin"');
    refused({ city: "Paris", age: "old", zip: 75001 }, "ERR_DATA", 'rows[1]["age"] is "old", expected a number');
    refused(["Paris", true, 75001], "ERR_DATA", "rows[1][1] is true, expected a number");
    refused(
      ["Paris", [3], 75001],
      "ERR_DATA",
      "rows[1][1] is an array of length 1, expected a finite number or a text",
    );
    refused(["Paris", Number.POSITIVE_INFINITY, 75001], "ERR_DATA", "rows[1][1] is Infinity, expected a finite number");
    refused(["Paris", Number.NaN, 75001], "ERR_DATA", "rows[1][1] is NaN, expected a finite number");
    refused({ city: Number.NaN, age: 1, zip: 75001 }, "ERR_DATA", 'rows[1]["city"] is NaN');
    refused(
      { City: "Paris", age: 1, zip: 75001 },
      "ERR_DATA",
      'rows[1] has no key "city", expected one for each column',
    );
    refused(["Paris", 3], "ERR_SHAPE", "rows[1] has 2 values, expected 3");
    refused("Paris", "ERR_DATA", 'rows[1] is "Paris", expected an object or an array');
    expectThrown(() => Dataset.encode(ENCODING, []), "ERR_SHAPE", "rows is empty");
    expectThrown(() => Dataset.encode(ENCODING, mistyped({})), "ERR_DATA", "rows is an object");
    const strict: CsvEncoding = { ...ENCODING, columns: [{ name: "toString", type: "number" }] };
    expectThrown(() => Dataset.encode(strict, [{}]), "ERR_DATA", 'rows[0] has no key "toString"');
    const lacking = () => Dataset.encode(strict, [{ toString: null }]);
    expectThrown(lacking, "ERR_DATA", 'rows[0]["toString"] is missing, expected a number');
  });

  it("gives categories that it does not have no input, where it is told so", async () => {
    const ignoring = { unknown: "ignore" } as const;
    const row = { city: "Rome", age: 1, zip: 75001 };
    expect(Array.from(Dataset.encode(ENCODING, [row], ignoring).data)).toEqual([0, 0, 1, 0, 0, 1]);
    const old = () => Dataset.encode(ENCODING, [{ ...row, age: "old" }], ignoring);
    expectThrown(old, "ERR_DATA", 'rows[0]["age"] is "old", expected a number');
    const missing = Dataset.encode(ENCODING, [{ ...row, city: null }], ignoring);
    expect(Array.from(missing.data)).toEqual([0, 1, 1, 0, 0, 1]);
    const refuse = (given: unknown, message: string) =>
      expectThrown(() => Dataset.encode(ENCODING, [row], mistyped(given)), "ERR_OPTION", message);
    refuse({ unknown: "drop" }, 'options.unknown is "drop", expected one of refuse, ignore');
    refuse({ ignore: true }, 'options has no option "ignore"');
    const read = await Dataset.csv(write("city,age,zip,bought\nRome,-1,75001,no\n,2,1,yes\n"), {
      encoding: ENCODING,
      ...ignoring,
    });
    expect(inputsOf(read)).toEqual([
      [0, 0, -1, 0, 0, 1],
      [0, 1, 2, 0, 0, 0],
    ]);
    const file = Dataset.csv(write("city,age,zip,bought\nRome,1,75001,maybe\n"), { encoding: ENCODING, ...ignoring });
    await expectRejected(file, "ERR_DATA", 'column "bought" holds "maybe"');
  });

  it("is checked when it comes from elsewhere", async () => {
    const refused = (change: object, message: string) => {
      const encoding = mistyped<CsvEncoding>({ ...ENCODING, ...change });
      expectThrown(() => Dataset.encode(encoding, [{}]), "ERR_OPTION", message);
    };
    const [city, age] = ENCODING.columns;
    refused({ columns: [] }, "encoding.columns is an array of length 0, expected a list of columns");
    refused({ columns: [null] }, "encoding.columns[0] is null");
    refused({ columns: [city, { ...age, name: "city" }] }, 'has "city" twice');
    refused({ columns: [{ ...age, name: "bought" }] }, 'has "bought" twice');
    refused(
      { columns: [{ ...age, type: "date" }] },
      'encoding.columns[0].type is "date", expected one of number, category',
    );
    refused({ columns: [{ type: "number" }] }, "encoding.columns[0].name is undefined");
    const wrong = "encoding.columns[0].categories is an array of length 1, expected none in a column of numbers";
    refused({ columns: [{ ...age, categories: ["young"] }] }, wrong);
    refused({ columns: [{ ...age, missing: null }] }, "encoding.columns[0].missing is null");
    refused({ columns: [{ ...city, categories: [] }] }, "encoding.columns[0].categories is an array of length 0");
    refused({ columns: [{ ...city, missing: "Rome" }] }, 'encoding.columns[0].missing is "Rome"');
    refused({ target: undefined }, "encoding.target is undefined");
    refused({ target: { columns: ["a", "b"], classes: ["x", "y"] } }, "a single column where there are classes");
    refused({ target: { columns: ["bought"], classes: ["x"] } }, "encoding.target.classes is an array of length 1");
    refused({ missingValues: "NA" }, 'encoding.missingValues is "NA"');
    refused({ version: 2 }, 'encoding has no option "version"');
    expectThrown(() => Dataset.encode(mistyped(undefined), [{}]), "ERR_OPTION", "encoding is undefined");
    const damaged = read(CITIES, mistyped({ encoding: { columns: 5 } }));
    await expectRejected(damaged, "ERR_OPTION", "options.encoding.columns is 5");
  });

  it("and a network serve requests with what a file taught them", async () => {
    const data = (await read(CITIES, options)).normalize();
    const network = new Network([6, 4, 2], { seed: 1, outputActivation: "softmax" });
    await network.fit(data, { epochs: 3 });
    const server = Network.fromJSON(JSON.parse(JSON.stringify(network)));
    const request = Dataset.encode(JSON.parse(JSON.stringify(data.encoding)), [
      { city: "Berlin", age: 44, zip: 10115 },
    ]);
    const sample = data.sample(1).input;
    const plain = new Network([6, 4, 2], { seed: 1, outputActivation: "softmax" });
    for (const layer of [0, 1]) plain.setWeights(layer, network.weights(layer));
    expect(server.predictBatch(request)).toEqual(plain.predictBatch([sample]));
  });
});
