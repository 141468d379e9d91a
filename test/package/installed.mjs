// What an installed package does: on its binary, without one, with a damaged one, and with one compiled by its script.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { attempt, pathWith, run, which } from "./commands.mjs";
import { skip, step } from "./steps.mjs";
import { platformKey } from "./tarball.mjs";

/** @typedef {import("./managers.mjs").Project} Project */
/** @typedef {import("./managers.mjs").InstalledProject} InstalledProject */

const PREBUILT = `prebuilds/${platformKey()}/downhill.node`;
const COMPILED = "build/Release/downhill.node";
const WARNING = "DOWNHILL_NATIVE_LOAD";

/**
 * Trains in the project; what it says has to be the same on either backend.
 *
 * @param {Project} project
 * @param {Record<string, string>} [env]
 */
function train({ start }, env) {
  const { losses, accuracy, ...rest } = JSON.parse(start("trains.mjs", env));
  assert.ok(losses[1] < losses[0] / 10, `the loss went from ${losses[0]} to ${losses[1]}`);
  assert.equal(accuracy, 1);
  return rest;
}

/** @param {Project} project */
function checkNative(project, reason = `loaded ${PREBUILT}`) {
  const { info, digest, warnings } = train(project);
  assert.equal(info.backend, "native", JSON.stringify(info));
  assert.notEqual(info.isa, "none");
  assert.equal(info.reason, reason);
  assert.deepEqual(warnings, []);
  return digest;
}

/**
 * The package works on TypeScript, tells why, and has warned once.
 *
 * @param {Project} project
 * @param {RegExp} why
 * @param {string} digest - what the weights are on the native backend
 */
function checkFallback(project, why, digest) {
  const answers = train(project);
  assert.equal(answers.info.backend, "typescript");
  assert.equal(answers.info.reason, "no native binary could be loaded");
  const { path, error } = answers.info.attempts.at(-1);
  assert.equal(path, PREBUILT);
  assert.match(error, why);
  assert.equal(answers.digest, digest);
  assert.deepEqual(
    answers.warnings.map((/** @type {{ code: string }} */ { code }) => code),
    [WARNING],
  );
  assert.ok(answers.warnings[0].message.includes(error), answers.warnings[0].message);
}

/**
 * It runs native after `import` and `require`, and on TypeScript without a word where that is asked for.
 *
 * @param {Project} project
 * @returns {Promise<string>} the digest of the weights
 */
export async function checkRunning(project) {
  const digest = await step("runs native, from the prebuilt binary", () => checkNative(project));
  await step("can be required", () => {
    const { info, outputs } = JSON.parse(project.start("required.cjs"));
    assert.deepEqual({ backend: info.backend, outputs }, { backend: "native", outputs: 1 });
  });
  await step("runs on TypeScript where asked to, silently, to the same bits", () => {
    const answers = train(project, { DOWNHILL_BACKEND: "typescript" });
    assert.equal(answers.info.backend, "typescript");
    assert.deepEqual([answers.digest, answers.warnings], [digest, []]);
  });
  return digest;
}

/**
 * All files of a folder with what is in them.
 *
 * @param {string} folder
 */
export function filesIn(folder) {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  return Object.fromEntries(
    paths
      .filter((path) => statSync(join(folder, path)).isFile())
      .map((path) => [
        path,
        createHash("sha256")
          .update(readFileSync(join(folder, path)))
          .digest("hex"),
      ]),
  );
}

/** Temporary folders of the script that compiles. */
const leftBehind = () => readdirSync(tmpdir()).filter((name) => name.startsWith("downhill-build-"));

/**
 * The binary is lost, then damaged, then compiled.
 *
 * @param {InstalledProject} project
 * @param {string} digest - of the weights on the native backend
 */
export async function checkRepair(project, digest) {
  const { packageFolder } = project;
  const prebuilt = join(packageFolder, PREBUILT);
  await step("without the binary: TypeScript, the reason and one warning", () => {
    // Removed, not written to: the file may be a hard link into a store.
    rmSync(prebuilt);
    checkFallback(project, /Cannot find module/, digest);
  });
  await step("with a damaged binary: TypeScript, the reason and one warning", () => {
    writeFileSync(prebuilt, "not machine code");
    checkFallback(project, /./, digest);
  });

  const before = filesIn(packageFolder);
  await checkRefusals(project, before);
  const absent = ["g++", "make", "python3"].filter((name) => !which(name));
  if (absent.length > 0) {
    skip("builds from source", `${absent.join(", ")} not found here`);
    return;
  }
  await step("builds from source", () => {
    const folders = leftBehind();
    const said = build(project, { PATH: process.env.PATH });
    assert.equal(said.status, 0, said.stdout + said.stderr);
    assert.match(said.stdout, /backend native, instruction set \w+/);
    const { [COMPILED]: compiled, ...others } = filesIn(packageFolder);
    assert.ok(compiled);
    assert.deepEqual(others, before);
    assert.deepEqual(leftBehind(), folders);
  });
  await step("runs native, from what was built, to the same bits", () => {
    assert.equal(checkNative(project, `loaded ${join(packageFolder, COMPILED)}`), digest);
  });
  await step("keeps the binary when the next build fails", () => {
    const files = filesIn(packageFolder);
    const said = build(project, { PATH: process.env.PATH, CXX: "false" });
    assert.equal(said.status, 1);
    assert.match(said.stderr, /was not built: the build failed: .*Error/);
    assert.deepEqual(filesIn(packageFolder), files);
  });
}

/**
 * @param {Project} project
 * @param {Record<string, string | undefined>} env
 */
function build({ folder }, env) {
  return attempt(process.execPath, ["node_modules/downhill/scripts/build-from-source.mjs"], { cwd: folder, env });
}

/** What make and the build's rules call, besides the compiler. */
const UTILITIES = [
  "sh",
  "mkdir",
  "touch",
  "rm",
  "cp",
  "ln",
  "echo",
  "printf",
  "cat",
  "sed",
  "grep",
  "dirname",
  "which",
];

/**
 * Each thing that a build needs is missed by name, and nothing is left behind.
 *
 * @param {InstalledProject} project
 * @param {ReturnType<typeof filesIn>} before
 */
async function checkRefusals(project, before) {
  const python = which("python3") && run("python3", ["-c", "import sys; print(sys.executable)"]).trim();
  const make = which("make");
  const utilities = Object.fromEntries(UTILITIES.map((name) => [name, which(name) ?? ""]).filter(([, path]) => path));
  /** @type {{ missing: string, programs: Record<string, string> }[]} */
  const cases = [
    { missing: "Python 3", programs: {} },
    ...(python ? [{ missing: "make", programs: { python3: python } }] : []),
    ...(python && make ? [{ missing: "the C++ compiler", programs: { python3: python, make, ...utilities } }] : []),
  ];
  for (const { missing, programs } of cases) {
    await step(`does not build without ${missing}, and says what to install`, () => {
      const folder = mkdtempSync(join(dirname(project.folder), "path-"));
      const { status, stderr } = build(project, { PATH: pathWith(folder, programs) });
      assert.equal(status, 1);
      const last = stderr.trim().split("\n").at(-1) ?? "";
      assert.ok(
        last.startsWith(`downhill: the native backend was not built: ${missing} was not found. Install `),
        last,
      );
      assert.deepEqual(filesIn(project.packageFolder), before);
      assert.ok(!existsSync(join(project.packageFolder, "build")));
    });
  }
}
