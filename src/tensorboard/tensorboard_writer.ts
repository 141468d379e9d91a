import { DownhillError, reasonOf } from "../errors.ts";
import type { Network } from "../network.ts";
import { integer, optionError } from "../options.ts";
import { resolvedPath } from "../platform.ts";
import type { EpochReport } from "../training/fit_options.ts";

/**
 * Writes what a training comes to as event files, which TensorBoard draws: `tensorboard --logdir runs`. Only in Node.js.
 *
 *     const board = new TensorBoardWriter("runs/first");
 *     await network.fit(data, { epochs: 20, statistics: true, onEpoch: (report) => board.onEpoch(report, network) });
 */
export class TensorBoardWriter {
  readonly #directory: string;
  #file: Promise<string> | undefined;

  /**
   * @param directory - of this training alone; TensorBoard tells trainings apart by their folders. It is made when the first
   *   epoch comes. A training that begins anew in it, or is resumed, takes the place of the steps that it does again
   * @throws DownhillError `ERR_OPTION` for what is no path
   */
  constructor(directory: string) {
    if (typeof directory !== "string" || directory === "") throw optionError("directory", directory, "a path");
    this.#directory = resolvedPath(directory);
  }

  /**
   * Writes an epoch, its number being the step. The scalars: `loss/train`, `loss/validation`, `accuracy/validation`,
   * `learning_rate`, `samples_per_second` and, for a training with `statistics`, `gradient_norm/layer_0`,
   * `saturation/layer_0` and so on, as far as the report tells them.
   *
   * @param network - its weights become the histograms `weights/layer_0`, `biases/layer_0` and so on; none without it
   * @throws DownhillError (as a rejection) `ERR_FORMAT` when the file cannot be written, `ERR_OPTION` for what is no report
   */
  async onEpoch(report: EpochReport, network?: Pick<Network, "layers" | "weights">): Promise<void> {
    const { epoch } = (report ?? {}) as Partial<EpochReport>;
    integer(epoch, "report.epoch", 1);
    const { appendEpoch, createEventFile } = await import("./event_file.ts");
    try {
      this.#file ??= createEventFile(this.#directory, report.epoch);
      await appendEpoch(await this.#file, report, network);
    } catch (cause) {
      // The next epoch tries anew.
      this.#file = undefined;
      throw new DownhillError("ERR_FORMAT", `${this.#directory}: no event file can be written: ${reasonOf(cause)}`, {
        cause,
      });
    }
  }
}
