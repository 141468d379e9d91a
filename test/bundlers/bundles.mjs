// How each bundler is told to bundle a server, as README.md says it.
import { join } from "node:path";
import { build } from "esbuild";
import webpack from "webpack";

/** In an ES module there is no `require` for the binary, unless the bundle makes one. */
const REQUIRE = 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';

/**
 * Bundles a file into a folder.
 *
 * @typedef {(entry: string, folder: string) => Promise<string>} Bundle - @returns the path of the bundle
 */

/** @type {Record<string, Bundle>} */
export const BUNDLES = {
  "esbuild, CommonJS": async (entry, folder) => {
    const outfile = join(folder, "server.cjs");
    await runEsbuild({ entryPoints: [entry], outfile, format: "cjs" });
    return outfile;
  },

  "esbuild, ES module": async (entry, folder) => {
    const outfile = join(folder, "server.mjs");
    await runEsbuild({ entryPoints: [entry], outfile, format: "esm", banner: { js: REQUIRE } });
    return outfile;
  },

  "webpack, CommonJS": async (entry, folder) => {
    await runWebpack({ entry, output: { path: folder, filename: "server.cjs" } });
    return join(folder, "server.cjs");
  },

  "webpack, ES module": async (entry, folder) => {
    await runWebpack({
      entry,
      output: { path: folder, filename: "server.mjs", module: true, publicPath: "" },
      experiments: { outputModule: true },
      node: { __dirname: "node-module" },
    });
    return join(folder, "server.mjs");
  },
};

/** @param {import("esbuild").BuildOptions} options */
async function runEsbuild(options) {
  await build({
    bundle: true,
    minify: true,
    platform: "node",
    target: "node20",
    loader: { ".node": "copy" },
    logLevel: "silent",
    ...options,
  });
}

/** @param {import("webpack").Configuration} configuration */
function runWebpack(configuration) {
  return new Promise((resolve, reject) => {
    const loader = import.meta.resolve("node-loader");
    const rules = [{ test: /\.node$/, loader: loader.replace(/^file:\/\//, "") }];
    webpack(
      { mode: "production", target: "node20", node: { __dirname: false }, module: { rules }, ...configuration },
      (error, stats) => {
        if (error) reject(error);
        else if (stats?.hasErrors()) reject(new Error(stats.toString({ errors: true, all: false })));
        else resolve(undefined);
      },
    );
  });
}
