// @ts-check
import { compareVersions } from "./listings.mjs";
import { TARGETS } from "./targets.mjs";

/**
 * What is known about a binary.
 * @typedef {object} Facts
 * @property {string} format
 * @property {number} bytes
 * @property {string[]} needed
 * @property {string[]} exports
 * @property {string[]} [imports] - functions it expects of others, where that is known
 * @property {string} [floor] - the newest glibc it asks for
 * @property {string} [avx] - what was looked at, in words; nothing where the processor has none
 * @property {string[]} strayAvx - AVX instructions outside their objects
 * @property {string[]} sharedFunctions - functions of AVX objects that other objects could be given
 * @property {string[]} alignedMoves - moves that Windows' stack is not aligned for
 */

/** The age of the systems that a release still runs on: the oldest that Node.js 20 does. */
export const OLDEST_GLIBC = "2.28";

const EXPORTS = ["napi_register_module_v1", "node_api_module_get_api_version_v1"];

/** What a binary without a C library of its own may expect of one: glibc and musl have them, with the same types. */
const ANY_LIBC = new Set(
  `clock_gettime free malloc memcpy memmove memset pthread_cond_broadcast pthread_cond_destroy pthread_cond_signal
  pthread_cond_wait pthread_create pthread_join pthread_mutex_destroy pthread_mutex_lock pthread_mutex_unlock strlen`.split(
    /\s+/,
  ),
);

/**
 * What is wrong with a binary.
 * @param {string} name - the target
 * @param {Facts} facts
 * @param {boolean} isRelease - whether it will be published
 * @returns {string[]} nothing if it may be used
 */
export function problemsOf(name, facts, isRelease) {
  const { format, libraries } = TARGETS[name];
  const problems = [];
  if (facts.format !== format) problems.push(`is ${facts.format}, expected ${format}`);
  const foreign = facts.needed.filter((library) => !libraries.test(library));
  if (foreign.length > 0) problems.push(`asks for ${foreign.join(", ")}`);
  if (facts.exports.toSorted().join() !== EXPORTS.join()) {
    problems.push(`exports ${facts.exports.join(", ") || "nothing"}, expected ${EXPORTS.join(", ")}`);
  }
  if (name.startsWith("linuxmusl") && facts.needed.length === 0) {
    const unknown = facts.imports?.filter((symbol) => !/^(napi|node_api)_/.test(symbol) && !ANY_LIBC.has(symbol)) ?? [];
    if (unknown.length > 0) problems.push(`expects ${unknown.join(", ")} of a C library that it does not name`);
    if (facts.floor) problems.push(`asks for glibc ${facts.floor}`);
  } else if (isRelease && facts.floor && compareVersions(facts.floor, OLDEST_GLIBC) > 0) {
    problems.push(`asks for glibc ${facts.floor}, expected at most ${OLDEST_GLIBC}`);
  }
  if (facts.strayAvx.length > 0) problems.push(`has AVX outside its objects: ${firstOf(facts.strayAvx)}`);
  if (facts.sharedFunctions.length > 0) {
    problems.push(`shares functions compiled for AVX: ${firstOf(facts.sharedFunctions)}`);
  }
  if (facts.alignedMoves.length > 0) {
    problems.push(`expects the stack to be aligned to whole vectors: ${firstOf(facts.alignedMoves)}`);
  }
  return problems;
}

/** @param {string[]} items */
function firstOf(items) {
  const rest = items.length - 3;
  return items.slice(0, 3).join("; ") + (rest > 0 ? `; and ${rest} more` : "");
}
