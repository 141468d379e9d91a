import { openSync, writeSync } from "node:fs";
import { Chance } from "./chance.ts";
import { TARGETS } from "./targets.ts";
import { assertNoPollution } from "./watch.ts";

// Gives a target the inputs from one number to another, in a process of its own: `run.ts` starts it. The number of the
// input is written to a file first, so that it is known where the process dies.

const [name, seedText, firstText, endText, progressFile] = process.argv.slice(2);
const [seed, first, end] = [seedText, firstText, endText].map(Number);
const MOST_FAILURES = 10;

/** What the process reports. */
export interface Report {
  /** How many inputs came to what: `READ` or a code. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly failures: readonly { readonly input: number; readonly message: string }[];
  /** The largest the process has been, in MiB. */
  readonly memory: number;
}

async function main(): Promise<void> {
  const target = TARGETS.find((one) => one.name === name);
  if (!target) throw new Error(`there is no target ${name}`);
  const trial = await target.open();
  const progress = openSync(progressFile, "r+");
  const outcomes: Record<string, number> = {};
  const failures: { input: number; message: string }[] = [];
  // A failure that no promise leads to belongs to the input at hand.
  let stray: unknown;
  process.on("unhandledRejection", (reason) => {
    stray = reason;
  });
  for (let input = first; input < end && failures.length < MOST_FAILURES; input++) {
    writeSync(progress, String(input).padEnd(12), 0);
    try {
      const outcome = await trial.run(new Chance(seed, name, input));
      if (stray !== undefined) throw stray;
      assertNoPollution();
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    } catch (error) {
      stray = undefined;
      failures.push({ input, message: messageOf(error) });
    }
  }
  trial.close?.();
  const memory = Math.round(process.resourceUsage().maxRSS / 1024);
  process.send?.({ outcomes, failures, memory } satisfies Report, () => process.exit(0));
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `\n${error.cause.stack}` : "";
  return `${error.message}${cause || `\n${error.stack?.split("\n").slice(1, 5).join("\n")}`}`;
}

await main();
