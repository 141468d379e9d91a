// @ts-check
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { inspect } from "./inspect.mjs";
import { toolchainFor } from "./targets.mjs";
import { problemsOf } from "./verdict.mjs";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** @param {string} name */
export const binaryOf = (name) => join(root, "prebuilds", name, "downhill.node");

/** @returns {import("./targets.mjs").Host} */
export function thisHost() {
  const compiler = spawnSync(process.env.CXX || "c++", ["-dumpmachine"], { encoding: "utf8" });
  return {
    platform: process.platform,
    arch: process.arch,
    isMusl: /musl/.test(compiler.stdout ?? ""),
    has: (command) => spawnSync(command, ["--version"], { stdio: "ignore" }).status === 0,
  };
}

/**
 * Builds a target's binary, looks at it, and puts it in its place if nothing is wrong with it.
 * @param {string} name
 * @param {{ headers: string, isRelease: boolean }} options
 */
export function build(name, { headers, isRelease }) {
  const toolchain = toolchainFor(name, thisHost());
  const folder = join(root, "build/prebuilds", name);
  rmSync(folder, { recursive: true, force: true });
  rmSync(binaryOf(name), { force: true });
  // Where each object's code goes in the binary; the linkers of Apple and Microsoft have another option for it.
  const map = name.startsWith("darwin") || name === "win32-arm64" ? [] : [`-Wl,-Map=${join(folder, "downhill.map")}`];
  const settings = [
    "-DCMAKE_BUILD_TYPE=Release",
    `-DNODE_API_INCLUDE=${headers}`,
    `-DCMAKE_SHARED_LINKER_FLAGS=${map.join(" ")}`,
  ];
  cmake("-S", root, "-B", folder, ...settings, ...toolchain);
  cmake("--build", folder, "--config", "Release", "--parallel", String(availableParallelism()));
  const stripped = join(folder, "stripped");
  cmake("--install", folder, "--config", "Release", "--strip", "--prefix", stripped);
  const binary = join(stripped, "downhill.node");
  const facts = inspect(name, folder, binary);
  print(name, facts);
  const problems = problemsOf(name, facts, isRelease);
  if (problems.length > 0) throw new Error(problems.map((problem) => `${name} ${problem}`).join("\n"));
  mkdirSync(dirname(binaryOf(name)), { recursive: true });
  cpSync(binary, binaryOf(name));
}

/** @param {string[]} args */
function cmake(...args) {
  const { status, error } = spawnSync("cmake", args, { stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) throw new Error(`cmake ${args.join(" ")} failed${error ? `: ${error.message}` : ""}`);
}

/**
 * @param {string} name
 * @param {import("./verdict.mjs").Facts} facts
 */
function print(name, facts) {
  const lines = {
    file: `${facts.format}, ${facts.bytes} bytes`,
    libraries: facts.needed.join(", ") || "none",
    glibc: facts.floor ?? "none",
    exports: facts.exports.join(", "),
    AVX: facts.avx ?? "none on this processor",
  };
  console.log(name);
  for (const [what, value] of Object.entries(lines)) console.log(`  ${what.padEnd(10)} ${value}`);
}
