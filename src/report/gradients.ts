import { dot, ruleY } from "@observablehq/plot";
import { logarithmicAxis } from "./axes.ts";
import type { Contents } from "./contents.ts";
import { type Html, html } from "./html.ts";
import { hasStatistics, linesOf } from "./layers.ts";
import { lineChart, MARGINS } from "./line_chart.ts";
import { missing, section } from "./section.ts";
import type { Point } from "./series.ts";
import { number, several } from "./words.ts";

const TITLE = "Gradients";
const NO_STATISTICS = html`Neither gradients nor saturation were measured. <code>fit(data, { statistics: true, … })</code>
does so after every epoch.`;

const HEIGHT = 250;
/** Where no gradient is above 0 the axis is drawn all the same: one sees how far below it they are. */
const EMPTY_RANGE = [1e-6, 1] as const;

/** Below the axis each layer has a row of its own for gradients that are exactly 0: no logarithm has a place for them. */
const ROW = 12;
const MOST_ROWS = 8;

/** The norm of each layer's gradient by epoch. */
export function gradientNorms({ history, network }: Contents): Html | undefined {
  if (!history) return undefined;
  if (!hasStatistics(history)) return missing("gradients", TITLE, NO_STATISTICS);
  const layers = Array.from({ length: network.layers.length - 1 }, (_, layer) => layer);
  const series = linesOf(history, layers, ({ gradientNorm }) => gradientNorm);
  if (series.every(({ points }) => points.length === 0)) return missing("gradients", TITLE, "No gradient was finite.");
  const above = series.flatMap(({ points }) => points.map(([, norm]) => norm).filter((norm) => norm > 0));
  const least = above.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = above.reduce((a, b) => Math.max(a, b), 0);
  const axis = above.length > 0 ? logarithmicAxis(least, most) : logarithmicAxis(...EMPTY_RANGE);
  const [bottom, top] = axis.domain;

  const atZero = layers.filter((layer) => series[layer].points.some(([, norm]) => norm === 0));
  const rows = Math.min(atZero.length, MOST_ROWS);
  const band = rows === 0 ? 0 : (rows + 1) * ROW;
  const below = (pixels: number) => bottom - (pixels * (top - bottom)) / (HEIGHT - MARGINS.top - MARGINS.bottom);
  const rowOf = (layer: number) => below(ROW * (1 + (atZero.indexOf(layer) % MOST_ROWS)));
  const shown = series.map((one, layer) => ({
    ...one,
    points: one.points.map(([epoch, norm]): Point => [epoch, norm > 0 ? axis.place(norm) : rowOf(layer)]),
  }));
  const zeros = shown.map(({ points, colour }, layer) =>
    dot(oneOfEach(points.filter(([, place]) => place === rowOf(layer))), {
      x: "0",
      y: "1",
      symbol: "times",
      r: 3,
      stroke: colour,
      strokeWidth: 1.25,
      className: "zeros",
    }),
  );
  const chart = lineChart({
    label: "Norm of each layer's gradient by epoch",
    series: shown,
    axis: {
      domain: [below(band), top],
      ticks: rows === 0 ? axis.ticks : [{ place: below(band / 2), text: "0" }, ...axis.ticks],
    },
    height: HEIGHT + band,
    marks: rows === 0 ? [] : [ruleY([bottom], { stroke: "var(--line)" }), ...zeros],
  });
  const words = [
    "The norm of each layer’s mean gradient after each epoch, on a logarithmic scale; layer 0 is next to the input. Lines that " +
      "lie close together are good. Bad: lines that lie lower and lower towards layer 0, which are vanishing gradients, or " +
      "higher and higher, which are exploding ones.",
    finalWords(series.map(({ points }) => points)),
  ];
  return section("gradients", TITLE, words, chart);
}

/** A line says the same, but crosses are seen where it is short. More of them would run into each other. */
const MOST_CROSSES = 24;

/** As many points as there is room for crosses, or one of each of as many stretches of epochs. */
function oneOfEach(points: readonly Point[]): readonly Point[] {
  if (points.length <= MOST_CROSSES) return points;
  const [first, last] = [points[0][0], points[points.length - 1][0]];
  const stretchOf = (epoch: number) => Math.floor(((epoch - first) / (last - first + 1)) * MOST_CROSSES);
  return points.filter(([epoch], i) => i === 0 || stretchOf(epoch) !== stretchOf(points[i - 1][0]));
}

/** How the last gradients of the layers compare. */
function finalWords(series: readonly (readonly Point[])[]): string | undefined {
  const last = series.flatMap((points) => points.slice(-1).map(([, norm]) => norm));
  const zeros = last.filter((norm) => norm === 0).length;
  if (zeros === last.length) return "In the end every gradient is exactly 0 (×): no layer learns anything.";
  if (zeros > 0) return `In the end the gradient of ${several(zeros, "layer")} is exactly 0 (×).`;
  if (last.length < 2) return undefined;
  const ratio = last.reduce((a, b) => Math.max(a, b)) / last.reduce((a, b) => Math.min(a, b));
  return `In the end the largest is ${number(Number(ratio.toPrecision(2)))} times the smallest.`;
}
