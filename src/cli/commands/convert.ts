import type { Register } from "../commands.ts";
import type { ConvertOptions } from "../convert/convert.ts";
import { choice } from "../option_values.ts";

const ACTIVATIONS = ["sigmoid", "tanh", "relu", "leakyRelu", "linear"];

export const registerConvert: Register = (program, context) => {
  program
    .command("convert")
    .description("save a network in another format")
    .argument("<in>", "a file that a network was saved to, by downhill or others")
    .argument("<out>", "where it goes; the ending names the format")
    .addOption(choice("--activation <name>", "of the hidden layers, where the file does not say it", ACTIVATIONS))
    .addOption(
      choice("--output-activation <name>", "of the last layer, where the file does not say it", [
        ...ACTIVATIONS,
        "softmax",
      ]),
    )
    .addOption(
      choice("--loss <name>", "where the file does not say it", [
        "squaredError",
        "binaryCrossEntropy",
        "categoricalCrossEntropy",
      ]),
    )
    .addOption(choice("--dtype <name>", "where the file does not say it", ["float32", "float64"]))
    .option("--force", "replace a file that is no network")
    .addHelpText(
      "after",
      `
Examples:
  $ downhill convert digits.json digits.onnx
  $ downhill convert from-pytorch.safetensors network.json --activation relu --output-activation softmax \\
      --loss categoricalCrossEntropy`,
    )
    .action(async (from: string, to: string, options: ConvertOptions) => {
      const { convert } = await import("../convert/convert.ts");
      await convert(from, to, options, context);
    });
};
