import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { describe, expect, it } from "vitest";
import { backendInfo, kernels, Network } from "../../src/index.ts";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

describe("backendInfo", () => {
  it("tells what runs here", () => {
    const info = backendInfo();
    expect(info).toMatchObject({ version, nodeApi: Number(process.versions.napi) });
    expect(info.threads).toBe(info.backend === "native" ? Math.min(availableParallelism(), 1024) : 1);
    expect(Object.keys(info)).toEqual(["backend", "isa", "threads", "version", "nodeApi", "reason", "attempts"]);
    if (info.backend === "native") {
      expect(["avx512", "avx2", "neon", "baseline"]).toContain(info.isa);
      expect(info.reason).toMatch(/^loaded .*downhill\.node$/);
    } else {
      expect(info).toMatchObject({ isa: "none", reason: "DOWNHILL_BACKEND is typescript", attempts: [] });
    }
  });

  it("is plain data, the same at every call", () => {
    const info = backendInfo();
    expect(JSON.parse(JSON.stringify(info))).toEqual(info);
    expect(backendInfo()).toEqual(info);
  });

  it("names the backend that networks get", () => {
    const { backend } = backendInfo();
    expect(new Network([1, 1]).backend).toBe(backend);
    expect(kernels.native === undefined).toBe(backend === "typescript");
    expect(kernels.native === kernels.typescript).toBe(false);
  });
});
