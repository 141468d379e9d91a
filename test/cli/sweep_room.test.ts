import { availableParallelism } from "node:os";
import { describe, expect, it } from "vitest";
import { roomFor } from "../../src/cli/sweep/room.ts";
import type { SweepJob } from "../../src/cli/sweep/sweep_job.ts";
import { backendInfo } from "../../src/index.ts";

const cores = availableParallelism();
const isNative = backendInfo().backend === "native";

function sweepOf(parallel?: number, backend: "auto" | "typescript" = "auto"): SweepJob {
  const search = { method: "grid", points: 1, seed: 1, parameters: {}, monitor: "loss", parallel } as const;
  return { job: { data: "digits", network: { backend } }, search };
}

describe("how a sweep shares the cores out", () => {
  it("is one training a core and one thread each, where Node.js has threads for them", () => {
    const env = { UV_THREADPOOL_SIZE: String(cores + 1) };
    const expected = isNative ? { parallel: cores, threads: 1 } : { parallel: 1, threads: cores };
    expect(roomFor(sweepOf(), 100, { env })).toEqual(expected);
  });

  it("is as many trainings as there are points, if these are fewer", () => {
    const env = { UV_THREADPOOL_SIZE: String(cores + 1) };
    expect(roomFor(sweepOf(), 1, { env })).toEqual({ parallel: 1, threads: cores });
  });

  it.skipIf(!isNative || cores < 2)(
    "tells which variable would make room (skipped without native code or cores)",
    () => {
      const { parallel, threads, hint } = roomFor(sweepOf(), 100, { env: { UV_THREADPOOL_SIZE: "2" } });
      expect({ parallel, threads }).toEqual({ parallel: 1, threads: cores });
      expect(hint).toContain(`UV_THREADPOOL_SIZE=${cores + 1}`);
    },
  );

  it("is one training at a time on TypeScript", () => {
    expect(roomFor(sweepOf(undefined, "typescript"), 100, { env: {} })).toEqual({ parallel: 1, threads: cores });
  });

  it("is what the job says", () => {
    const parallel = 2 * cores;
    expect(roomFor(sweepOf(parallel), 3, { env: {} })).toEqual({ parallel, threads: 1 });
  });
});
