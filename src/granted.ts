// Runtimes that ask for permissions, such as Deno, throw where one is missing. What may not be looked at is not there: then
// the package runs on TypeScript instead of not at all.

/** What `look` gives; undefined where it may not look. */
export function granted<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

/** An environment variable; undefined where it is not set, is empty, or may not be looked at. */
export function variable(name: string): string | undefined {
  return granted(() => process.env[name]) || undefined;
}

/** Whether there is such a file, as far as may be known. */
export function exists(path: string): boolean {
  return granted(() => fileSystem().existsSync(path)) ?? false;
}

/** `node:fs`, which takes 2.5 ms to import, as all that it exports is looked at, and next to nothing so. */
export function fileSystem(): typeof import("node:fs") {
  return process.getBuiltinModule("node:fs");
}
