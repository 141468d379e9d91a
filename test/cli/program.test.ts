import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { VERSION } from "../../src/version.ts";
import { downhill } from "../support/command_line.ts";
import { temporaryFolder } from "../support/folder.ts";

const folder = temporaryFolder();
const COMMANDS = ["train", "predict", "evaluate", "inspect", "diagnose", "convert"];

describe("the command line", () => {
  it("tells its version, its commands and its exit codes", async () => {
    expect(await downhill(["--version"])).toEqual({ code: 0, stdout: `${VERSION}\n`, stderr: "" });
    const { code, stdout } = await downhill(["--help"]);
    expect(code).toBe(0);
    for (const command of COMMANDS) expect(stdout).toContain(`  ${command} `);
    for (const line of ["Exit codes:", "130  stopped by SIGINT", "143  stopped by SIGTERM", "NO_COLOR"]) {
      expect(stdout).toContain(line);
    }
  });

  it.each(COMMANDS)("has examples in the help of %s", async (command) => {
    const { code, stdout } = await downhill([command, "--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain("Examples:\n  $ downhill ");
    expect(stdout).toContain(`downhill ${command} `);
  });

  it("ends with 2 for what makes no sense, and says what is wrong", async () => {
    for (const [argv, message] of [
      [["trian"], "unknown command 'trian'\n(Did you mean train?)"],
      [["train"], "missing required argument 'data'"],
      [["train", "digits", "--epoch", "3"], "(Did you mean --epochs?)"],
      [["train", "digits", "--epochs", "three"], "'three' is invalid. Expected a whole number of at least 1."],
      [["train", "digits", "--epochs", "0"], "Expected a whole number of at least 1."],
      [["train", "digits", "--learning-rate", "fast"], "Expected a number."],
      [["train", "digits", "--layers", "3,x"], "Expected a whole number of at least 1."],
      [["train", "digits", "--optimizer", "adams"], "Allowed choices are sgd, rmsprop, adam."],
    ] as const) {
      const { code, stdout, stderr } = await downhill(argv);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toContain(message);
    }
  });

  it("ends with 1 for what cannot be done, without a stack trace unless --verbose", async () => {
    const path = join(folder, "none.json");
    const plain = await downhill(["inspect", path]);
    expect(plain).toMatchObject({ code: 1, stdout: "" });
    expect(plain.stderr).toMatch(/^downhill: .*none\.json:? cannot be read: ENOENT: .*\n$/);
    const verbose = await downhill(["inspect", path, "--verbose"]);
    expect(verbose.code).toBe(1);
    expect(verbose.stderr).toMatch(/\n {4}at .*model_file/);
  });

  it("refuses models that are none", async () => {
    const path = join(folder, "text.json");
    writeFileSync(path, "[1, 2");
    for (const command of [
      ["inspect", path],
      ["convert", path, join(folder, "out.json")],
      ["predict", path, "digits"],
    ]) {
      const { code, stderr } = await downhill(command);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^downhill: .*text\.json: .*JSON/);
    }
  });
});
