import { optionError } from "./options.ts";

/** Anything that JSON can hold and that is to travel with a network. */
export type Metadata = Readonly<Record<string, unknown>>;

/**
 * The text of a plain object.
 *
 * @param where - what the error calls it
 * @param replacer - of `JSON.stringify`; what it throws is refused
 * @throws DownhillError `ERR_OPTION` for what JSON cannot hold
 */
export function metadataText(
  given: unknown,
  where = "metadata",
  replacer?: (key: string, value: unknown) => unknown,
): string {
  const expected = "an object that JSON can hold";
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw optionError(where, given, expected);
  let text: string | undefined;
  try {
    text = JSON.stringify(given, replacer);
  } catch {}
  if (!text?.startsWith("{")) throw optionError(where, given, expected);
  return text;
}

/** For `JSON.stringify`: throws for what would come back as something else. */
export function onlyPlain(_key: string, value: unknown): unknown {
  const isNumber = typeof value === "number";
  const isOther = typeof value === "function" || typeof value === "symbol" || (isNumber && !Number.isFinite(value));
  if (isOther || (typeof value === "object" && value !== null && !isPlain(value))) throw new Error("not plain");
  return value;
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === null || Object.getPrototypeOf(prototype) === null;
}
