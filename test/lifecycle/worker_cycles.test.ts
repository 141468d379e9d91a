import { rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { backendInfo } from "../../src/index.ts";
import { cyclesFailures } from "../soak/limits.ts";
import { runCommand } from "../support/child.ts";
import { QUIET_MEMORY } from "../support/memory.ts";
import { translatedPackage } from "../support/translated.ts";

/** `npm run test:soak` runs 500. */
const CYCLES = 16;

it("workers that train may be ended at any moment, and leave nothing behind", { timeout: 120_000 }, async () => {
  const folder = await translatedPackage();
  try {
    const command = [process.execPath, join(folder, "test/soak/cycles.js"), String(CYCLES)] as const;
    const DOWNHILL_NATIVE_PATH = backendInfo().reason.replace(/^loaded /, "");
    const { stdout, stderr, code } = await runCommand(command, { ...QUIET_MEMORY, DOWNHILL_NATIVE_PATH });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(cyclesFailures(JSON.parse(stdout))).toEqual([]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
