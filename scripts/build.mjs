// Builds dist from src, from scratch: a file that is no longer there must not stay behind. JavaScript is put together in a
// few files, as importing a hundred of them takes longer than all that is in them; types stay one file a source.
import { spawnSync } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");

/** The table of binaries stays a file of its own, at the same place as in src: its paths are relative. */
const TABLE = "backend/prebuilt.cjs";

/** Both run binaries that npm installs as optional dependencies. */
async function bundlers() {
  try {
    const [{ rollup }, esbuild] = await Promise.all([import("rollup"), import("esbuild")]);
    await esbuild.transform("");
    return { rollup, transform: esbuild.transform };
  } catch (error) {
    const [reason] = String(error.message).split("\n", 1);
    console.error(`downhill: rollup and esbuild, which make dist, cannot run here; nothing was built: ${reason}`);
    process.exit(1);
  }
}

const source = (name) => join(root, "src", `${name}.ts`);

async function bundle({ rollup, transform }) {
  const sources = {
    name: "sources",
    resolveId: (id) => (id === `./${TABLE}` ? { id, external: true } : null),
    transform: async (text) => withoutComments((await transform(text, { loader: "ts", target: "es2023" })).code),
  };
  const bundled = await rollup({
    input: Object.fromEntries(["index", "bundled", "browser"].map((name) => [name, source(name)])),
    external: [/^node:/, "papaparse"],
    plugins: [sources],
  });
  await bundled.write({
    dir: dist,
    chunkFileNames: "[name].js",
    // All that is there for browsers too, and what looks for a binary, from the same place as in src.
    manualChunks: {
      shared: [source("browser")],
      "backend/loader": [source("backend/loader"), source("platform_node")],
    },
    minifyInternalExports: false,
    hoistTransitiveImports: false,
  });
  cpSync(join(root, "src", TABLE), join(dist, TABLE));
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
