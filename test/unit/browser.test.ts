import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

/** Every module that the browser's entry point loads; imports of types alone are gone after compilation. */
function loadedBy(entry: URL, seen = new Map<string, string>()): Map<string, string> {
  if (seen.has(entry.href)) return seen;
  const source = readFileSync(entry, "utf8");
  seen.set(entry.href, source);
  for (const specifier of specifiersIn(source)) {
    if (specifier.startsWith(".")) loadedBy(new URL(specifier, entry), seen);
  }
  return seen;
}

function specifiersIn(source: string): string[] {
  const statements = source.matchAll(/^(?:import|export)\s+(?!type\b)[^;]*?from\s+"([^"]+)"|\bimport\("([^"]+)"\)/gm);
  return Array.from(statements, ([, from, dynamic]) => from ?? dynamic);
}

it("the browser's entry point loads nothing of Node.js", () => {
  const modules = loadedBy(new URL("../../src/browser.ts", import.meta.url));
  expect(modules.size).toBeGreaterThan(15);
  for (const [file, source] of modules) {
    for (const specifier of specifiersIn(source)) expect(specifier, file).toMatch(/^\./);
    expect(source, file).not.toMatch(/\bprocess\.\w|\bBuffer\b/);
  }
});

it("the entry point for Node.js does: the check above can fail", () => {
  const modules = loadedBy(new URL("../../src/index.ts", import.meta.url));
  expect([...modules.values()].flatMap(specifiersIn).some((specifier) => specifier.startsWith("node:"))).toBe(true);
});
