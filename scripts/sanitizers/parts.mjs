// The parts of `npm run test:sanitizers`. Each proves first that its tool finds a mistake, then runs the tests.
import { join } from "node:path";
import { expectCaught, expectCaughtInAddon } from "./sentinels.mjs";
import { buildAddon, buildTests, preloaded, Reports, root, run, TOOLS } from "./tools.mjs";

const MEMORY = "address,undefined,float-cast-overflow";

/** Tests in which several threads work at once; the others would only be slower under ThreadSanitizer. */
const THREADED = [
  "everythingIsDoneOnce",
  "tasksSeeEachOther",
  "teamsComeAndGo",
  "chunksSideBySide",
  "stopEndsAChunk",
  "instructionSetsAreFoundOnce",
  "trainingsOnThreads",
  "evaluation",
];
/** Those that take longest: every way to train, cut at every position, on every instruction set. */
const LONG = ["trainingsCutAnywhere", "trainingsOnThreads"];

/** What limits or measures the memory of a process would find the sanitizers' own. */
const OF_MEMORY = ["limits", "memory", "worker_cycles"];

/**
 * @typedef {object} Part
 * @property {string} name
 * @property {string} what
 * @property {readonly string[]} tools - the commands it needs
 * @property {(isQuick: boolean) => string} run - @returns what was run; throws where something was found
 */

/**
 * Runs the tests in C++.
 *
 * @param {readonly string[]} command
 * @param {Record<string, string>} [variables]
 * @returns {string} their last line
 */
function runTests(command, variables) {
  const { ok, output } = run(command[0], command.slice(1), variables);
  if (!ok) throw new Error(output);
  return output.trim().split("\n").at(-1) ?? "";
}

/** @type {readonly Part[]} */
export const PARTS = [
  {
    name: "cpp-asan",
    what: "C++ tests under AddressSanitizer, UndefinedBehaviorSanitizer and LeakSanitizer",
    tools: TOOLS.compiling,
    run() {
      expectCaught("overflow", "address", /heap-buffer-overflow/);
      expectCaught("undefined", MEMORY, /signed integer overflow/);
      expectCaught("leak", MEMORY, /detected memory leaks/);
      return runTests([buildTests("asan", MEMORY)], { UBSAN_OPTIONS: "print_stacktrace=1" });
    },
  },
  {
    name: "cpp-tsan",
    what: "C++ tests with several threads under ThreadSanitizer",
    tools: TOOLS.compiling,
    run() {
      const fixed = fixedAddresses();
      expectCaught("race", "thread", /data race/, fixed);
      const tests = buildTests("tsan", "thread");
      return runTests([...fixed, tests, ...THREADED], { TSAN_OPTIONS: "halt_on_error=1" });
    },
  },
  {
    name: "valgrind",
    what: "C++ tests under valgrind's memcheck, without AVX-512, which it does not know",
    tools: TOOLS.valgrind,
    run(isQuick) {
      const valgrind = ["valgrind", "-q", "--error-exitcode=99", "--leak-check=full", "--show-leak-kinds=definite"];
      expectCaught("uninitialised", "", /depends on uninitialised value/, valgrind);
      expectCaught("leak", "", /definitely lost/, [...valgrind, "--errors-for-leak-kinds=definite"]);
      const tests = buildTests("plain", "");
      const sets = runTests([tests, "--list-sets"])
        .split(",")
        .filter((name) => name !== "avx512");
      const names = run(tests, ["--list"])
        .output.trim()
        .split("\n")
        .filter((name) => !isQuick || !LONG.includes(name));
      return runTests([...valgrind, "--errors-for-leak-kinds=definite", tests, `--sets=${sets}`, ...names]);
    },
  },
  {
    name: "addon-asan",
    what: "The suite's native parts under AddressSanitizer and UndefinedBehaviorSanitizer",
    tools: TOOLS.compiling,
    run(isQuick) {
      expectCaughtInAddon("overflow");
      const reports = new Reports("suite");
      const projects = isQuick ? ["addon"] : ["addon", "native", "parity"];
      const folders = ["addon", "api", "golden", "lifecycle", "parity"].map((folder) => `test/${folder}`);
      const { ok, output } = run(
        process.execPath,
        [
          ...[join(root, "node_modules/vitest/vitest.mjs"), "run", "--pool=forks", "--no-color"],
          ...folders,
          ...projects.flatMap((project) => ["--project", project]),
          ...OF_MEMORY.flatMap((name) => ["--exclude", `test/lifecycle/${name}.test.ts`]),
        ],
        { ...underSanitizers(buildAddon(MEMORY), `detect_leaks=0:${reports.option}`), TEST_PATIENCE: "10" },
      );
      const found = reports.read();
      if (!ok || found.length > 0) throw new Error([output, ...found].join("\n"));
      return output.match(/Tests\s+(.*)/)?.[1] ?? "";
    },
  },
  {
    name: "addon-leaks",
    what: "Leaks of the addon, in a process that uses all of it many times",
    tools: TOOLS.compiling,
    run() {
      expectCaughtInAddon("leak");
      const reports = new Reports("leaks");
      // Node.js has leaks of its own as it ends; what counts is what the addon allocated.
      const { ok, output } = run(
        process.execPath,
        [join(root, "node_modules/tsx/dist/cli.mjs"), "test/native/exercise.ts"],
        { ...underSanitizers(buildAddon(MEMORY), `detect_leaks=1:${reports.option}`), LSAN_OPTIONS: "exitcode=0" },
      );
      const leaks = reports
        .read()
        .flatMap((report) => report.split("\n\n"))
        .filter((text) => text.includes("leak of"));
      const ours = leaks.filter((leak) => /\/native\/[\w/]+\.(cc|h):|downhill\.node/.test(leak));
      if (!ok || ours.length > 0) throw new Error([output, ...ours].join("\n\n"));
      return `${output.trim().split("\n").at(-1)}, ${leaks.length} leaks of Node.js itself`;
    },
  },
];

/**
 * @param {string} binary - of the addon
 * @param {string} options - for AddressSanitizer
 */
function underSanitizers(binary, options) {
  return {
    LD_PRELOAD: preloaded(),
    // Tests ask for more memory than there is, and expect to be told so.
    ASAN_OPTIONS: `allocator_may_return_null=1:${options}`,
    UBSAN_OPTIONS: "print_stacktrace=1",
    DOWNHILL_NATIVE_PATH: binary,
    DOWNHILL_BACKEND: "native",
  };
}

/** ThreadSanitizer of GCC 12 needs addresses that are less random than some kernels make them. */
function fixedAddresses() {
  const setarch = ["setarch", "-R"];
  return run(setarch[0], [...setarch.slice(1), "true"]).ok ? setarch : [];
}
