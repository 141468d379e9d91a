// @ts-check
// What the tools of the platforms print about a binary, read. Nothing here runs anything.

/**
 * The libraries a binary asks for: from `objdump -p`, of ELF and of PE.
 * @param {string} headers
 * @returns {string[]}
 */
export function neededLibraries(headers) {
  return [...headers.matchAll(/^\s*(?:NEEDED|DLL Name:)\s+(\S+)$/gm)].map(([, name]) => name);
}

/**
 * @param {string} headers - from `objdump -f` or `objdump -p`
 * @returns {string}
 */
export function fileFormat(headers) {
  return /file format (\S+)/.exec(headers)?.[1] ?? "unknown";
}

/**
 * Names of the export table: from `objdump -p` of PE.
 * @param {string} headers
 * @returns {string[]}
 */
export function exportsOfPe(headers) {
  const table = /^\[Ordinal\/Name Pointer\] Table.*\n((?:\s+\[.*\n)*)/m.exec(headers)?.[1] ?? "";
  return [...table.matchAll(/(\S+)\n/g)].map(([, name]) => name);
}

/**
 * The global symbols of ELF, in the order of `objdump -T`.
 * @param {string} symbols
 * @returns {{ exports: string[], imports: string[] }} imports: without weak ones, which may be missing
 */
export function dynamicSymbols(symbols) {
  /** @type {string[]} */
  const exports = [];
  /** @type {string[]} */
  const imports = [];
  for (const [, flags, section, rest] of symbols.matchAll(/^[0-9a-f]+ (.{7}) (\S+)\t[0-9a-f]+\s+(\S.*)$/gm)) {
    if (flags[0] === "l") continue;
    const name = rest.split(/\s+/).at(-1) ?? "";
    if (section !== "*UND*") exports.push(name);
    else if (flags[1] !== "w") imports.push(name);
  }
  return { exports, imports };
}

/**
 * The newest glibc that a binary asks for: from `objdump -T`.
 * @param {string} symbols
 * @returns {string | undefined} nothing if it asks for none
 */
export function glibcFloor(symbols) {
  const versions = [...symbols.matchAll(/\bGLIBC_(\d+(?:\.\d+)+)\b/g)].map(([, version]) => version);
  return versions.sort(compareVersions).at(-1);
}

/**
 * @param {string} a
 * @param {string} b
 * @returns {number} negative if a comes first
 */
export function compareVersions(a, b) {
  const [left, right] = [a, b].map((version) => version.split(".").map(Number));
  const place = left.findIndex((part, i) => part !== (right[i] ?? 0));
  return place < 0 ? left.length - right.length : left[place] - (right[place] ?? 0);
}

/**
 * Functions of an object file that other files can see, which a linker could take for all of them: from `nm -g`.
 * @param {string} symbols
 * @returns {string[]}
 */
export function visibleFunctions(symbols) {
  return [...symbols.matchAll(/^[0-9a-f]+ ([A-Za-z]) (\S+)$/gm)]
    .filter(([, type]) => "TWVui".includes(type))
    .map(([, , name]) => name);
}

/**
 * @typedef {object} Instruction
 * @property {number} address
 * @property {string} text - without its comment
 */

/**
 * The instructions in the output of `objdump -d --no-show-raw-insn`.
 * @param {string} listing
 * @returns {Generator<Instruction>}
 */
export function* instructions(listing) {
  for (const [, address, text] of listing.matchAll(/^\s*([0-9a-f]+):\s+([^#<\n]*)/gm)) {
    yield { address: Number.parseInt(address, 16), text: text.trim() };
  }
}

// Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2: mnemonics with a VEX or EVEX prefix begin with
// v, save those on mask registers and of BMI. verr, verw and those of virtual machines begin with v and have none.
const VEX =
  /^(v(?!er[rw]\b|m(call|launch|resume|xo|read|write|ptr|clear|func|run|load|save|mcall))|k(mov|and|or|xn?or|not|add|shift|test|unpck)|(andn|bextr|bls(i|r|msk)|bzhi|mulx|pdep|pext|rorx|sarx|shlx|shrx)[lq]?\b)|%[yz]mm/;

/**
 * Whether only a processor with AVX, or newer, can execute it.
 * @param {string} text
 * @returns {boolean}
 */
export function isAvx(text) {
  return VEX.test(text);
}

/**
 * A move to or from memory that fails unless the address is a multiple of 32 or more.
 * @param {string} text
 * @returns {boolean}
 */
export function isAlignedMove(text) {
  return /^vmov(aps|apd|dqa\w*|ntdqa|ntps|ntpd|ntdq)\s/.test(text) && /%[yz]mm/.test(text) && text.includes("(");
}

/**
 * Where the code of some object files lies in a binary: from GNU ld's map.
 * @param {string} map
 * @param {(path: string) => boolean} isOne
 * @returns {[from: number, to: number][]}
 */
export function codeRanges(map, isOne) {
  const section = /^ \.text\S*\s+0x([0-9a-f]+)\s+0x([0-9a-f]+) (\S.*)$/gm;
  return [...map.matchAll(section)]
    .filter(([, , , path]) => isOne(path))
    .map(([, from, size]) => [Number.parseInt(from, 16), Number.parseInt(from, 16) + Number.parseInt(size, 16)]);
}

/**
 * What Microsoft's linker prints: from `link /dump /headers /dependents /exports`.
 * @param {string} dump
 * @returns {{ format: string, needed: string[], exports: string[] }}
 */
export function parseDump(dump) {
  const text = dump.replaceAll("\r", "");
  const dependents = [...text.matchAll(/following (?:delay load )?dependencies:\n\n((?:\s+\S+\n)+)/g)];
  const table = /ordinal\s+hint\s+RVA\s+name\n\n((?:\s+\d+\s.*\n)+)/.exec(text)?.[1] ?? "";
  return {
    format: /machine \((\w+)\)/.exec(text)?.[1] ?? "unknown",
    needed: dependents.flatMap(([, list]) => list.trim().split(/\s+/)),
    exports: [...table.matchAll(/^\s+\d+\s+[0-9A-F]+\s+[0-9A-F]+\s+(\S+)/gm)].map(([, name]) => name),
  };
}
