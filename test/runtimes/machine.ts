import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { cacheFolder } from "./cache.ts";
import type { Runtime } from "./runtimes.ts";

/** A file or program that is needed, the Debian package that brings it, and where else than on the PATH it may lie. */
interface Need {
  readonly program: string;
  readonly debian: string;
  readonly path?: string;
}

/** How programs of another platform run here, and how its binary is built. */
interface Emulation {
  readonly runs: readonly Need[];
  readonly builds: readonly Need[];
  start(program: string): Start;
}

/** A command without the script's arguments, and its variables. */
export interface Start {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const ARM64_LIBRARIES = "/usr/aarch64-linux-gnu";

const QEMU: Need = { program: "qemu-aarch64-static", debian: "qemu-user-static" };
const WINE: Need = { program: "wine64", debian: "wine64", path: "/usr/lib/wine/wine64" };

/** What a machine with linux-x64 can run besides. */
const EMULATIONS: Readonly<Record<string, Emulation>> = {
  "linux-arm64": {
    runs: [
      QEMU,
      { program: "libc of arm64", debian: "libc6-arm64-cross", path: `${ARM64_LIBRARIES}/lib/ld-linux-aarch64.so.1` },
      {
        program: "libstdc++ of arm64",
        debian: "libstdc++6-arm64-cross",
        path: `${ARM64_LIBRARIES}/lib/libstdc++.so.6`,
      },
    ],
    builds: [{ program: "aarch64-linux-gnu-g++", debian: "g++-aarch64-linux-gnu" }],
    start: (program) => ({ command: [found(QEMU), program], env: { QEMU_LD_PREFIX: ARM64_LIBRARIES } }),
  },
  "win32-x64": {
    runs: [WINE],
    builds: [{ program: "x86_64-w64-mingw32-g++", debian: "g++-mingw-w64-x86-64-posix" }],
    start: startOnWine,
  },
};

const host = `${process.platform}-${process.arch}`;

/** How a program of a platform is started here. */
export function startOf(platform: string, program: string): Start {
  return platform === host ? { command: [program], env: {} } : EMULATIONS[platform].start(program);
}

/** Why a runtime cannot run here whatever is installed; undefined where it can. */
export function obstacleTo({ platform, processor }: Runtime): string | undefined {
  if (platform !== host && (host !== "linux-x64" || !EMULATIONS[platform])) {
    return `it needs ${platform}, or linux-x64 to emulate it; this machine is ${host}`;
  }
  const flags = processor && existsSync("/proc/cpuinfo") ? readFileSync("/proc/cpuinfo", "utf8") : undefined;
  if (flags && !new RegExp(`\\b${processor}\\b`).test(flags)) return `this processor has no ${processor}`;
  return undefined;
}

/** The Debian packages that are missing here to run, and perhaps to build for, a platform. */
export function missingPackages(platform: string, isBuilt: boolean): string[] {
  if (platform === host) return [];
  const { runs, builds } = EMULATIONS[platform];
  return [...runs, ...(isBuilt ? [] : builds)].filter((need) => !isThere(need)).map(({ debian }) => debian);
}

/** Installs Debian packages. Returns whether it could. */
export function install(packages: readonly string[]): boolean {
  if (process.getuid?.() !== 0) return false;
  console.log(`installing ${packages.join(" ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const wait = ["-o", "DPkg::Lock::Timeout=300", "-qq"];
  const apt = (...args: string[]) => spawnSync("apt-get", [...wait, ...args], { env, stdio: "ignore" }).status === 0;
  return apt("update") && apt("install", "-y", "--no-install-recommends", ...packages);
}

function isThere(need: Need): boolean {
  return existsSync(need.path ?? "") || onPath(need.program) !== undefined;
}

function found(need: Need): string {
  return onPath(need.program) ?? (need.path as string);
}

function onPath(program: string): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

/** Without a display, and without the questions whether .NET and a browser are wanted. */
const WINE_ENVIRONMENT = { WINEDEBUG: "-all", WINEDLLOVERRIDES: "mscoree,mshtml=", DISPLAY: "" };

/** Node.js asks for a newer Windows than Wine says it is. */
function startOnWine(program: string): Start {
  const wine = found(WINE);
  const env = { ...WINE_ENVIRONMENT, WINEPREFIX: winePrefix(wine), NODE_SKIP_PLATFORM_CHECK: "1" };
  return { command: [wine, program], env };
}

/** Wine's folder of settings and system files. Its first start fills it, and leaves half of it when that is cut short. */
function winePrefix(wine: string): string {
  const folder = join(cacheFolder, "wine");
  const mark = join(folder, "complete");
  if (existsSync(mark)) return folder;
  console.log("starting Wine for the first time");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const env = { ...process.env, ...WINE_ENVIRONMENT, WINEPREFIX: folder };
  const { status } = spawnSync(wine, ["wineboot", "--init"], { env, stdio: "ignore", timeout: 300_000 });
  if (status !== 0) throw new Error(`Wine does not start: wineboot ended with ${status ?? "a signal"}`);
  writeFileSync(mark, "");
  return folder;
}
