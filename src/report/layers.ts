import { axisX, rectY, ruleY } from "@observablehq/plot";
import { choicesOf } from "../network.ts";
import type { EpochReport, History } from "../training/fit_options.ts";
import { exact, linearAxis, roundTicks } from "./axes.ts";
import type { Contents } from "./contents.ts";
import { svgOf } from "./draw.ts";
import { type Html, html } from "./html.ts";
import { lineChart, type Series } from "./line_chart.ts";
import { missing, section } from "./section.ts";
import { seriesOf } from "./series.ts";
import { histogramOf } from "./weights.ts";
import { number, several } from "./words.ts";

/** What happened in each layer. */

type LayerReport = NonNullable<EpochReport["statistics"]>["layers"][number];

/** Whether any epoch was measured. */
export function hasStatistics(history: History | undefined): history is History {
  return history?.epochs.some(({ statistics }) => statistics !== undefined) ?? false;
}

/** So many lines can have their names beside them. */
const MOST_NAMES = 12;

/** A line for each of some layers, in the colour of its depth. */
export function linesOf(history: History, layers: readonly number[], measured: (of: LayerReport) => number): Series[] {
  const every = Math.ceil(layers.length / MOST_NAMES);
  return layers.map((layer, i) => ({
    name: i % every === 0 || i === layers.length - 1 ? `layer ${layer}` : "",
    colour: `var(--layer-${layer})`,
    points: seriesOf(history, ({ statistics }) => statistics && measured(statistics.layers[layer])),
  }));
}

/** The share of saturated outputs, of the layers that have an activation with ends. */
export function saturation({ history, network }: Contents): Html | undefined {
  if (!hasStatistics(history)) return undefined;
  const { specs } = choicesOf(network);
  const layers = Array.from(specs.keys()).filter((layer) => {
    const { activation } = specs[layer];
    const type = typeof activation === "string" ? activation : activation.type;
    return type === "sigmoid" || type === "tanh";
  });
  if (layers.length === 0) {
    return missing("saturation", "Saturation", "No layer has sigmoids or tanh: there are no ends to be stuck at.");
  }
  const words = [
    "The share of a layer’s outputs that lie within 0.001 of an end of their sigmoid or tanh, where the derivative is next " +
      "to 0, after each epoch. Hidden layers should stay far below 75 %. Bad: a hidden layer near 100 %, from which no " +
      "gradient comes back. An output layer that is sure of itself may well lie high.",
  ];
  const quarters = [0, 0.25, 0.5, 0.75, 1];
  const chart = lineChart({
    label: "Saturation of each layer by epoch",
    series: linesOf(history, layers, (layer) => layer.saturation),
    axis: linearAxis(quarters, (tick) => `${100 * tick} %`),
    height: 200,
  });
  return section("saturation", "Saturation", words, chart);
}

/** Of deeper networks the middle layers are left out. */
const MOST_HISTOGRAMS = 12;

/** How the weights of each layer are spread now. */
export function weightHistograms({ network }: Contents): Html {
  const layers = Array.from({ length: network.layers.length - 1 }, (_, layer) => layer);
  const half = MOST_HISTOGRAMS / 2;
  const shown = layers.length > MOST_HISTOGRAMS ? [...layers.slice(0, half), ...layers.slice(-half)] : layers;
  const between = layers.length - shown.length;
  const words = [
    "How the weights of each layer are spread after the training, without the biases. Each layer has a scale of its own. " +
      "Usual are hills around 0 that lean to neither side. Bad: a few weights far from all others, or a block as it was drawn " +
      "at first: then the layer has hardly learnt.",
    between > 0 ? `${several(between, "layer")} in the middle are left out.` : undefined,
  ];
  const plots = shown.map((layer) => weightsOf(network.weights(layer), layer, network.layers));
  return section("weights", "Weights", words, html`<div class="multiples">${plots}</div>`);
}

function weightsOf(matrix: Parameters<typeof histogramOf>[0], layer: number, sizes: readonly number[]): Html {
  const { mean, deviation, bars, left } = histogramOf(matrix);
  const shape = `${sizes[layer]} → ${sizes[layer + 1]}`;
  const title = html`<h3>Layer ${layer} <small>${shape}</small></h3>`;
  const wrong =
    left > 0 ? html` <strong>${several(left, "weight")} not finite or too large to draw.</strong>` : undefined;
  if (bars.length === 0) return html`<figure>${title}<figcaption>${wrong}</figcaption></figure>`;
  const [from, to] = [bars[0].from, bars[bars.length - 1].to];
  const ticks = roundTicks(from, to, 6).filter((tick) => tick >= from && tick <= to);
  const svg = svgOf(`Weights of layer ${layer}`, {
    width: 290,
    height: 120,
    marginTop: 6,
    marginBottom: 24,
    marginLeft: 14,
    marginRight: 14,
    x: { domain: [from, to], label: null, ticks: [] },
    y: { axis: null },
    marks: [
      rectY([...bars], {
        x1: "from",
        x2: "to",
        y: "count",
        fill: `var(--layer-${layer})`,
        insetLeft: 0.5,
        insetRight: 0.5,
        className: "weights",
      }),
      ruleY([0], { stroke: "var(--line)" }),
      axisX(ticks, { tickSize: 3, color: "var(--quiet)", tickFormat: exact, label: null }),
    ],
  });
  return html`<figure>${title}${svg}
<figcaption>mean ${number(mean, 2)}, standard deviation ${number(deviation, 2)}${wrong}</figcaption></figure>`;
}
