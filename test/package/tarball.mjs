// The packed tarball: how it is made, and what has to be in it.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { npm, root, run } from "./commands.mjs";

const MOST_BYTES = 5_000_000;

const NEEDED = [
  "package.json",
  "README.md",
  "ARCHITECTURE.md",
  "CHANGELOG.md",
  "SECURITY.md",
  "LICENSE",
  "CMakeLists.txt",
  "dist/index.js",
  "dist/index.d.ts",
  "dist/browser.js",
  "dist/cli/main.js",
  "dist/digits/index.js",
  "dist/digits/index.d.ts",
  "dist/THIRD_PARTY_LICENSES.txt",
  "schemas/network.schema.json",
  "native/addon.cc",
  "native/downhill.gypi",
  "native/kernels/avx2.cc",
  "native/kernels/avx512.cc",
  "native/kernels/baseline.cc",
  "native/kernels/neon.cc",
  "scripts/build-from-source.mjs",
];

/** Nothing else: no tests, no sources of TypeScript, no binding.gyp that npm would start node-gyp for. */
const ALLOWED = [
  /^(package\.json|README\.md|ARCHITECTURE\.md|CHANGELOG\.md|SECURITY\.md|LICENSE|CMakeLists\.txt)$/,
  /^dist\/[\w/-]+\.(js|cjs|d\.ts|d\.cts)$/,
  /^dist\/THIRD_PARTY_LICENSES\.txt$/,
  /^native\/(kernels\/)?\w+\.(cc|h|gypi|map)$/,
  /^prebuilds\/[\w-]+\/downhill\.node$/,
  /^schemas\/\w+\.schema\.json$/,
  /^scripts\/build-from-source\.mjs$/,
];

/** What npm runs in the folder of a package that it installs. */
const INSTALL_SCRIPTS = ["preinstall", "install", "postinstall"];

/** This platform as prebuilt binaries are named. */
export function platformKey() {
  const report = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (process.report.getReport());
  const isMusl = process.platform === "linux" && report.header.glibcVersionRuntime === undefined;
  return `${process.platform}${isMusl ? "musl" : ""}-${process.arch}`;
}

/** Builds dist, and this platform's prebuilt binary where there is none or one older than the sources. */
export function prepareCheckout() {
  run(process.execPath, [join(root, "scripts/build.mjs")]);
  const binary = join(root, "prebuilds", platformKey(), "downhill.node");
  const builtAt = existsSync(binary) ? statSync(binary).mtimeMs : 0;
  const sources = readdirSync(join(root, "native"), { recursive: true, encoding: "utf8" });
  const paths = ["CMakeLists.txt", ...sources.map((path) => join("native", path))];
  if (paths.some((path) => statSync(join(root, path)).mtimeMs > builtAt)) {
    run(process.execPath, [npm, "run", "prebuilds", "--", platformKey()]);
  }
}

/**
 * @param {string} folder - where the tarball goes
 * @returns {{ path: string, size: number, files: string[] }}
 */
export function pack(folder) {
  // Without `prepare`, which would build for this checkout what prepareCheckout has built for the package.
  const answer = run(process.execPath, [npm, "pack", "--json", "--ignore-scripts", "--pack-destination", folder]);
  const [{ filename, size, files }] = JSON.parse(answer);
  return { path: join(folder, filename), size, files: files.map((/** @type {{ path: string }} */ { path }) => path) };
}

/** @param {ReturnType<typeof pack>} tarball */
export function checkContents({ size, files }) {
  const missing = [...NEEDED, `prebuilds/${platformKey()}/downhill.node`].filter((path) => !files.includes(path));
  assert.deepEqual(missing, [], "missing");
  const unexpected = files.filter((path) => !ALLOWED.some((pattern) => pattern.test(path)));
  assert.deepEqual(unexpected, [], "unexpected");
  assert.ok(size < MOST_BYTES, `${size} bytes, expected fewer than ${MOST_BYTES}`);
  const { scripts, gypfile } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  assert.deepEqual(
    Object.keys(scripts).filter((name) => INSTALL_SCRIPTS.includes(name)),
    [],
    "install scripts",
  );
  assert.equal(gypfile, false, "gypfile");
  return `${files.length} files, ${(size / 1e6).toFixed(2)} MB`;
}

/** The script that builds from source writes the very binding.gyp of a checkout. */
export function checkBinding() {
  const binding = readFileSync(join(root, "binding.gyp"), "utf8").trim();
  assert.ok(readFileSync(join(root, "scripts/build-from-source.mjs"), "utf8").includes(binding));
}
