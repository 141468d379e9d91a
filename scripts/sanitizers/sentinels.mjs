// Small programs with a mistake each: a sanitizer that does not see it would see nothing in the library either.
import { join } from "node:path";
import { build, compile, preloaded, Reports, run } from "./tools.mjs";

/**
 * Compiles a program with a mistake, and runs it.
 *
 * @param {string} name - of its source
 * @param {string} sanitizers - what -fsanitize= takes; "" for none
 * @param {RegExp} finding - what the tool has to say
 * @param {readonly string[]} [before] - what runs the program, if it does not run by itself
 */
export function expectCaught(name, sanitizers, finding, before = []) {
  const program = join(build, `sentinel-${name}`);
  compile(`${name}.cc`, program, sanitizers);
  const [command, ...words] = [...before, program];
  const { ok, output } = run(command, words);
  if (ok || !finding.test(output)) {
    throw new Error(`the mistake in test/native/sentinels/${name}.cc was not found:\n${output}`);
  }
}

/**
 * Loads an addon with a mistake into Node.js.
 *
 * @param {string} mistake - "overflow", or "leak", which it has in any case
 */
export function expectCaughtInAddon(mistake) {
  const addon = join(build, "sentinel.node");
  compile("addon.cc", addon, "address", ["-shared", "-fPIC", "-fno-omit-frame-pointer"]);
  const reports = new Reports("sentinel");
  run(process.execPath, ["-e", `process.dlopen({ exports: {} }, ${JSON.stringify(addon)})`], {
    LD_PRELOAD: preloaded(),
    ASAN_OPTIONS: `detect_leaks=${mistake === "leak" ? 1 : 0}:${reports.option}`,
    DOWNHILL_SENTINEL: mistake,
  });
  const finding =
    mistake === "leak"
      ? /Direct leak.*(sentinels\/addon\.cc|sentinel\.node)/s
      : /heap-buffer-overflow.*(sentinels\/addon\.cc|sentinel\.node)/s;
  const found = reports.read();
  if (!found.some((report) => finding.test(report))) {
    throw new Error(`the ${mistake} in test/native/sentinels/addon.cc was not found:\n${found.join("\n")}`);
  }
}
