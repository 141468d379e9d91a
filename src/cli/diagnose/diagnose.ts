import { type Diagnosis, Network } from "../../index.ts";
import type { CommandContext } from "../context.ts";
import { type DataOptions, readForModel } from "../data/model_data.ts";
import { type Colors, colorsFor } from "../output/colors.ts";
import { count, percent, short } from "../output/numbers.ts";
import { print } from "../output/print.ts";
import { tableOf } from "../output/table.ts";

/** `downhill diagnose`. */
export async function diagnose(
  model: string,
  source: string,
  options: DataOptions & { readonly learningRate?: number; readonly samples?: number; readonly json?: boolean },
  { stdout, env, signal }: CommandContext,
): Promise<void> {
  const network = await Network.load(model);
  const data = await readForModel(network, source, options, signal);
  const { learningRate, samples, json } = options;
  const diagnosis = network.diagnose(data, {
    ...(learningRate !== undefined && { learningRate }),
    ...(samples !== undefined && { samples: Math.min(samples, data.size) }),
  });
  await print(stdout, json ? `${JSON.stringify(diagnosis)}\n` : textOf(diagnosis, colorsFor(stdout, env)));
}

function textOf({ samples, layers, findings }: Diagnosis, colors: Colors): string {
  const number = (value: number | undefined) => (value === undefined ? "" : short(value));
  const table = tableOf(
    ["layer", "units", "mean", "saturated", "dead units", "weights", "gradient", "update / weights"],
    layers.map((layer) => [
      String(layer.layer),
      count(layer.units),
      short(layer.activationMean),
      percent(layer.saturation),
      percent(layer.deadUnits),
      short(layer.weightNorm),
      number(layer.gradientNorm),
      number(layer.updateRatio),
    ]),
    ["right", "right", "right", "right", "right", "right", "right", "right"],
    colors,
  );
  const looked = `${count(samples)} ${samples === 1 ? "sample" : "samples"} went through the network.\n\n`;
  if (findings.length === 0) return `${looked}${table}\n${colors.green("Nothing was found.")}\n`;
  const told = findings.map(({ code, message }) => `${colors.yellow(code)}: ${message}\n`);
  return `${looked}${table}\n${told.join("")}`;
}
