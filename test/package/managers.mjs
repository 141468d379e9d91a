// How each package manager puts the tarball into an empty project, and how a program is run there. None of them sees a
// compiler.
import { cpSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { npm, run, tool } from "./commands.mjs";

/**
 * @typedef {object} Place
 * @property {string} folder - where projects, caches and stores go
 * @property {string} tarball
 * @property {string} path - a PATH without a compiler
 */

/**
 * @typedef {object} Project
 * @property {string} folder
 * @property {(program: string, env?: Record<string, string>) => string} start - runs a program; its standard output
 */

/** @typedef {Project & { packageFolder: string }} InstalledProject - with the package in files of its own */

/**
 * @param {Place} place
 * @param {string} name
 */
function emptyProject({ folder, tarball }, name) {
  // Spaces in paths are what many builds of native code stumble over.
  const project = join(folder, `${name} project`);
  mkdirSync(project, { recursive: true });
  const manifest = { name: "project", private: true, dependencies: { downhill: `file:${tarball}` } };
  writeFileSync(join(project, "package.json"), JSON.stringify(manifest));
  cpSync(fileURLToPath(new URL("programs", import.meta.url)), project, { recursive: true });
  return project;
}

/**
 * @param {Place} place
 * @param {string} name
 * @param {readonly string[]} install - a command of Node.js that installs what the manifest asks for
 * @returns {InstalledProject}
 */
function withNodeModules(place, name, install) {
  const folder = emptyProject(place, name);
  const env = { PATH: place.path };
  run(process.execPath, install, { cwd: folder, env });
  return {
    folder,
    packageFolder: realpathSync(join(folder, "node_modules/downhill")),
    start: (program, more) => run(process.execPath, [program], { cwd: folder, env: { ...env, ...more } }),
  };
}

/** @param {Place} place */
export function withNpm(place) {
  return withNodeModules(place, "npm", [npm, "install", "--ignore-scripts"]);
}

/** @param {Place} place */
export function withNpmAndScripts(place) {
  return withNodeModules(place, "npm and scripts", [npm, "install"]);
}

/** @param {Place} place */
const storeOf = ({ folder }) => join(folder, "pnpm-store");

/**
 * Where pnpm's store has the files that projects share by hard links.
 *
 * @param {Place} place
 */
export const sharedByPnpm = (place) => join(storeOf(place), "v10/files");

/** @param {Place} place */
export function withPnpm(place) {
  const store = ["--store-dir", storeOf(place)];
  return withNodeModules(place, "pnpm", [tool("pnpm", "pnpm"), "install", "--ignore-scripts", ...store]);
}

/** @param {Place} place */
export function withYarnClassic(place) {
  const cache = ["--cache-folder", join(place.folder, "yarn-cache"), "--registry", npmSetting("registry")];
  return withNodeModules(place, "yarn classic", [
    tool("yarn-classic", "yarn"),
    "install",
    "--ignore-scripts",
    ...cache,
  ]);
}

/**
 * Plug'n'Play: there is no node_modules, and packages lie in archives, but for those with native code.
 *
 * @param {Place} place
 * @returns {Project}
 */
export function withYarnPnp(place) {
  const folder = emptyProject(place, "yarn pnp");
  const yarn = tool("yarn-berry", "yarn");
  const authorities = npmSetting("cafile");
  const env = {
    PATH: place.path,
    YARN_NODE_LINKER: "pnp",
    YARN_ENABLE_SCRIPTS: "false",
    YARN_ENABLE_IMMUTABLE_INSTALLS: "false",
    YARN_ENABLE_TELEMETRY: "false",
    YARN_GLOBAL_FOLDER: join(place.folder, "yarn-global"),
    YARN_NPM_REGISTRY_SERVER: npmSetting("registry"),
    ...(authorities === "null" ? {} : { YARN_HTTPS_CA_FILE_PATH: authorities }),
  };
  run(process.execPath, [yarn, "install"], { cwd: folder, env });
  return {
    folder,
    start: (program, more) => run(process.execPath, [yarn, "node", program], { cwd: folder, env: { ...env, ...more } }),
  };
}

/** Yarn has registries of its own, unless told of the user's. */
function npmSetting(/** @type {string} */ name) {
  return run(process.execPath, [npm, "config", "get", name]).trim();
}
