// @ts-check
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  codeRanges,
  dynamicSymbols,
  exportsOfPe,
  fileFormat,
  glibcFloor,
  instructions,
  isAlignedMove,
  isAvx,
  neededLibraries,
  parseDump,
  visibleFunctions,
} from "./listings.mjs";

/** @typedef {import("./verdict.mjs").Facts} Facts */

/** @type {{ strayAvx: string[], sharedFunctions: string[], alignedMoves: string[] }} */
const NOTHING = { strayAvx: [], sharedFunctions: [], alignedMoves: [] };

/** The objects that may hold AVX instructions, by themselves or in an archive. */
const isAvxObject = (/** @type {string} */ path) => /\bavx(2|512)\.cc\.o(bj)?\)?$/.test(path);

/**
 * Looks at a binary with the tools of the compiler that built it.
 * @param {string} name - the target
 * @param {string} folder - where CMake built it
 * @param {string} binary - the binary as it will be used
 * @returns {Facts}
 */
export function inspect(name, folder, binary) {
  const cache = readFileSync(join(folder, "CMakeCache.txt"), "utf8");
  const tool = (/** @type {string} */ variable) =>
    new RegExp(`^${variable}:FILEPATH=(.+)$`, "m").exec(cache)?.[1] ?? "";
  const bytes = statSync(binary).size;
  if (name.startsWith("darwin")) return { bytes, ...inspectMachO(name, folder, binary) };
  const objdump = tool("CMAKE_OBJDUMP");
  if (name === "win32-arm64") {
    const dump = run(tool("CMAKE_LINKER"), "/dump", "/nologo", "/headers", "/dependents", "/exports", binary);
    return { bytes, ...parseDump(dump), ...NOTHING };
  }
  const headers = run(objdump, "-p", binary);
  const common = { format: fileFormat(headers), bytes, needed: neededLibraries(headers) };
  const instructionFacts = name.endsWith("x64") ? avxFacts(name, folder, binary, objdump, tool("CMAKE_NM")) : NOTHING;
  if (name.startsWith("win32")) return { ...common, exports: exportsOfPe(headers), ...instructionFacts };
  const symbols = run(objdump, "-T", binary);
  const floor = glibcFloor(symbols);
  return { ...common, ...dynamicSymbols(symbols), ...(floor ? { floor } : {}), ...instructionFacts };
}

/**
 * Every AVX instruction of the binary must lie where the map says that an AVX object is. No function of these objects
 * may be visible to others: of several with one name, the linker keeps any.
 * @param {string} name
 * @param {string} folder
 * @param {string} binary
 * @param {string} objdump
 * @param {string} nm
 */
function avxFacts(name, folder, binary, objdump, nm) {
  const map = join(folder, "downhill.map");
  const ranges = codeRanges(readFileSync(map, "utf8"), isAvxObject);
  if (ranges.length < 2) throw new Error(`${map} does not tell where the AVX objects are`);
  const strayAvx = [];
  const alignedMoves = [];
  let inside = 0;
  for (const { address, text } of instructions(run(objdump, "-d", "--no-show-raw-insn", binary))) {
    if (name.startsWith("win32") && isAlignedMove(text)) alignedMoves.push(text);
    if (!isAvx(text)) continue;
    if (ranges.some(([from, to]) => address >= from && address < to)) inside++;
    else strayAvx.push(`${address.toString(16)} ${text}`);
  }
  if (inside === 0) throw new Error(unreadable(objdump, binary));
  const avx = `${inside} instructions, in ${ranges.length} sections of their own objects`;
  return { avx, strayAvx, alignedMoves, sharedFunctions: sharedFunctionsIn(folder, nm, "--defined-only") };
}

/**
 * A disassembly that cannot be read would show none at all.
 *
 * @param {string} objdump
 * @param {string} where
 */
function unreadable(objdump, where) {
  return `${objdump} shows no AVX instruction in ${where}, where there must be some`;
}

/**
 * @param {string} folder
 * @param {string} nm
 * @param {string} onlyDefined - the tool's option that leaves out what is not defined
 */
function sharedFunctionsIn(folder, nm, onlyDefined) {
  const objects = objectsIn(folder).filter(isAvxObject);
  if (objects.length < 2) throw new Error(`${folder} holds no AVX objects`);
  return objects.flatMap((path) => visibleFunctions(run(nm, "-g", onlyDefined, path)));
}

/**
 * Apple's linker writes a map of another form, so the objects are looked at before they are linked.
 * @param {string} name
 * @param {string} folder
 * @param {string} binary
 * @returns {Omit<Facts, "bytes">}
 */
function inspectMachO(name, folder, binary) {
  const libraries = run("otool", "-L", binary).matchAll(/^\t(\S+) \(compatibility/gm);
  const common = {
    format: run("lipo", "-archs", binary).trim(),
    // The first one is the binary's own name.
    needed: [...libraries].map(([, path]) => path).filter((path) => !path.endsWith("downhill.node")),
    exports: [...run("nm", "-gU", binary).matchAll(/ _(\S+)$/gm)].map(([, symbol]) => symbol),
  };
  if (name !== "darwin-x64") return { ...common, ...NOTHING };
  const avxIn = (/** @type {string} */ path) =>
    [...instructions(run("objdump", "-d", "--no-show-raw-insn", path))].filter(({ text }) => isAvx(text));
  const objects = objectsIn(folder);
  if (!objects.filter(isAvxObject).some((path) => avxIn(path).length > 0))
    throw new Error(unreadable("objdump", folder));
  const others = objects.filter((path) => !isAvxObject(path));
  const strayAvx = others.flatMap((path) => avxIn(path).map(({ text }) => `${path} ${text}`));
  const avx = `none in ${others.length} other objects`;
  return { ...common, avx, strayAvx, alignedMoves: [], sharedFunctions: sharedFunctionsIn(folder, "nm", "-U") };
}

/** @param {string} folder */
function objectsIn(folder) {
  const objects = join(folder, "CMakeFiles/downhill.dir");
  if (!existsSync(objects)) throw new Error(`there are no object files in ${objects}`);
  return readdirSync(objects, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.o(bj)?$/.test(path))
    .map((path) => join(objects, path));
}

/**
 * @param {string} command
 * @param {...string} args
 */
function run(command, ...args) {
  return execFileSync(command, args, { encoding: "utf8", maxBuffer: 2 ** 28, env: { ...process.env, LC_ALL: "C" } });
}
