import { resolve } from "node:path";
import { loadAddon } from "../../src/backend/loader.ts";
import { type Addon, nativeBackend } from "../../src/backend/native.ts";
import type { Backend } from "../../src/backend/types.ts";

/**
 * The binary, and no other than the one that was asked for: the loader goes on to the next where that one does not load. The
 * projects that ask for it run only where there is one.
 */
export function requireAddon(): Addon {
  const { addon, path, attempts } = loadAddon();
  const wanted = process.env.DOWNHILL_NATIVE_PATH;
  if (addon && (!wanted || path === resolve(wanted))) return addon;
  throw new Error(`there is no binary${wanted ? ` at ${wanted}` : ""}: ${JSON.stringify(attempts)}`);
}

/** A native backend for every instruction set that this machine can run. */
export function everyNativeBackend(): Backend[] {
  const addon = requireAddon();
  return addon.instructionSets.map((isa) => nativeBackend(addon, isa));
}

/** Those whose fast arithmetic fuses; the baseline of x86-64 cannot. */
export function fusingBackends(): Backend[] {
  return everyNativeBackend().filter(({ isa }) => isa !== "baseline");
}
