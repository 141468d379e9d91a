import { mkdtemp, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { reasonOf } from "../../errors.ts";
import type { Check } from "./check.ts";

/** Whether files can be made where commands write by default, and where programs keep what they need for a while. */
export async function checkFolders(): Promise<Omit<Check, "name">> {
  const found = await Promise.all([process.cwd(), tmpdir()].map(async (path) => ({ path, error: await tryOut(path) })));
  const failed = found.filter(({ error }) => error !== undefined);
  if (failed.length === 0)
    return { outcome: "ok", detail: `${found.map(({ path }) => path).join(" and ")} can be written to` };
  return {
    outcome: "warning",
    detail: failed.map(({ path, error }) => `${path} cannot be written to: ${error}`).join("; "),
    advice: "give commands paths elsewhere",
  };
}

/** By doing it: permissions alone do not tell. */
async function tryOut(path: string): Promise<string | undefined> {
  try {
    await rmdir(await mkdtemp(join(path, ".downhill-doctor-")));
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}
