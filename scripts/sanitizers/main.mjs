// npm run test:sanitizers -- [--only cpp-asan,valgrind] [--quick] [--install]
// Runs the native code under sanitizers and valgrind, and prints a table. Tools that are missing are installed as root
// with --install or where CI is set; else their parts are skipped, in words.
import { parseArgs } from "node:util";
import { PARTS } from "./parts.mjs";
import { missingTools } from "./tools.mjs";

const { values: options } = parseArgs({
  options: { only: { type: "string" }, quick: { type: "boolean" }, install: { type: "boolean" } },
});
const wanted = options.only?.split(",");
const unknown = wanted?.filter((name) => PARTS.every((part) => part.name !== name)) ?? [];
if (unknown.length > 0) {
  console.error(`--only ${unknown.join(",")}: expected names out of ${PARTS.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}
const installs = process.getuid?.() === 0 && (options.install || Boolean(process.env.CI));

/** @type {{ name: string, outcome: "passed" | "failed" | "skipped", seconds: number, note: string }[]} */
const rows = [];
for (const { name, what, tools, run } of PARTS) {
  if (wanted && !wanted.includes(name)) continue;
  const started = Date.now();
  const add = (/** @type {"passed" | "failed" | "skipped"} */ outcome, /** @type {string} */ note) => {
    rows.push({ name, outcome, seconds: Math.round((Date.now() - started) / 1000), note });
    console.log(`-- ${outcome}: ${note}`);
  };
  console.log(`== ${name}: ${what}`);
  const missing = process.platform === "linux" ? missingTools(tools, installs) : "it runs on Linux";
  if (missing) {
    add("skipped", missing);
    continue;
  }
  try {
    add("passed", run(Boolean(options.quick)));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    add("failed", "see above");
  }
}

for (const { name, outcome, seconds, note } of rows) {
  console.log(`${name.padEnd(12)} ${outcome.padEnd(8)} ${String(seconds).padStart(5)} s  ${note}`);
}
const count = (/** @type {string} */ outcome) => rows.filter((row) => row.outcome === outcome).length;
console.log(`${count("passed")} passed, ${count("failed")} failed, ${count("skipped")} skipped`);
// What was to be installed and could not be is no reason to go without.
if (count("failed") > 0 || count("passed") === 0 || (installs && count("skipped") > 0)) process.exitCode = 1;
