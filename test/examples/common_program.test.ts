import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { root } from "../support/child.ts";
import { temporaryFolder } from "../support/folder.ts";

const common = (file: string) => JSON.stringify(pathToFileURL(join(root, "examples/common", file)).href);

const folder = temporaryFolder();

/** Starts a program whose main function has this body. */
async function start(name: string, body: string): Promise<ChildProcess> {
  const path = join(folder, `${name}.mts`);
  const lines = [
    `import { addAbortSignal } from "node:stream";`,
    `import { text } from "node:stream/consumers";`,
    `import { CommandError } from ${common("errors.ts")};`,
    `import { runProgram } from ${common("program.ts")};`,
    `await runProgram("program", async (signal) => {`,
    body,
    "});",
  ];
  await writeFile(path, lines.join("\n"));
  return spawn(process.execPath, ["--import", "tsx", path], { cwd: root });
}

/** How a program ends: the moment that it first prints, `signal` is sent. */
async function outcomeOf(child: ChildProcess, signal?: NodeJS.Signals) {
  const { stdout, stderr } = child;
  if (!stdout || !stderr) throw new Error("the program has no output");
  if (signal) stdout.once("data", () => child.kill(signal));
  stdout.resume();
  const [message, [code]] = await Promise.all([text(stderr), once(child, "close")]);
  return { code, message };
}

describe("runProgram", { timeout: 60_000 }, () => {
  it("tells the user in one line what is wrong", async () => {
    const child = await start("wrong", `throw new CommandError("there is no x");`);
    expect(await outcomeOf(child)).toEqual({ code: 1, message: "program: there is no x\n" });
  });

  it("shows a mistake in the program in full", async () => {
    const { code, message } = await outcomeOf(await start("mistake", `throw new TypeError("no function");`));
    expect(code).toBe(1);
    expect(message).toContain("TypeError: no function");
    expect(message).toContain("at ");
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("stops what waits for input at a %s", async (signal, code) => {
    const body = `process.stdout.write("ready"); await text(addAbortSignal(signal, process.stdin));`;
    expect(await outcomeOf(await start(signal, body), signal)).toEqual({ code, message: "program: interrupted\n" });
  });
});
