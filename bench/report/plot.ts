import { writeFileSync } from "node:fs";
import { relative } from "node:path";
import { definitionOf } from "../workloads/definitions.ts";
import { ROOT } from "./commit.ts";
import { speedText } from "./numbers.ts";
import type { Results, WorkloadResult } from "./results.ts";
import { readResults } from "./results_file.ts";
import { type Line, overview } from "./standings.ts";
import { element, svgDocument, text } from "./svg.ts";

const WIDTH = 960;
const MARGIN = 16;
const COLUMNS = 2;
const GAP = 32;
const PANEL_WIDTH = (WIDTH - 2 * MARGIN - (COLUMNS - 1) * GAP) / COLUMNS;
/** For the names of contenders. */
const LABELS = 170;
/** For the speed behind the longest bar. */
const VALUES = 72;
const BARS = PANEL_WIDTH - LABELS - VALUES;
const ROW = 18;
const BAR = 12;
/** A panel's title and unit. */
const HEADING = 40;
const TOP = 64;

const INK = "#1f2328";
const FAINT = "#59636e";
const GRID = "#d8dee4";
const OWN = "#0969da";
const PEER = "#afb8c1";

/** Draws a run's results beside its file, and returns the picture's path, relative to the checkout. */
export function drawResults(path: string): string {
  const picture = `${path.replace(/\.json$/, "")}.svg`;
  writeFileSync(picture, plotOf(readResults(path)));
  return relative(ROOT, picture);
}

/** A panel of bars for each workload: longer is faster, on a logarithmic scale. */
export function plotOf({ machine, workloads }: Results): string {
  const panels = workloads
    .map((result) => ({ result, lines: overview(result) }))
    .filter(({ lines }) => lines.length > 0);
  const parts: string[] = [];
  let y = TOP;
  for (let first = 0; first < panels.length; first += COLUMNS) {
    const row = panels.slice(first, first + COLUMNS);
    row.forEach(({ result, lines }, column) => {
      parts.push(panel(MARGIN + column * (PANEL_WIDTH + GAP), y, result, lines));
    });
    y += HEADING + Math.max(...row.map(({ lines }) => lines.length)) * ROW + GAP;
  }
  const title = "Speed of downhill and its peers";
  const about = `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${machine.date.slice(0, 10)}; one thread unless said; logarithmic, longer is faster`;
  return svgDocument(WIDTH, y, title, [
    element("rect", { width: WIDTH, height: y, fill: "#ffffff" }),
    text(MARGIN, 28, title, { "font-size": 18, "font-weight": 600, fill: INK }),
    text(MARGIN, 48, about, { fill: FAINT }),
    ...parts,
  ]);
}

function panel(x: number, y: number, { workload }: WorkloadResult, lines: readonly Line[]): string {
  const definition = definitionOf(workload.name);
  const scale = logScale(lines.map(({ result }) => result.rate.median));
  const heading = `${workload.name}  ${definition.title} [${workload.layers.join(", ")}]`;
  const bottom = HEADING + lines.length * ROW;
  const grid = scale.decades.map((decade) => {
    const at = LABELS + BARS * scale.place(decade);
    return element("line", { x1: at, x2: at, y1: HEADING - 4, y2: bottom, stroke: GRID });
  });
  const bars = lines.map(({ label, isOwn, result }, i) => {
    const middle = HEADING + i * ROW + BAR / 2;
    const length = Math.max(1, BARS * scale.place(result.rate.median));
    const threads = isOwn || result.threads === 1 ? label : `${label}, ${result.threads} threads`;
    const weight = isOwn ? { "font-weight": 600 } : {};
    return [
      text(LABELS - 6, middle + 4, threads, { "text-anchor": "end", fill: INK, "font-size": 11, ...weight }),
      element("rect", { x: LABELS, y: middle - BAR / 2, width: length, height: BAR, fill: isOwn ? OWN : PEER }),
      text(LABELS + length + 5, middle + 4, speedText(result.rate.median, definition), {
        fill: INK,
        "font-size": 11,
        ...weight,
      }),
    ].join("");
  });
  return element(
    "g",
    { transform: `translate(${x} ${y})` },
    text(0, 12, heading, { "font-weight": 600, fill: INK }),
    text(0, 28, definition.unit, { fill: FAINT, "font-size": 11 }),
    ...grid,
    ...bars,
  );
}

/**
 * From the power of ten at or below the slowest to the fastest. The slowest still gets a bar that can be seen: its
 * decade begins a little before.
 */
export function logScale(rates: readonly number[]): { decades: number[]; place: (rate: number) => number } {
  const slowest = Math.log10(Math.min(...rates));
  const from = Math.floor(slowest - 0.1);
  const to = Math.max(from + 1, Math.log10(Math.max(...rates)));
  const decades = Array.from({ length: Math.floor(to) - from + 1 }, (_, i) => 10 ** (from + i));
  return { decades, place: (rate) => (Math.log10(rate) - from) / (to - from) };
}
