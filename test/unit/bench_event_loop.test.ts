import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { delayLines, delaysOf, measureDelays, run } from "../../bench/event_loop.ts";

describe("the delays of the event loop", () => {
  it("are nanoseconds told in milliseconds", () => {
    const percentile = (share: number) => share * 1e6;
    expect(delaysOf({ mean: 1_250_000, max: 7e6, percentile })).toEqual({ mean: 1.25, p50: 50, p99: 99, max: 7 });
  });

  it("show a loop that was blocked", async () => {
    const blocked = 25;
    const { mean, p50, p99, max } = await measureDelays(async () => {
      await sleep(20);
      for (const end = performance.now() + blocked; performance.now() < end; );
      await sleep(20);
    });
    // A tick is at most a resolution before the loop is blocked, and the next one is after it.
    expect(max).toBeGreaterThan(blocked - 1);
    expect(p50).toBeLessThanOrEqual(p99);
    expect(p99).toBeLessThanOrEqual(max);
    expect(mean).toBeLessThanOrEqual(max);
  });

  it("are measured until the work fails, too", async () => {
    const failure = new Error("failed");
    await expect(measureDelays(() => Promise.reject(failure))).rejects.toBe(failure);
  });

  it("are shown in a table, a row for each state", () => {
    const delays = { mean: 1.0834, p50: 1.08, p99: 1.129, max: 12.34 };
    expect(delayLines({ idle: delays, fit: { ...delays, mean: 0 } })).toEqual([
      "      mean   p50   p99   max",
      "idle  1.08  1.08  1.13  12.3",
      "fit      0  1.08  1.13  12.3",
    ]);
  });
});

describe("the options of event-loop", () => {
  it.each([
    [["--dtype", "int8"], "--dtype"],
    [["--slow"], "--slow"],
  ])("refuse %j in one line", async (argv, named) => {
    await expect(run(argv)).rejects.toThrow(new RegExp(`^[^\\n]*${named}[^\\n]*$`));
  });
});
