import { Option } from "commander";
import type { Workload } from "../bench/rates.ts";
import type { Register } from "../commands.ts";
import { choice, integer, number, sizes } from "../option_values.ts";

export const registerBench: Register = (program, context) => {
  program
    .command("bench")
    .description("measure how fast this machine trains and predicts")
    .addOption(
      new Option("--layers <sizes>", "the number of inputs, then the units of each layer")
        .argParser(sizes)
        .default([784, 128, 10], "784,128,10"),
    )
    .option("--batch-size <samples>", "samples to a step; 1: a step after each sample", integer(1), 32)
    .option("--threads <count>", "threads that may share the work", integer(1), 1)
    .addOption(choice("--dtype <name>", "what is calculated in", ["float32", "float64"]).default("float32"))
    .option("--seconds <seconds>", "about how long to measure", number, 5)
    .option("--json", "print JSON instead of a table")
    .addHelpText(
      "after",
      `
Training is plain gradient descent on made-up samples; what is measured is samples a second, for each backend that is
there. The backends run by turns. Shown are the median and the middle half of all turns.

Examples:
  $ downhill bench
  $ downhill bench --layers 784,1000,1000,10 --batch-size 128 --threads 4 --seconds 20`,
    )
    .action(async (options: Workload & { readonly json?: boolean }) => {
      const { bench } = await import("../bench/bench.ts");
      await bench(options, context);
    });
};
