import type { Register } from "../commands.ts";
import { addCsvOptions, choice, partOption, several } from "../option_values.ts";
import type { PredictOptions } from "../predict/predict.ts";

export const registerPredict: Register = (program, context) => {
  const command = program
    .command("predict")
    .description("say what a saved network answers, row by row")
    .argument("<model>", "a file that a network was saved to")
    .argument("<data>", "a CSV file, - for CSV on the standard input, a folder or file of IDX images, or digits");
  addCsvOptions(command)
    .option("--out <file>", "a CSV file for the answers, in place of the standard output")
    .option("--probabilities", "of each class, beside the most likely one")
    .option("--keep <column>", "a column that goes along with the answers; may be given several times", several)
    .addOption(choice("--unknown <rule>", "categories that were not learnt", ["refuse", "ignore"]).default("refuse"))
    .addOption(partOption("test"))
    .option("--json", "a line of JSON for each row in place of CSV")
    .addHelpText(
      "after",
      `
Rows go through one batch at a time, so there may be any number of them. A network that was trained on a CSV file finds its
columns by their names, whatever others there are; other networks take all columns, in their order.

Examples:
  $ downhill predict flowers.json new-flowers.csv
  $ downhill predict flowers.json new-flowers.csv --probabilities --keep id --out predictions.csv
  $ tail -f measurements.csv | downhill predict flowers.json - --json`,
    )
    .action(async (model: string, data: string, options: PredictOptions) => {
      const { predict } = await import("../predict/predict.ts");
      await predict(model, data, options, context);
    });
};
