import { Network } from "../../index.ts";
import type { CommandContext } from "../context.ts";
import { type DataOptions, readForModel } from "../data/model_data.ts";
import { colorsFor } from "../output/colors.ts";
import { classesText, evaluationText } from "../output/evaluation.ts";
import { print } from "../output/print.ts";

/** `downhill evaluate`. */
export async function evaluate(
  model: string,
  source: string,
  options: DataOptions & { readonly topK?: number; readonly json?: boolean },
  { stdout, env, signal }: CommandContext,
): Promise<void> {
  const network = await Network.load(model);
  const data = await readForModel(network, source, options, signal);
  const { topK, json } = options;
  const evaluation = await network.evaluate(data, { signal, ...(topK !== undefined && { topK }) });
  if (json) return print(stdout, `${JSON.stringify(evaluation)}\n`);
  const colors = colorsFor(stdout, env);
  const classes = classesText(evaluation, network.classNames, colors);
  await print(stdout, `${evaluationText(source, evaluation, colors)}${classes}`);
}
