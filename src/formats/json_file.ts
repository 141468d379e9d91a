import { brainModel, isBrain } from "./brain_json.ts";
import { assertFewContainers } from "./containers.ts";
import { jsonOf, parseNetwork } from "./json.ts";
import { kerasModel } from "./keras_json.ts";
import type { ModelFileFormat } from "./model_format.ts";

/** Arrays and objects in a file: one for each unit, and a few. */
const MOST_CONTAINERS = 2 ** 22;

/** What `toJSON` gives, as text; texts of others are told by their outermost shape. */
export const json: ModelFileFormat = {
  extensions: [".json"],
  encode: (model) => {
    const bytes = new TextEncoder().encode(`${JSON.stringify(jsonOf(model))}\n`);
    assertFewContainers(bytes, MOST_CONTAINERS);
    return [bytes];
  },
  decode: (bytes, choices) => {
    assertFewContainers(bytes, MOST_CONTAINERS);
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (Array.isArray(value)) return kerasModel(value, choices);
    return isBrain(value) ? brainModel(value, choices) : parseNetwork(value);
  },
};
