import type { Register } from "../commands.ts";
import type { SweepOptions } from "../sweep/sweep.ts";

export const registerSweep: Register = (program, context) => {
  program
    .command("sweep")
    .description("search for hyperparameters: train many networks, several at once, and rank them")
    .argument("<job>", "a job file (.yaml, .yml or .json) of a training, with a sweep")
    .option("--results <file>", "where finished points are kept (default: JOB.sweep.jsonl beside the job)")
    .option(
      "--out <file>",
      "train the best point once more and save its network; the ending names the format (default: out of the job)",
    )
    .option("--force", "replace a file that is no network")
    .option("--json", "print a line of JSON for each finished point and one for the ranking")
    .addHelpText(
      "after",
      `
Every finished point is kept. Interrupted, the same command goes on with what is left, and comes to the same ranking. The
points are compared on the job's validation data, a tenth of the training data unless the job says otherwise.

Examples:
  $ downhill sweep job.yaml
  $ downhill sweep job.yaml --out best.json

A job file is one of "downhill train" and says what is searched for; both commands take the same file. Its out is the default
of --out; its report, tensorboard and checkpoint are not used. Anything of network and fit can be searched for:
  data: digits
  fit: { epochs: 5 }
  sweep:
    method: random             # or grid: all combinations of the values (the default)
    points: 20
    monitor: accuracy          # default: validation loss
    parallel: 2                # trainings at once; default: what the cores have room for
    parameters:
      fit.learningRate: { min: 0.0001, max: 0.01, scale: log }
      fit.batchSize: [16, 32, 64]
      network.layers: [[64], [128], [128, 64]]`,
    )
    .action(async (path: string, options: SweepOptions) => {
      const { sweep } = await import("../sweep/sweep.ts");
      await sweep(path, options, context);
    });
};
