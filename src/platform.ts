import type { LoadResult } from "./backend/loader.ts";
import type { CsvSamples } from "./data/csv.ts";
import type { CsvOptions } from "./data/csv_options.ts";
import { DownhillError, describe } from "./errors.ts";
import type { EncodeModel, ReadModel, WriteModel } from "./formats/model_file.ts";

/**
 * What only some JavaScript environments can do. An entry point registers what its environment offers, so
 * that nothing that is there for all of them imports a built-in module of Node.js.
 */
export interface Platform {
  /**
   * The bytes of a regular file, decompressed when it is gzip; nobody else holds their buffer. `sizeOf` sees the first
   * `headBytes` of them, or as many as there are, and says how many there may be, or throws: what goes on behind them is
   * not decompressed any further. Rejects with `ERR_DATA` when the file cannot be read or goes on.
   */
  readonly readBytes?: (path: string, headBytes: number, sizeOf: (head: Uint8Array) => number) => Promise<Uint8Array>;
  /**
   * The bytes of a regular file as they are; nobody else holds their buffer. `check` sees the file's size and its first
   * `headBytes` bytes, or as many as there are, before the rest is read; what it throws ends the reading. Rejects with
   * the system's error when the file cannot be read.
   */
  readonly readChecked?: (
    path: string,
    headBytes: number,
    check: (head: Uint8Array, size: number) => void,
  ) => Promise<Uint8Array>;
  /**
   * Writes a file in one step: whatever happens meanwhile, the path names either the file that was there before or the
   * complete new one, whose bytes are then on the disk. A symbolic link stays, and what it points to is replaced. Only
   * regular files are. Permissions stay, and are 0o644 for a new file, less the umask. Rejects with the system's error.
   */
  readonly replaceFile?: (path: string, parts: readonly Uint8Array[]) => Promise<void>;
  /** Rejects with the system's error where `replaceFile` cannot write, before there is anything to be written. */
  readonly assertReplaceable?: (path: string) => Promise<void>;
  /** SHA-256 of parts in a row, (32), in pieces that leave turns of the event loop to others. */
  readonly sha256?: (parts: readonly Uint8Array[]) => Promise<Uint8Array>;
  /** Reads a CSV file; see `Dataset.csv`. */
  readonly readCsv?: (path: string, options: CsvOptions) => Promise<CsvSamples>;
  /** Reads a file of a model; see `Network.load`. */
  readonly readModel?: ReadModel;
  /** Writes a file of a model; see `Network.save`. */
  readonly writeModel?: WriteModel;
  /** The bytes of such a file; see `Network.toBytes`. */
  readonly encodeModel?: EncodeModel;
  /** A path as the present working directory makes it, so that it means the same when the process has moved on. */
  readonly resolvePath?: (path: string) => string;
  /** Looks for the native binary. */
  readonly loadAddon?: () => LoadResult;
  /** An environment variable; undefined where it is not set, is empty, or may not be looked at. */
  readonly variable?: (name: string) => string | undefined;
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

/** The error for what needs a platform that has files. */
export function onlyInNode(what: unknown, verb: "read" | "written"): DownhillError {
  const name = typeof what === "string" ? what : describe(what);
  return new DownhillError("ERR_FORMAT", `${name} cannot be ${verb}: model files can only be ${verb} in Node.js`);
}

/** A path as it is meant when somebody is called with it; anything else, and an empty path, as it is. */
export function resolvedPath<T>(path: T): T | string {
  return typeof path === "string" && path !== "" ? (registered.resolvePath?.(path) ?? path) : path;
}
