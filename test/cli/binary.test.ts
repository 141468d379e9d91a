import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { Network } from "../../src/index.ts";
import { inheritedEnvironment, root, runCommand } from "../support/child.ts";
import { writeFlowers } from "../support/command_data.ts";
import { temporaryFolder } from "../support/folder.ts";
import { allWeights } from "../support/networks.ts";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const main = join(root, "dist/cli/main.js");
const flowers = at("flowers.csv");

beforeAll(() => {
  expect(existsSync(main), "the built package is run: npm run build").toBe(true);
  writeFlowers(flowers, 20_000);
});

function run(argv: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  return runCommand([process.execPath, main, ...argv], environment);
}

function start(argv: readonly string[]): ChildProcess & { readonly stdout: object; readonly stderr: object } {
  const child = spawn(process.execPath, [main, ...argv], { env: inheritedEnvironment() as NodeJS.ProcessEnv });
  child.stdout.setEncoding("utf8");
  child.stderr.setEncoding("utf8");
  return child;
}

/** Sends a signal once a training has told of an epoch, and gives what came of it. */
async function interrupted(argv: readonly string[], signal: NodeJS.Signals) {
  const child = start(argv);
  let stderr = "";
  child.stderr?.on("data", (text: string) => {
    stderr += text;
  });
  child.stdout?.once("data", () => child.kill(signal));
  const [code] = await once(child, "close");
  return { code, stderr };
}

/** The files of dist that one loads at once, itself among them. */
function importedBy(path: string, found = new Set<string>()): readonly string[] {
  found.add(relative(join(root, "dist"), path).replaceAll("\\", "/"));
  for (const [, name] of readFileSync(path, "utf8").matchAll(/^(?:import|export)\b[^"']*?["'](\.[^"']+)["'];?$/gm)) {
    const imported = join(dirname(path), name);
    if (!found.has(relative(join(root, "dist"), imported).replaceAll("\\", "/"))) importedBy(imported, found);
  }
  return [...found];
}

describe("the program", () => {
  it("says what went wrong with its exit code", async () => {
    expect(await run(["--help"])).toMatchObject({ code: 0, stderr: "" });
    expect(await run(["train"])).toMatchObject({ code: 2, stdout: "" });
    expect(await run(["inspect", at("none.json")])).toMatchObject({ code: 1, stdout: "" });
  });

  it("loads no more for its help than what it says", () => {
    const files = importedBy(main);
    expect(files).not.toContain("library.js");
    const bytes = files.reduce((sum, name) => sum + statSync(join(root, "dist", name)).size, 0);
    expect(bytes).toBeLessThan(300_000);
    // All else of the program waits for the command that needs it.
    const all = readdirSync(join(root, "dist/cli")).filter((name) => name.endsWith(".js"));
    expect(files.filter((name) => name.startsWith("cli/")).length).toBeLessThan(all.length / 2);
  });

  it("colours nothing in a pipe, unless it is told to", async () => {
    const model = at("colours.json");
    await run(["train", flowers, "--target", "species", "--epochs", "1", "--out", model, "--quiet"]);
    const plain = await run(["inspect", model], { NO_COLOR: "", FORCE_COLOR: "" });
    expect(plain).toMatchObject({ code: 0, stderr: "" });
    expect(plain.stdout).not.toContain("\u001b");
    expect((await run(["inspect", model], { NO_COLOR: "", FORCE_COLOR: "1" })).stdout).toContain("\u001b[");
    expect((await run(["inspect", model], { NO_COLOR: "1", FORCE_COLOR: "" })).stdout).toBe(plain.stdout);
  });

  it.skipIf(process.platform === "win32")("ends when it is interrupted, though more input may come", async () => {
    const model = at("input.json");
    await run(["train", flowers, "--target", "species", "--epochs", "1", "--out", model, "--quiet"]);
    const child = start(["predict", model, "-"]);
    child.stdin?.write("id,size,colour,weight\n1,2,red,0\n");
    // Once, as a second signal would end it without a word.
    child.stdout?.once("data", () => child.kill("SIGINT"));
    const [code] = await once(child, "exit");
    expect(code).toBe(130);
  });

  it.skipIf(!existsSync("/dev/full"))(
    "says in a line that its output cannot be written",
    { timeout: 60_000 },
    async () => {
      const model = at("full.json");
      await run(["train", flowers, "--target", "species", "--epochs", "1", "--out", model, "--quiet"]);
      const full = openSync("/dev/full", "w");
      const other = ["--target", "species", "--epochs", "1", "--out", at("other.json")];
      for (const argv of [
        ["--help"],
        ["doctor", "--no-bench"],
        ["predict", model, flowers],
        ["evaluate", model, flowers],
        ["train", flowers, ...other, "--quiet"],
        ["train", flowers, ...other, "--json"],
      ]) {
        const env = inheritedEnvironment() as NodeJS.ProcessEnv;
        const { status, stderr } = spawnSync(process.execPath, [main, ...argv], {
          env,
          stdio: ["ignore", full, "pipe"],
        });
        const line = "downhill: the output cannot be written: ENOSPC: no space left on device, write\n";
        expect({ argv, status, stderr: String(stderr) }).toEqual({ argv, status: 1, stderr: line });
        expect(spawnSync(process.execPath, [main, ...argv], { env, stdio: ["ignore", full, full] }).status).toBe(1);
      }
      closeSync(full);
    },
  );

  it("ends quietly with 0 when nobody reads on", async () => {
    const model = at("pipe.json");
    await run(["train", flowers, "--target", "species", "--epochs", "1", "--out", model, "--quiet"]);
    const child = start(["predict", model, flowers, "--probabilities"]);
    let stderr = "";
    child.stderr?.on("data", (text: string) => {
      stderr += text;
    });
    child.stdout?.once("data", () => child.stdout?.destroy());
    const [code, signal] = await once(child, "exit");
    expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: "" });
  });
});

// Windows ends processes without asking them.
describe.skipIf(process.platform === "win32")("a training that a signal ends", { timeout: 60_000 }, () => {
  const argv = [
    ...["train", flowers, "--target", "species", "--epochs", "60", "--layers", "64,32", "--dropout", "0.1"],
    "--json",
  ];

  it("goes on with --resume to the bits of one that was never interrupted", async () => {
    expect((await run([...argv, "--out", at("whole.json")])).code).toBe(0);
    const out = at("cut.json");
    const first = await interrupted([...argv, "--out", out], "SIGINT");
    expect(first.code).toBe(130);
    expect(first.stderr).toContain(`--out ${out} --resume\n`);
    const second = await interrupted([...argv, "--out", out, "--resume"], "SIGTERM");
    expect(second.code).toBe(143);
    expect(existsSync(out)).toBe(false);
    const last = await run([...argv, "--out", out, "--resume"]);
    expect(last.code).toBe(0);
    expect(JSON.parse(last.stdout.split("\n")[0]).epoch).toBeGreaterThan(2);
    const [a, b] = [await Network.load(out), await Network.load(at("whole.json"))];
    expect(allWeights(a)).toEqual(allWeights(b));
    expect(existsSync(`${out}.checkpoint`)).toBe(false);
  });
});
