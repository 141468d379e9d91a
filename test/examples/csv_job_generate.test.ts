import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import csv from "papaparse";
import { beforeEach, describe, expect, it } from "vitest";
import { drawCases } from "../../examples/csv-job/customers.ts";
import { COLUMNS_WITH_GAPS, FEATURES, generateCsv, MISSING_SHARE, TARGET } from "../../examples/csv-job/generate.ts";
import { findCustomers, generateCustomers, openWorkFolder } from "../../examples/csv-job/work_folder.ts";
import { commandRejectionOf } from "../support/command_errors.ts";
import { temporaryFolder } from "../support/folder.ts";

const folders = temporaryFolder();
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(folders, "test-"));
});

async function generate(rows: number, seed: number) {
  const path = join(folder, "customers.csv");
  const facts = await generateCsv(path, { rows, seed });
  return { facts, text: await readFile(path, "utf8") };
}

function parse(text: string): Record<string, string>[] {
  const { data, errors } = csv.parse<Record<string, string>>(text, { header: true, skipEmptyLines: true });
  expect(errors).toEqual([]);
  return data;
}

function shareOf<Item>(items: readonly Item[], isCounted: (item: Item) => boolean): number {
  return items.filter(isCounted).length / items.length;
}

describe("generated customers", () => {
  it("are the same bytes on every machine", async () => {
    const { text } = await generate(1000, 1);
    expect(createHash("sha256").update(text).digest("hex")).toBe(
      "7ebaab235c07ef99cee523380c6e7e3f708b10b03aeb64f0d361127fc882ad13",
    );
  });

  it("are others for another seed, and more for more rows", async () => {
    const { text } = await generate(500, 1);
    expect((await generate(500, 2)).text).not.toBe(text);
    expect((await generate(600, 1)).text.startsWith(text)).toBe(true);
  });

  it("have every column in every row, whatever the blocks they are written in", async () => {
    const rows = parse((await generate(5000, 3)).text);
    expect(rows).toHaveLength(5000);
    for (const row of rows) expect(Object.keys(row)).toEqual([...FEATURES, TARGET]);
    // Commas within values are there to be read rightly.
    expect(rows.every(({ plan, region }) => plan.includes(", ") && region.includes(", "))).toBe(true);
    expect(new Set(rows.map(({ plan }) => plan)).size).toBe(4);
    expect(new Set(rows.map(({ region }) => region)).size).toBe(5);
    expect(new Set(rows.map(({ device }) => device))).toEqual(new Set(["phone", "computer", "tablet", ""]));
  });

  it("lack about 3 % of the values in some columns, and none in the others", async () => {
    const rows = parse((await generate(20_000, 4)).text);
    expect(COLUMNS_WITH_GAPS).toHaveLength(4);
    for (const name of [...FEATURES, TARGET]) {
      const missing = shareOf(rows, (row) => row[name] === "");
      // Five standard errors.
      if (COLUMNS_WITH_GAPS.includes(name)) expect(Math.abs(missing - MISSING_SHARE)).toBeLessThan(0.0061);
      else expect(missing).toBe(0);
    }
  });

  it("have numbers of very different scales", async () => {
    const rows = parse((await generate(5000, 5)).text);
    const largest = (name: string) => Math.max(...rows.map((row) => Number(row[name])));
    expect(largest("return_share")).toBeLessThanOrEqual(1);
    expect(largest("support_tickets")).toBeLessThan(7);
    expect(largest("days_to_renewal")).toBeLessThan(365);
    expect(largest("total_spend")).toBeGreaterThan(10_000);
    for (const row of rows) {
      for (const name of FEATURES.slice(3)) expect(Number(row[name])).toBeGreaterThanOrEqual(0);
    }
  });

  it("are told about in facts", async () => {
    const { facts, text } = await generate(20_000, 6);
    const cases = [...drawCases(20_000, 6)];
    expect(facts).toEqual({
      rows: 20_000,
      seed: 6,
      cancelledShare: shareOf(parse(text), (row) => row[TARGET] === "yes"),
      ruleAccuracy: shareOf(cases, ({ cancelled, ruleSays }) => cancelled === ruleSays),
    });
  });

  it("follow a rule that is better than guessing, but for chance", async () => {
    const { facts } = await generate(20_000, 7);
    expect(facts.cancelledShare).toBeGreaterThan(0.3);
    expect(facts.cancelledShare).toBeLessThan(0.4);
    expect(facts.ruleAccuracy).toBeGreaterThan(0.88);
    expect(facts.ruleAccuracy).toBeLessThan(0.91);
  });

  it("are no file at all when the writing is interrupted", async () => {
    const stop = new AbortController();
    const work = generateCsv(join(folder, "never.csv"), { rows: 10_000_000, seed: 1, signal: stop.signal });
    setImmediate(() => stop.abort());
    await expect(work).rejects.toMatchObject({ code: "ABORT_ERR" });
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("the work folder", () => {
  const wanted = { rows: 200, seed: 1 };

  it("is made, and keeps the customers that it was asked for", async () => {
    const files = await openWorkFolder(join(folder, "a", "b"));
    expect(await findCustomers(files, wanted)).toBeUndefined();
    const facts = await generateCustomers(files, wanted);
    expect(await findCustomers(files, wanted)).toEqual(facts);
    expect(await findCustomers(files, { ...wanted, rows: 201 })).toBeUndefined();
    expect(await findCustomers(files, { ...wanted, seed: 2 })).toBeUndefined();
    expect(await readdir(join(folder, "a", "b"))).toEqual(["customers.csv", "customers.json"]);
  });

  it("does not take one half of a pair for both", async () => {
    const files = await openWorkFolder(folder);
    await generateCustomers(files, wanted);
    await rm(files.data);
    expect(await findCustomers(files, wanted)).toBeUndefined();
    await writeFile(files.facts, "null");
    await writeFile(files.data, "");
    expect(await findCustomers(files, wanted)).toBeUndefined();
  });

  it("keeps the facts of old customers from standing beside new ones", async () => {
    const files = await openWorkFolder(folder);
    await generateCustomers(files, wanted);
    const failing = { rows: 1000, seed: 2, signal: AbortSignal.abort() };
    await expect(generateCustomers(files, failing)).rejects.toMatchObject({ code: "ABORT_ERR" });
    expect(await findCustomers(files, wanted)).toBeUndefined();
  });

  it("keeps the customers that a training is under way with", async () => {
    const files = await openWorkFolder(folder);
    await generateCustomers(files, wanted);
    await writeFile(files.checkpoint, "");
    const message = await commandRejectionOf(generateCustomers(files, { ...wanted, seed: 2 }));
    expect(message).toContain(`${files.checkpoint} is of a training with other data`);
    expect(await findCustomers(files, wanted)).toBeDefined();
    await generateCustomers(files, wanted);
  });
});
