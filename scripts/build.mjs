// Builds dist from src, from scratch: a file that is no longer there must not stay behind. JavaScript is put together in a
// few files, as importing a hundred of them takes longer than all that is in them; types stay one file a source.
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");

/** The table of binaries stays a file of its own, at the same place as in src: its paths are relative. */
const TABLE = "backend/prebuilt.cjs";
const COMMAND = "cli/main";

/** They and what they need run binaries that npm installs as optional dependencies. */
async function bundlers() {
  try {
    const [{ rollup }, esbuild, ...plugins] = await Promise.all([
      import("rollup"),
      import("esbuild"),
      import("@rollup/plugin-node-resolve"),
      import("@rollup/plugin-commonjs"),
      import("@rollup/plugin-json"),
      import("rollup-plugin-license"),
    ]);
    await esbuild.transform("");
    const [resolve, commonjs, json, license] = plugins.map((plugin) => plugin.default);
    return { rollup, transform: esbuild.transform, resolve, commonjs, json, license };
  } catch (error) {
    const [reason] = String(error.message).split("\n", 1);
    console.error(`downhill: rollup and esbuild, which make dist, cannot run here; nothing was built: ${reason}`);
    process.exit(1);
  }
}

const source = (name) => join(root, "src", `${name}.ts`);
const isOwn = (id) => id.startsWith(join(root, "src"));
const isOfCommand = (id) => id.startsWith(join(root, "src/cli"));

/** Where a piece of the whole goes. */
function placeOf({ moduleIds }) {
  const own = moduleIds.filter(isOwn);
  if (own.length === 0) return "vendor/[name].js";
  return own.every(isOfCommand) ? "cli/[name].js" : "[name].js";
}

async function bundle({ rollup, transform, resolve, commonjs, json, license }) {
  const sources = {
    name: "sources",
    resolveId: (id) => (id === `./${TABLE}` ? { id, external: true } : null),
    transform: async (text, id) =>
      isOwn(id) ? withoutComments((await transform(text, { loader: "ts", target: "es2023" })).code) : null,
  };
  const bundled = await rollup({
    input: Object.fromEntries(
      ["index", "bundled", "browser", "digits/index", COMMAND].map((name) => [name, source(name)]),
    ),
    // What the parser of CSV files, the command line and reports need of others' is put in: an install is one package.
    external: [/^node:/],
    plugins: [
      sources,
      // What package.json says of side effects is about dist.
      resolve({ preferBuiltins: true, exportConditions: ["node"], ignoreSideEffectsForRoot: true }),
      commonjs(),
      json(),
      license({ thirdParty: { output: join(dist, "THIRD_PARTY_LICENSES.txt") } }),
    ],
    onwarn(warning, warn) {
      // Packages of others import in circles, and it is theirs to know why.
      if (warning.code === "CIRCULAR_DEPENDENCY" && warning.ids?.every((id) => !isOwn(id))) return;
      warn(warning);
    },
  });
  await bundled.write({
    dir: dist,
    chunkFileNames: placeOf,
    // All that is there for browsers too, and what looks for a binary, from the same place as in src.
    manualChunks: {
      // Of these the command line takes parts, which are no reason for more files.
      files_node: [source("files_node")],
      csv: [source("data/csv")],
      // And what reads models has in common with what reads checkpoints.
      library: [source("browser"), source("formats/containers")],
      // Read by the first fit or evaluation: what only predicts does without.
      training: [source("training/fit"), source("training/evaluate")],
      "backend/loader": [source("backend/loader"), source("platform_node")],
    },
    minifyInternalExports: false,
    hoistTransitiveImports: false,
  });
  cpSync(join(root, "src", TABLE), join(dist, TABLE));
  chmodSync(join(dist, `${COMMAND}.js`), 0o755);
}

/** esbuild leaves those of classes, which the types have as well. In ASCII alone Node.js reads the text faster. */
function withoutComments(text) {
  return text.replace(/^ *\/\*\*[\s\S]*?\*\/\n/gm, "");
}

function writeTypes() {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  return spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], { cwd: root, stdio: "inherit" }).status ?? 1;
}

const found = await bundlers();
rmSync(dist, { recursive: true, force: true });
await bundle(found);
process.exitCode = writeTypes();
