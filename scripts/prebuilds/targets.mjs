// @ts-check
/**
 * A machine that builds.
 * @typedef {object} Host
 * @property {string} platform - as `process.platform`
 * @property {string} arch - as `process.arch`
 * @property {boolean} isMusl - whether its own compiler is one for musl
 * @property {(command: string) => boolean} has - whether there is such a command
 */

/**
 * What a binary has to be.
 * @typedef {object} Target
 * @property {string} format - as the platform's tool names it
 * @property {RegExp} libraries - which libraries it may ask for
 * @property {string} runner - which job of the release builds it
 */

const SYSTEM_DLL = /^(KERNEL32\.dll|msvcrt\.dll|ucrtbase\.dll|api-ms-win-crt-[a-z0-9-]+\.dll)$/i;
const GLIBC = /^(libc|libpthread|libm|ld-linux-x86-64|ld-linux-aarch64)\.so\.\d+$/;
const MUSL = /^libc\.musl-(x86_64|aarch64)\.so\.1$/;
const APPLE = /^\/usr\/lib\/(libSystem\.B|libc\+\+\.1)\.dylib$/;

/**
 * All that a release holds; none may be missing.
 * @type {Readonly<Record<string, Target>>}
 */
export const TARGETS = {
  "linux-x64": { format: "elf64-x86-64", libraries: GLIBC, runner: "a manylinux_2_28 container on ubuntu-24.04" },
  "linux-arm64": {
    format: "elf64-littleaarch64",
    libraries: GLIBC,
    runner: "a manylinux_2_28 container on ubuntu-24.04-arm",
  },
  "linuxmusl-x64": { format: "elf64-x86-64", libraries: MUSL, runner: "an Alpine container on ubuntu-24.04" },
  "linuxmusl-arm64": {
    format: "elf64-littleaarch64",
    libraries: MUSL,
    runner: "an Alpine container on ubuntu-24.04-arm",
  },
  "darwin-x64": { format: "x86_64", libraries: APPLE, runner: "macos-15-intel" },
  "darwin-arm64": { format: "arm64", libraries: APPLE, runner: "macos-15" },
  "win32-x64": { format: "pei-x86-64", libraries: SYSTEM_DLL, runner: "a Debian container on ubuntu-24.04" },
  "win32-arm64": { format: "ARM64", libraries: SYSTEM_DLL, runner: "windows-11-arm" },
};

/** A target that this machine cannot build; the message says who can. */
export class NotBuiltHere extends Error {}

const GNU = { x64: "x86_64", arm64: "aarch64" };

/**
 * What CMake has to be told to build a target.
 * @param {string} name
 * @param {Host} host
 * @returns {string[]}
 */
export function toolchainFor(name, host) {
  const target = TARGETS[name];
  if (!target) throw new Error(`${name} is no target, expected one of ${Object.keys(TARGETS).join(", ")}`);
  const [system, arch] = /** @type {[string, "x64" | "arm64"]} */ (name.split("-"));
  const isOwn = host.platform === system && host.arch === arch;
  if (system === "win32" && arch === "x64") return crossTo("Windows", "x86_64", "x86_64-w64-mingw32-g++");
  if (system === "win32" && isOwn) return ["-A", "ARM64"];
  if (system === "darwin" && isOwn) return ["-DCMAKE_OSX_DEPLOYMENT_TARGET=11.0"];
  if (host.platform !== "linux" || system === "win32" || system === "darwin") {
    throw new NotBuiltHere(`${name} is not built on ${host.platform}-${host.arch}: ${target.runner} builds it`);
  }
  const isForMusl = system === "linuxmusl";
  if (host.isMusl && !isForMusl) throw new NotBuiltHere(`${name} is not built on musl: ${target.runner} builds it`);
  const anyLibc = isForMusl && !host.isMusl ? ["-DDOWNHILL_ANY_LIBC=ON"] : [];
  const compiler = host.arch === arch ? [] : crossTo("Linux", GNU[arch], `${GNU[arch]}-linux-gnu-g++`);
  return [...compiler, ...anyLibc];

  /**
   * @param {string} systemName
   * @param {string} processor
   * @param {string} command
   */
  function crossTo(systemName, processor, command) {
    if (!host.has(command)) {
      throw new NotBuiltHere(`${name} is not built here, as there is no ${command}: ${target.runner} builds it`);
    }
    return [
      `-DCMAKE_SYSTEM_NAME=${systemName}`,
      `-DCMAKE_SYSTEM_PROCESSOR=${processor}`,
      `-DCMAKE_CXX_COMPILER=${command}`,
    ];
  }
}
