import { type Axis, exact, linearAxis, logarithmicAxis, roundTicks } from "./axes.ts";
import type { Contents } from "./contents.ts";
import { type Content, type Html, html } from "./html.ts";
import { lineChart, type Series } from "./line_chart.ts";
import { missing, section } from "./section.ts";
import { bestEpochOf, type Point, seriesOf } from "./series.ts";
import { counted, number, several, share } from "./words.ts";

const ONE_LINE = "The line should fall and flatten out. Bad: one that does not fall, or that jumps up.";
const TWO_LINES =
  "Both lines should fall and flatten out together. Bad: a line that does not fall, that jumps up, or a validation line that " +
  "turns upwards while training goes on falling: the network then learns its samples by heart.";

/** Loss and accuracy by epoch. */
export function learning({ history }: Contents): Html {
  const title = "Learning";
  if (!history) return missing("learning", title, "There is no history: it is what fit gives.");
  const training = seriesOf(history, ({ loss }) => loss);
  const validation = seriesOf(history, (report) => report.validation?.loss);
  const accuracy = seriesOf(history, (report) => report.validation?.accuracy);
  const losses: Series[] = [
    { name: "training", colour: "var(--training)", points: training },
    { name: "validation", colour: "var(--validation)", points: validation },
  ];
  if (training.length + validation.length === 0) {
    return missing(
      "learning",
      title,
      "The loss was not finite in any epoch: see ERR_DIVERGED, and a smaller learningRate.",
    );
  }
  const best = bestEpochOf(history);
  const marked = best === undefined ? undefined : { epoch: best, text: `best: ${counted(best)}` };
  const axis = lossAxis(losses.flatMap(({ points }) => points));
  const placed = losses.map((one) => ({
    ...one,
    points: one.points.map(([epoch, loss]): Point => [epoch, axis.place(loss)]),
  }));
  const words = [
    `Mean loss of a sample, by epoch${axis.isLogarithmic ? ", on a logarithmic scale" : ""}. ${validation.length > 0 ? TWO_LINES : ONE_LINE}`,
    validation.length > 0
      ? turnOf(validation)
      : "Nothing was held out: fit with validation tells how it does on other samples.",
    notFinite(history.epochs.length - training.length, "training"),
    notFinite(history.epochs.filter((report) => report.validation).length - validation.length, "validation"),
  ];
  const figure = html`<h3>Loss</h3>
${lineChart({ label: "Loss by epoch", series: placed, axis, marked })}${accuracyChart(accuracy, marked)}`;
  return section("learning", title, words, figure);
}

function accuracyChart(points: readonly Point[], marked: { epoch: number; text: string } | undefined): Content {
  if (points.length === 0) return undefined;
  const values = points.map(([, value]) => value);
  const ticks = roundTicks(smallest(values), largest(values), 4).filter((tick) => tick >= 0 && tick <= 1);
  const axis = linearAxis(ticks, (tick) => `${exact(100 * tick)} %`);
  const from = ticks[0] > 0 ? " The axis does not start at 0." : undefined;
  const series = [{ name: "validation", colour: "var(--validation)", points }];
  return html`<h3>Accuracy</h3>
${lineChart({ label: "Accuracy by epoch", series, axis, marked, height: 200 })}
<p class="note">The share of validation samples that were taken for what they are.${from}</p>`;
}

/** What the loss of the validation set came to after its best epoch. */
function turnOf(validation: readonly Point[]): string | undefined {
  if (validation.length < 2) return undefined;
  const best = validation.reduce((least, point) => (point[1] < least[1] ? point : least));
  const last = validation[validation.length - 1];
  if (best[0] === last[0]) return "The validation loss was lowest in the last epoch: more epochs may bring more.";
  const rise = last[1] / best[1] - 1;
  const rest = rise > 0.01 ? `; at the end it was ${share(rise)} higher` : " and stayed about there";
  return `The validation loss was lowest in epoch ${counted(best[0])}${rest}.`;
}

function notFinite(epochs: number, what: string): string | undefined {
  if (epochs === 0) return undefined;
  return `In ${several(epochs, "epoch")} the ${what} loss was not finite: nothing is drawn there.`;
}

/** From so much difference on, small values would all lie on the ground of a linear axis. */
const WIDE_RANGE = 100;

/** Linear from 0, or logarithmic. */
function lossAxis(points: readonly Point[]): Axis {
  const values = points.map(([, value]) => value);
  const [least, most] = [smallest(values), largest(values)];
  if (least > 0 && most / least >= WIDE_RANGE) return logarithmicAxis(least, most);
  return linearAxis(roundTicks(Math.min(0, least), Math.max(0, most), 4));
}

/** What learning rate the steps had. One that never changes is told, not drawn. */
export function learningRate({ history }: Contents): Html | undefined {
  const points = history && seriesOf(history, (report) => report.learningRate);
  if (!points || points.length === 0) return undefined;
  const first = points[0][1];
  if (points.every(([, rate]) => rate === first)) {
    const epochs = points.length === 1 ? "its only epoch" : `all ${counted(points.length)} epochs`;
    return missing("rate", "Learning rate", html`<b>${number(first)}</b> in ${epochs}.`);
  }
  const words = [
    "The learning rate of each epoch's last step. Where the loss jumps while the rate is high, the rate is too high; where " +
      "the loss stands still as soon as the rate is low, it fell too early.",
  ];
  const axis = linearAxis(roundTicks(0, largest(points.map(([, rate]) => rate)), 3));
  const series = [{ name: "rate", colour: "var(--ink)", points }];
  const chart = lineChart({ label: "Learning rate by epoch", series, axis, height: 170 });
  return section("rate", "Learning rate", words, chart);
}

function smallest(values: readonly number[]): number {
  return values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
}

function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
}
