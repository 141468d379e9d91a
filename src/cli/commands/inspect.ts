import type { Register } from "../commands.ts";

export const registerInspect: Register = (program, context) => {
  program
    .command("inspect")
    .description("show what a saved network consists of")
    .argument("<model>", "a file that a network was saved to")
    .option("--json", "print JSON instead of tables")
    .addHelpText(
      "after",
      `
Examples:
  $ downhill inspect model.safetensors
  $ downhill inspect model.onnx --json`,
    )
    .action(async (path: string, options: { json?: boolean }) => {
      const { inspect } = await import("../inspect/inspect.ts");
      await inspect(path, options, context);
    });
};
