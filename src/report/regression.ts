import { axisX, dot, gridX, gridY, line, text } from "@observablehq/plot";
import type { Estimate } from "./answers.ts";
import { exact, roundTicks } from "./axes.ts";
import type { Contents } from "./contents.ts";
import { svgOf } from "./draw.ts";
import { type Html, html } from "./html.ts";
import { marginFor, valueTexts } from "./line_chart.ts";
import { missing, section } from "./section.ts";
import { counted, several, shortened } from "./words.ts";

/** Of more outputs the first ones are shown. */
const MOST_OUTPUTS = 4;

/** Fewer dots than this are larger. */
const FEW = 50;

/** What was answered, against what should have been; for data without classes. */
export function scatter({ answers, options, evaluation, network }: Contents): Html | undefined {
  const title = "Answers";
  const { data } = options;
  if (!data || !answers) {
    if (evaluation?.rmse === undefined) return undefined;
    return missing("scatter", title, html`Give the data that was evaluated as <code>options.data</code> to see them.`);
  }
  if (data.classes !== undefined) return undefined;
  const outputs = Math.min(data.targetSize, MOST_OUTPUTS);
  const names = (network.encoding ?? data.encoding)?.target.columns;
  const words = [
    "A dot for a sample: what the network should have answered goes to the right, what it did answer upwards. Good is a narrow " +
      "band along the line. Bad: a flat cloud, which is the answer of a network that always says the mean; a band that bends " +
      "away; dots far from all others.",
    answers.spread.length < data.size
      ? `${counted(answers.spread.length)} of ${several(data.size, "sample")} are drawn, spread over the data.`
      : undefined,
    outputs < data.targetSize ? `Of ${counted(data.targetSize)} outputs the first ${outputs} are shown.` : undefined,
  ];
  const plots = Array.from({ length: outputs }, (_, k) => scatterOf(answers.spread, k, names?.[k] ?? `output ${k}`));
  return section("scatter", title, words, html`<div class="${outputs > 1 ? "multiples" : "single"}">${plots}</div>`);
}

function scatterOf(estimates: readonly Estimate[], k: number, name: string): Html {
  const dots = estimates
    .map(({ target, output }) => [target[k], output[k]] as const)
    .filter((pair) => pair.every(Number.isFinite));
  const values = dots.flat();
  if (values.length === 0)
    return html`<figure><h3>${shortened(name, 40)}</h3><figcaption>No answer is finite.</figcaption></figure>`;
  const least = values.reduce((a, b) => Math.min(a, b));
  const most = values.reduce((a, b) => Math.max(a, b));
  const ticks = roundTicks(least, most, 4);
  const texts = ticks.map((place) => ({ place, text: exact(place) }));
  const domain = [ticks[0], ticks[ticks.length - 1]];
  const [r, fillOpacity] = dots.length < FEW ? [4, 0.8] : [2.2, 0.45];
  const svg = svgOf(`Answers against targets: ${shortened(name, 40)}`, {
    width: 340,
    height: 340,
    marginTop: 30,
    marginBottom: 40,
    marginLeft: marginFor(texts),
    marginRight: 20,
    x: { domain, label: "target", ticks: [] },
    y: { domain, label: null, axis: null },
    marks: [
      gridX(ticks, { stroke: "var(--grid)", strokeOpacity: 1 }),
      gridY(ticks, { stroke: "var(--grid)", strokeOpacity: 1 }),
      line(
        [domain, domain].map((_, i) => [domain[i], domain[i]]),
        { x: "0", y: "1", stroke: "var(--quiet)", className: "perfect" },
      ),
      dot(dots as never, { x: "0", y: "1", r, fill: "var(--training)", fillOpacity, className: "samples" }),
      axisX(ticks, { tickSize: 0, tickFormat: exact, color: "var(--quiet)", label: "target" }),
      ...valueTexts(texts),
      text(["↑ answer"], {
        frameAnchor: "top-left",
        dx: 10 - marginFor(texts),
        dy: -24,
        fill: "var(--quiet)",
        text: (words: string) => words,
      }),
    ],
  });
  return html`<figure><h3><bdi>${shortened(name, 40)}</bdi></h3>${svg}</figure>`;
}
