// What package checkers and compilers say about the tarball.
import { cpSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run, tool, tools } from "./commands.mjs";
import { step } from "./steps.mjs";

/** @param {string} tarball */
export async function checkQuality(tarball) {
  await step("publint has nothing to say", () => {
    run(process.execPath, [tool("publint", "publint"), "run", tarball, "--strict"]);
  });
  await step("@arethetypeswrong/cli finds the types right", () => {
    // That `require` gives an ES module is meant: Node.js allows it in all versions this package supports, and the
    // steps of installed packages do it. A second build in CommonJS would be a second module with classes of its own.
    const meant = ["--ignore-rules", "cjs-resolves-to-esm"];
    run(process.execPath, [tool("@arethetypeswrong/cli", "attw"), tarball, ...meant]);
  });
}

/** The oldest TypeScript that the README names, and the newest there is. */
const COMPILERS = ["typescript-oldest", "typescript-newest"];

const RESOLUTIONS = {
  "ES modules of Node.js": [],
  "a bundler": ["--module", "esnext", "--moduleResolution", "bundler"],
  "@types/node in place of the DOM": [
    ...["--lib", "es2022", "--types", "node"],
    ...["--typeRoots", join(tools, "node_modules/@types")],
  ],
};

/** @param {string} project - a folder in which the package is installed */
export async function checkTypes(project) {
  const folder = join(project, "types");
  cpSync(fileURLToPath(new URL("types", import.meta.url)), folder, { recursive: true });
  const compile = (/** @type {string} */ compiler, /** @type {string[]} */ args) =>
    run(process.execPath, [tool(compiler, "tsc"), ...args], { cwd: folder });
  for (const compiler of COMPILERS) {
    const version = compile(compiler, ["--version"]).trim().replace("Version", "TypeScript");
    for (const [name, options] of Object.entries(RESOLUTIONS)) {
      await step(`${version}: the types are exactly as promised, for ${name}`, () => {
        compile(compiler, ["--project", "tsconfig.json", ...options]);
      });
    }
  }
  await step("TypeScript's newest: the types are there for require", () => {
    compile("typescript-newest", ["--project", "tsconfig.required.json"]);
  });
}
