import type { Register } from "../commands.ts";
import type { DataOptions } from "../data/model_data.ts";
import { addModelAndData, integer, number, partOption } from "../option_values.ts";

export const registerDiagnose: Register = (program, context) => {
  const command = program.command("diagnose").description("look for what keeps a network from learning");
  addModelAndData(command)
    .addOption(partOption("train"))
    .option("--learning-rate <number>", "the rate of the steps that are judged (default: 0.01)", number)
    .option("--samples <number>", "how many are looked at (default: up to 256)", integer(1))
    .option("--json", "print JSON instead of tables")
    .addHelpText(
      "after",
      `
The exit code is 0 with and without findings: they are in the output.

Examples:
  $ downhill diagnose flowers.json flowers.csv
  $ downhill diagnose digits.json digits --learning-rate 0.1`,
    )
    .action(
      async (
        model: string,
        data: string,
        options: DataOptions & { learningRate?: number; samples?: number; json?: boolean },
      ) => {
        const { diagnose } = await import("../diagnose/diagnose.ts");
        await diagnose(model, data, options, context);
      },
    );
};
