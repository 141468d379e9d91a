/**
 * The same as `index.ts` for bundlers, which take it for the condition `module`: the table of binaries is imported, so
 * that they find it. Node.js reads it when a binary is looked for, as an import of CommonJS takes it some milliseconds.
 *
 * @packageDocumentation
 */
import { registerPrebuilt } from "./backend/loader.ts";
import prebuilt from "./backend/prebuilt.cjs";

registerPrebuilt(prebuilt);

export * from "./index.ts";
