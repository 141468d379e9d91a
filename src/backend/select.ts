import { DownhillError, describe } from "../errors.ts";
import { BACKEND_NAMES } from "../options.ts";
import { currentPlatform } from "../platform.ts";
import type { BackendName } from "../types.ts";
import { VERSION } from "../version.ts";
import type { Kernels } from "./kernels.ts";
import type { LoadAttempt } from "./loader.ts";
import { nativeBackend } from "./native.ts";
import type { Backend } from "./types.ts";
import { typescriptBackend } from "./typescript/index.ts";

/** Which backend networks get by default, and why. */
export interface BackendInfo {
  readonly backend: "native" | "typescript";
  /** `avx512`, `avx2`, `neon` or `baseline`; `none` on the TypeScript backend. */
  readonly isa: string;
  /** Threads a training uses: 1. */
  readonly threads: number;
  /** The version of this package. */
  readonly version: string;
  /** The Node-API version of the process; undefined outside Node.js. */
  readonly nodeApi: number | undefined;
  /** Why it is this backend, in a sentence. */
  readonly reason: string;
  /** Every place tried for the binary in vain, with the reason. */
  readonly attempts: readonly LoadAttempt[];
}

interface Selection {
  /** Undefined where no binary could be loaded. */
  readonly native: Backend | undefined;
  /** What `auto` means here. */
  readonly preferred: Backend;
  readonly reason: string;
  readonly attempts: readonly LoadAttempt[];
}

let selection: Selection | undefined;

/** Loads the binary at the first use, not at import. What went wrong is kept; a wrong variable throws every time. */
function select(): Selection {
  selection ??= makeSelection();
  return selection;
}

function makeSelection(): Selection {
  const { variable, loadAddon } = currentPlatform();
  const wanted = variable?.("DOWNHILL_BACKEND") ?? "auto";
  if (!BACKEND_NAMES.includes(wanted as BackendName)) {
    throw new DownhillError(
      "ERR_OPTION",
      `DOWNHILL_BACKEND is ${describe(wanted)}, expected one of ${BACKEND_NAMES.join(", ")}`,
    );
  }
  if (wanted === "typescript") {
    return { native: undefined, preferred: typescriptBackend, reason: "DOWNHILL_BACKEND is typescript", attempts: [] };
  }
  if (!loadAddon) {
    return {
      native: undefined,
      preferred: typescriptBackend,
      reason: "native code cannot be loaded in this environment",
      attempts: [],
    };
  }
  const { addon, path, attempts } = loadAddon();
  const isa = variable?.("DOWNHILL_ISA");
  if (!addon) {
    if (wanted === "native") throw unavailable("DOWNHILL_BACKEND is native", attempts);
    if (isa !== undefined) throw unavailable(`DOWNHILL_ISA is ${describe(isa)}`, attempts);
    return { native: undefined, preferred: typescriptBackend, reason: "no native binary could be loaded", attempts };
  }
  const native = nativeBackend(addon, isa);
  return { native, preferred: native, reason: `loaded ${path}`, attempts };
}

function unavailable(who: string, attempts: readonly LoadAttempt[]): DownhillError {
  const tried = attempts.map(({ path, error }) => `\n  ${path}: ${error}`).join("");
  const outcome = tried ? `but no native binary could be loaded; tried:${tried}` : "so no native binary was looked for";
  return new DownhillError("ERR_BACKEND_UNAVAILABLE", `${who}, ${outcome}`);
}

/**
 * The backend of that name.
 *
 * @throws DownhillError `ERR_BACKEND_UNAVAILABLE` for `native` where it cannot be had, with all that was tried
 */
export function backendOf(name: BackendName): Backend {
  if (name === "typescript") return typescriptBackend;
  const { native, preferred, reason, attempts } = select();
  if (name === "auto") return preferred;
  if (native) return native;
  throw unavailable(attempts.length > 0 ? "backend is native" : `backend is native, and ${reason}`, attempts);
}

/**
 * Tells which backend networks get by default, its instruction set, and why. Environment variables decide at the first
 * use: `DOWNHILL_BACKEND` (auto, native, typescript: no binary is loaded then), `DOWNHILL_NATIVE_PATH` (where to
 * look first), `DOWNHILL_ISA` (a variant this machine can run).
 *
 * @throws DownhillError `ERR_OPTION` or `ERR_BACKEND_UNAVAILABLE` where a variable asks for what cannot be had
 */
export function backendInfo(): BackendInfo {
  const { preferred, reason, attempts } = select();
  return {
    backend: preferred.name,
    isa: preferred.isa,
    threads: preferred.threads,
    version: VERSION,
    nodeApi: currentPlatform().nodeApi,
    reason,
    attempts,
  };
}

/** The same kernels from either backend, on plain typed arrays; `native` is undefined without a binary. */
export const kernels: { readonly native: Kernels | undefined; readonly typescript: Kernels } = {
  get native() {
    return select().native?.kernels;
  },
  typescript: typescriptBackend.kernels,
};
