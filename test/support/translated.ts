import { cp, mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import ts from "typescript";
import { root } from "./child.ts";

/**
 * Makes a copy of the package, of this folder and of the soak in JavaScript. A process that runs it starts in a fifth of the time
 * that one takes which translates what it loads, and some tests start many.
 *
 * @returns the new folder, with `src`, `test/support` and `test/soak` in it, this checkout's dependencies and no binary
 */
export async function translatedPackage(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "downhill-translated-"));
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  await symlink(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  for (const part of ["src", "test/support", "test/soak"]) {
    for (const name of await readdir(join(root, part), { recursive: true })) {
      const from = join(root, part, name);
      const to = join(folder, part, name);
      await mkdir(dirname(to), { recursive: true });
      if (name.endsWith(".ts")) await writeFile(to.replace(/ts$/, "js"), translated(await readFile(from, "utf8")));
      if (name.endsWith(".cjs")) await cp(from, to);
    }
  }
  return folder;
}

function translated(source: string): string {
  const compilerOptions = {
    module: ts.ModuleKind.ES2022,
    target: ts.ScriptTarget.ES2022,
    verbatimModuleSyntax: true,
    rewriteRelativeImportExtensions: true,
  };
  return ts.transpileModule(source, { compilerOptions }).outputText;
}
