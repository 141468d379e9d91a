import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import parser from "papaparse";
import { beforeAll, describe, expect, it } from "vitest";
import { Interruption } from "../../src/cli/context.ts";
import { Dataset, Network } from "../../src/index.ts";
import { writeFlowers, writeIdxFolder, writeNumbers } from "../support/command_data.ts";
import { downhill, jsonLines } from "../support/command_line.ts";
import { temporaryFolder } from "../support/folder.ts";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const flowers = at("flowers.csv");
const model = at("flowers.json");
const HEAD = "id,size,colour,weight,species\n";

beforeAll(async () => {
  writeFlowers(flowers, 3000);
  const argv = ["train", flowers, "--target", "species", "--exclude", "id", "--epochs", "4", "--out", model];
  expect((await downhill([...argv, "--quiet"])).code).toBe(0);
});

function rowsOf(text: string): Record<string, string>[] {
  return parser.parse<Record<string, string>>(text, { header: true, skipEmptyLines: true }).data;
}

describe("predict", () => {
  it("answers every row as the library does, whatever columns there are besides", async () => {
    const network = await Network.load(model);
    const rows = rowsOf(readFileSync(flowers, "utf8"));
    if (!network.encoding) throw new Error("the network knows no columns");
    const outputs = network.predictBatch(Dataset.encode(network.encoding, rows));
    const argv = ["predict", model, flowers, "--probabilities", "--keep", "id"];
    const { code, stdout, stderr } = await downhill(argv);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const answers = rowsOf(stdout);
    expect(answers).toHaveLength(rows.length);
    const classes = ["daisy", "rose", "tulip"];
    for (const [r, { id, prediction, ...probabilities }] of answers.entries()) {
      const values = Array.from(outputs.data.subarray(3 * r, 3 * r + 3));
      expect(id).toBe(rows[r].id);
      expect(Object.keys(probabilities)).toEqual(classes.map((name) => `probability of ${name}`));
      expect(Object.values(probabilities).map((value) => Math.fround(Number(value)))).toEqual(values);
      expect(prediction).toBe(classes[values.indexOf(Math.max(...values))]);
    }
  });

  it("writes JSON, files in one step, and reads gzip and other delimiters", async () => {
    const plain = rowsOf((await downhill(["predict", model, flowers])).stdout).map(({ prediction }) => prediction);
    const json = await downhill(["predict", model, flowers, "--json"]);
    expect(jsonLines(json.stdout).map(({ prediction }) => prediction)).toEqual(plain);
    const packed = at("flowers.csv.gz");
    writeFileSync(packed, gzipSync(readFileSync(flowers)));
    const out = at("out.csv");
    expect(await downhill(["predict", model, packed, "--out", out])).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(rowsOf(readFileSync(out, "utf8")).map(({ prediction }) => prediction)).toEqual(plain);
    const other = at("other.csv");
    writeFileSync(other, readFileSync(flowers, "utf8").replaceAll(",", ";").replaceAll("\n", "\r\n"));
    const semicolons = await downhill(["predict", model, other, "--delimiter", ";"]);
    expect(rowsOf(semicolons.stdout).map(({ prediction }) => prediction)).toEqual(plain);
  });

  it("reads the standard input, however it is cut", async () => {
    const text = readFileSync(flowers, "utf8");
    const whole = await downhill(["predict", model, flowers]);
    const pieces = text.match(/[\s\S]{1,997}/g) ?? [];
    expect(await downhill(["predict", model, "-"], { stdin: pieces })).toEqual(whole);
    const quoted = `${HEAD}1,2,"red",3,rose\n\n"2","1","white","0","a ""b""\nc"\n`;
    const { stdout } = await downhill(["predict", model, "-", "--keep", "species"], { stdin: [quoted] });
    expect(rowsOf(stdout).map(({ species }) => species)).toEqual(["rose", 'a "b"\nc']);
  });

  it.each([
    [`${HEAD}1,2,red,3,rose\n\n2,1,red,x,rose\n`, 'line 4: row["weight"] is "x", expected a number'],
    [`${HEAD}1,2,red,3,rose\n2,1,blue,3,rose\n`, 'line 3: row["colour"] is "blue", expected one of "pink"'],
    [`${HEAD}1,2,red,3\n`, "line 2: 4 values, expected 5 as there are columns"],
    [`${HEAD}1,"a\nb",red,3,rose\n2,,red,3,rose\n`, 'line 2: row["size"] is "a\\nb", expected a number'],
    [`${HEAD}1,2,red,3,rose\n2,"1,red,3,rose\n`, "line 3: the quotes of a value do not match"],
    ["size,colour\n1,red\n", 'has no column "weight", which the network takes; its columns are size, colour'],
    ["", "has no rows"],
  ])("refuses %j and says where", async (text, message) => {
    const out = at("never.csv");
    const { code, stderr } = await downhill(["predict", model, "-", "--out", out], { stdin: [text] });
    expect(code).toBe(1);
    expect(stderr).toContain(`downhill: the standard input`);
    expect(stderr).toContain(message);
    expect(existsSync(out)).toBe(false);
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("takes unknown categories where it is told to", async () => {
    const stdin = [`${HEAD}1,2,blue,3,rose\n`];
    expect((await downhill(["predict", model, "-"], { stdin })).code).toBe(1);
    expect((await downhill(["predict", model, "-", "--unknown", "ignore"], { stdin })).code).toBe(0);
  });

  it("takes columns in their order where the network knows no names", async () => {
    const network = new Network([2, 3, 2], { outputActivation: "linear", seed: 4, dtype: "float64" });
    await network.save(at("plain.json"));
    const rows = [
      [0.25, -1],
      [3, 1e-3],
    ];
    const stdin = [rows.map((row) => `${row.join(",")}\n`).join("")];
    const { stdout } = await downhill(["predict", at("plain.json"), "-", "--no-header"], { stdin });
    const expected = rows.map((row) => `${Array.from(network.predict(row)).join(",")}\n`).join("");
    expect(stdout).toBe(`output 0,output 1\n${expected}`);
    const wide = await downhill(["predict", at("plain.json"), "-"], { stdin: ["a,b,c\n1,2,3\n"] });
    expect(wide.stderr).toContain("has 3 columns, expected 2, one for each input of the network");
    const text = await downhill(["predict", at("plain.json"), "-"], { stdin: ["a,b\n1,2\n1,x\n"] });
    expect(text.stderr).toContain('line 3, column "b": "x" is no number');
  });

  it("answers numbers with numbers", async () => {
    writeNumbers(at("numbers.csv"));
    const argv = ["train", at("numbers.csv"), "--target", "y", "--epochs", "1", "--out", at("numbers.json"), "--quiet"];
    await downhill(argv);
    const { stdout } = await downhill(["predict", at("numbers.json"), "-", "--json"], { stdin: ["b,a\n1,2\n"] });
    const network = await Network.load(at("numbers.json"));
    const [expected] = network.predict([2, 1]);
    expect(Math.fround(jsonLines(stdout)[0].prediction as number)).toBe(expected);
  });

  it("answers images, with and without labels, and digits", { timeout: 60_000 }, async () => {
    const images = writeIdxFolder(at("idx"));
    await downhill(["train", images, "--epochs", "30", "--learning-rate", "0.01", "--out", at("idx.json"), "--quiet"]);
    const expected = `prediction\n${Array.from({ length: 60 }, (_, i) => `${i % 3}\n`).join("")}`;
    for (const source of [images, join(images, "t10k-images-idx3-ubyte.gz")]) {
      expect((await downhill(["predict", at("idx.json"), source])).stdout).toBe(expected);
    }
    const training = await downhill(["predict", at("idx.json"), images, "--part", "train"]);
    expect(rowsOf(training.stdout)).toHaveLength(150);
    const refused = await downhill(["predict", at("idx.json"), images, "--keep", "id"]);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("--keep is about columns") });
  });

  it("does not wait for more input when it is interrupted", async () => {
    const controller = new AbortController();
    const onOutput = (text: string) => {
      if (text.includes("rose")) controller.abort(new Interruption("SIGINT"));
      return undefined;
    };
    const stdin = [`${HEAD}1,5,red,0,rose\n`];
    const { signal } = controller;
    const { code, stderr } = await downhill(["predict", model, "-"], { stdin, isEndless: true, signal, onOutput });
    expect({ code, stderr }).toEqual({ code: 130, stderr: "downhill: stopped by SIGINT\n" });
  });

  it("ends quietly when nobody reads on", async () => {
    let texts = 0;
    const onOutput = () => {
      if (++texts < 2) return undefined;
      return Object.assign(new Error("write EPIPE"), { code: "EPIPE" });
    };
    const { code, stderr } = await downhill(["predict", model, flowers], { onOutput });
    expect({ code, stderr, texts }).toEqual({ code: 0, stderr: "", texts: 2 });
  });
});

describe("predict --out", () => {
  const input = at("input.csv");
  beforeAll(() => writeFileSync(input, `${HEAD}1,5,red,0,rose\n`));

  it.skipIf(process.platform === "win32")("refuses a file that is read, under any name of it", async () => {
    const link = at("input-link.csv");
    symlinkSync(input, link);
    const images = writeIdxFolder(at("read-idx"));
    const labels = join(images, readdirSync(images).find((name) => name.startsWith("t10k-labels")) ?? "none");
    for (const [source, out] of [
      [input, input],
      [input, link],
      [link, input],
      [input, model],
      [images, labels],
    ]) {
      const before = readFileSync(out);
      const { code, stdout, stderr } = await downhill(["predict", model, source, "--out", out]);
      const message = `downhill: --out ${out} is a file that is read here: the answers would take its place\n`;
      expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: "", stderr: message });
      expect(readFileSync(out)).toEqual(before);
    }
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
  });

  it.skipIf(process.platform === "win32")("replaces what a link leads to, and keeps who may read it", async () => {
    const out = at("secret.csv");
    writeFileSync(out, "old");
    chmodSync(out, 0o600);
    const link = at("secret-link.csv");
    symlinkSync("secret.csv", link);
    const expected = (await downhill(["predict", model, input])).stdout;
    expect(await downhill(["predict", model, input, "--out", link])).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(readlinkSync(link)).toBe("secret.csv");
    expect(readFileSync(out, "utf8")).toBe(expected);
    expect(statSync(out).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it.skipIf(process.platform === "win32")("writes into a pipe that has a name", async () => {
    const pipe = at("pipe");
    execFileSync("mkfifo", [pipe]);
    const expected = (await downhill(["predict", model, input])).stdout;
    const read = readFile(pipe, "utf8");
    expect(await downhill(["predict", model, input, "--out", pipe])).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(lstatSync(pipe).isFIFO()).toBe(true);
    expect(await read).toBe(expected);
    rmSync(pipe);
  });

  it("says that a folder cannot be written", async () => {
    const { code, stderr } = await downhill(["predict", model, input, "--out", folder]);
    expect(code).toBe(1);
    expect(stderr).toContain(`downhill: ${folder} cannot be written: `);
  });
});

describe("predict --keep", () => {
  it.each([[[]], [["--json"]]])("refuses a name that the answers have already, with %j", async (more) => {
    const stdin = ["prediction,size,colour,weight\n7,5,red,0\n"];
    const argv = ["predict", model, "-", "--keep", "prediction", ...more];
    const message = "downhill: --keep prediction would stand twice in the answers\n";
    expect(await downhill(argv, { stdin })).toEqual({ code: 2, stdout: "", stderr: message });
    const twice = await downhill(["predict", model, flowers, "--keep", "id", "--keep", "id", ...more]);
    expect(twice).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining("--keep id would stand twice"),
    });
  });
});
