import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Environment, root, runScript } from "../support/child.ts";

/** A copy of the package without any binary, so that these tests do not depend on what has been built here. */
let packageFolder: string;

beforeAll(async () => {
  packageFolder = await mkdtemp(join(tmpdir(), "downhill-environment-"));
  await cp(join(root, "src"), join(packageFolder, "src"), { recursive: true });
  await writeFile(join(packageFolder, "package.json"), '{ "name": "downhill", "type": "module" }');
});

afterAll(async () => {
  if (packageFolder) await rm(packageFolder, { recursive: true });
});

const script = `
  const { backendInfo, kernels, Network } = downhill;
  const answerOf = (action) => {
    try {
      return { value: action() };
    } catch ({ name, code, message }) {
      return { name, code, message };
    }
  };
  console.log(JSON.stringify({
    info: answerOf(backendInfo),
    again: answerOf(backendInfo),
    native: answerOf(() => typeof kernels.native),
    automatic: answerOf(() => new Network([1, 1]).backend),
    nativeNetwork: answerOf(() => new Network([1, 1], { backend: "native" }).backend),
    typescriptNetwork: answerOf(() => new Network([1, 1], { backend: "typescript" }).backend),
  }));`;

/** What each part of the package says in a process with these variables, a value or an error, and what is printed. */
async function answersWith(environment: Environment) {
  const none = { DOWNHILL_BACKEND: undefined, DOWNHILL_NATIVE_PATH: undefined, DOWNHILL_ISA: undefined };
  const { code, stdout, stderr } = await runScript(script, { ...none, ...environment }, packageFolder);
  expect(code, stderr).toBe(0);
  return { answers: JSON.parse(stdout), stderr };
}

const nowhere = resolve("nowhere/downhill.node");

describe("without a binary", () => {
  it("DOWNHILL_BACKEND of an unknown name is refused, every time", async () => {
    const { answers, stderr } = await answersWith({ DOWNHILL_BACKEND: "bogus" });
    const refusal = {
      name: "DownhillError",
      code: "ERR_OPTION",
      message: 'DOWNHILL_BACKEND is "bogus", expected one of auto, native, typescript',
    };
    expect(answers).toEqual({
      info: refusal,
      again: refusal,
      native: refusal,
      automatic: refusal,
      nativeNetwork: refusal,
      typescriptNetwork: { value: "typescript" },
    });
    expect(stderr).toBe("");
  });

  it("DOWNHILL_BACKEND=typescript looks for none", async () => {
    const { answers, stderr } = await answersWith({ DOWNHILL_BACKEND: "typescript", DOWNHILL_ISA: "bogus" });
    const reason = "DOWNHILL_BACKEND is typescript";
    expect(answers.info.value).toMatchObject({ backend: "typescript", isa: "none", reason, attempts: [] });
    expect(answers).toMatchObject({
      native: { value: "undefined" },
      automatic: { value: "typescript" },
      typescriptNetwork: { value: "typescript" },
      nativeNetwork: {
        code: "ERR_BACKEND_UNAVAILABLE",
        message: expect.stringContaining(`backend is native, and ${reason}`),
      },
    });
    expect(stderr).toBe("");
  });

  it("DOWNHILL_BACKEND=native is an error that lists what was tried", async () => {
    const { answers } = await answersWith({ DOWNHILL_BACKEND: "native", DOWNHILL_NATIVE_PATH: nowhere });
    const refusal = { name: "DownhillError", code: "ERR_BACKEND_UNAVAILABLE", message: answers.info.message };
    expect(answers).toMatchObject({ info: refusal, again: refusal, native: refusal, automatic: refusal });
    expect(answers.typescriptNetwork).toEqual({ value: "typescript" });
    const [first, ...tried] = answers.info.message.split("\n  ");
    expect(first).toBe("DOWNHILL_BACKEND is native, but no native binary could be loaded; tried:");
    expect(tried[0]).toBe(`${nowhere}: there is no such file`);
    expect(tried[1]).toBe(`${join(packageFolder, "build/Release/downhill.node")}: there is no such file`);
    expect(tried[tried.length - 1]).toMatch(/^prebuilds\/.*\/downhill\.node: /);
  });

  it.each([{}, { DOWNHILL_BACKEND: "auto" }, { DOWNHILL_BACKEND: "", DOWNHILL_ISA: "" }])(
    "TypeScript takes over, silently, with %o",
    async (environment) => {
      const { answers, stderr } = await answersWith({ ...environment, DOWNHILL_NATIVE_PATH: nowhere });
      const { attempts, ...info } = answers.info.value;
      expect(info).toMatchObject({
        backend: "typescript",
        isa: "none",
        reason: "no native binary could be loaded",
      });
      expect(attempts[0]).toEqual({ path: nowhere, error: "there is no such file" });
      expect(attempts.length).toBeGreaterThan(2);
      expect(answers).toMatchObject({
        native: { value: "undefined" },
        automatic: { value: "typescript" },
        nativeNetwork: { code: "ERR_BACKEND_UNAVAILABLE", message: expect.stringContaining(nowhere) },
      });
      expect(stderr).toBe("");
    },
  );

  it("DOWNHILL_ISA cannot be had", async () => {
    const { answers } = await answersWith({ DOWNHILL_ISA: "avx2" });
    const message = expect.stringContaining('DOWNHILL_ISA is "avx2", but no native binary could be loaded; tried:');
    expect(answers).toMatchObject({
      info: { code: "ERR_BACKEND_UNAVAILABLE", message },
      automatic: { code: "ERR_BACKEND_UNAVAILABLE", message },
      typescriptNetwork: { value: "typescript" },
    });
  });
});

describe("a file that is no binary", () => {
  it("gives the reason when DOWNHILL_NATIVE_PATH names it", async () => {
    const path = join(packageFolder, "package.json");
    const { answers, stderr } = await answersWith({ DOWNHILL_NATIVE_PATH: path });
    expect(answers.info.value.attempts[0]).toEqual({
      path,
      error: expect.stringContaining("its ABI number is undefined"),
    });
    expect(answers.automatic).toEqual({ value: "typescript" });
    expect(stderr).toBe("");
  });

  it("gives one warning with a code where the prebuilt binary should be, unless an error says it all", async () => {
    const prebuilds = join(packageFolder, "prebuilds");
    for (const system of [process.platform, `${process.platform}musl`]) {
      const folder = join(prebuilds, `${system}-${process.arch}`);
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, "downhill.node"), "not machine code");
    }
    const automatic = await answersWith({});
    const native = await answersWith({ DOWNHILL_BACKEND: "native" });
    await rm(prebuilds, { recursive: true });
    expect(automatic.answers.automatic).toEqual({ value: "typescript" });
    expect(automatic.stderr.match(/\[DOWNHILL_NATIVE_LOAD\]/g)).toEqual(["[DOWNHILL_NATIVE_LOAD]"]);
    expect(automatic.stderr).toContain("could not load prebuilds/");
    expect(automatic.stderr).toContain("build-from-source.mjs");
    expect(native.answers.info).toMatchObject({ code: "ERR_BACKEND_UNAVAILABLE" });
    expect(native.stderr).toBe("");
  });
});
