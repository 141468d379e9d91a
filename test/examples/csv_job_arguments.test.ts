import { describe, expect, it } from "vitest";
import { HELP, parseArguments } from "../../examples/csv-job/arguments.ts";
import { commandErrorOf } from "../support/command_errors.ts";

function failure(...argv: string[]): string {
  return commandErrorOf(() => parseArguments(argv));
}

describe("parseArguments", () => {
  it("trains on generated customers when nothing is said", () => {
    const train = { command: "train", work: "csv-job", rows: 200_000, seed: 1, data: undefined, epochs: 40 };
    expect(parseArguments([])).toEqual(train);
    expect(parseArguments(["train"])).toEqual(train);
    expect(parseArguments(["--seed", "2"])).toEqual({ ...train, seed: 2 });
  });

  it("reads the options of each subcommand", () => {
    const read = (line: string) => parseArguments(line.split(" "));
    expect(read("generate --rows 500 --seed 0 --work w")).toEqual({
      command: "generate",
      work: "w",
      rows: 500,
      seed: 0,
    });
    expect(read("train --data d.csv --seed 4294967295 --epochs 3 --work w")).toEqual({
      command: "train",
      work: "w",
      rows: 200_000,
      seed: 4_294_967_295,
      data: "d.csv",
      epochs: 3,
    });
    expect(read("predict --rows r.jsonl --work w")).toEqual({ command: "predict", work: "w", rows: "r.jsonl" });
    expect(read("predict")).toEqual({ command: "predict", work: "csv-job", rows: undefined });
  });

  it("helps with every subcommand", () => {
    for (const argv of [
      ["--help"],
      ["generate", "--help"],
      ["train", "--help"],
      ["predict", "--help", "--rows", "x"],
    ]) {
      expect(parseArguments(argv)).toEqual({ command: "help" });
    }
  });

  it("names what it does not know, in one line", () => {
    expect(failure("learn")).toBe('there is no subcommand "learn"; there are generate, train, predict');
    expect(failure("generate", "--epochs", "3")).toBe("Unknown option '--epochs'; --help lists the options");
    expect(failure("predict", "--seed", "3")).toContain("--seed");
    expect(failure("train", "more")).toContain("more");
  });

  it.each([
    [["--rows", "99"], "--rows expects a whole number from 100 to 100000000"],
    [["--seed", "4294967296"], "--seed expects a whole number from 0 to 4294967295"],
    [["--epochs", "0"], "--epochs expects a whole number from 1 to 1000000"],
    [["--work", ""], '--work expects a path, got ""'],
    [["--data", ""], '--data expects a path, got ""'],
    [["predict", "--rows", ""], '--rows expects a path, got ""'],
    [["--data", "d.csv", "--rows", "500"], "--data and --rows exclude each other"],
  ])("refuses %j", (argv, message) => {
    expect(failure(...argv)).toContain(message);
  });

  it("explains every option that it takes", () => {
    for (const option of "rows seed data epochs work help".split(" ")) expect(HELP).toContain(`--${option}`);
    for (const line of HELP.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
  });
});
