import { Command, CommanderError } from "commander";
import { DownhillError } from "../errors.ts";
import { VERSION } from "../version.ts";
import { CommandError } from "./command_error.ts";
import { COMMANDS } from "./commands.ts";
import type { Context } from "./context.ts";
import { EXIT } from "./exit_code.ts";

/**
 * Runs a command line.
 *
 * @param argv - without the names of the program and the script
 * @returns the exit code
 */
export async function runCommandLine(argv: readonly string[], context: Context): Promise<number> {
  const program = createProgram(context);
  try {
    await program.parseAsync(argv, { from: "user" });
    return EXIT.done;
  } catch (error) {
    // It has said what there is to say: a text that was asked for, or what is wrong with the command line.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    context.stderr.write(`${messageOf(error, program.opts().verbose === true)}\n`);
    return error instanceof CommandError ? error.exitCode : EXIT.failed;
  }
}

function createProgram(context: Context): Command {
  const program = new Command("downhill")
    .description("Trains, runs and examines dense neural networks.")
    .version(VERSION)
    .option("--verbose", "show where an error comes from")
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

/** Errors that were thrown on purpose say all that helps; of others it is to be seen where they come from. */
function messageOf(error: unknown, isVerbose: boolean): string {
  if (!(error instanceof Error)) return `downhill: ${String(error)}`;
  const isOnPurpose = error instanceof CommandError || error instanceof DownhillError;
  if (isVerbose || !isOnPurpose) return error.stack ?? error.message;
  return `downhill: ${error.message}`;
}
