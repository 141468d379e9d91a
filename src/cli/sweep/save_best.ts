import { CommandError } from "../command_error.ts";
import type { Context } from "../context.ts";
import { evaluateTrained } from "../train/evaluated.ts";
import { recordTraining } from "../train/record.ts";
import type { Trained } from "./outcome.ts";
import { outcomeText } from "./sweep_text.ts";
import { type Setting, trainPoint } from "./train_point.ts";

/**
 * Trains the best point once more and saves its network: with the same seed it comes to the same bits, so no network has to
 * be kept while the search is on, whether it was interrupted or not.
 */
export async function saveBest(path: string, best: Trained, setting: Setting, { stderr }: Context): Promise<void> {
  stderr.write(`training the best point once more for ${path}\n`);
  const { network, history, outcome, job } = await trainPoint(best, setting);
  if (outcome.validation.loss !== best.validation.loss) {
    throw new CommandError(
      `the best point came to another loss this time, ${outcome.validation.loss} instead of ${best.validation.loss}: its ` +
        `results are of another machine or version; nothing was saved. ${outcomeText(outcome)}`,
    );
  }
  recordTraining(network, job, setting.data, history, await evaluateTrained(network, setting.data, setting.signal));
  await network.save(path);
}
