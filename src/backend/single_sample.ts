import type { Layout } from "../layout.ts";
import type { Backend } from "./types.ts";
import { typescriptBackend } from "./typescript/index.ts";

/**
 * Up to this many parameters a single sample costs less in TypeScript than the call into native code costs alone
 * (`npm run bench -- crossing` measures it). Whole trainings and batches run on the network's own backend.
 */
const SMALL_NETWORK_PARAMETERS = 256;

/** The backend for one sample at a time; it depends on the shape alone. */
export function singleSampleBackend(backend: Backend, layout: Layout): Backend {
  let parameters = 0;
  for (const { units, inputs } of layout.layers) parameters += units * (inputs + 1);
  return parameters <= SMALL_NETWORK_PARAMETERS ? typescriptBackend : backend;
}
