import type { LoadResult } from "./backend/loader.ts";

/**
 * What only some JavaScript environments can do. An entry point registers what its environment offers, so
 * that no other file of this package imports a built-in module of Node.js.
 */
export interface Platform {
  /**
   * The bytes of a file, decompressed when the file is gzip; nobody else holds their buffer. Rejects with
   * `ERR_DATA` when the file cannot be read.
   */
  readonly readBytes?: (path: string) => Promise<Uint8Array>;
  /** Looks for the native binary. */
  readonly loadAddon?: () => LoadResult;
  /** The environment variables. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** The Node-API version of the process. */
  readonly nodeApi?: number;
  /** How many threads can run at once. */
  readonly processors?: number;
}

let registered: Platform = {};

/** Replaces what was registered before. Called once by an entry point, before anything else runs. */
export function registerPlatform(platform: Platform): void {
  registered = platform;
}

/** What the environment offers; without a registration, nothing. */
export function currentPlatform(): Platform {
  return registered;
}
