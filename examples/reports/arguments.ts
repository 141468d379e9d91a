import { join } from "node:path";
import type { ParseArgsConfig } from "node:util";
import { optional, parseOptions, path, wholeNumber } from "../common/options.ts";

/** What the command line asked for. */
export interface Arguments {
  readonly help: boolean;
  /** A folder with MNIST; the built-in digits when absent. */
  readonly data: string | undefined;
  /** The folder that reports are written to. */
  readonly out: string;
  /** Of every training; each has its own number when absent. */
  readonly epochs: number | undefined;
}

/** The text of `--help`. */
export const HELP = `Usage: npm run reports -- [options]

Trains a network whose gradients vanish, the same one with a gentler slope, and one that reads digits, and writes a
report on each of them, with a page that shows them side by side.

  --data DIR    read MNIST from a folder with its four files, plain or .gz; else the digits are built in
  --out DIR     the folder to write to (default: examples/reports/out)
  --epochs N    of every training (default: 250 for the slopes, 12 for the digits)
  --help        show this text
`;

const OPTIONS = {
  data: { type: "string" },
  out: { type: "string" },
  epochs: { type: "string" },
  help: { type: "boolean" },
} as const satisfies ParseArgsConfig["options"];

/**
 * Reads the command line.
 *
 * @param argv - without the names of the program and the script
 * @throws CommandError naming the option that is unknown, incomplete or out of range
 */
export function parseArguments(argv: readonly string[]): Arguments {
  const values = parseOptions(argv, OPTIONS);
  return {
    help: values.help ?? false,
    data: optional(values.data, (text) => path("--data", text)),
    out: values.out === undefined ? join(import.meta.dirname, "out") : path("--out", values.out),
    epochs: optional(values.epochs, (text) => wholeNumber("--epochs", text, 1, 1_000_000)),
  };
}
