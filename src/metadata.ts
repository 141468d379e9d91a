import { optionError } from "./options.ts";

/** Anything that JSON can hold and that is to travel with a network. */
export type Metadata = Readonly<Record<string, unknown>>;

/**
 * The text of a plain object.
 *
 * @param where - what the error calls it
 * @throws DownhillError `ERR_OPTION` for what JSON cannot hold
 */
export function metadataText(given: unknown, where = "metadata"): string {
  const expected = "an object that JSON can hold";
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw optionError(where, given, expected);
  let text: string | undefined;
  try {
    text = JSON.stringify(given);
  } catch {}
  if (!text?.startsWith("{")) throw optionError(where, given, expected);
  return text;
}
