import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { checkKernels } from "../../src/cli/doctor/examine.ts";
import { backendInfo, kernels } from "../../src/index.ts";
import { type Environment, root, runCommand } from "../support/child.ts";
import { downhill } from "../support/command_line.ts";
import { temporaryFolder } from "../support/folder.ts";

const folder = temporaryFolder();

/** Which backend there is is decided once in a process, so other environments have one of their own. */
function doctorIn(environment: Environment, ...options: readonly string[]) {
  return runCommand(
    [process.execPath, "--import", "tsx", join(root, "src/cli/main.ts"), "doctor", ...options],
    environment,
  );
}

describe("downhill doctor", () => {
  it("tells what runs here, and that it runs as it should", async () => {
    const { code, stdout, stderr } = await downhill(["doctor", "--no-bench", "--json"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { machine, backend, checks, rates } = JSON.parse(stdout);
    expect(rates).toBeUndefined();
    expect(machine).toMatchObject({
      node: process.version,
      nodeApi: process.versions.napi,
      platform: `${process.platform}-${process.arch}`,
    });
    expect(backend).toEqual({ ...backendInfo() });
    const outcomes = Object.fromEntries(checks.map(({ name, outcome }: Record<string, string>) => [name, outcome]));
    const compared = kernels.native ? "ok" : "skipped";
    expect(outcomes).toMatchObject({
      backend: kernels.native ? "ok" : "warning",
      kernels: compared,
      "reproducible training": compared,
      "fast training": "ok",
    });
  });

  it("gives advice where there is only TypeScript, and measures it", async () => {
    const { code, stdout, stderr } = await doctorIn({ DOWNHILL_BACKEND: "typescript", DOWNHILL_ISA: undefined });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("DOWNHILL_BACKEND is typescript\n");
    expect(stdout).toMatch(/^backend +warning +only TypeScript: /m);
    expect(stdout).toContain("→ native code, which is many times faster");
    expect(stdout).toMatch(/^kernels +skipped /m);
    expect(stdout).toMatch(/^prediction +TypeScript +[\d,]+ /m);
    expect(stdout).not.toContain("\u001b");
  });

  it.skipIf(!kernels.native)("warns where another binary was loaded than the one that was named", async () => {
    const path = join(folder, "none.node");
    const { code, stdout } = await doctorIn({ DOWNHILL_NATIVE_PATH: path }, "--no-bench", "--json");
    expect(code).toBe(0);
    const { checks } = JSON.parse(stdout);
    expect(checks[0]).toMatchObject({
      name: "backend",
      outcome: "warning",
      detail: expect.stringContaining(`not DOWNHILL_NATIVE_PATH, ${path}`),
      advice: "correct DOWNHILL_NATIVE_PATH, or do not set it: there is no such file",
    });
  });

  it("ends with 1 where the environment asks for what cannot be had, after telling all the rest", async () => {
    const { code, stdout, stderr } = await doctorIn({ DOWNHILL_BACKEND: "gpu" });
    expect({ code, stderr }).toEqual({ code: 1, stderr: "downhill: something is broken: backend\n" });
    expect(stdout).toMatch(/^backend +failed +DOWNHILL_BACKEND is "gpu", expected one of auto, native, typescript$/m);
    expect(stdout).toMatch(/^folders +\w+ /m);
    expect(stdout).not.toContain("samples/s");
  });

  it("warns of folders that cannot be written to", async () => {
    const missing = join(folder, "missing");
    vi.stubEnv("TMPDIR", missing);
    vi.stubEnv("TEMP", missing);
    try {
      const { code, stdout } = await downhill(["doctor", "--no-bench"]);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^folders +warning +.*missing cannot be written to: ENOENT/m);
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

describe("the comparison of kernels", () => {
  const { typescript } = kernels;

  it("names those that give other bits", () => {
    const broken: typeof typescript = {
      ...typescript,
      tanh(z, out, arithmetic) {
        typescript.tanh(z, out, arithmetic);
        // The last bit of a single value.
        out[out.length - 1] *= 1 + 2 ** -23;
      },
      sgdStep(weights, gradient, constants, arithmetic) {
        typescript.sgdStep(weights, gradient, constants, arithmetic);
        weights[0] = -weights[0];
      },
    };
    const { outcome, detail, advice } = checkKernels({ native: broken, typescript });
    expect({ outcome, detail }).toEqual({ outcome: "failed", detail: "tanh, sgdStep give other bits than TypeScript" });
    expect(advice).toContain("compile it here");
  });

  it("finds nothing where there is nothing to be found", () => {
    expect(checkKernels({ native: { ...typescript }, typescript }).outcome).toBe("ok");
  });
});
