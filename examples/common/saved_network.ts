import { DownhillError, Network } from "downhill";
import { CommandError } from "./errors.ts";

/**
 * Rebuilds a network from what `toJSON` gave.
 *
 * @param path - where it was read, for the error
 * @throws CommandError when it is damaged or something else
 */
export function restoreNetwork(value: unknown, path: string): Network {
  try {
    return Network.fromJSON(value);
  } catch (error) {
    if (!(error instanceof DownhillError)) throw error;
    throw new CommandError(`cannot load ${path}: ${error.message}`, { cause: error });
  }
}
