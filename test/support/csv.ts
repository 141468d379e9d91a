import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** Files that are gone after the tests of a file. */
export function csvFolder() {
  const folder = mkdtempSync(join(tmpdir(), "downhill-csv-"));
  let files = 0;
  afterAll(() => rmSync(folder, { recursive: true }));
  /** Writes a file and gives its path. */
  return (content: string | Uint8Array, name = `${files++}.csv`): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
}
