// Derives the kernels of the TypeScript backend from those in float32 with its rounding: the same text for the other
// element type, and for the fast arithmetic; and from these the text of the kernels for `network.toFunction`. With --check it
// writes nothing and fails where a file is not up to date.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { standaloneKernels } from "./derive_standalone.mjs";

const root = new URL("../", import.meta.url);
const FOLDER = "src/backend/typescript/";
const SOURCE = "float32";

/**
 * JavaScript computes in float64: without the rounding of every operation, float32 is rounded where values are stored.
 * Scalars are rounded by `Math.fround`, which stays.
 */
const withoutRounding = (text) =>
  text.replace(/^const fround = Math\.fround;\n/m, "").replace(/(?<!\.)\bfround\(/g, "(");
/** A number whose fraction is cut off at the last place of its type is rounded to an integer. */
const inFloat64 = (text) => text.replace("MANTISSA_BITS = 23", "MANTISSA_BITS = 52");
const withLanes = (count) => (text) => text.replace("LANES = 16", `LANES = ${count}`);
/** Elementary functions of float64 have constants of their own. */
const named64 = (text) =>
  text
    .replaceAll("Float32", "Float64")
    .replaceAll("float32", "float64")
    .replaceAll("Math.fround(", "(")
    .replace('"./elementary.ts"', '"../../../elementary.ts"');

/** What makes the text of each derived folder, and which files it has no need of. */
const DERIVED = {
  float32_fast: { steps: [withoutRounding, inFloat64, withLanes(1)], without: [] },
  float64: { steps: [withoutRounding, named64, withLanes(8)], without: ["elementary.ts"] },
  float64_fast: { steps: [withoutRounding, named64, withLanes(1)], without: ["elementary.ts"] },
};

function derive(file, source, steps) {
  const note = `/** Derived from ${SOURCE}/${file} by \`npm run derive\`; change that file instead. */\n`;
  return note + steps.reduce((text, step) => step(text), source.replace(/^\/\*\*[\s\S]*?\*\/\n/, ""));
}

function formatted(text) {
  return execFileSync("npx", ["biome", "check", "--write", "--stdin-file-path=derived.ts"], {
    input: text,
    encoding: "utf8",
    stdio: ["pipe", "pipe", "ignore"],
  });
}

/** Writes a derived file, or with --check says where it is not up to date. */
function keep(path, from, text) {
  const target = new URL(path, root);
  if (!process.argv.includes("--check")) {
    mkdirSync(new URL(".", target), { recursive: true });
    writeFileSync(target, text);
  } else if (!existsSync(target) || readFileSync(target, "utf8") !== text) {
    console.error(`${path} is not what ${from} gives: run \`npm run derive\``);
    process.exitCode = 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const file of readdirSync(new URL(`${FOLDER}${SOURCE}/`, root))) {
    const source = readFileSync(new URL(`${FOLDER}${SOURCE}/${file}`, root), "utf8");
    for (const [name, { steps, without }] of Object.entries(DERIVED)) {
      if (without.includes(file)) continue;
      keep(`${FOLDER}${name}/${file}`, `${SOURCE}/${file}`, formatted(derive(file, source, steps)));
    }
  }
  keep("src/formats/standalone_kernels.ts", FOLDER, formatted(await standaloneKernels()));
}
