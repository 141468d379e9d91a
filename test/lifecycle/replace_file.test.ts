import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../src/random.ts";
import { replaceFile } from "../../src/replace_file.ts";
import { translatedPackage } from "../support/translated.ts";
import { Victim } from "../support/victim.ts";

const KILLS = 50;

/**
 * Writes version after version, from the one behind the last on, and says when the first is there. The first line of
 * each has its number and how many other lines follow, up to 2 MB of them, which all have its number, too.
 */
const WRITER = `
  import { readFileSync } from "node:fs";
  import { replaceFile } from "./src/replace_file.js";
  const [path] = process.argv.slice(2);
  const first = Number.parseInt(readFileSync(path, "utf8"), 10) + 1;
  for (let version = first; ; version++) {
    const count = (version * 104_729) % 300_000;
    const lines = Buffer.from(\`\${version}\n\`.repeat(count));
    const middle = lines.length >> 1;
    await replaceFile(path, [Buffer.from(\`\${version} \${count}\n\`), lines.subarray(0, middle), lines.subarray(middle)]);
    if (version === first) console.log("written");
  }`;

describe("a file that is being replaced", () => {
  let folder: string;
  let files: string;
  let writer: string;
  let path: string;

  beforeAll(async () => {
    folder = await translatedPackage();
    writer = join(folder, "writer.js");
    await writeFile(writer, WRITER);
    files = join(folder, "files");
    await mkdir(files);
    path = join(files, "replaced");
    await writeFile(path, "0 0\n");
  });
  afterAll(async () => {
    if (folder) await rm(folder, { recursive: true });
  });

  /** The version in the file, which has to be complete. */
  async function intactVersion(): Promise<number> {
    const text = await readFile(path, "utf8");
    const [version, count] = text.slice(0, text.indexOf("\n")).split(" ").map(Number);
    expect(text === `${version} ${count}\n${`${version}\n`.repeat(count)}`, `version ${version}`).toBe(true);
    return version;
  }

  it("is intact whenever its writer is killed, and what that one left does not pile up", async () => {
    const random = new Random(7);
    let version = 0;
    let left = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const victim = new Victim([writer, path]);
      const line = await victim.nextLine();
      await pause(20 * random.uniform());
      await victim.kill();
      expect(line).toBe("written");
      const found = await intactVersion();
      expect(found).toBeGreaterThan(version);
      version = found;
      const names = await readdir(files);
      expect(names.length, names.join(" ")).toBeLessThanOrEqual(2);
      left += names.length - 1;
    }
    // Else no moment fell into the writing, and nothing was shown.
    expect(left).toBeGreaterThan(KILLS / 10);
    await replaceFile(path, [Buffer.from("last")]);
    expect(await readdir(files)).toEqual(["replaced"]);
  });
});
