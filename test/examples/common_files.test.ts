import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CommandError } from "../../examples/common/errors.ts";
import { checkWritable, loadJson, saveJson } from "../../examples/common/files.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "downhill-files-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function failure(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CommandError);
  const { message } = error as Error;
  expect(message).not.toContain("\n");
  return message;
}

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
    expect(await failure(checkWritable(lost))).toBe(
      `cannot save to ${lost}: the folder ${join(folder, "none")} does not exist`,
    );
    expect(await failure(checkWritable(folder))).toBe(`cannot save to ${folder}: it is a folder`);
  });

  it("are refused when they are missing or not JSON", async () => {
    const path = join(folder, "network.json");
    expect(await failure(loadJson(path))).toBe(`cannot load ${path}: there is no such file`);
    await writeFile(path, "{");
    expect(await failure(loadJson(path))).toBe(`cannot load ${path}: it is not JSON`);
  });
});
