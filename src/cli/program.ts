import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { CommandError } from "./command_error.ts";
import { COMMANDS } from "./commands.ts";
import type { CommandContext, Context } from "./context.ts";
import { EXIT } from "./exit_code.ts";
import { OutputClosed } from "./output/print.ts";

const EPILOGUE = `
Data is a CSV file (plain or .gz), a folder of IDX files under MNIST's names, or the word digits: drawn digits that are
built in.

Exit codes:
  ${EXIT.done}    done
  ${EXIT.failed}    it could not be done: a file that cannot be read, data that does not fit, a training that diverged
  ${EXIT.usage}    what was asked for makes no sense: an unknown option, a wrong value, a mistake in a job file
  ${EXIT.interrupted}  stopped by SIGINT (Ctrl-C)
  ${EXIT.terminated}  stopped by SIGTERM

Environment: NO_COLOR and FORCE_COLOR turn colours off and on; DOWNHILL_BACKEND is native or typescript.

Examples:
  $ downhill train digits --epochs 3 --out digits.json
  $ downhill evaluate digits.json digits
  $ downhill train flowers.csv --target species --out flowers.json
  $ downhill predict flowers.json new-flowers.csv`;

/**
 * Runs a command line.
 *
 * @param argv - without the names of the program and the script
 * @returns the exit code
 */
export async function runCommandLine(argv: readonly string[], context: Context): Promise<number> {
  const program = createProgram({ ...context, argv });
  try {
    await program.parseAsync(argv, { from: "user" });
    return EXIT.done;
  } catch (error) {
    // It has said what there is to say: a text that was asked for, or what is wrong with the command line.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (error instanceof OutputClosed) return EXIT.done;
    context.stderr.write(`${messageOf(error, program.opts().verbose === true)}\n`);
    return error instanceof CommandError ? error.exitCode : EXIT.failed;
  }
}

function createProgram(context: CommandContext): Command {
  const program = new Command("downhill")
    .description("Trains, runs and examines dense neural networks.")
    .version(packageVersion())
    .option("--verbose", "show where an error comes from")
    .addHelpText("after", EPILOGUE)
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      getOutHelpWidth: () => context.stdout.columns ?? 100,
      getErrHelpWidth: () => context.stderr.columns ?? 100,
    })
    .exitOverride();
  for (const register of COMMANDS) register(program, context);
  for (const command of program.commands) command.exitOverride().copyInheritedSettings(program);
  return program;
}

/** Errors that were thrown on purpose say all that helps; of others it may help to see where they come from. */
function messageOf(error: unknown, isVerbose: boolean): string {
  if (!(error instanceof Error)) return `downhill: ${String(error)}`;
  if (isVerbose) return error.stack ?? error.message;
  // By its name: for its class all of the library would have to be there, also for a help.
  const isOnPurpose = error instanceof CommandError || error.name === "DownhillError";
  return `downhill: ${error.message}${isOnPurpose ? "" : " (--verbose shows where this comes from)"}`;
}

/** Read where it is written down: the library's own copy would bring all of the library with it. */
function packageVersion(): string {
  return JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version;
}
