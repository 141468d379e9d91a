// Runs after `npm install` in a checkout: compiles TypeScript, and the addon if that is possible here. An addon that
// cannot be built is reported in one line and is no error: the package then works on its TypeScript backend.
import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const run = (script, options) =>
  spawnSync(process.execPath, [join(root, script), ...(options.args ?? [])], {
    cwd: root,
    encoding: "utf8",
    ...options,
  });

const compiled = run("scripts/build.mjs", { stdio: "inherit" });
if (compiled.status !== 0) process.exit(compiled.status ?? 1);

const built = run("node_modules/node-gyp/bin/node-gyp.js", { args: ["configure", "build"] });
if (built.status === 0) {
  console.log("downhill: the native addon is built.");
} else {
  const log = join(root, "native-build.log");
  const output = `${built.stdout ?? ""}${built.stderr ?? ""}${built.error ?? ""}`;
  writeFileSync(log, output);
  const isThere = existsSync(join(root, "build/Release/downhill.node"));
  const consequence = isThere ? "the one built before is still used" : "it runs on TypeScript";
  console.log(`downhill: the native addon was not built (${reasonIn(output)}; see native-build.log); ${consequence}.`);
}

/** The line of node-gyp's output that says why. */
function reasonIn(output) {
  const lines = output.split("\n").map((line) => line.replace(/^gyp ERR! /, "").trim());
  const telling = lines.find((line) =>
    /not found|could ?n.t find|could not find|cannot|no such|error:|Error \d/i.test(line),
  );
  return (telling ?? "node-gyp failed").replace(/^stack (Error: )?/, "").slice(0, 160);
}
