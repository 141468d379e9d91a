import type { SavedModel, WrittenModel } from "../saved_model.ts";
import type { NetworkOptions } from "../types.ts";

/**
 * What a file that others wrote does not say about its network. What a file does say may be given as well, but not otherwise
 * than it is there: `ERR_OPTION`. Where nobody says the loss, it is the usual one for the last activation: categorical
 * cross-entropy for softmax, binary cross-entropy for sigmoid, else the squared error.
 */
export type ForeignChoices = Pick<
  NetworkOptions,
  "activation" | "outputActivation" | "loss" | "dtype" | "arithmetic" | "seed"
>;

/** How networks become the bytes of a file, and bytes networks. */
export interface ModelFileFormat {
  /** The endings of its files' names, the usual one first. */
  readonly extensions: readonly string[];
  /** @throws DownhillError `ERR_FORMAT` for a network that the format cannot hold */
  readonly encode: (model: WrittenModel) => readonly Uint8Array[];
  /**
   * Absent where files are only written. Nothing is made whose size the file's own does not bound.
   *
   * @param choices - what was asked for where the file does not say it; whether it contradicts what the file says is seen
   *   from what is returned
   * @throws DownhillError `ERR_FORMAT` for what is no such file, and what cannot be represented
   */
  readonly decode?: (bytes: Uint8Array, choices: ForeignChoices) => SavedModel;
}
