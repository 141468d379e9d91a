// Derives the float64 kernels of the TypeScript backend from the float32 ones: the same text without the rounding.
// With --check it writes nothing and fails where the derived file is not up to date.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = new URL("../src/backend/typescript/", import.meta.url);

/** Removes every call of fround, keeping what it rounds; the parentheses stay, and with them the order. */
export function deriveFloat64(source) {
  return source
    .replace(/^const fround = Math\.fround;\n/m, "")
    .replaceAll("fround(", "(")
    .replaceAll("Float32", "Float64")
    .replaceAll("float32", "float64")
    .replace(/\/\*\*[\s\S]*?\*\/\n/, "/** Derived from float32.ts by `npm run derive`; change that file instead. */\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const derived = deriveFloat64(readFileSync(new URL("float32.ts", folder), "utf8"));
  const formatted = execFileSync("npx", ["biome", "check", "--write", "--stdin-file-path=float64.ts"], {
    input: derived,
    encoding: "utf8",
    stdio: ["pipe", "pipe", "ignore"],
  });
  const target = new URL("float64.ts", folder);
  if (!process.argv.includes("--check")) writeFileSync(target, formatted);
  else if (readFileSync(target, "utf8") !== formatted) {
    console.error("src/backend/typescript/float64.ts is not what float32.ts gives: run `npm run derive`");
    process.exitCode = 1;
  }
}
