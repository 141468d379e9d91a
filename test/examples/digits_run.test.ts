import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { root } from "../support/child.ts";
import { temporaryFolder } from "../support/folder.ts";

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(argv: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    const command = ["--import", "tsx", "examples/digits/main.ts", ...argv];
    const env = { ...process.env, ...environment };
    execFile(process.execPath, command, { cwd: root, env }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

describe("the digits program", { timeout: 120_000 }, () => {
  const folder = temporaryFolder();

  beforeAll(() => {
    expect(existsSync(join(root, "dist/index.js")), "the example imports the built package: npm run build").toBe(true);
  });

  it("learns, tells what it learnt, and a saved network does the same again", async () => {
    const path = join(folder, "network.json");
    const argv = "--epochs 2 --hidden 16 --seed 5 --require-accuracy 60".split(" ");
    const trained = await run([...argv, "--save", path]);
    expect(trained.stderr).toBe("");
    expect(trained.code).toBe(0);
    const stdout = trained.stdout;
    expect(stdout).toMatch(/^digits {9}built in/);
    expect(stdout).toContain("784-16-10, 12,730 parameters, seed 5");
    expect(stdout).toMatch(/^ {15}activations sigmoid, sigmoid; loss squaredError$/m);
    expect(stdout).toMatch(/^recipe {9}tutorial: online gradient descent, .*$/m);
    expect(stdout.match(/^epoch [12]\/2 .*loss \d\.\d{4} .*samples\/s/gm)).toHaveLength(2);
    expect(stdout).toMatch(/^test accuracy {2}\d+\.\d{2} %$/m);
    expect(stdout).toMatch(/^training time {2}\d+\.\d{2} s for 2 epochs$/m);
    expect(stdout).toMatch(/^speed {10}[\d,]+ samples\/s$/m);
    expect(stdout).toMatch(/^backend {8}(native, \S+|typescript)$/m);
    expect(stdout).toContain("Read right");
    // Neither colours nor rewritten lines go into a file.
    expect(stripVTControlCharacters(stdout)).toBe(stdout);
    expect(stdout).not.toContain("\r");
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(Math.max(100, path.length + 30));
    expect(await readdir(folder)).toEqual(["network.json"]);

    const loaded = await run(["--load", path, "--require-accuracy", "99.9"]);
    expect(loaded.code).toBe(1);
    expect(loaded.stdout).not.toContain("recipe");
    expect(loaded.stderr).toMatch(/^digits: the test accuracy of \d+\.\d{2} % is below the required 99\.9 %\n$/);
    const accuracy = (text: string) => text.match(/^test accuracy .*\n.*$/m)?.[0];
    expect(accuracy(loaded.stdout)).toBe(accuracy(stdout));
    // The confusion matrix and the drawings with what the network said.
    const readings = (text: string) =>
      text.slice(text.indexOf("read as")).split("\n\nThe network is saved")[0].trimEnd();
    expect(readings(loaded.stdout).length).toBeGreaterThan(1000);
    expect(readings(loaded.stdout)).toBe(readings(stdout));
  });

  it("trains by the modern recipe and says so", async () => {
    const argv = "--recipe modern --epochs 2 --hidden 16 --require-accuracy 60".split(" ");
    const { code, stdout, stderr } = await run(argv, { DOWNHILL_BACKEND: "typescript" });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^backend {8}typescript$/m);
    expect(stdout).toMatch(/^ {15}activations relu, softmax; loss categoricalCrossEntropy$/m);
    expect(stdout).toMatch(/^recipe {9}modern: Adam in batches of 64, .*$/m);
    expect(stdout.match(/^epoch [12]\/2 .*loss \d\.\d{4} .*samples\/s/gm)).toHaveLength(2);
  });

  it("says in one line what is wrong", async () => {
    const { code, stdout, stderr } = await run(["--data", join(folder, "none")]);
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: "",
      stderr: `digits: there is no folder ${join(folder, "none")}\n`,
    });
  });
});
