import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { NotBuiltHere, TARGETS, toolchainFor } from "../../scripts/prebuilds/targets.mjs";
import { problemsOf } from "../../scripts/prebuilds/verdict.mjs";

const EIGHT = [
  "linux-x64",
  "linux-arm64",
  "linuxmusl-x64",
  "linuxmusl-arm64",
  "darwin-x64",
  "darwin-arm64",
  "win32-x64",
  "win32-arm64",
];
const textOf = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

describe("the list of prebuilt binaries", () => {
  it("holds eight, and is the one that they are looked for by", () => {
    expect(Object.keys(TARGETS)).toEqual(EIGHT);
    const binaries = createRequire(import.meta.url)("../../src/backend/prebuilt.cjs");
    expect(Object.keys(binaries)).toEqual(EIGHT);
    const source = textOf("src/backend/prebuilt.cjs");
    for (const name of EIGHT) expect(source).toContain(`require("../../prebuilds/${name}/downhill.node")`);
  });

  it("is what the release builds, and tests", () => {
    const workflow = textOf(".github/workflows/release.yml");
    const jobs = Object.fromEntries(
      workflow.split(/^ {2}(?=\w+:$)/m).map((job) => [job.slice(0, job.indexOf(":")), job]),
    );
    for (const job of ["build", "test"]) {
      const targets = [...jobs[job].matchAll(/^ +- (?:\{\s*)?target: ([\w-]+)/gm)].map(([, name]) => name);
      expect(targets).toEqual(EIGHT);
    }
    expect(jobs.build).toContain("--release");
    expect(jobs.pack).toContain("npm run prebuilds -- --check");
  });
});

describe("the toolchain of a target", () => {
  const debian = { platform: "linux", arch: "x64", isMusl: false, has: () => true };
  const arm = "-DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++";

  it("is the machine's own compiler where that will do", () => {
    expect(toolchainFor("linux-x64", debian)).toEqual([]);
    expect(toolchainFor("linux-arm64", { ...debian, arch: "arm64" })).toEqual([]);
    expect(toolchainFor("linuxmusl-arm64", { ...debian, arch: "arm64", isMusl: true })).toEqual([]);
    expect(toolchainFor("darwin-arm64", { ...debian, platform: "darwin", arch: "arm64" })).toHaveLength(1);
  });

  it("is a cross compiler elsewhere, and names no C library for musl without a compiler for that", () => {
    expect(toolchainFor("linux-arm64", debian)).toContain(arm);
    expect(toolchainFor("linux-arm64", debian)).not.toContain("-DDOWNHILL_ANY_LIBC=ON");
    expect(toolchainFor("linuxmusl-x64", debian)).toEqual(["-DDOWNHILL_ANY_LIBC=ON"]);
    expect(toolchainFor("linuxmusl-arm64", debian)).toEqual(expect.arrayContaining([arm, "-DDOWNHILL_ANY_LIBC=ON"]));
    expect(toolchainFor("win32-x64", debian)).toContain("-DCMAKE_CXX_COMPILER=x86_64-w64-mingw32-g++");
  });

  it.each([
    ["darwin-x64", debian, "darwin-x64 is not built on linux-x64: macos-15-intel builds it"],
    ["darwin-arm64", { ...debian, platform: "darwin" }, "darwin-arm64 is not built on darwin-x64: macos-15 builds it"],
    ["win32-arm64", debian, "win32-arm64 is not built on linux-x64: windows-11-arm builds it"],
    ["linux-x64", { ...debian, isMusl: true }, "linux-x64 is not built on musl: a manylinux_2_28 container"],
    [
      "linux-x64",
      { ...debian, platform: "darwin" },
      "linux-x64 is not built on darwin-x64: a manylinux_2_28 container",
    ],
    [
      "linux-arm64",
      { ...debian, has: () => false },
      "linux-arm64 is not built here, as there is no aarch64-linux-gnu-g++",
    ],
  ])("of %s is refused with the runner that has one", (name, host, message) => {
    expect(() => toolchainFor(name, host)).toThrow(NotBuiltHere);
    expect(() => toolchainFor(name, host)).toThrow(message);
  });

  it("is not there for what is no target", () => {
    expect(() => toolchainFor("plan9-x64", debian)).toThrow("plan9-x64 is no target, expected one of linux-x64, ");
  });
});

describe("what is wrong with a binary", () => {
  const exports = ["napi_register_module_v1", "node_api_module_get_api_version_v1"];
  const nothing = { bytes: 1, exports, strayAvx: [], sharedFunctions: [], alignedMoves: [] };
  const glibc = { ...nothing, format: "elf64-x86-64", needed: ["libc.so.6"], floor: "2.28" };
  const musl = { ...nothing, format: "elf64-x86-64", needed: [], imports: ["memcpy", "napi_create_double"] };
  const windows = { ...nothing, format: "pei-x86-64", needed: ["KERNEL32.dll", "msvcrt.dll"] };

  it("is nothing where all is as it should be", () => {
    expect(problemsOf("linux-x64", glibc, true)).toEqual([]);
    expect(problemsOf("linuxmusl-x64", musl, true)).toEqual([]);
    expect(problemsOf("linuxmusl-x64", { ...musl, needed: ["libc.musl-x86_64.so.1"] }, true)).toEqual([]);
    expect(problemsOf("win32-x64", windows, true)).toEqual([]);
  });

  it.each([
    ["another machine", "linux-arm64", glibc, "is elf64-x86-64, expected elf64-littleaarch64"],
    ["a library of the compiler", "linux-x64", { ...glibc, needed: ["libstdc++.so.6"] }, "asks for libstdc++.so.6"],
    ["a DLL beside it", "win32-x64", { ...windows, needed: ["libwinpthread-1.dll"] }, "asks for libwinpthread-1.dll"],
    ["the name of one host", "win32-x64", { ...windows, needed: ["node.exe"] }, "asks for node.exe"],
    [
      "one export too many",
      "linux-x64",
      { ...glibc, exports: [...exports, "_ZSt3foo"] },
      "exports napi_register_module_v1, ",
    ],
    ["no export", "linux-x64", { ...glibc, exports: [] }, "exports nothing, expected "],
    ["a new glibc", "linux-x64", { ...glibc, floor: "2.34" }, "asks for glibc 2.34, expected at most 2.28"],
    ["glibc where musl is", "linuxmusl-x64", { ...musl, needed: ["libc.so.6"] }, "asks for libc.so.6"],
    ["a version where musl is", "linuxmusl-x64", { ...musl, floor: "2.17" }, "asks for glibc 2.17"],
    [
      "a function of glibc",
      "linuxmusl-x64",
      { ...musl, imports: ["__memcpy_chk"] },
      "expects __memcpy_chk of a C library",
    ],
    ["stray AVX", "linux-x64", { ...glibc, strayAvx: ["10 vzeroupper"] }, "has AVX outside its objects: 10 vzeroupper"],
    ["AVX for all", "linux-x64", { ...glibc, sharedFunctions: ["_Z1fv"] }, "shares functions compiled for AVX: _Z1fv"],
    [
      "aligned moves",
      "win32-x64",
      { ...windows, alignedMoves: ["vmovaps %ymm0,(%rsp)"] },
      "expects the stack to be aligned",
    ],
  ])("is said: %s", (_what, name, facts, message) => {
    const problems = problemsOf(name, facts, true);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(message);
  });

  it("is a new glibc in a release only", () => {
    expect(problemsOf("linux-x64", { ...glibc, floor: "2.34" }, false)).toEqual([]);
  });
});
