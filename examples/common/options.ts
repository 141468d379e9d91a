import { type ParseArgsConfig, parseArgs } from "node:util";
import { CommandError } from "./errors.ts";

/**
 * Reads a command line that has options only.
 *
 * @param argv - without the names of the program, the script and a subcommand
 * @throws CommandError naming the option that is unknown or incomplete
 */
export function parseOptions<Options extends NonNullable<ParseArgsConfig["options"]>>(
  argv: readonly string[],
  options: Options,
) {
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    // The first sentence names the option; the advice that follows it is about options of other kinds.
    const [sentence] = (error as Error).message.split(/\.\s|\.$|\n/);
    throw new CommandError(`${sentence}; --help lists the options`);
  }
}

/** What `read` makes of an option's text, if it was given. */
export function optional<Value>(text: string | undefined, read: (text: string) => Value): Value | undefined {
  return text === undefined ? undefined : read(text);
}

/** Any text but an empty one. */
export function path(option: string, text: string): string {
  if (text === "") throw new CommandError(`${option} expects a path, got ""`);
  return text;
}

/** Digits alone, without sign, point or exponent. */
export function wholeNumber(option: string, text: string, smallest: number, largest: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= smallest && value <= largest) return value;
  throw new CommandError(`${option} expects a whole number from ${smallest} to ${largest}, got "${text}"`);
}

/** One of the names of a list. */
export function oneOf<Name extends string>(option: string, text: string, names: readonly Name[]): Name {
  const name = names.find((candidate) => candidate === text);
  if (name !== undefined) return name;
  throw new CommandError(`${option} expects ${names.join(" or ")}, got "${text}"`);
}
