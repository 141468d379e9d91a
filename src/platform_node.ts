import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { loadAddon } from "./backend/loader.ts";
import { variable } from "./granted.ts";
import type { Platform } from "./platform.ts";

/** Loaded with the first file: the modules of Node.js that read and write them would take most of the time of an import. */
const files = () => import("./files_node.ts");

/** What Node.js offers. */
export const nodePlatform: Platform = {
  readBytes: async (path, headBytes, sizeOf) => (await files()).readBytes(path, headBytes, sizeOf),
  readChecked: async (path, headBytes, check) => (await files()).readChecked(path, headBytes, check),
  replaceFile: async (path, parts) => (await files()).replaceFile(path, parts),
  assertReplaceable: async (path) => (await files()).assertReplaceable(path),
  sha256: async (parts) => (await files()).sha256(parts),
  readCsv: async (path, options) => (await import("./data/csv.ts")).readCsv(path, options),
  readModel: async (path, options) => (await import("./formats/model_file.ts")).readModel(path, options),
  writeModel: async (path, model, options) =>
    (await import("./formats/model_file.ts")).writeModel(path, model, options),
  encodeModel: async (model, format) => (await import("./formats/model_file.ts")).encodeModel(model, format),
  resolvePath: (path) => resolve(path),
  loadAddon,
  variable,
  nodeApi: Number(process.versions.napi),
  processors: availableParallelism(),
};
