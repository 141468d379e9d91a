// What the parts of `npm run test:sanitizers` are run with: compilers, valgrind, and the packages that bring them.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));
export const build = join(root, "build/sanitizers");
const COMPILER = "g++";

/** Debian's packages, by the command they bring. */
const PACKAGES = { [COMPILER]: "g++", cmake: "cmake", make: "make", valgrind: "valgrind" };

/** @typedef {{ ok: boolean, output: string }} Outcome */

/**
 * Runs a command to its end.
 *
 * @param {string} command
 * @param {readonly string[]} words
 * @param {Record<string, string>} [variables] - set in its environment
 * @returns {Outcome} whether it ended with 0, and what it printed
 */
export function run(command, words, variables = {}) {
  const env = { ...process.env, ...variables };
  const { status, stdout, stderr, error } = spawnSync(command, words, {
    cwd: root,
    env,
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  return { ok: status === 0, output: `${stdout ?? ""}${stderr ?? ""}${error ? String(error) : ""}` };
}

/** @param {string} command */
function isThere(command) {
  return run(command, ["--version"]).ok;
}

/**
 * @param {readonly string[]} commands
 * @param {boolean} installs - whether to install what is missing
 * @returns {string | undefined} what is missing and how to get it; undefined where all is there
 */
export function missingTools(commands, installs) {
  const missing = () => [
    ...new Set(commands.filter((command) => !isThere(command)).map((command) => PACKAGES[command])),
  ];
  if (missing().length > 0 && installs) {
    run("apt-get", ["update", "-qq"]);
    run("apt-get", ["install", "-y", "-qq", ...missing()]);
  }
  const packages = missing();
  if (packages.length === 0) return undefined;
  return `${packages.join(" and ")} missing: apt-get install ${packages.join(" ")}`;
}

export const TOOLS = { compiling: [COMPILER, "cmake", "make"], valgrind: [COMPILER, "cmake", "make", "valgrind"] };

/**
 * A mistake ends the program at once. AddressSanitizer's checks are calls: written out in the kernels, whose loops are
 * unrolled already, they would take minutes to compile.
 *
 * @param {string} sanitizers - what -fsanitize= takes; "" for none
 */
function sanitizing(sanitizers) {
  if (sanitizers === "") return [];
  const calls = ["--param", "asan-instrumentation-with-call-threshold=0"];
  return [`-fsanitize=${sanitizers}`, "-fno-sanitize-recover=all", ...(sanitizers.includes("address") ? calls : [])];
}

/**
 * Compiles one source.
 *
 * @param {string} source - its name in test/native/sentinels
 * @param {string} target - the file to make
 * @param {string} sanitizers - as for {@link buildTests}
 * @param {readonly string[]} [flags]
 */
export function compile(source, target, sanitizers, flags = []) {
  mkdirSync(build, { recursive: true });
  const from = join(root, "test/native/sentinels", source);
  const { ok, output } = run(COMPILER, [
    "-O1",
    "-g1",
    "-w",
    ...sanitizing(sanitizers),
    ...flags,
    from,
    "-o",
    target,
    "-pthread",
  ]);
  if (!ok) throw new Error(`${source} does not compile:\n${output}`);
}

/**
 * The tests of native/ in C++, compiled for a sanitizer.
 *
 * @param {string} name - of the folder in build/sanitizers
 * @param {string} sanitizers - what -fsanitize= takes; "" for none
 * @returns {string} the executable
 */
export function buildTests(name, sanitizers) {
  const folder = join(build, name);
  const configured = run("cmake", [
    ...["-S", join(root, "test/native"), "-B", folder, "-G", "Unix Makefiles"],
    ...[`-DCMAKE_CXX_COMPILER=${COMPILER}`, `-DCMAKE_CXX_FLAGS=${sanitizing(sanitizers).join(" ")}`],
  ]);
  const built = configured.ok ? run("cmake", ["--build", folder, "-j", "2"]) : configured;
  if (!built.ok) throw new Error(`the tests do not compile:\n${built.output}`);
  return join(folder, "native_tests");
}

/**
 * The addon, compiled for sanitizers.
 *
 * @param {string} sanitizers
 * @returns {string} the binary
 */
export function buildAddon(sanitizers) {
  const folder = join(build, "addon");
  const flags = ["-O1", "-g1", "-fno-omit-frame-pointer", ...sanitizing(sanitizers)].join(" ");
  const { ok, output } = run(process.execPath, [
    ...[join(root, "node_modules/cmake-js/bin/cmake-js"), "compile", "--out", folder, "--config", "Debug"],
    ...[`--CDCMAKE_CXX_COMPILER=${COMPILER}`, `--CDCMAKE_CXX_FLAGS_DEBUG=${flags}`],
  ]);
  const binary = join(folder, "Debug/downhill.node");
  if (!ok || !existsSync(binary)) throw new Error(`the addon does not compile:\n${output}`);
  return binary;
}

/** What Node.js has to load before all else, so that a sanitizer of an addon sees every allocation. */
export function preloaded() {
  const fileOf = (/** @type {string} */ name) => run(COMPILER, [`-print-file-name=${name}`]).output.trim();
  return `${fileOf("libasan.so")} ${fileOf("libstdc++.so")}`;
}

/** A folder for reports, empty: a process whose output nobody reads leaves its report here. */
export class Reports {
  /** @param {string} name */
  constructor(name) {
    this.folder = join(build, `reports-${name}`);
    rmSync(this.folder, { recursive: true, force: true });
    mkdirSync(this.folder, { recursive: true });
  }
  /** For a sanitizer's options. */
  get option() {
    return `log_path=${join(this.folder, "report")}`;
  }
  read() {
    return readdirSync(this.folder).map((name) => readFileSync(join(this.folder, name), "utf8"));
  }
}
