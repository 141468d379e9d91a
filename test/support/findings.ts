import { expect } from "vitest";
import type { Finding } from "../../src/index.ts";

/** Codes with the layers they are about: "saturated 1". */
export function titles(findings: readonly Finding[]): string[] {
  return findings.map(({ code, layer }) => (layer === undefined ? code : `${code} ${layer}`));
}

/** Expects one finding, of this title, whose message has all of the fragments. */
export function expectFinding(findings: readonly Finding[], title: string, ...fragments: readonly string[]): void {
  expect(titles(findings)).toEqual([title]);
  for (const fragment of fragments) expect(findings[0].message).toContain(fragment);
}
