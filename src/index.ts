/**
 * downhill: dense neural networks in Node.js, on C++ kernels where they can be loaded and on TypeScript elsewhere.
 *
 * @packageDocumentation
 */
import type { Network } from "./network.ts";
import { registerPlatform } from "./platform.ts";
import { nodePlatform } from "./platform_node.ts";
import type { ReportOptions } from "./report/report_options.ts";
import type { History } from "./training/fit_options.ts";
import type { Evaluation } from "./training/metrics.ts";

registerPlatform(nodePlatform);

export * from "./browser.ts";
export type { ReportOptions } from "./report/report_options.ts";
export { TensorBoardWriter } from "./tensorboard/tensorboard_writer.ts";

/**
 * Writes what there is to see of a training as one HTML file, which needs nothing else, to be read or printed: loss, accuracy
 * and learning rate by epoch, gradients and saturation by layer, weights, confusions, the worst mistakes, the findings of
 * `diagnose`, what was chosen, where it ran, and how to do it again. What is not known is left out, or it is said how to get
 * it: the layers' curves need `statistics` in the options of `fit`, mistakes and findings `data` here. The file is replaced in
 * one step. Only in Node.js; drawing holds the event loop up for some tenths of a second.
 *
 * @param history - what `fit` gave; undefined for a network that was not trained here
 * @param evaluation - what `evaluate` gave; undefined where nothing was evaluated
 * @param path - of the file; those that end with `.html` open in a browser
 * @throws DownhillError (as a rejection), before anything is written: `ERR_OPTION` for what is no history, evaluation or option,
 *   or not of this network; `ERR_SHAPE` and `ERR_DATA` for data that is not the network's; `ERR_FORMAT` when the file cannot be
 *   written
 */
export async function writeReport(
  history: History | undefined,
  network: Network,
  evaluation: Evaluation | undefined,
  path: string,
  options?: ReportOptions,
): Promise<void> {
  const report = await import("./report/report.ts");
  await report.writeReport(history, network, evaluation, path, options);
}
