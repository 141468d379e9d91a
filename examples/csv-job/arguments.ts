import type { ParseArgsConfig } from "node:util";
import { CommandError } from "../common/errors.ts";
import { optional, parseOptions, path, wholeNumber } from "../common/options.ts";

/** What is generated where no data is given. */
export interface GenerateArguments {
  readonly command: "generate";
  /** The folder for all files of the job. */
  readonly work: string;
  readonly rows: number;
  readonly seed: number;
}

/** What is trained on: a file, or customers that are generated if need be. */
export interface TrainArguments extends Omit<GenerateArguments, "command"> {
  readonly command: "train";
  /** A file to learn from instead of a generated one. */
  readonly data: string | undefined;
  readonly epochs: number;
}

/** What is to be predicted, by the model of a work folder. */
export interface PredictArguments {
  readonly command: "predict";
  readonly work: string;
  /** A file with rows to predict; absent for standard input. */
  readonly rows: string | undefined;
}

/** What the command line asked for. */
export type Arguments = { readonly command: "help" } | GenerateArguments | TrainArguments | PredictArguments;

/** The text of `--help`. */
export const HELP = `Usage: npm run csv-job -- [generate|train|predict] [options]

A training as a server runs it: from a CSV file to a model file, with checkpoints on the way.
The question is which customers of a shop will cancel their subscription within 90 days.

generate                 write made-up customers as CSV
  --rows N               how many (default: 200000)
  --seed N               of the customers (default: 1)

train                    learn from a CSV file; when no subcommand is named
  --data FILE            the file (default: one as generate makes it, made if need be)
  --rows N --seed N      as above; the seed is also that of the training
  --epochs N             passes over the training rows at most (default: 40)
  A training that was interrupted, or killed, goes on from its last epoch when it is started again.

predict                  say which customers will cancel, with a trained model
  --rows FILE            CSV with a line of names, or JSON lines (default: standard input)

All of them
  --work DIR             the folder for the job's files (default: csv-job)
  --help                 show this text

Set NO_COLOR to do without colours.
`;

const COMMON = { work: { type: "string" }, help: { type: "boolean" } } as const satisfies ParseArgsConfig["options"];
const PREDICT = { ...COMMON, rows: { type: "string" } } as const satisfies ParseArgsConfig["options"];
const GENERATE = { ...PREDICT, seed: { type: "string" } } as const satisfies ParseArgsConfig["options"];
const TRAIN = {
  ...GENERATE,
  data: { type: "string" },
  epochs: { type: "string" },
} as const satisfies ParseArgsConfig["options"];

const DEFAULT_WORK = "csv-job";

/**
 * Reads the command line.
 *
 * @param argv - without the names of the program and the script
 * @throws CommandError naming the subcommand or option that is unknown, incomplete or out of range
 */
export function parseArguments(argv: readonly string[]): Arguments {
  const isNamed = argv.length > 0 && !argv[0].startsWith("-");
  const command = isNamed ? argv[0] : "train";
  const rest = isNamed ? argv.slice(1) : argv;
  switch (command) {
    case "generate":
      return generateArguments(rest);
    case "train":
      return trainArguments(rest);
    case "predict":
      return predictArguments(rest);
    default:
      throw new CommandError(`there is no subcommand "${command}"; there are generate, train, predict`);
  }
}

function generateArguments(argv: readonly string[]): Arguments {
  const { help, work, rows, seed } = parseOptions(argv, GENERATE);
  return help ? { command: "help" } : { command: "generate", work: folder(work), ...customers(rows, seed) };
}

function trainArguments(argv: readonly string[]): Arguments {
  const { help, work, rows, seed, data, epochs } = parseOptions(argv, TRAIN);
  if (help) return { command: "help" };
  if (data !== undefined && rows !== undefined) {
    throw new CommandError("--data and --rows exclude each other: a file has the rows that it has");
  }
  return {
    command: "train",
    work: folder(work),
    ...customers(rows, seed),
    data: optional(data, (text) => path("--data", text)),
    epochs: wholeNumber("--epochs", epochs ?? "40", 1, 1_000_000),
  };
}

function predictArguments(argv: readonly string[]): Arguments {
  const { help, work, rows } = parseOptions(argv, PREDICT);
  if (help) return { command: "help" };
  return { command: "predict", work: folder(work), rows: optional(rows, (text) => path("--rows", text)) };
}

function folder(work: string | undefined): string {
  return path("--work", work ?? DEFAULT_WORK);
}

function customers(rows: string | undefined, seed: string | undefined): { rows: number; seed: number } {
  return {
    rows: wholeNumber("--rows", rows ?? "200000", 100, 100_000_000),
    // As many seeds as the generator tells apart.
    seed: wholeNumber("--seed", seed ?? "1", 0, 2 ** 32 - 1),
  };
}
