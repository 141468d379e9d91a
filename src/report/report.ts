import { DownhillError, reasonOf } from "../errors.ts";
import type { Network } from "../network.ts";
import { currentPlatform } from "../platform.ts";
import type { History } from "../training/fit_options.ts";
import type { Evaluation } from "../training/metrics.ts";
import { answersOf } from "./answers.ts";
import { checkedEvaluation, checkedHistory, checkedNetwork, checkedPath } from "./checks.ts";
import { confusion, perClass } from "./classes.ts";
import { configuration, environment, reproduction } from "./configuration.ts";
import type { Contents } from "./contents.ts";
import { findings, largestRate } from "./findings.ts";
import { gradientNorms } from "./gradients.ts";
import { Html, html } from "./html.ts";
import { saturation, weightHistograms } from "./layers.ts";
import { mistakes } from "./mistakes.ts";
import { scatter } from "./regression.ts";
import { type ReportOptions, resolveReportOptions } from "./report_options.ts";
import { styleSheet } from "./style.ts";
import { keyFigures, resultOf, titleOf } from "./summary.ts";
import { learning, learningRate } from "./training.ts";

/** In the order of the page: what came of it, why, and from what. */
const SECTIONS: readonly ((contents: Contents) => Html | undefined)[] = [
  ...[learning, learningRate, findings, gradientNorms, saturation, weightHistograms],
  ...[scatter, confusion, perClass, mistakes, configuration, environment, reproduction],
];

/** See `writeReport` of the package. */
export async function writeReport(
  history: History | undefined,
  network: Network,
  evaluation: Evaluation | undefined,
  path: string,
  options: ReportOptions | undefined,
): Promise<void> {
  checkedPath(path);
  const text = await reportText(history, network, evaluation, options);
  const { replaceFile } = currentPlatform();
  if (!replaceFile)
    throw new DownhillError("ERR_FORMAT", `${path}: cannot be written: files can only be written in Node.js`);
  try {
    await replaceFile(path, [new TextEncoder().encode(text)]);
  } catch (cause) {
    throw new DownhillError("ERR_FORMAT", `${path}: cannot be written: ${reasonOf(cause)}`, { cause });
  }
}

/** The whole page. */
export async function reportText(
  history: History | undefined,
  network: Network,
  evaluation: Evaluation | undefined,
  options: ReportOptions | undefined,
): Promise<string> {
  checkedNetwork(network);
  const resolved = resolveReportOptions(options, network);
  const { data } = resolved;
  const checked = checkedHistory(history, network);
  const rate = largestRate(checked);
  const contents: Contents = {
    network,
    history: checked?.epochs.length ? checked : undefined,
    evaluation: checkedEvaluation(evaluation, network, data),
    options: resolved,
    classNames: namesFor(network, network.classNames ?? data?.classNames),
    // It refuses data that is not the network's.
    diagnosis: data && network.diagnose(data, rate === undefined ? {} : { learningRate: rate }),
    answers: data && (await answersOf(network, data)),
    date: new Date(),
  };
  return page(contents).text;
}

function namesFor({ layers }: Network, names: readonly string[] | undefined): readonly string[] {
  return names ?? Array.from({ length: Math.max(2, layers[layers.length - 1]) }, (_, index) => String(index));
}

/** Nothing is fetched and nothing runs, whatever the texts of others may say. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

function page(contents: Contents): Html {
  const title = titleOf(contents);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${new Html(styleSheet(contents.network.layers.length - 1))}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p class="lede">${resultOf(contents)}</p>
${keyFigures(contents)}${SECTIONS.map((section) => section(contents))}
<footer>Written by downhill.</footer>
</main>
</body>
</html>
`;
}
