import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { nodeFileTrace } from "@vercel/nft";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BUNDLES } from "./bundles.mjs";

// An installed package, of this checkout's build: nothing of the checkout lies beside it, so what a bundle lacks is missing.

const root = resolve(import.meta.dirname, "../..");
const platform = `${process.platform}-${process.arch}`;
const prebuilt = `prebuilds/${platform}/downhill.node`;
const binary = [prebuilt, "build/Release/downhill.node"]
  .map((path) => join(root, path))
  .find((path) => existsSync(path));
const withoutBinary = `there is no binary for ${platform}: npm run build:native`;

/** With the program and the package. */
const application = mkdtempSync(join(tmpdir(), "downhill-bundlers-"));
const installed = join(application, "node_modules");
const data = join(application, "data.csv");
/** What the program answers without any bundler. */
let expected;

beforeAll(async () => {
  expect(existsSync(join(root, "dist/index.js")), "the built package is bundled: npm run build").toBe(true);
  const target = join(installed, "downhill");
  for (const path of ["package.json", "dist"]) cpSync(join(root, path), join(target, path), { recursive: true });
  // The other platforms' binaries are missing, as they are where somebody has taken them away: no bundler may mind.
  if (binary) copyFile(binary, join(target, prebuilt));
  copyFile(join(import.meta.dirname, "server.mjs"), join(application, "server.mjs"));
  writeFileSync(data, "a,b,t\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n");
  const { fit, outputs, info } = await run(join(application, "server.mjs"));
  expect(fit.epochs).toBe(300);
  if (binary) expect(info.reason).toBe(`loaded ${prebuilt}`);
  expected = { fit, outputs };
});

afterAll(() => {
  rmSync(application, { recursive: true, force: true });
});

function copyFile(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to);
}

/** Runs a program whose last line is JSON. */
function run(path, variables = {}) {
  const { DOWNHILL_BACKEND, DOWNHILL_ISA, DOWNHILL_NATIVE_PATH, NODE_OPTIONS, ...others } = process.env;
  const env = { ...others, ...variables };
  return new Promise((done, fail) => {
    execFile(process.execPath, [path, data], { cwd: dirname(path), env, timeout: 60_000 }, (error, stdout, stderr) => {
      if (error) fail(new Error(`${path}: ${stderr.slice(-1000)}`));
      else done({ ...JSON.parse(stdout), stderr });
    });
  });
}

/** Does something while no package can be found, neither by name nor at the place where it was bundled. */
async function withoutPackages(action) {
  const aside = `${installed}-aside`;
  renameSync(installed, aside);
  try {
    return await action();
  } finally {
    renameSync(aside, installed);
  }
}

describe.each(Object.entries(BUNDLES))("a server bundled with %s", (name, bundle) => {
  const folder = join(application, name.replace(/\W+/g, "-"));
  let path;
  beforeAll(async () => {
    path = await bundle(join(application, "server.mjs"), folder);
  });

  it("runs on the native backend, from its own folder alone", async ({ skip }) => {
    skip(!binary, withoutBinary);
    const { info, stderr, ...answers } = await withoutPackages(() => run(path));
    expect(info).toMatchObject({ backend: "native", reason: `loaded ${prebuilt}` });
    expect(info.attempts).toEqual([]);
    expect(stderr).toBe("");
    expect(answers).toEqual(expected);
  });

  it("runs on TypeScript where the binary is gone, and gives the same bits", async () => {
    for (const file of readdirSync(folder)) if (file.endsWith(".node")) rmSync(join(folder, file));
    const { info, stderr, ...answers } = await withoutPackages(() => run(path));
    expect(info).toMatchObject({ backend: "typescript", reason: "no native binary could be loaded" });
    expect(info.attempts.map((attempt) => attempt.path)).toEqual([prebuilt]);
    expect(answers).toEqual(expected);
  });

  it("takes a binary from where it is told to", async ({ skip }) => {
    skip(!binary, withoutBinary);
    const { info } = await withoutPackages(() => run(path, { DOWNHILL_NATIVE_PATH: binary }));
    expect(info).toMatchObject({ backend: "native", reason: `loaded ${binary}`, attempts: [] });
  });
});

describe("a file tracer, which Next.js and serverless packagers use,", () => {
  it("finds the binary, and what is imported on demand", async ({ skip }) => {
    skip(!binary, withoutBinary);
    const { fileList } = await nodeFileTrace([join(application, "server.mjs")], { base: application });
    const wanted = ["dist/csv.js", "dist/files_node.js", "dist/vendor/papaparse.js", prebuilt];
    expect(Array.from(fileList)).toEqual(expect.arrayContaining(wanted.map((path) => `node_modules/downhill/${path}`)));
  });
});
