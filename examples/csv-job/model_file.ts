import type { CsvEncoding, Network } from "downhill";
import { CommandError } from "../common/errors.ts";
import { loadJson, saveJson } from "../common/files.ts";
import { restoreNetwork } from "../common/saved_network.ts";

/** All that it takes to predict from raw rows. The network normalises its inputs itself. */
export interface Model {
  readonly network: Network;
  /** How columns become inputs. */
  readonly encoding: CsvEncoding;
  /** The names of the answers, in the order of the outputs. */
  readonly classes: readonly string[];
}

/** The kind of file and its version, which change when its fields do. */
const FORMAT = "downhill csv-job";
const VERSION = 1;

/** Writes a model in one step: a server that reads it at the same time gets the old one or the new one. */
export async function saveModel(path: string, { network, encoding, classes }: Model): Promise<void> {
  await saveJson(path, { format: FORMAT, version: VERSION, network: network.toJSON(), encoding, classes });
}

/**
 * Reads a model.
 *
 * @throws CommandError when there is none, or it is damaged or something else
 */
export async function loadModel(path: string): Promise<Model> {
  const saved = (await loadJson(path)) as Partial<Record<string, unknown>> | null;
  if (saved?.format !== FORMAT || saved.version !== VERSION) {
    throw new CommandError(`cannot load ${path}: it is no model of this version of csv-job`);
  }
  const network = restoreNetwork(saved.network, path);
  const { classes } = saved;
  const outputs = network.layers[network.layers.length - 1];
  if (!Array.isArray(classes) || classes.length !== outputs) {
    throw new CommandError(`cannot load ${path}: it does not name the ${outputs} outputs of its network`);
  }
  // The encoding is checked where it is used.
  return { network, classes, encoding: saved.encoding as CsvEncoding };
}
