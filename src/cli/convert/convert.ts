import { type LoadOptions, Network } from "../../index.ts";
import type { CommandContext } from "../context.ts";
import { assertModelFile } from "../model_file.ts";
import { count } from "../output/numbers.ts";

/** The options of `downhill convert`. */
export interface ConvertOptions extends Pick<LoadOptions, "activation" | "outputActivation" | "loss" | "dtype"> {
  readonly force?: boolean;
}

/** `downhill convert`. */
export async function convert(
  from: string,
  to: string,
  { force, ...choices }: ConvertOptions,
  { stderr }: CommandContext,
): Promise<void> {
  const network = await Network.load(from, choices);
  await assertModelFile(to, network, force === true);
  await network.save(to);
  const { layers, parameterCount } = network;
  stderr.write(`${from} → ${to}: ${layers.join(" → ")}, ${count(parameterCount)} parameters\n`);
}
