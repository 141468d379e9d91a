import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./folder.ts";

/** Files that are gone after the tests of a file. */
export function csvFolder() {
  const folder = temporaryFolder();
  let files = 0;
  /** Writes a file and gives its path. */
  return (content: string | Uint8Array, name = `${files++}.csv`): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
}
