import { describe, expect, it } from "vitest";
import { commandLine, resumingCommandLine } from "../../src/cli/train/command_line.ts";

describe("the command line to be typed again", () => {
  it.each([
    ["train a.csv --target y", "train a.csv --target y --resume"],
    ["train --resume a.csv --restart", "train a.csv --resume"],
    ["train --target y --out d.json -- -w.csv", "train --target y --out d.json --resume -- -w.csv"],
    ["train --restart --target y -- --resume", "train --target y --resume -- --resume"],
  ])("goes on with %j", (given, expected) => {
    expect(resumingCommandLine(given.split(" "))).toBe(`npx downhill ${expected}`);
  });

  it.each([
    ["train a.csv --resume", "train a.csv"],
    ["train --restart -- --restart", "train -- --restart"],
  ])("starts %j over", (given, expected) => {
    expect(commandLine(given.split(" "))).toBe(`npx downhill ${expected}`);
  });

  it("can be typed into a shell", () => {
    expect(commandLine(["train", "it's here.csv"])).toBe("npx downhill train 'it'\\''s here.csv'");
  });
});
