import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { HELP, parseArguments } from "../../examples/reports/arguments.ts";
import { overviewPage } from "../../examples/reports/overview.ts";
import { root } from "../support/child.ts";
import { thrownBy } from "../support/errors.ts";
import { temporaryFolder } from "../support/folder.ts";

const folder = temporaryFolder();

function run(argv: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const command = ["--import", "tsx", "examples/reports/main.ts", ...argv];
    execFile(process.execPath, command, { cwd: root }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

describe("the reports program", { timeout: 120_000 }, () => {
  beforeAll(() => {
    expect(existsSync(join(root, "dist/index.js")), "the example imports the built package: npm run build").toBe(true);
  });

  it("writes three reports and a page that shows them side by side", async () => {
    const out = join(folder, "out");
    const { code, stdout, stderr } = await run(["--out", out, "--epochs", "2"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^Slope 1: the gradients vanish +loss 0\.60 at first, 0\.60 in the end$/m);
    expect(stdout).toMatch(/^Slope 0\.01: the same network learns +loss 0\.58 at first, 0\.\d+ in the end$/m);
    expect(stdout).toMatch(/^Built-in digits +\d\d\.\d\d % of 2,000 digits read right$/m);
    expect((await readdir(out)).toSorted()).toEqual(["digits.html", "gentle.html", "index.html", "plain.html"]);
    const read = (name: string) => readFile(join(out, name), "utf8");
    const index = await read("index.html");
    for (const name of ["plain", "gentle", "digits"]) expect(index).toContain(`<iframe src="${name}.html"`);
    expect(await read("plain.html")).toContain("every gradient is exactly 0");
    expect(await read("gentle.html")).not.toContain("exactly 0");
    const digits = await read("digits.html");
    expect(digits).toContain('class="ink"');
    expect(digits.length).toBeLessThan(500_000);
  });

  it("says in one line what is wrong", async () => {
    const none = join(folder, "none");
    const { code, stderr } = await run(["--out", join(folder, "unused"), "--data", none, "--epochs", "1"]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: `reports: there is no folder ${none}\n` });
  });
});

describe("its command line", () => {
  it("is read", () => {
    const given = parseArguments(["--data", "a", "--out", "b", "--epochs", "3"]);
    expect(given).toEqual({ help: false, data: "a", out: "b", epochs: 3 });
    expect(parseArguments([])).toMatchObject({ help: false, data: undefined, epochs: undefined });
    expect(parseArguments(["--help"]).help).toBe(true);
    for (const option of ["--data", "--out", "--epochs", "--help"]) expect(HELP).toContain(option);
    expect(String(thrownBy(() => parseArguments(["--epochs", "0"])))).toContain(
      "--epochs expects a whole number from 1",
    );
  });

  it("becomes a page of frames", () => {
    const page = overviewPage([{ file: "a.html", title: "A", result: "good" }]);
    expect(page).toContain('<h2><a href="a.html">A</a></h2>');
  });
});
