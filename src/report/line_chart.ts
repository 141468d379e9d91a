import { dot, gridY, line, type Markish, ruleX, text } from "@observablehq/plot";
import { type Axis, epochTicks, type Tick } from "./axes.ts";
import { drawn, type Frame } from "./draw.ts";
import type { Html } from "./html.ts";
import { type Point, thinned } from "./series.ts";
import { counted } from "./words.ts";

/** A line of a chart, named at its end. */
export interface Series {
  readonly name: string;
  /** A colour that text can have. */
  readonly colour: string;
  readonly points: readonly Point[];
}

/** Values by epoch, as lines. */
export interface LineChart {
  /** What a screen reader says. */
  readonly label: string;
  /** With the places of their values on the axis. */
  readonly series: readonly Series[];
  readonly axis: Pick<Axis, "domain" | "ticks">;
  readonly height?: number;
  /** An epoch that is marked, with what it is. */
  readonly marked?: { readonly epoch: number; readonly text: string } | undefined;
  /** What is drawn besides. */
  readonly marks?: readonly Markish[];
}

const HEIGHT = 240;
export const MARGINS = { top: 22, bottom: 28 };
/** The width of a letter at the most, about. */
export const LETTER = 7.7;
/** Lines of text apart. */
const LINE = 14;
/** Up to so many points are marked one by one. */
const MARKED_POINTS = 40;

/** The chart of a training; at least one of the series has a point. */
export function lineChart(chart: LineChart): Html {
  const { label, axis, height = HEIGHT } = chart;
  const series = chart.series
    .filter(({ points }) => points.length > 0)
    .map((one) => ({ ...one, points: thinned(one.points) }));
  const first = series.reduce((least, { points }) => Math.min(least, points[0][0]), Number.POSITIVE_INFINITY);
  const last = series.reduce((most, { points }) => Math.max(most, points[points.length - 1][0]), 0);
  const longest = series.reduce((most, { name }) => Math.max(most, Array.from(name).length), 0);
  return drawn(label, (frame) => ({
    height,
    marginTop: MARGINS.top,
    marginBottom: MARGINS.bottom,
    marginLeft: marginFor(axis.ticks),
    marginRight: Math.max(14 + LETTER * longest, 12 + LETTER * (5 + counted(last).length / 2)),
    x: { domain: first === last ? [first - 1, last + 1] : [first, last], axis: null },
    y: { domain: [...axis.domain], axis: null },
    marks: [
      gridY(
        axis.ticks.map(({ place }) => place),
        { stroke: "var(--grid)", strokeOpacity: 1 },
      ),
      ...valueTexts(axis.ticks),
      ...epochTexts(frame, first, last),
      ...markOf(chart.marked),
      ...series.flatMap(({ points, colour }) => [
        line([...points], { x: "0", y: "1", stroke: colour, strokeWidth: 1.75, className: "line" }),
        ...(points.length <= MARKED_POINTS
          ? [dot([...points], { x: "0", y: "1", fill: colour, r: 2.25, className: "points" })]
          : []),
      ]),
      ...(chart.marks ?? []),
      ...namesAtEnd(series, axis, height),
    ],
  }));
}

/** Room for the texts of an axis. */
export function marginFor(ticks: readonly Tick[]): number {
  return 10 + LETTER * ticks.reduce((most, { text }) => Math.max(most, text.length), 4);
}

/** The texts of an axis of values. */
export function valueTexts(ticks: readonly Tick[]): Markish[] {
  return [
    text([...ticks], {
      y: "place",
      text: "text",
      frameAnchor: "left",
      textAnchor: "end",
      dx: -8,
      fill: "var(--quiet)",
      className: "value-ticks",
    }),
  ];
}

function epochTexts({ isNarrow }: Frame, first: number, last: number): Markish[] {
  const common = { frameAnchor: "bottom", lineAnchor: "top", dy: 10, fill: "var(--quiet)" } as const;
  return [
    text(epochTicks(first, last, isNarrow ? 5 : 8), {
      ...common,
      x: (epoch: number) => epoch,
      text: (epoch: number) => counted(epoch),
      className: "epoch-ticks",
    }),
    text(["epoch"], {
      ...common,
      text: (word: string) => word,
      frameAnchor: "bottom-right",
      textAnchor: "start",
      dx: 8 + (LETTER * counted(last).length) / 2,
    }),
  ];
}

function markOf(marked: LineChart["marked"]): Markish[] {
  if (!marked) return [];
  return [
    ruleX([marked.epoch], { stroke: "var(--quiet)", strokeDasharray: "2,3", className: "marked" }),
    text([marked.epoch], {
      x: (epoch: number) => epoch,
      text: () => marked.text,
      frameAnchor: "top",
      lineAnchor: "bottom",
      dy: -6,
      fill: "var(--quiet)",
    }),
  ];
}

/** Each name beside the end of its line, moved so that none stands on another. */
function namesAtEnd(
  series: readonly Series[],
  { domain: [bottom, top] }: LineChart["axis"],
  height: number,
): Markish[] {
  const named = series.filter(({ name }) => name !== "");
  const extent = height - MARGINS.top - MARGINS.bottom;
  const ends = named.map(({ points }) => points[points.length - 1]);
  const wanted = ends.map(([, place]) => MARGINS.top + (1 - (place - bottom) / (top - bottom)) * extent);
  const places = spread(wanted, LINE, MARGINS.top, height - MARGINS.bottom);
  return named.map(({ name, colour }, s) =>
    text([ends[s]], {
      x: "0",
      y: "1",
      text: () => name,
      textAnchor: "start",
      dx: 9,
      dy: places[s] - wanted[s],
      fill: colour,
      fontWeight: 600,
      className: "name",
    }),
  );
}

/** Places moved up and down until they are `gap` apart, in the same order, from `least` to `most` if there is room. */
export function spread(wanted: readonly number[], gap: number, least: number, most: number): number[] {
  const order = Array.from(wanted.keys()).sort((a, b) => wanted[a] - wanted[b] || a - b);
  const room = Math.min(gap, (most - least) / Math.max(1, order.length - 1));
  const places = [...wanted];
  let next = least;
  for (const i of order) {
    places[i] = Math.max(places[i], next);
    next = places[i] + room;
  }
  let last = most;
  for (const i of order.toReversed()) {
    places[i] = Math.min(places[i], last);
    last = places[i] - room;
  }
  return places;
}
