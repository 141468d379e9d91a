import { homedir } from "node:os";
import { join } from "node:path";
import type { ParseArgsConfig } from "node:util";
import { CommandError } from "../common/errors.ts";
import { oneOf, optional, parseOptions, path, wholeNumber } from "../common/options.ts";
import { RECIPES, type RecipeName } from "./recipe.ts";

/** Where MNIST is published, the first one that answers being used. */
export const USUAL_MIRRORS: readonly string[] = [
  "https://storage.googleapis.com/cvdf-datasets/mnist/",
  "https://ossci-datasets.s3.amazonaws.com/mnist/",
];

/** Where the digits come from. */
export type DigitSource =
  | { readonly kind: "builtIn" }
  | { readonly kind: "folder"; readonly folder: string }
  | { readonly kind: "download"; readonly cache: string; readonly mirrors: readonly string[] };

/** What the command line asked for. */
export interface Arguments {
  readonly help: boolean;
  readonly source: DigitSource;
  /** How the network is built and trained. */
  readonly recipe: RecipeName;
  /** Passes over the training digits; when absent, as many as the recipe takes for the data. */
  readonly epochs: number | undefined;
  readonly seed: number;
  /** Units of the hidden layer. */
  readonly hidden: number;
  /** Where to write the trained network. */
  readonly save: string | undefined;
  /** A network to use instead of training one. */
  readonly load: string | undefined;
  /** The test accuracy, in percent, below which the run counts as failed. */
  readonly requireAccuracy: number | undefined;
}

/** The text of `--help`. */
export const HELP = `Usage: npm start -- [options]

Trains a network to read handwritten digits, tests it and shows what it got right and wrong.
Without options the digits are built in: drawn from pen strokes, each in its own hand.

Data
  --data DIR             read MNIST from a folder with its four files, plain or .gz
  --download             fetch MNIST, unless it is in the cache already
  --cache DIR            the cache folder (default: downhill/mnist in $XDG_CACHE_HOME or ~/.cache)
  --mirror URL           fetch from this address instead of the usual ones; may be repeated

Training
  --recipe NAME          tutorial: sigmoids and a step after each sample (default);
                         modern: ReLU, softmax and Adam in mini-batches
  --epochs N             passes over the training digits (default: 12; tutorial on MNIST 7)
  --hidden N             units in the hidden layer (default: 128)
  --seed N               of the first weights and of the order of samples (default: 1)

Result
  --save FILE            write the trained network as JSON
  --load FILE            test a saved network instead of training one and saving it
  --require-accuracy X   exit with status 1 if fewer than X percent of the test digits are right
  --help                 show this text

Set NO_COLOR to do without colours.
`;

const OPTIONS = {
  data: { type: "string" },
  download: { type: "boolean" },
  cache: { type: "string" },
  mirror: { type: "string", multiple: true },
  recipe: { type: "string" },
  epochs: { type: "string" },
  hidden: { type: "string" },
  seed: { type: "string" },
  save: { type: "string" },
  load: { type: "string" },
  "require-accuracy": { type: "string" },
  help: { type: "boolean" },
} as const satisfies ParseArgsConfig["options"];

/**
 * Reads the command line.
 *
 * @param argv - without the names of the program and the script
 * @param environment - for `XDG_CACHE_HOME`
 * @throws CommandError naming the option that is unknown, incomplete or out of range
 */
export function parseArguments(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Arguments {
  const values = parseOptions(argv, OPTIONS);
  assertNothingTrained(values);
  return {
    help: values.help ?? false,
    source: digitSource(values, environment),
    recipe: oneOf("--recipe", values.recipe ?? "tutorial", Object.keys(RECIPES) as RecipeName[]),
    epochs: optional(values.epochs, (text) => wholeNumber("--epochs", text, 1, 1_000_000)),
    hidden: wholeNumber("--hidden", values.hidden ?? "128", 1, 100_000),
    seed: wholeNumber("--seed", values.seed ?? "1", 0, Number.MAX_SAFE_INTEGER),
    save: optional(values.save, (text) => path("--save", text)),
    load: optional(values.load, (text) => path("--load", text)),
    requireAccuracy: optional(values["require-accuracy"], percentage),
  };
}

type Values = ReturnType<typeof parseOptions<typeof OPTIONS>>;

const TRAINING_OPTIONS = ["recipe", "epochs", "hidden", "seed", "save"] as const;

/** Refuses the options of a training beside a network that is trained already. */
function assertNothingTrained(values: Values): void {
  if (values.load === undefined) return;
  for (const option of TRAINING_OPTIONS) {
    if (values[option] === undefined) continue;
    throw new CommandError(`--${option} and --load exclude each other: a saved network is tested, not trained`);
  }
}

function digitSource(values: Values, environment: Readonly<Record<string, string | undefined>>): DigitSource {
  if (values.data !== undefined && values.download) {
    throw new CommandError("--data and --download exclude each other: the digits come from one place");
  }
  if (!values.download) {
    if (values.cache !== undefined) throw new CommandError("--cache is of use with --download only");
    if (values.mirror !== undefined) throw new CommandError("--mirror is of use with --download only");
  }
  if (values.data !== undefined) return { kind: "folder", folder: path("--data", values.data) };
  if (!values.download) return { kind: "builtIn" };
  const cache = values.cache === undefined ? defaultCache(environment) : path("--cache", values.cache);
  return { kind: "download", cache, mirrors: values.mirror?.map(mirrorAddress) ?? USUAL_MIRRORS };
}

function defaultCache(environment: Readonly<Record<string, string | undefined>>): string {
  return join(environment.XDG_CACHE_HOME || join(homedir(), ".cache"), "downhill", "mnist");
}

/** A mirror's address ending in a slash, so that a file's name can follow it. */
function mirrorAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw new CommandError(`--mirror expects an address such as https://example.org/mnist/, got "${text}"`);
  }
  return text.endsWith("/") ? text : `${text}/`;
}

function percentage(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value <= 100) return value;
  throw new CommandError(`--require-accuracy expects a number from 0 to 100, got "${text}"`);
}
