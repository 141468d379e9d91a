import type { Register } from "../commands.ts";
import type { DataOptions } from "../data/model_data.ts";
import { addModelAndData, integer, partOption } from "../option_values.ts";

export const registerEvaluate: Register = (program, context) => {
  const command = program.command("evaluate").description("say how well a saved network does on data");
  addModelAndData(command)
    .addOption(partOption("test"))
    .option("--top-k <number>", "also count a class among the k most likely ones", integer(1))
    .option("--json", "print JSON instead of tables")
    .addHelpText(
      "after",
      `
Examples:
  $ downhill evaluate flowers.json other-flowers.csv
  $ downhill evaluate mnist.json mnist/ --top-k 3
  $ downhill evaluate digits.json digits --json`,
    )
    .action(async (model: string, data: string, options: DataOptions & { topK?: number; json?: boolean }) => {
      const { evaluate } = await import("../evaluate/evaluate.ts");
      await evaluate(model, data, options, context);
    });
};
