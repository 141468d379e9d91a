import { loadAddon } from "../../src/backend/loader.ts";
import { type Addon, nativeBackend } from "../../src/backend/native.ts";
import type { Backend } from "../../src/backend/types.ts";

/** The binary; the projects that ask for it run only where there is one. */
export function requireAddon(): Addon {
  const { addon, attempts } = loadAddon();
  if (addon) return addon;
  throw new Error(`there is no binary: ${JSON.stringify(attempts)}`);
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
