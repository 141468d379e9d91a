// Compiles the native backend of an installed package for this machine:
//   node node_modules/downhill/scripts/build-from-source.mjs
// All work is done in a temporary folder, so that the package never holds a binding.gyp (npm would start node-gyp by
// itself), paths with spaces do not matter, and files that a package manager has linked from its store are only read.
// The one result is build/Release/downhill.node in the package, put there once it has proved to work.
import { spawnSync } from "node:child_process";
import {
  accessSync,
  constants,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The same as the binding.gyp of a checkout. */
const BINDING = '{ "includes": ["native/downhill.gypi"] }\n';

const packageFolder = fileURLToPath(new URL("..", import.meta.url));
const isWindows = process.platform === "win32";

/** What keeps the binary from being built, in a sentence for whoever started this script. */
class Failure extends Error {}

/**
 * What node-gyp, make and the shell say where something is missing that can be installed. The first that fits is told.
 *
 * @type {[RegExp, string][]}
 */
const MISSING = [
  [/could not find any python/i, "Python 3 was not found"],
  [/could not find any visual studio/i, "Visual Studio with its C++ tools was not found"],
  [/no xcode or clt|xcode-select|no developer tools/i, "the Xcode command line tools were not found"],
  [/not found: make/i, "make was not found"],
  [/^(make(\[\d+\])?|(\/bin\/)?sh): .*(No such file|not found)/m, "the C++ compiler was not found"],
];
/** What node-gyp "installs" are the headers. */
const NO_HEADERS = /gyp WARN install got an error/;

/**
 * What brings all that a build needs, by platform.
 *
 * @type {Record<string, string>}
 */
const INSTALLATION = {
  win32: 'Install Python 3, and Visual Studio Build Tools with "Desktop development with C++"',
  darwin: "Run xcode-select --install, and install Python 3",
  linux:
    "Install a C++17 compiler, make and Python 3: apt-get install g++ make python3 (Debian, Ubuntu), " +
    "apk add g++ make python3 (Alpine), dnf install gcc-c++ make python3 (Fedora)",
};

/** @param {string} output - all that node-gyp said */
function causeIn(output) {
  const missing = MISSING.find(([pattern]) => pattern.test(output));
  if (missing)
    return `${missing[1]}. ${INSTALLATION[process.platform] ?? "Install a C++17 compiler, make and Python 3"}`;
  if (NO_HEADERS.test(output)) {
    return (
      "the headers of Node.js could not be downloaded, and are not beside it. " +
      "Install Node.js from an archive of nodejs.org, or set npm_config_nodedir to a folder with include/node"
    );
  }
  if (/^make.* Interrupt$/m.test(output)) return "it was interrupted";
  return `the build failed: ${/^.*\berror\b.*$/im.exec(output)?.[0].trim() ?? "node-gyp does not say why"}`;
}

/**
 * How to start node-gyp: one that this package or the application has, else npm's own, else the one that npx fetches.
 *
 * @returns {{ file: string, args: string[] }}
 */
function findNodeGyp() {
  const programs = dirname(process.execPath);
  const places = [
    fileURLToPath(import.meta.url),
    join(process.cwd(), "any"),
    ...(process.env.npm_execpath ? [process.env.npm_execpath] : []),
    join(programs, "../lib/node_modules/npm/any"),
    join(programs, "node_modules/npm/any"),
  ];
  for (const place of places) {
    try {
      return { file: process.execPath, args: [createRequire(place).resolve("node-gyp/bin/node-gyp.js")] };
    } catch {
      // The next place may have it.
    }
  }
  const { devDependencies } = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8"));
  return { file: "npx", args: ["--yes", `node-gyp@${devDependencies["node-gyp"]}`] };
}

/** The headers that came with the running Node.js: nothing is downloaded then. Windows installs none. */
function headersArgument() {
  const prefix = join(dirname(process.execPath), "..");
  return existsSync(join(prefix, "include/node/node_api.h")) ? [`--nodedir=${prefix}`] : [];
}

/**
 * @param {string} folder - an empty one
 * @returns {string} the binary
 */
function compile(folder) {
  cpSync(join(packageFolder, "native"), join(folder, "native"), { recursive: true });
  writeFileSync(join(folder, "binding.gyp"), BINDING);
  const { file, args } = findNodeGyp();
  const { status, stdout, stderr, error } = spawnSync(
    file,
    [...args, "rebuild", "--release", "--jobs", "max", ...headersArgument()],
    // Only npx, a script there, needs the shell of Windows.
    { cwd: folder, encoding: "utf8", maxBuffer: 2 ** 28, shell: isWindows && file === "npx" },
  );
  if (error && "code" in error && error.code === "ENOENT") {
    throw new Failure("node-gyp was not found. Install npm, or node-gyp itself: npm install --save-dev node-gyp");
  }
  if (status !== 0) {
    const output = `${stdout ?? ""}${stderr ?? ""}${error ?? ""}`;
    console.error(output);
    throw new Failure(causeIn(output));
  }
  return join(folder, "build/Release/downhill.node");
}

/**
 * What the package says about itself when it runs on this binary, in a process of its own.
 *
 * @param {string} binary
 * @returns {{ backend: string, isa: string }}
 */
function tryOut(binary) {
  const entry = pathToFileURL(join(packageFolder, "dist/index.js")).href;
  const script = `import { backendInfo } from ${JSON.stringify(entry)}; console.log(JSON.stringify(backendInfo()));`;
  const env = { ...process.env, DOWNHILL_BACKEND: "auto", DOWNHILL_ISA: "", DOWNHILL_NATIVE_PATH: binary };
  const child = spawnSync(process.execPath, ["--input-type=module", "--eval", script], { env, encoding: "utf8" });
  if (child.status !== 0) {
    console.error(child.stderr);
    throw new Failure(`the new binary ends the process that loads it (${child.signal ?? `exit code ${child.status}`})`);
  }
  const info = JSON.parse(child.stdout);
  const refused = info.attempts.find((/** @type {{ path: string }} */ { path }) => path === binary);
  if (refused) throw new Failure(`the new binary cannot be loaded: ${refused.error}`);
  return info;
}

function build() {
  const started = Date.now();
  const target = join(packageFolder, "build/Release/downhill.node");
  const release = dirname(target);
  // Named as a binary, or it would not be loaded; beside its place, so that it is moved there in one step.
  const candidate = join(release, `downhill-${process.pid}.node`);
  let made;
  let work;
  try {
    made = mkdirSync(release, { recursive: true });
    accessSync(release, constants.W_OK);
    work = mkdtempSync(join(tmpdir(), "downhill-build-"));
    console.log("downhill: compiling the native backend, about a minute …");
    copyFileSync(compile(work), candidate);
    const { backend, isa } = tryOut(candidate);
    renameSync(candidate, target);
    made = undefined;
    const seconds = Math.round((Date.now() - started) / 1000);
    console.log(`downhill: ${target} works: backend ${backend}, instruction set ${isa} (${seconds} s)`);
  } finally {
    rmSync(candidate, { force: true });
    if (made) rmSync(made, { recursive: true });
    if (work) rmSync(work, { recursive: true, force: true });
  }
}

// Ctrl-C ends the compiler, not this script, which has to clean up.
process.on("SIGINT", () => {});
if (process.argv.length > 2) {
  console.error("downhill: this script takes no arguments; it compiles the package that it lies in");
  process.exitCode = 1;
} else {
  try {
    build();
  } catch (error) {
    const isExpected = error instanceof Failure || (error instanceof Error && "syscall" in error);
    if (!isExpected) throw error;
    console.error(`downhill: the native backend was not built: ${error.message}`);
    process.exitCode = 1;
  }
}
