import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { backendInfo } from "../../src/index.ts";
import { runScript } from "../support/child.ts";
import { requireAddon } from "../support/native.ts";

const { instructionSets } = requireAddon();

describe("DOWNHILL_ISA", () => {
  it("of an unknown name is an error that lists what this machine can run", async () => {
    const script = `
      try {
        downhill.backendInfo();
      } catch ({ name, code, message }) {
        console.log(JSON.stringify({ name, code, message }));
      }`;
    const { stdout, code } = await runScript(script, { DOWNHILL_ISA: "bogus" });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      name: "DownhillError",
      code: "ERR_BACKEND_UNAVAILABLE",
      message: `DOWNHILL_ISA is "bogus", expected one that this machine and binary can run: ${instructionSets.join(", ")}`,
    });
  });

  it("takes a variant that this machine can run, the last of them too", async () => {
    const last = instructionSets[instructionSets.length - 1];
    const { stdout, code } = await runScript("console.log(downhill.backendInfo().isa)", { DOWNHILL_ISA: last });
    expect({ code, isa: stdout.trim() }).toEqual({ code: 0, isa: last });
  });

  it("means the best one when it is not set", () => {
    expect(backendInfo().isa).toBe(process.env.DOWNHILL_ISA || instructionSets[0]);
  });
});

describe("DOWNHILL_NATIVE_PATH", () => {
  const script = "console.log(JSON.stringify(downhill.backendInfo()))";
  const loaded = backendInfo().reason.replace(/^loaded /, "");

  it("is where the binary is looked for first", async () => {
    const { stdout } = await runScript(script, { DOWNHILL_NATIVE_PATH: loaded });
    expect(JSON.parse(stdout)).toMatchObject({ backend: "native", reason: `loaded ${loaded}`, attempts: [] });
  });

  it("to nowhere leaves a trace, whatever serves in its place", async () => {
    const nowhere = resolve("nowhere/downhill.node");
    const { stdout, stderr } = await runScript(script, { DOWNHILL_BACKEND: "auto", DOWNHILL_NATIVE_PATH: nowhere });
    const { attempts, reason } = JSON.parse(stdout);
    expect(attempts[0]).toEqual({ path: nowhere, error: "there is no such file" });
    expect(reason).not.toContain(nowhere);
    expect(stderr).toBe("");
  });
});
