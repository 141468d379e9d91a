import type { WrittenModel } from "../saved_model.ts";
import { assertFewContainers } from "./containers.ts";
import { descriptionOf, type NetworkDescription, parseDescription } from "./json.ts";

// A network's description as the one text that formats hold which have no words for it.

/** Arrays and objects in one: a layer has two, all else is what was put into the metadata. */
const MOST_CONTAINERS = 2 ** 20;

/** @throws DownhillError `ERR_FORMAT` for metadata that could not be read again */
export function descriptionText(model: WrittenModel): string {
  const text = JSON.stringify(descriptionOf(model));
  assertFew(text);
  return text;
}

/** @throws Error for what is no description, or too large */
export function describedIn(text: string): NetworkDescription {
  assertFew(text);
  return parseDescription(JSON.parse(text));
}

function assertFew(text: string): void {
  assertFewContainers(new TextEncoder().encode(text), MOST_CONTAINERS);
}
