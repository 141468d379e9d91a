// The pages of the test, bundled for browsers as a user would, and the server that they come from.
import { createServer } from "node:http";
import { join, resolve } from "node:path";
import { build } from "esbuild";

const root = resolve(import.meta.dirname, "../..");
const PAGE =
  '<!doctype html><title>downhill</title><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>';

/** @param {{ pixels: Uint8Array, labels: Uint8Array }} digits */
export async function openSite({ pixels, labels }) {
  const [page, worker] = await Promise.all(["page", "worker"].map(bundled));
  const files = {
    "/": ["text/html", PAGE],
    "/page.js": ["text/javascript", page],
    "/worker.js": ["text/javascript", worker],
    "/pixels": ["application/octet-stream", pixels],
    "/labels": ["application/octet-stream", labels],
  };
  const server = createServer(({ url = "" }, response) => {
    const [type, content] = files[url] ?? [];
    response.writeHead(type ? 200 : 404, { "Content-Type": type ?? "text/plain" }).end(content);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

/** Finds the package from its own root, by its `exports`: these files belong to another one. */
const ownPackage = {
  name: "own-package",
  setup({ onResolve, resolve: resolveAs }) {
    onResolve({ filter: /^downhill$/ }, ({ path, kind, resolveDir }) =>
      resolveDir === root ? undefined : resolveAs(path, { kind, resolveDir: root }),
    );
  },
};

async function bundled(name) {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, `${name}.mjs`)],
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    conditions: ["browser"],
    plugins: [ownPackage],
    write: false,
  });
  return outputFiles[0].text;
}
