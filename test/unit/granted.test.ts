import { afterEach, describe, expect, it, vi } from "vitest";
import { exists, granted, variable } from "../../src/granted.ts";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

/** As Deno's process is without permissions. */
function forbidEnvironment(): void {
  const forbid = () => {
    throw new Error("Requires env access");
  };
  vi.stubGlobal("process", { ...process, env: new Proxy({}, { get: forbid }) });
}

describe("what a runtime may not grant", () => {
  it("is there where it is granted", () => {
    vi.stubEnv("DOWNHILL_TEST", "yes");
    expect(variable("DOWNHILL_TEST")).toBe("yes");
    expect(exists(import.meta.filename)).toBe(true);
    expect(granted(() => 3)).toBe(3);
  });

  it("is not there where it is not set, empty or missing", () => {
    vi.stubEnv("DOWNHILL_TEST", "");
    expect(variable("DOWNHILL_TEST")).toBeUndefined();
    vi.stubEnv("DOWNHILL_TEST", undefined);
    expect(variable("DOWNHILL_TEST")).toBeUndefined();
    expect(exists(`${import.meta.filename}.missing`)).toBe(false);
  });

  it("is not there where it may not be looked at", () => {
    forbidEnvironment();
    expect(variable("PATH")).toBeUndefined();
    expect(
      granted(() => {
        throw new Error("Requires sys access");
      }),
    ).toBeUndefined();
  });
});
