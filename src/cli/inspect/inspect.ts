import { type Activation, type Matrix, Network } from "../../index.ts";
import type { CommandContext } from "../context.ts";
import { type Colors, colorsFor } from "../output/colors.ts";
import { count, duration, percent, short } from "../output/numbers.ts";
import { print } from "../output/print.ts";
import { listOf, tableOf } from "../output/table.ts";
import { notesOf, type TrainingNotes } from "../train/record.ts";

/** Texts, such as the names of classes, that a list shows. */
const SHOWN = 12;

/** `downhill inspect`. */
export async function inspect(
  path: string,
  { json }: { readonly json?: boolean },
  { stdout, env }: CommandContext,
): Promise<void> {
  const network = await Network.load(path);
  const summary = summaryOf(network);
  await print(stdout, json ? `${JSON.stringify(summary)}\n` : textOf(path, summary, colorsFor(stdout, env)));
}

type Summary = ReturnType<typeof summaryOf>;

/** All there is to a network but the weights themselves. */
function summaryOf(network: Network) {
  const { inputs, layers, loss, dtype, arithmetic, seed, normalization, encoding, classNames, metadata } =
    network.toJSON();
  return {
    inputs,
    layers: layers.map(({ units, activation, initializer }, l) => {
      const weights = network.weights(l);
      const parameters = units * weights.columns;
      return { inputs: weights.columns - 1, units, activation, initializer, parameters, ...statisticsOf(weights) };
    }),
    parameterCount: network.parameterCount,
    ...{ loss, dtype, arithmetic, seed, normalization, encoding, classNames, metadata },
  };
}

/** Of weights and biases. */
function statisticsOf({ data }: Matrix) {
  let [sum, least, largest, zeros] = [0, data[0], data[0], 0];
  for (const value of data) {
    sum += value;
    if (value < least) least = value;
    if (value > largest) largest = value;
    if (value === 0) zeros++;
  }
  const mean = sum / data.length;
  let squares = 0;
  for (const value of data) squares += (value - mean) ** 2;
  return { mean, standardDeviation: Math.sqrt(squares / data.length), least, largest, zeros: zeros / data.length };
}

function textOf(path: string, summary: Summary, colors: Colors): string {
  const { inputs, layers, parameterCount, loss, dtype, arithmetic, seed, normalization, encoding, classNames } =
    summary;
  const notes = notesOf(summary.metadata);
  const table = tableOf(
    ["layer", "inputs", "units", "activation", "parameters", "mean", "deviation", "least", "largest", "zeros"],
    layers.map((layer, l) => [
      String(l),
      count(layer.inputs),
      count(layer.units),
      activationText(layer.activation),
      count(layer.parameters),
      ...[layer.mean, layer.standardDeviation, layer.least, layer.largest].map((value) => short(value)),
      percent(layer.zeros),
    ]),
    ["right", "right", "right", "left", ...Array.from({ length: 6 }, () => "right" as const)],
    colors,
  );
  const entries: [string, string][] = [
    ["file", path],
    ["network", `${[inputs, ...layers.map(({ units }) => units)].join(" → ")}, ${count(parameterCount)} parameters`],
    ["loss", loss],
    ["numbers", `${dtype}, ${arithmetic} arithmetic`],
    ["seed", String(seed)],
    ["normalization", normalization ? "inputs are taken to (value − offset) · scale" : "none"],
  ];
  if (encoding) {
    const { columns, target } = encoding;
    entries.push([
      "columns",
      listed(columns.map(({ name, type }) => (type === "number" ? name : `${name} (category)`))),
    ]);
    entries.push(["predicts", listed(target.columns)]);
  }
  if (classNames) entries.push(["classes", listed(classNames)]);
  return `${listOf(entries, colors)}\n${table}${notes ? `\n${notesText(notes, colors)}` : ""}`;
}

function activationText(activation: Activation): string {
  if (typeof activation === "string") return activation;
  const { type, ...choices } = activation;
  const told = Object.entries(choices).map(([name, value]) => `${name} ${value}`);
  return told.length > 0 ? `${type} (${told.join(", ")})` : type;
}

function listed(texts: readonly string[]): string {
  const more = texts.length > SHOWN ? `, … (${texts.length} in all)` : "";
  return texts.slice(0, SHOWN).join(", ") + more;
}

function notesText({ data, samples, epochs, seconds, bestEpoch, history, evaluation }: TrainingNotes, colors: Colors) {
  const { on, loss, accuracy, r2 } = evaluation;
  const score =
    accuracy !== undefined ? `, accuracy ${percent(accuracy)}` : r2 !== undefined ? `, R² ${short(r2)}` : "";
  const entries = listOf(
    [
      ["trained on", `${data}, ${count(samples)} samples`],
      ["for", `${count(epochs)} epochs, ${duration(seconds)}`],
      ["evaluated on", `${on}: loss ${short(loss)}${score}`],
    ],
    colors,
  );
  const shown = history.filter(({ epoch }) => epoch === 1 || epoch === bestEpoch || epoch === epochs);
  const table = tableOf(
    ["epoch", "loss", "validation loss", "accuracy", "learning rate"],
    shown.map(({ epoch, loss, validation, learningRate }) => [
      `${epoch}${epoch === bestEpoch ? " (best)" : ""}`,
      short(loss),
      validation ? short(validation.loss) : "",
      validation?.accuracy !== undefined ? percent(validation.accuracy) : "",
      short(learningRate),
    ]),
    ["left", "right", "right", "right", "right"],
    colors,
  );
  return `${entries}\n${table}`;
}
