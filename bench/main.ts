import { DownhillError } from "downhill";
import { chooseSubcommand, type Subcommand, UsageError, usage } from "./command.ts";

const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  kernels: {
    summary:
      "time and error of every kernel, native and TypeScript (--kernel NAME …, --dtype float32|float64, --quick, --json)",
    load: () => import("./kernels.ts"),
  },
  crossing: {
    summary:
      "single predict and train through Network, native against TypeScript (--dtype float32|float64, --quick, --json)",
    load: () => import("./crossing.ts"),
  },
};

async function main(argv: readonly string[]): Promise<void> {
  const subcommand = chooseSubcommand(argv, SUBCOMMANDS);
  if (subcommand === undefined) {
    console.log(usage(SUBCOMMANDS));
    return;
  }
  const { run } = await subcommand.load();
  await run(argv.slice(1));
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError || error instanceof DownhillError)) throw error;
  process.exitCode = 1;
  console.error(`bench: ${error.message}`);
}
