import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { packed, unpack } from "./cache.ts";

const root = resolve(import.meta.dirname, "../..");

/** Whether the prebuilt binary of a platform is there and no older than what it is built from. */
export function isBuilt(platform: string): boolean {
  return isUpToDate(`prebuilds/${platform}/downhill.node`, ["native", "scripts", "CMakeLists.txt"]);
}

/** Builds the prebuilt binary of a platform. Returns what went wrong. */
export function buildBinary(platform: string): string | undefined {
  if (isBuilt(platform)) return undefined;
  console.log(`building for ${platform}`);
  return failureOf("npm", ["run", "prebuilds", "--", platform]);
}

/**
 * Makes an application that depends on the packed package, and has the smoke program in it. It has no build folder, so
 * the prebuilt binaries are what runs.
 */
export function makeApplication(folder: string): void {
  if (!isUpToDate("dist/index.js", ["src", "scripts/build.mjs", "tsconfig.build.json"])) {
    console.log("building dist");
    const failure = failureOf(process.execPath, ["scripts/build.mjs"]);
    if (failure) throw new Error(failure);
  }
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "downhill"), { recursive: true });
  unpack(packed(root, folder), join(modules, "downhill"));
  const manifest = { private: true, type: "module", dependencies: { downhill: "*" } };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  for (const file of readdirSync(import.meta.dirname).filter((name) => name.startsWith("smoke"))) {
    cpSync(join(import.meta.dirname, file), join(folder, file));
  }
}

function isUpToDate(target: string, sources: readonly string[]): boolean {
  const path = join(root, target);
  if (!existsSync(path)) return false;
  const { mtimeMs } = statSync(path);
  return sources.every((source) => newest(join(root, source)) <= mtimeMs);
}

/** When the newest of a file, or of the files in a folder, was written. */
function newest(path: string): number {
  if (!statSync(path).isDirectory()) return statSync(path).mtimeMs;
  return Math.max(...readdirSync(path).map((name) => newest(join(path, name))));
}

/** The end of what a command printed, if it failed. */
function failureOf(command: string, args: readonly string[]): string | undefined {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: "utf8" });
  if (status === 0) return undefined;
  const output = `${stdout}${stderr}`.trim().split("\n").slice(-15).join("\n");
  return `${command} ${args.join(" ")} failed:\n${output}`;
}
