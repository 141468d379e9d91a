// @ts-check
// Builds and checks the prebuilt binaries:
//   main.mjs [--release] [--headers FOLDER] TARGET… | --all-here | --check
// --all-here builds what this machine can, --check looks whether all that a release holds are there. With --release a
// binary that needs a newer C library than promised is refused. The headers are node-api-headers' if none are named.
import { existsSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { binaryOf, build, thisHost } from "./build.mjs";
import { NotBuiltHere, TARGETS, toolchainFor } from "./targets.mjs";

try {
  main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      "all-here": { type: "boolean", default: false },
      check: { type: "boolean", default: false },
      release: { type: "boolean", default: false },
      headers: { type: "string" },
    },
  });
  const names = values["all-here"] ? targetsHere() : positionals;
  if (names.length === 0 && !values.check) {
    throw new Error(`Nothing to do: name targets (${Object.keys(TARGETS).join(", ")}), --all-here or --check.`);
  }
  const headers = headersFolder(values.headers);
  for (const name of names) build(name, { headers, isRelease: values.release });
  if (values.check) checkAll();
}

/** @param {string | undefined} given */
function headersFolder(given) {
  return given ? resolve(given) : createRequire(import.meta.url)("node-api-headers").include_dir;
}

/** What this machine can build; the rest is named with its reason. */
function targetsHere() {
  const host = thisHost();
  return Object.keys(TARGETS).filter((name) => {
    try {
      toolchainFor(name, host);
      return true;
    } catch (error) {
      if (!(error instanceof NotBuiltHere)) throw error;
      console.log(`skipped: ${error.message}`);
      return false;
    }
  });
}

function checkAll() {
  const names = Object.keys(TARGETS);
  const missing = names.filter((name) => !existsSync(binaryOf(name)));
  if (missing.length > 0) throw new Error(`A release holds all binaries, and these are missing: ${missing.join(", ")}`);
  for (const name of names) console.log(`${name.padEnd(16)} ${statSync(binaryOf(name)).size} bytes`);
}
