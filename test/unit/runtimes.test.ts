import { describe, expect, it } from "vitest";
import { reportLines } from "../runtimes/report.ts";
import { problemsOf, type SmokeResult } from "../runtimes/results.ts";
import { chosenRuntimes, RUNTIMES, type Runtime } from "../runtimes/runtimes.ts";

const runtime: Runtime = { name: "some", platform: "linux-x64" };
const emulated: Runtime = { name: "other", platform: "linux-arm64", isa: "neon" };

const reference: SmokeResult = {
  runtime: "node",
  version: "20.20.2",
  platform: "linux",
  arch: "x64",
  backend: "native",
  isa: "avx512",
  digests: { native: { fast: "f", reproducible: "r" }, typescript: { fast: "t", reproducible: "r" } },
  checks: [{ name: "load", status: "passed" }],
  running: "exit",
  seconds: 1,
};
const neon: SmokeResult = { ...reference, arch: "arm64", isa: "neon" };

describe("the result of a runtime", () => {
  it("passes with the digests of the reference, on any instruction set that fuses", () => {
    expect(problemsOf({ runtime, result: reference }, reference)).toEqual([]);
    expect(problemsOf({ runtime: emulated, result: neon }, reference)).toEqual([]);
  });

  it.each([
    ["fast", { native: { fast: "x", reproducible: "r" }, typescript: { fast: "t", reproducible: "r" } }],
    ["reproducible", { native: { fast: "f", reproducible: "x" }, typescript: { fast: "t", reproducible: "r" } }],
    ["reproducible", { native: { fast: "f", reproducible: "r" }, typescript: { fast: "t", reproducible: "x" } }],
    ["fast on TypeScript", { native: { fast: "f", reproducible: "r" }, typescript: { fast: "x", reproducible: "r" } }],
    ["fast on TypeScript", { native: { fast: "f", reproducible: "r" } }],
    ["reproducible, fast, fast on TypeScript", {}],
  ])("fails where digests differ or are missing: %s", (kinds, digests) => {
    const problems = problemsOf({ runtime: emulated, result: { ...neon, digests } }, reference);
    expect(problems).toEqual([`digests differ: ${kinds}`]);
  });

  it("fails on another backend or instruction set than expected, whose digests might not be comparable", () => {
    const baseline = problemsOf({ runtime: emulated, result: { ...neon, isa: "baseline" } }, reference);
    expect(baseline).toEqual(["its instruction set is baseline, expected neon", "digests differ: fast"]);
    const fallen = {
      ...reference,
      backend: "typescript",
      isa: "none",
      digests: { typescript: reference.digests.typescript },
    };
    expect(problemsOf({ runtime, result: fallen }, reference)).toEqual([
      "its backend is typescript, expected native",
      "its instruction set is none, expected avx512",
    ]);
    expect(
      problemsOf({ runtime: { ...runtime, backend: "typescript", isa: "none" }, result: fallen }, reference),
    ).toEqual([]);
  });

  it("fails with its checks, and where the process died", () => {
    const checks = [{ name: "predict", status: "failed", message: "not equal" }] as const;
    expect(problemsOf({ runtime, result: { ...reference, checks } }, reference)).toEqual(["predict: not equal"]);
    const died = problemsOf({ runtime, result: { ...reference, running: "parity" }, problem: "SIGSEGV" }, reference);
    expect(died).toEqual(["parity: SIGSEGV"]);
    expect(problemsOf({ runtime }, reference)).toEqual(["it wrote no result"]);
  });
});

describe("the report", () => {
  it("says why something was skipped, once for all that have the same reason, and counts", () => {
    const skipped = "missing here: apt-get install wine64";
    const lines = reportLines(
      [
        { runtime, result: reference },
        { runtime: { ...runtime, name: "a" }, skipped },
        { runtime: { ...runtime, name: "b" }, skipped },
        { runtime: emulated, result: { ...neon, digests: {} } },
      ],
      reference,
    );
    expect(lines).toContain(`a, b: skipped: ${skipped}`);
    expect(lines.at(-1)).toBe("runtimes: 1 passed, 2 skipped, 1 FAILED");
    expect(lines.find((line) => line.startsWith("other"))).toMatch(/DIFFER +1\.0 +FAILED$/);
  });
});

describe("the choice of runtimes", () => {
  const names = (...choice: Parameters<typeof chosenRuntimes>) => chosenRuntimes(...choice).map(({ name }) => name);

  it("has the reference first, whatever is asked for", () => {
    expect(names([], false)).toEqual(RUNTIMES.map(({ name }) => name));
    expect(names(["deno"], false)).toEqual(["running", "deno"]);
    expect(names([], true)).toEqual(["running", "typescript", "avx2", "node-26", "deno", "arm64"]);
  });

  it("refuses a name that is not there", () => {
    expect(() => names(["node-18"], false)).toThrow(/no runtime "node-18"; there are running, .*windows-22/);
  });
});
