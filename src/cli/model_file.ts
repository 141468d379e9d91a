import { existsSync } from "node:fs";
import { reasonOf } from "../errors.ts";
import { formatOf } from "../formats/model_file.ts";
import { Network } from "../index.ts";
import { assertReplaceable } from "../replace_file.ts";
import { CommandError } from "./command_error.ts";

/**
 * Makes sure that a network can be saved to a path, before hours go into its training, and that nothing is lost by that.
 *
 * @param network - of the same shape as what is to be saved
 * @param isForced - whether a file that is no network may be replaced
 */
export async function assertModelFile(path: string, network: Network, isForced: boolean): Promise<void> {
  await network.toBytes(formatOf(path, undefined));
  try {
    await assertReplaceable(path);
  } catch (cause) {
    throw new CommandError(`${path} cannot be written: ${reasonOf(cause)}`, { cause });
  }
  if (isForced || !existsSync(path)) return;
  try {
    await Network.load(path, { backend: "typescript" });
  } catch (cause) {
    const why = "it is there, and is no network that can be read; --force replaces it";
    throw new CommandError(`${path} is not replaced: ${why}`, { cause });
  }
}
