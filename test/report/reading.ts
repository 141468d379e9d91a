import { parseHTML } from "linkedom";
import type { EpochReport, Evaluation, History, Network, ReportOptions } from "../../src/index.ts";
import { reportText } from "../../src/report/report.ts";

/** The parts of the DOM that the tests look at; the types of this project's compilation have no DOM. */
export interface Element {
  readonly textContent: string;
  readonly outerHTML: string;
  getAttribute(name: string): string | null;
  querySelector(selector: string): Element | null;
  querySelectorAll(selector: string): Iterable<Element> & { readonly length: number };
}

/** A report as a browser would parse it. */
export async function readReport(
  network: Network,
  history?: History,
  evaluation?: Evaluation,
  options?: ReportOptions,
): Promise<{ readonly text: string; readonly document: Element }> {
  const text = await reportText(history, network, evaluation, options);
  return { text, document: parseHTML(text).document as unknown as Element };
}

/** A history of so many epochs, made up. */
export function historyOf(epochs: number, report: (epoch: number) => Partial<EpochReport>): History {
  const common = { learningRate: 0.1, seconds: 0.5, samplesPerSecond: 1000 };
  return {
    seconds: epochs,
    epochs: Array.from({ length: epochs }, (_, i) => ({
      epoch: i + 1,
      loss: 1 / (i + 1),
      ...common,
      ...report(i + 1),
    })),
  };
}

/** The first element that a selector finds. */
export function found(parent: Element, selector: string): Element {
  const element = parent.querySelector(selector);
  if (!element) throw new Error(`there is no ${selector}`);
  return element;
}

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** The number that the text of a tick says. */
export function numberOfTick(text: string): number {
  const plain = text.replace(/[\s,]/g, "").replace("−", "-");
  if (plain.endsWith("%")) return Number(plain.slice(0, -1)) / 100;
  const power = /^(?:(\d+)·)?10(⁻?)([⁰¹²³⁴⁵⁶⁷⁸⁹]+)$/.exec(plain);
  if (!power) return Number(plain);
  const exponent = Number(Array.from(power[3], (digit) => SUPERSCRIPTS.indexOf(digit)).join(""));
  return Number(power[1] ?? 1) * 10 ** (power[2] ? -exponent : exponent);
}

/** Where an element stands: [x, y]. */
function placeOf(element: Element): [number, number] {
  const [, x, y] = /translate\(([-\d.e]+),([-\d.e]+)\)/.exec(element.getAttribute("transform") ?? "") ?? [];
  return [Number(x), Number(y)];
}

/** What a chart's axes and lines say, read off as a person would: from the texts of the ticks and where they stand. */
export function readChart(svg: Element, isLogarithmic = false) {
  const ticksOf = (axis: string) =>
    Array.from(svg.querySelectorAll(`g.${axis} text`), (text) => ({ place: placeOf(text), text: text.textContent }));
  const epochs = ticksOf("epoch-ticks").map(({ place, text }) => [place[0], numberOfTick(text)] as const);
  const values = ticksOf("value-ticks").map(({ place, text }) => [place[1], numberOfTick(text)] as const);
  const above = isLogarithmic ? values.filter(([, value]) => value > 0) : values;
  const epochAt = alongTicks(epochs);
  const linear = alongTicks(above.map(([y, value]) => [y, isLogarithmic ? Math.log10(value) : value]));
  const valueAt = (y: number) => (isLogarithmic ? 10 ** linear(y) : linear(y));
  const point = ([x, y]: readonly [number, number]) => [epochAt(x), valueAt(y)] as const;
  // Lines are groups of a path each; one point alone is a dot.
  const lines = Array.from(svg.querySelectorAll("g.line"), (line) =>
    pointsOf(line.querySelector("path")?.getAttribute("d") ?? "").map(point),
  );
  const dots = Array.from(svg.querySelectorAll("g.points"), (group) =>
    Array.from(group.querySelectorAll("circle"), (dot) =>
      point([Number(dot.getAttribute("cx")), Number(dot.getAttribute("cy"))]),
    ),
  );
  const zeros = Array.from(svg.querySelectorAll("g.zeros"), (group) =>
    Array.from(group.querySelectorAll("path"), (mark) => {
      const [x, y] = placeOf(mark);
      return { epoch: epochAt(x), y };
    }),
  );
  const names = Array.from(svg.querySelectorAll("g.name"), ({ textContent }) => textContent);
  return { lines, dots, zeros, names, epochs, values, lowestTick: Math.max(...above.map(([y]) => y)) };
}

/** A scale through the first and the last of some ticks; with a single one, what it says. */
function alongTicks(ticks: readonly (readonly [number, number])[]): (place: number) => number {
  const [from, to] = [ticks[0], ticks[ticks.length - 1]];
  if (ticks.length < 2) return () => from[1];
  return (place) => from[1] + ((place - from[0]) / (to[0] - from[0])) * (to[1] - from[1]);
}

/** The points that a path of straight pieces goes through. */
function pointsOf(path: string): [number, number][] {
  return Array.from(path.matchAll(/[ML]([-\d.]+),([-\d.]+)/g), ([, x, y]) => [Number(x), Number(y)]);
}
