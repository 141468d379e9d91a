import nodeModule, { createRequire } from "node:module";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { exists, fileSystem, granted, variable } from "../granted.ts";
import { type Addon, assertCompatible } from "./native.ts";

/** One place that was tried for the binary, and why it did not serve. */
export interface LoadAttempt {
  readonly path: string;
  readonly error: string;
}

/** The binary, or nothing, with every failure on the way. */
export interface LoadResult {
  readonly addon: Addon | undefined;
  /** Where the binary that serves was found. */
  readonly path: string | undefined;
  readonly attempts: readonly LoadAttempt[];
}

/** Where to look and how to load: given by tests, the real thing by default. */
export interface LoaderEnvironment {
  readonly explicitPath: string | undefined;
  /** Binaries that were compiled where the package lies: a development checkout, or an installed package. */
  readonly developmentPaths: readonly string[];
  /** This platform's key in the table of prebuilt binaries, and the table. */
  readonly platform: string;
  readonly prebuilt: Readonly<Record<string, () => unknown>>;
  /** Whether this is a development checkout, in which nobody has promised a prebuilt binary. */
  readonly isCheckout: boolean;
  require(path: string): unknown;
  exists(path: string): boolean;
  warn(message: string, code: string, detail: string): void;
}

/**
 * Looks for the binary: at DOWNHILL_NATIVE_PATH; in `build/`, where it was compiled; the prebuilt one of this platform.
 * The first that loads serves, and every failure on the way is kept. Nothing is printed; on a platform that has a prebuilt
 * binary, one that is damaged gives one warning, and so does one that an installed package has lost.
 */
export function loadAddon(environment: LoaderEnvironment = realEnvironment()): LoadResult {
  const attempts: LoadAttempt[] = [];
  const attempt = (path: string, load: () => unknown): Addon | undefined => {
    try {
      const loaded = load();
      assertCompatible(loaded);
      return loaded;
    } catch (error) {
      attempts.push({ path, error: firstLine(error) });
      return undefined;
    }
  };

  const explicit = environment.explicitPath === undefined ? [] : [resolve(environment.explicitPath)];
  for (const path of [...explicit, ...environment.developmentPaths]) {
    if (!environment.exists(path)) {
      attempts.push({ path, error: "there is no such file" });
      continue;
    }
    const addon = attempt(path, () => environment.require(path));
    if (addon) return { addon, path, attempts };
  }
  const { platform } = environment;
  const path = `prebuilds/${platform}/downhill.node`;
  const load = environment.prebuilt[platform];
  if (!load) {
    attempts.push({ path, error: "there is no prebuilt binary for this platform" });
    return { addon: undefined, path: undefined, attempts };
  }
  const addon = attempt(path, load);
  const failure = attempts[attempts.length - 1];
  if (!addon && !(environment.isCheckout && failure.error.includes("Cannot find module"))) {
    environment.warn(
      `downhill could not load ${path} and runs on TypeScript: ${failure.error}`,
      "DOWNHILL_NATIVE_LOAD",
      "To compile it for this machine: node node_modules/downhill/scripts/build-from-source.mjs. " +
        "To choose TypeScript, without this warning: DOWNHILL_BACKEND=typescript",
    );
  }
  return { addon, path: addon && path, attempts };
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n", 1)[0];
}

function realEnvironment(): LoaderEnvironment {
  return {
    explicitPath: variable("DOWNHILL_NATIVE_PATH"),
    developmentPaths: packageFolders().flatMap((folder) =>
      ["build/Release", "build/cmake/Release", "build/Debug"].map((build) => resolve(folder, build, "downhill.node")),
    ),
    // Asked for only where no other binary served: telling musl from glibc may take a while.
    get platform() {
      return platformKey();
    },
    get prebuilt() {
      return bundledTable ?? ownTable();
    },
    isCheckout: packageFolders().some((folder) => exists(resolve(folder, "src", "backend", "loader.ts"))),
    // By its module: webpack puts something of its own in the place of an imported `createRequire`.
    require: (path) => nodeModule.createRequire(path)(path),
    exists,
    warn(message, code, detail) {
      // Who asks for native code and nothing else gets an error that says all of it.
      if (variable("DOWNHILL_BACKEND") !== "native") process.emitWarning(message, { code, detail });
    },
  };
}

type Prebuilt = LoaderEnvironment["prebuilt"];

let bundledTable: Prebuilt | undefined;

/** Gives the loader a table that has been imported: bundlers do not follow what it requires by itself. */
export function registerPrebuilt(table: Prebuilt): void {
  bundledTable = table;
}

/** In this form those who only trace files, such as Next.js, follow it. */
function ownTable(): Prebuilt {
  const require = createRequire(import.meta.url);
  return require("./prebuilt.cjs");
}

/**
 * The folder of this package, whose `build/` holds what was compiled there; none for a bundle, which is a file of some
 * other package and has no URL in CommonJS.
 */
function packageFolders(): string[] {
  const url: string | undefined = import.meta.url;
  if (!url?.startsWith("file:")) return [];
  return [resolve(dirname(fileURLToPath(url)), "..", "..")].filter(isThisPackage);
}

function isThisPackage(folder: string): boolean {
  try {
    return JSON.parse(fileSystem().readFileSync(resolve(folder, "package.json"), "utf8")).name === "downhill";
  } catch {
    return false;
  }
}

/** Where glibc's loader lies; systems without these files may still have it elsewhere. */
const GLIBC_LOADERS = ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"];

/** The platform as prebuilt binaries are named: musl has its own on Linux. */
function platformKey(): string {
  const isMusl = process.platform === "linux" && !GLIBC_LOADERS.some((path) => exists(path)) && usesMusl();
  return `${process.platform}${isMusl ? "musl" : ""}-${process.arch}`;
}

/** A process on glibc reports its version; one on musl has none to report. */
function usesMusl(): boolean {
  const report = granted(() => process.report?.getReport()) as
    | { header?: { glibcVersionRuntime?: string } }
    | undefined;
  return report?.header !== undefined && report.header.glibcVersionRuntime === undefined;
}
