import { Network } from "../../index.ts";
import type { Context } from "../context.ts";

/** Shows what a saved network consists of. */
export async function inspect(path: string, options: { readonly json?: boolean }, { stdout }: Context): Promise<void> {
  const network = await Network.load(path);
  const { layers, parameterCount, dtype, arithmetic, seed } = network;
  const summary = { layers, parameterCount, dtype, arithmetic, seed };
  if (options.json) stdout.write(`${JSON.stringify(summary)}\n`);
  else for (const [name, value] of Object.entries(summary)) stdout.write(`${name}: ${value}\n`);
}
