import { type ParseArgsConfig, parseArgs } from "node:util";

/** An error whose message tells the user all there is to know: shown as one line, without a stack trace. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** One benchmark. Its module is loaded when it is asked for, so that none pays for the others. */
export interface Subcommand {
  readonly summary: string;
  readonly load: () => Promise<{ run(argv: readonly string[]): Promise<void> }>;
}

/** What every subcommand understands, besides options of its own. */
export const COMMON_OPTIONS = {
  dtype: { type: "string" },
  quick: { type: "boolean" },
  json: { type: "boolean" },
} as const satisfies ParseArgsConfig["options"];

/**
 * Reads the options of a subcommand.
 *
 * @throws UsageError naming the option that is unknown or incomplete
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
    const known = Object.keys(options).map((name) => `--${name}`);
    throw new UsageError(`${sentence}; there are ${known.join(", ")}`);
  }
}

/** One of the names of a list. */
export function oneOf<Name extends string>(option: string, given: string, names: readonly Name[]): Name {
  const name = names.find((candidate) => candidate === given);
  if (name !== undefined) return name;
  throw new UsageError(`${option} is "${given}", expected one of ${names.join(", ")}`);
}

/** The subcommands, the lines of each summary one under the other. */
export function usage(subcommands: Readonly<Record<string, Subcommand>>): string {
  const width = Math.max(...Object.keys(subcommands).map((name) => name.length));
  const lineBreak = `\n${" ".repeat(width + 4)}`;
  const lines = Object.entries(subcommands).map(
    ([name, { summary }]) => `  ${name.padEnd(width)}  ${summary.replaceAll(/\n\s*/g, lineBreak)}`,
  );
  return ["Usage: npm run bench -- [SUBCOMMAND] [options]", "", ...lines].join("\n");
}

/** A subcommand and what is left for it to read. */
export interface Choice {
  readonly subcommand: Subcommand;
  readonly argv: readonly string[];
}

/**
 * Picks the subcommand that the first argument names; without a name there, the one that `fallback` names.
 *
 * @returns undefined when help is asked for
 * @throws UsageError for a name that is not in the list
 */
export function chooseSubcommand(
  argv: readonly string[],
  subcommands: Readonly<Record<string, Subcommand>>,
  fallback: string,
): Choice | undefined {
  const [name] = argv;
  if (name === "--help") return undefined;
  if (name === undefined || name.startsWith("-")) return { subcommand: subcommands[fallback], argv };
  if (Object.hasOwn(subcommands, name)) return { subcommand: subcommands[name], argv: argv.slice(1) };
  throw new UsageError(`there is no subcommand "${name}"; there are ${Object.keys(subcommands).join(", ")}`);
}
