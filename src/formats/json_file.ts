import { brainModel, isBrain } from "./brain_json.ts";
import { jsonOf, parseNetwork } from "./json.ts";
import { kerasModel } from "./keras_json.ts";
import type { ModelFileFormat } from "./model_format.ts";

/** What `toJSON` gives, as text; texts of others are told by their outermost shape. */
export const json: ModelFileFormat = {
  extensions: [".json"],
  encode: (model) => [new TextEncoder().encode(`${JSON.stringify(jsonOf(model))}\n`)],
  decode: (bytes, choices) => {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (Array.isArray(value)) return kerasModel(value, choices);
    return isBrain(value) ? brainModel(value, choices) : parseNetwork(value);
  },
};
