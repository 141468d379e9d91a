import { mkdtemp, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { checkWritable, loadJson, saveJson } from "../../examples/common/files.ts";
import { commandRejectionOf } from "../support/command_errors.ts";
import { temporaryFolder } from "../support/folder.ts";

const folders = temporaryFolder();
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(folders, "test-"));
});

describe("JSON files", () => {
  it("hold what was saved", async () => {
    const path = join(folder, "network.json");
    await saveJson(path, { a: [1, 2.5] });
    await saveJson(path, { b: 0.1 });
    expect(await loadJson(path)).toEqual({ b: 0.1 });
    expect(await readdir(folder)).toEqual(["network.json"]);
  });

  it("keep their content when saving fails", async () => {
    const path = join(folder, "network.json");
    await saveJson(path, "old");
    const circular: { self?: unknown } = {};
    circular.self = circular;
    await expect(saveJson(path, circular)).rejects.toThrow();
    expect(await loadJson(path)).toBe("old");
    expect(await readdir(folder)).toEqual(["network.json"]);
  });

  it("must have a folder to be in", async () => {
    await checkWritable(join(folder, "new.json"));
    const lost = join(folder, "none", "new.json");
    expect(await commandRejectionOf(checkWritable(lost))).toBe(
      `cannot save to ${lost}: the folder ${join(folder, "none")} does not exist`,
    );
    expect(await commandRejectionOf(checkWritable(folder))).toBe(`cannot save to ${folder}: it is a folder`);
  });

  it("are refused when they are missing or not JSON", async () => {
    const path = join(folder, "network.json");
    expect(await commandRejectionOf(loadJson(path))).toBe(`cannot load ${path}: there is no such file`);
    await writeFile(path, "{");
    expect(await commandRejectionOf(loadJson(path))).toBe(`cannot load ${path}: it is not JSON`);
  });
});
