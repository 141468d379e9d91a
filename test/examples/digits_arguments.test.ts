import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { HELP, parseArguments, USUAL_MIRRORS } from "../../examples/digits/arguments.ts";
import { commandErrorOf } from "../support/command_errors.ts";

function failure(...argv: string[]): string {
  return commandErrorOf(() => parseArguments(argv, {}));
}

describe("parseArguments", () => {
  it("uses the built-in digits when nothing is said", () => {
    expect(parseArguments([], {})).toEqual({
      help: false,
      source: { kind: "builtIn" },
      recipe: "tutorial",
      epochs: undefined,
      hidden: 128,
      seed: 1,
      save: undefined,
      load: undefined,
      requireAccuracy: undefined,
    });
  });

  it("reads every option", () => {
    const argv =
      "--data d --recipe modern --epochs 3 --hidden 20 --seed 0 --save s.json --require-accuracy 97.5 --help";
    expect(parseArguments(argv.split(" "), {})).toEqual({
      help: true,
      source: { kind: "folder", folder: "d" },
      recipe: "modern",
      epochs: 3,
      hidden: 20,
      seed: 0,
      save: "s.json",
      load: undefined,
      requireAccuracy: 97.5,
    });
    expect(parseArguments("--load l.json --data d --require-accuracy 97.5".split(" "), {})).toMatchObject({
      source: { kind: "folder", folder: "d" },
      load: "l.json",
      requireAccuracy: 97.5,
    });
  });

  it("puts the cache where the environment or the user wants it", () => {
    const cache = (argv: string[], environment: Record<string, string>) => {
      const { source } = parseArguments(["--download", ...argv], environment);
      return source.kind === "download" && source.cache;
    };
    expect(cache([], { XDG_CACHE_HOME: join("x", "y") })).toBe(join("x", "y", "downhill", "mnist"));
    expect(cache([], {})).toBe(join(homedir(), ".cache", "downhill", "mnist"));
    expect(cache([], { XDG_CACHE_HOME: "" })).toBe(join(homedir(), ".cache", "downhill", "mnist"));
    expect(cache(["--cache", "here"], { XDG_CACHE_HOME: "x" })).toBe("here");
  });

  it("asks the usual mirrors unless others are named", () => {
    const mirrors = (...argv: string[]) => {
      const { source } = parseArguments(["--download", ...argv], {});
      return source.kind === "download" && source.mirrors;
    };
    expect(mirrors()).toEqual(USUAL_MIRRORS);
    expect(mirrors("--mirror", "http://a/b", "--mirror=https://c/")).toEqual(["http://a/b/", "https://c/"]);
  });

  it("names an option that it does not know, in one line", () => {
    expect(failure("--epoch", "3")).toBe("Unknown option '--epoch'; --help lists the options");
    expect(failure("-x")).toContain("Unknown option '-x'");
    expect(failure("digits.json")).toContain("digits.json");
    expect(failure("--epochs")).toContain("--epochs");
    expect(failure("--download=yes")).toContain("--download");
  });

  it.each(["0", "-1", "1.5", "abc", "", "1e3", "1000001"])("refuses %j epochs", (epochs) => {
    expect(failure(`--epochs=${epochs}`)).toBe(`--epochs expects a whole number from 1 to 1000000, got "${epochs}"`);
  });

  it("refuses a seed, a layer or an accuracy out of range", () => {
    expect(failure("--seed", "9007199254740992")).toContain("--seed expects a whole number from 0 to 9007199254740991");
    expect(failure("--hidden", "0")).toContain("--hidden expects a whole number from 1");
    expect(failure("--require-accuracy", "100.1")).toContain("--require-accuracy expects a number from 0 to 100");
    expect(failure("--require-accuracy", "x")).toContain('got "x"');
  });

  it.each(["Modern", "toString", ""])("refuses the recipe %j", (recipe) => {
    expect(failure(`--recipe=${recipe}`)).toBe(`--recipe expects tutorial or modern, got "${recipe}"`);
  });

  it("refuses what makes no sense together", () => {
    expect(failure("--data", "d", "--download")).toContain("exclude each other");
    expect(failure("--cache", "c")).toBe("--cache is of use with --download only");
    expect(failure("--mirror", "http://a/")).toBe("--mirror is of use with --download only");
    expect(failure("--data", "")).toBe('--data expects a path, got ""');
  });

  it.each(["--recipe=modern", "--epochs=3", "--hidden=20", "--seed=0", "--save=s.json"])(
    "refuses %s beside a network that is trained already",
    (argument) => {
      const [option] = argument.split("=");
      expect(failure("--load", "l.json", argument)).toBe(
        `${option} and --load exclude each other: a saved network is tested, not trained`,
      );
    },
  );

  it.each(["", "a/b", "ftp://a/", "file:///a"])("refuses the mirror %j", (mirror) => {
    expect(failure("--download", `--mirror=${mirror}`)).toContain(`--mirror expects an address`);
  });

  it("explains every option that it takes", () => {
    const options = "data download cache mirror recipe epochs hidden seed save load require-accuracy help";
    for (const option of options.split(" ")) expect(HELP).toContain(`--${option}`);
    for (const line of HELP.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
  });
});
