import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";
import { root } from "../support/child.ts";

/** What a page that uses all of the package has to load, and what it makes of it; measured 176 and 57 kB. */
const MOST_MINIFIED = 180_000;
const MOST_COMPRESSED = 60_000;

const program = 'import * as downhill from "downhill"; globalThis.downhill = downhill;';

async function bundleOf(contents: string): Promise<{ text: string; inputs: string[] }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: root },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    conditions: ["browser"],
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  expect(outputFiles.length).toBe(1);
  return { text: outputFiles[0].text, inputs: Object.keys(metafile.inputs) };
}

beforeAll(() => {
  expect(existsSync(join(root, "dist/index.js")), "the built package is bundled: npm run build").toBe(true);
});

describe("a bundle for browsers", () => {
  it("is small", async () => {
    const { text } = await bundleOf(program);
    expect(text.length).toBeLessThan(MOST_MINIFIED);
    expect(gzipSync(text, { level: 9 }).length).toBeLessThan(MOST_COMPRESSED);
  });

  it("has nothing that is only for Node.js", async () => {
    const { text, inputs } = await bundleOf(program);
    for (const word of ["node:", "require(", "prebuil", "import(", "papaparse"]) {
      expect(text.includes(word), word).toBe(false);
    }
    expect(inputs.filter((path) => /papaparse|prebuilt|index\.js|csv\.js|files_node/.test(path))).toEqual([]);
  });

  it("leaves the network out where only kernels are used", async () => {
    const { text } = await bundleOf('import { kernels } from "downhill"; globalThis.kernels = kernels;');
    expect(text.length).toBeLessThan((await bundleOf(program)).text.length * 0.7);
  });

  it("trains, predicts, and refuses to read files", async () => {
    const { text } = await bundleOf(program);
    const url = `data:text/javascript,${encodeURIComponent(text)}`;
    await import(/* @vite-ignore */ url);
    const { Network, Dataset, backendInfo } = (
      globalThis as unknown as { downhill: typeof import("../../src/index.ts") }
    ).downhill;
    expect(backendInfo()).toMatchObject({ backend: "typescript", nodeApi: undefined, attempts: [] });
    const network = new Network([2, 3, 1], { seed: 1 });
    const { epochs } = await network.fit(
      Dataset.from({
        inputs: [
          [0, 1],
          [1, 0],
        ],
        targets: [[1], [0]],
      }),
      { epochs: 2 },
    );
    expect(epochs.length).toBe(2);
    expect(network.predict([1, 0]).length).toBe(1);
    const standalone = await import(
      /* @vite-ignore */ `data:text/javascript,${encodeURIComponent(network.toFunction())}`
    );
    expect(standalone.default([1, 0]).length).toBe(1);
    expect(standalone.default([1, 0])[0]).toBeCloseTo(network.predict([1, 0])[0], 6);
    const refusal = { code: "ERR_DATA", message: "a.csv cannot be read: files can only be read in Node.js" };
    await expect(Dataset.csv("a.csv", { target: "y" })).rejects.toMatchObject(refusal);
  });
});

describe("what is built", () => {
  const textOf = (name: string) => readFileSync(join(root, "dist", name), "utf8");

  it("is few files, and an import waits for no module of Node.js that takes long", () => {
    const files = readdirSync(join(root, "dist")).filter((name) => name.endsWith(".js"));
    expect(files.toSorted()).toEqual([
      ...["browser.js", "bundled.js", "csv.js", "event_file.js", "files_node.js", "index.js", "library.js"],
      ...["model_file.js", "report.js", "training.js"],
    ]);
    const eager = ["index.js", "library.js", "backend/loader.js"].map(textOf).join("\n");
    const imported = Array.from(eager.matchAll(/^import .* from ['"](.*)['"];$/gm), ([, from]) => from);
    expect(new Set(imported)).toEqual(
      new Set([
        "./library.js",
        "../library.js",
        "./backend/loader.js",
        ...["module", "os", "path", "url"].map((name) => `node:${name}`),
      ]),
    );
  });

  it("leaves what trains to those who train", () => {
    const loadAtOnce = /^import .*training\.js['"];$/m;
    for (const name of ["index.js", "library.js", "model_file.js"]) expect(textOf(name)).not.toMatch(loadAtOnce);
    expect(textOf("library.js")).toContain("import('./training.js')");
  });

  it("has the table of binaries imported for bundlers", () => {
    expect(textOf("bundled.js")).toContain("import prebuilt from './backend/prebuilt.cjs';");
  });

  it("keeps the names of classes, and the table of binaries where its paths are right", async () => {
    const { Network, Dataset, DownhillError } = await import(join(root, "dist/index.js"));
    expect([Network.name, Dataset.name, DownhillError.name]).toEqual(["Network", "Dataset", "DownhillError"]);
    const table = "backend/prebuilt.cjs";
    expect(readFileSync(join(root, "dist", table), "utf8")).toBe(readFileSync(join(root, "src", table), "utf8"));
  });
});
