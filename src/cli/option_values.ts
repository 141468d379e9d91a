import { type Command, InvalidArgumentError, Option } from "commander";

/** A number. */
export function number(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("Expected a number.");
  return value;
}

/** A whole number of at least `least`. */
export function integer(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`Expected a whole number of at least ${least}.`);
  };
}

/** Whole numbers with commas between them, or the word `none`. */
export function sizes(text: string): number[] {
  return text === "none" ? [] : text.split(",").map(integer(1));
}

/** A share, or the name of a file; `none` as it is. */
export function shareOrFile(text: string): number | string {
  const value = Number(text);
  return text.trim() !== "" && Number.isFinite(value) ? value : text;
}

/** For options that may be given several times. */
export function several(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

/** An option that takes one of some names. */
export function choice(flags: string, description: string, names: readonly string[]): Option {
  return new Option(flags, description).choices(names);
}

/** How a CSV file is read. */
export function addCsvOptions(command: Command): Command {
  return command
    .option("--delimiter <character>", 'what stands between the values of a CSV file (default: ",")')
    .option("--no-header", "the first row of the CSV file is data; columns are called 0, 1, 2 and so on");
}

/** What commands that look at a network with samples take first. */
export function addModelAndData(command: Command): Command {
  command
    .argument("<model>", "a file that a network was saved to")
    .argument("<data>", "a CSV file, a folder of IDX files, or digits")
    .option(
      "--target <column>",
      "for a network that was not trained on a CSV file; may be given several times",
      several,
    );
  return addCsvOptions(command);
}

/** Which of an IDX folder's two data sets, or of the digits'. */
export function partOption(fallback: "train" | "test"): Option {
  return choice("--part <name>", "of an IDX folder or the digits", ["train", "test"]).default(fallback);
}
