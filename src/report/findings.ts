import type { Contents } from "./contents.ts";
import { type Html, html } from "./html.ts";
import { missing, section } from "./section.ts";
import { number, several } from "./words.ts";

/** What `diagnose` found, in its words. */
export function findings({ diagnosis, history }: Contents): Html {
  const title = "Diagnosis";
  if (!diagnosis) {
    return missing(
      "findings",
      title,
      html`Nothing was diagnosed. Give data as <code>options.data</code>, and
<code>network.diagnose</code> looks at it.`,
    );
  }
  const rate = largestRate(history);
  const words = [
    `What network.diagnose says of ${several(diagnosis.samples, "sample")}, causes before effects.` +
      (rate === undefined
        ? ""
        : ` Of steps it supposes plain descent at ${number(rate)}, the largest learning rate that was used.`),
  ];
  if (diagnosis.findings.length === 0) {
    return section(
      "findings",
      title,
      words,
      html`<p class="good">Nothing was found that keeps the network from learning.</p>`,
    );
  }
  const list = diagnosis.findings.map(({ code, message }) => html`<li><code>${code}</code><p>${message}</p></li>\n`);
  return section("findings", title, words, html`<ul class="findings">${list}</ul>`);
}

/** The rate that a diagnosis is for: rates that fall to almost nothing, or rise from it, say little at their ends. */
export function largestRate(history: Contents["history"]): number | undefined {
  if (!history) return undefined;
  const rates = history.epochs
    .map(({ learningRate }) => learningRate)
    .filter((rate) => Number.isFinite(rate) && rate >= 0);
  return rates.length === 0 ? undefined : rates.reduce((most, rate) => Math.max(most, rate), 0);
}
