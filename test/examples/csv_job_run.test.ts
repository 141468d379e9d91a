import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { stripVTControlCharacters } from "node:util";
import type { CsvEncoding, NetworkJSON } from "downhill";
import csv from "papaparse";
import { beforeAll, describe, expect, it } from "vitest";
import { root } from "../support/child.ts";
import { temporaryFolder } from "../support/folder.ts";

type Row = Record<string, string>;

function start(argv: readonly string[], environment: Readonly<Record<string, string>> = {}): ChildProcess {
  const command = ["--import", "tsx", "examples/csv-job/main.ts", ...argv];
  return spawn(process.execPath, command, { cwd: root, env: { ...process.env, ...environment } });
}

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function outcomeOf(child: ChildProcess, input = ""): Promise<Outcome> {
  const { stdin, stdout, stderr } = child;
  if (!stdin || !stdout || !stderr) throw new Error("the program has no pipes");
  stdin.end(input);
  const [out, error, [code]] = await Promise.all([text(stdout), text(stderr), once(child, "close")]);
  return { code, stdout: out, stderr: error };
}

/** The same job each time, on the backend where an epoch takes long enough to be interrupted. */
function startTraining(work: string): ChildProcess {
  return start(["--rows", "2000", "--seed", "3", "--work", work], { DOWNHILL_BACKEND: "typescript" });
}

/** Sends a signal once the second epoch is done. */
function interrupt(child: ChildProcess, signal: NodeJS.Signals): Promise<Outcome> {
  child.stdout?.on("data", (chunk) => {
    if (/^epoch +2\//m.test(String(chunk))) child.kill(signal);
  });
  return outcomeOf(child);
}

function epochsOf(stdout: string): number[] {
  return Array.from(stdout.matchAll(/^epoch +(\d+)\/40 /gm), ([, epoch]) => Number(epoch));
}

describe("the csv-job program", { timeout: 120_000 }, () => {
  const folder = temporaryFolder();
  let finished: Outcome;
  const workOf = (name: string) => join(folder, name);
  const modelOf = (name: string) => readFile(join(folder, name, "model.json"), "utf8");

  beforeAll(async () => {
    expect(existsSync(join(root, "dist/index.js")), "the example imports the built package: npm run build").toBe(true);
    finished = await outcomeOf(startTraining(workOf("finished")));
  });

  it("goes from customers to a model, and says how good it is", async () => {
    const { code, stdout, stderr } = finished;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^rows {11}1,600 to learn from, 10 % of them held out .*; 400 others for the test$/m);
    expect(stdout).toMatch(/^network {8}19-64-32-2, 3,426 parameters, on typescript$/m);
    const epochs = epochsOf(stdout);
    expect(epochs).toEqual(epochs.map((_, index) => index + 1));
    expect(stdout).toMatch(/^epoch .* held out: loss \d\.\d{4} {2}\d+\.\d{2} %$/m);
    expect(stdout).toMatch(/^cancelled yes( +\d+\.\d %){3} +\d+$/m);
    const [, right] = /^test accuracy {2}(\d+\.\d{2}) % of 400 rows/m.exec(stdout) ?? [];
    // Saying "no" every time would be right for 64 %; the rule itself is for 89 %, with a standard error of 1.5 %.
    expect(Number(right)).toBeGreaterThan(72);
    expect(Number(right)).toBeLessThan(94);
    // Neither colours nor rewritten lines go into a file.
    expect(stripVTControlCharacters(stdout)).toBe(stdout);
    expect(stdout).not.toContain("\r");
    expect(await readdir(workOf("finished"))).toEqual(["customers.csv", "customers.json", "model.json"]);
  });

  it("goes on where it was killed, to the very same model", async () => {
    const killed = await interrupt(startTraining(workOf("killed")), "SIGKILL");
    expect(killed.code).toBeNull();
    expect(await readdir(workOf("killed"))).toContain("training.checkpoint");
    expect(await readdir(workOf("killed"))).not.toContain("model.json");

    const resumed = await outcomeOf(startTraining(workOf("killed")));
    expect({ code: resumed.code, stderr: resumed.stderr }).toEqual({ code: 0, stderr: "" });
    expect(resumed.stdout).toContain(`going on from ${join(workOf("killed"), "training.checkpoint")}`);
    const epochs = epochsOf(resumed.stdout);
    expect(epochs[0]).toBeGreaterThan(1);
    expect(epochs.at(-1)).toBe(epochsOf(finished.stdout).at(-1));
    expect(await modelOf("killed")).toBe(await modelOf("finished"));
    expect(existsSync(join(workOf("killed"), "training.checkpoint"))).toBe(false);
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("stops at a %s, says how to go on, and does", async (signal, code) => {
    const checkpoint = join(workOf(signal), "training.checkpoint");
    const stopped = await interrupt(startTraining(workOf(signal)), signal);
    expect({ code: stopped.code, stderr: stopped.stderr }).toEqual({
      code,
      stderr: `csv-job: interrupted; the same command goes on from the last epoch, kept in ${checkpoint}\n`,
    });
    expect((await outcomeOf(startTraining(workOf(signal)))).code).toBe(0);
    expect(await modelOf(signal)).toBe(await modelOf("finished"));
  });

  it("says what to do about a checkpoint that is of no use", async () => {
    const checkpoint = join(workOf("damaged"), "training.checkpoint");
    await outcomeOf(start(["generate", "--rows", "2000", "--seed", "3", "--work", workOf("damaged")]));
    await writeFile(checkpoint, "something else");
    const { code, stderr } = await outcomeOf(startTraining(workOf("damaged")));
    expect(code).toBe(1);
    expect(stderr).toMatch(/^csv-job: [^\n]*\n$/);
    expect(stderr).toContain(`; delete ${checkpoint} to begin anew`);
    expect(existsSync(checkpoint)).toBe(true);
  });

  describe("predicting in a fresh process", () => {
    let rows: Row[];
    const predict = (input: string, ...argv: string[]) =>
      outcomeOf(start(["predict", "--work", workOf("finished"), ...argv]), input);
    const jsonLines = (values: readonly unknown[]) => values.map((value) => JSON.stringify(value)).join("\n");

    beforeAll(async () => {
      const table = await readFile(join(workOf("finished"), "customers.csv"), "utf8");
      rows = csv.parse<Row>(table, { header: true, preview: 50 }).data;
    });

    it("gives what the saved numbers give by hand", async () => {
      const network: NetworkJSON = JSON.parse(await modelOf("finished"));
      const { encoding, classNames } = network;
      if (!encoding || !classNames) return expect.fail("the model says nothing of its rows");
      const { code, stdout, stderr } = await predict(jsonLines(rows));
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      const lines = stdout.trimEnd().split("\n");
      expect(lines).toHaveLength(rows.length);
      for (const [index, line] of lines.entries()) {
        const [name, probability] = line.split("\t");
        const outputs = answerByHand(network, encodeByHand(encoding, rows[index]));
        // A network computes in float32, and four decimals are printed.
        expect(Math.abs(Number(probability) - outputs[classNames.indexOf(name)])).toBeLessThan(2e-4);
        expect(Number(probability)).toBeGreaterThanOrEqual(0.5);
      }
      expect(new Set(lines.map((line) => line.split("\t")[0]))).toEqual(new Set(["no", "yes"]));
    });

    it("takes the same rows as CSV, from a file or from standard input", async () => {
      const { stdout } = await predict(jsonLines(rows));
      const table = csv.unparse(rows);
      const path = join(folder, "rows.csv");
      await writeFile(path, table);
      expect(await predict("", "--rows", path)).toEqual({ code: 0, stdout, stderr: "" });
      expect(await predict(table)).toEqual({ code: 0, stdout, stderr: "" });
    });

    it("takes what a request brings: numbers, nulls and no target", async () => {
      const { cancelled: _, device: _missing, ...known } = rows[0];
      const asText = await predict(jsonLines([{ ...known, device: "" }]));
      const months = Number(known.months_subscribed);
      const asRequest = await predict(jsonLines([{ ...known, months_subscribed: months, device: null }]));
      expect(asText.code).toBe(0);
      expect(asRequest).toEqual(asText);
    });

    it("says in one line what is wrong", async () => {
      const unknown = await predict(jsonLines([rows[0], { ...rows[1], plan: "Free" }]));
      expect(unknown).toMatchObject({ code: 1, stdout: "" });
      expect(unknown.stderr).toMatch(/^csv-job: rows\[1\]\["plan"\] is "Free", expected one of [^\n]*\n$/);
      const lost = await outcomeOf(start(["predict", "--work", workOf("none")]));
      const path = join(workOf("none"), "model.json");
      expect(lost).toMatchObject({ code: 1, stdout: "" });
      expect(lost.stderr).toMatch(/^csv-job: [^\n]* cannot be read: ENOENT[^\n]*\n$/);
      expect(lost.stderr).toContain(path);
      expect(existsSync(workOf("none"))).toBe(false);
      const noRows = await predict("", "--rows", join(folder, "none.csv"));
      expect(noRows.stderr).toBe(`csv-job: there is no file ${join(folder, "none.csv")}\n`);
    });
  });
});

/** One-hot categories and plain numbers, in the order of the encoding's columns. */
function encodeByHand({ columns }: CsvEncoding, row: Row): number[] {
  return columns.flatMap((column) => {
    const value = row[column.name] === "" ? column.missing : row[column.name];
    return column.type === "number" ? [Number(value)] : column.categories.map((name) => Number(name === value));
  });
}

/** (x − offset) · scale, rectified units, then softmax. */
function answerByHand(network: NetworkJSON, raw: readonly number[]): number[] {
  const { offset, scale } = network.normalization ?? { offset: [], scale: [] };
  let values = raw.map((value, index) => (value - offset[index]) * scale[index]);
  for (const [index, { weights }] of network.layers.entries()) {
    const sums = weights.map((row) => row.reduce((sum, weight, i) => sum + weight * (values[i] ?? 1), 0));
    values = index < network.layers.length - 1 ? sums.map((sum) => Math.max(0, sum)) : sums;
  }
  const powers = values.map((value) => Math.exp(value));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}
