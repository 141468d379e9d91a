// Steps of a test, each printed with how it ended. The first that fails ends all those that build upon it.

const counts = { passed: 0, failed: 0, skipped: 0 };

/**
 * @template T
 * @param {string} name
 * @param {() => T | Promise<T>} action - throws where the step fails
 * @returns {Promise<T>}
 */
export async function step(name, action) {
  const started = Date.now();
  const say = (/** @type {string} */ outcome) =>
    console.log(`${outcome}  ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  try {
    const result = await action();
    counts.passed += 1;
    say("passed ");
    return result;
  } catch (error) {
    counts.failed += 1;
    say("FAILED ");
    throw error;
  }
}

/**
 * @param {string} name
 * @param {string} reason
 */
export function skip(name, reason) {
  counts.skipped += 1;
  console.log(`skipped  ${name}: ${reason}`);
}

/**
 * Steps that build upon each other: a failure among them is printed, and what comes after the group still runs.
 *
 * @param {string} name
 * @param {() => Promise<void>} action
 */
export async function group(name, action) {
  console.log(`\n== ${name}`);
  const before = counts.failed;
  try {
    await action();
  } catch (error) {
    // What fails between two steps counts as well.
    if (counts.failed === before) counts.failed += 1;
    console.log(error instanceof Error ? error.stack : error);
  }
}

/** Prints the sums and ends the process accordingly. */
export function finish() {
  const { passed, failed, skipped } = counts;
  console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
  return process.exitCode === 0;
}
