import { formatError } from "./format_error.ts";

/** How many arrays and objects a JSON text in UTF-8 has at most: an empty one takes up to 60 bytes of memory for its two. */
export function containersIn(text: Uint8Array): number {
  let containers = 0;
  for (const byte of text) if (byte === 0x5b || byte === 0x7b) containers++;
  return containers;
}

/** @throws DownhillError `ERR_FORMAT` for a text whose objects would take much more memory than it does */
export function assertFewContainers(text: Uint8Array, most: number): void {
  const containers = containersIn(text);
  if (containers > most) throw formatError(`it has ${containers} arrays and objects, expected at most ${most}`);
}
