import { DownhillError } from "downhill";
import { chooseSubcommand, type Subcommand, UsageError, usage } from "./command.ts";

const DEFAULT = "workloads";

const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  workloads: {
    summary: `training and prediction beside peers and the machine's limits; when no subcommand is named
             (--only W1,W3,growth,threads,memory,import,install; --peers all|none|NAME,…; --python PATH; --quick; --json)
             --plot and --readme: draw and describe the newest results (--results FILE: others)
             --compare COMMIT: this build against another commit's (--only, --quick, --json)`,
    load: () => import("./workloads.ts"),
  },
  accuracy: {
    summary: `seconds of training to 97 % and 98 % on MNIST, beside the peers (--data DIR)
             (--python PATH, --only NAME,…, --search, --quick, --json)`,
    load: () => import("./accuracy.ts"),
  },
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
  "event-loop": {
    summary: `delay of the event loop while a large network is fitted natively, and idle beside it
             (--dtype float32|float64, --quick, --json)`,
    load: () => import("./event_loop.ts"),
  },
};

async function main(argv: readonly string[]): Promise<void> {
  const choice = chooseSubcommand(argv, SUBCOMMANDS, DEFAULT);
  if (choice === undefined) {
    console.log(usage(SUBCOMMANDS));
    return;
  }
  const { run } = await choice.subcommand.load();
  await run(choice.argv);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError || error instanceof DownhillError)) throw error;
  process.exitCode = 1;
  console.error(`bench: ${error.message}`);
}
