// Commands as an application's folder sees them: without what this checkout or the test's own start put in the way.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));
export const tools = fileURLToPath(new URL("tools", import.meta.url));

/** Of npm's variables only the user's settings are passed on: the others tell of the script that runs this. */
const inherited = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(npm_(?!config_)|npm_config_local_prefix|INIT_CWD|NODE_OPTIONS|DOWNHILL_)/i.test(name),
  ),
);

/**
 * @param {string} file
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: Record<string, string | undefined> }} [options]
 * @returns {{ status: number | null, stdout: string, stderr: string }}
 */
export function attempt(file, args, { cwd = root, env = {} } = {}) {
  const { status, stdout, stderr, error } = spawnSync(file, args, {
    cwd,
    env: { ...inherited, ...env },
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  return { status, stdout: stdout ?? "", stderr: `${stderr ?? ""}${error ?? ""}` };
}

/**
 * The standard output of a command that has to succeed.
 *
 * @param {Parameters<typeof attempt>} command
 */
export function run(...command) {
  const { status, stdout, stderr } = attempt(...command);
  if (status !== 0) throw new Error(`${command[0]} ${command[1].join(" ")}\nended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}

/**
 * The program of a tool in tools/package.json, a file for Node.js to run.
 *
 * @param {string} name
 * @param {string} program - its name in the tool's list of programs
 */
export function tool(name, program) {
  const folder = join(tools, "node_modules", name);
  const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return join(folder, typeof bin === "string" ? bin : bin[program]);
}

/** Where a program lies, by PATH; undefined where there is none. */
export function which(/** @type {string} */ name) {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** npm, a file for Node.js to run: it is started where PATH does not lead to it. */
export const npm = realpathSync(which("npm") ?? "npm");

/**
 * A PATH on which Node.js is found, and these programs, but nothing else.
 *
 * @param {string} folder - made for it
 * @param {Record<string, string>} programs - by name
 */
export function pathWith(folder, programs) {
  mkdirSync(folder, { recursive: true });
  for (const [name, target] of Object.entries({ node: process.execPath, ...programs })) {
    symlinkSync(target, join(folder, name));
  }
  return folder;
}
