import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { UsageError } from "../../bench/command.ts";
import { bytesToRead, fromSysfs, levelHolding } from "../../bench/limits/caches.ts";
import { allLimits, limitContenders, limitTitle, needOf } from "../../bench/limits/limits.ts";
import { spreadOf } from "../../bench/measure.ts";
import { PEERS, type Peer } from "../../bench/peers/registry.ts";
import { dependencyFolders } from "../../bench/sections/packages.ts";
import { threadCounts } from "../../bench/sections/threads.ts";
import { contendersFor } from "../../bench/workloads/contenders.ts";
import { readWorkloadData, weightCounts, writeWorkloadData } from "../../bench/workloads/data.ts";
import { definitionOf, operationsPerUnit, WORKLOADS, weightsRead } from "../../bench/workloads/definitions.ts";
import { sampleInRounds } from "../../bench/workloads/interleave.ts";
import { resultOf, withShareOfLimit } from "../../bench/workloads/outcome.ts";
import { forAll } from "../../bench/workloads/parallel.ts";
import { readPeers, readSelection, SECTIONS } from "../../bench/workloads/settings.ts";
import { fc } from "../support/fast_check.ts";
import { temporaryFolder } from "../support/folder.ts";

const folders = temporaryFolder();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(folders, "test-"));
});

const CACHES = { L1: 32_768, L2: 2 ** 20, L3: 2 ** 25 };

describe("spreadOf", () => {
  it("interpolates the quartiles", () => {
    expect(spreadOf([3])).toEqual({ lower: 3, median: 3, upper: 3, count: 1 });
    expect(spreadOf([40, 10, 20, 30])).toEqual({ lower: 17.5, median: 25, upper: 32.5, count: 4 });
  });

  it("keeps the quartiles on their sides of the median", () => {
    const values = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(values, (some) => {
        const { lower, median, upper } = spreadOf(some);
        expect(Math.min(...some)).toBeLessThanOrEqual(lower);
        expect(lower).toBeLessThanOrEqual(median);
        expect(median).toBeLessThanOrEqual(upper);
        expect(upper).toBeLessThanOrEqual(Math.max(...some));
      }),
    );
  });
});

describe("the options of a run", () => {
  const peer = (id: string, threads: number | "all" = 1): Peer => ({
    id,
    title: id.toUpperCase(),
    workloads: ["W1", "W5"],
    variants: [{ id: "way", how: "somehow", threads }],
    packages: [],
    command: ({ python, variant }) => ({ file: python, args: [variant], env: {} }),
  });
  const peers = [peer("one"), peer("two", "all")];

  it("select everything, workloads, parts of them and sections", () => {
    const names = WORKLOADS.map(({ workload }) => workload.name);
    expect(readSelection(undefined)).toEqual({ workloads: names, sections: SECTIONS });
    expect(readSelection("growth, W6,W1")).toEqual({ workloads: ["W1", "W6a", "W6b", "W6c"], sections: ["growth"] });
    expect(readSelection("W7b")).toEqual({ workloads: ["W7b"], sections: [] });
    expect(readSelection(undefined, true).sections).not.toContain("growth");
    expect(readSelection("growth", true).sections).toEqual(["growth"]);
  });

  it.each(["W8", "W", "w1", "", "W1,W1a"])("refuse --only %j", (only) => {
    expect(() => readSelection(only)).toThrow(UsageError);
    expect(() => readSelection(only)).toThrow(/^--only names ".*"; there are W1, .*, growth, .*$/);
  });

  it("select peers", () => {
    expect(readPeers(undefined, peers)).toBe(peers);
    expect(readPeers("all", peers)).toBe(peers);
    expect(readPeers("none", peers)).toEqual([]);
    expect(readPeers("two", peers)).toEqual([peers[1]]);
    expect(() => readPeers("one,three", peers)).toThrow(
      new UsageError('--peers names "three"; there are all, none, one, two'),
    );
  });

  it("put this package first, and leave out what is another contender once more on one core", () => {
    const ways = (name: string, cores: number, hasNative: boolean) =>
      contendersFor(definitionOf(name), { peers, python: "snake", cores, hasNative }).map(
        ({ identity: { family, variant, threads } }) => `${family} ${variant} ${threads}`,
      );
    expect(ways("W1", 1, false)).toEqual(["downhill typescript 1", "one way 1"]);
    expect(ways("W5", 4, true)).toEqual([
      "downhill native 1",
      "downhill native-threads 4",
      "downhill native-reproducible 1",
      "downhill native-float64 1",
      "downhill typescript 1",
      "one way 1",
      "two way 4",
    ]);
    expect(ways("W6a", 4, false)).toEqual(["downhill typescript 1"]);
  });

  it("take only names of workloads in the list of peers", () => {
    const names = WORKLOADS.map(({ workload }) => workload.name);
    for (const { workloads, variants } of PEERS) {
      expect(names).toEqual(expect.arrayContaining([...workloads]));
      for (const variant of variants) expect(workloads).toEqual(expect.arrayContaining([...(variant.workloads ?? [])]));
    }
  });
});

describe("workloads", () => {
  it("train on whole batches and check some samples", () => {
    for (const { workload } of WORKLOADS) {
      expect(workload.samples % workload.batchSize).toBe(0);
      expect(workload.checkSamples % workload.batchSize).toBe(0);
      expect(workload.checkSamples > 0).toBe(workload.kind === "online" || workload.kind === "batch");
    }
  });

  it("count operations and the weights that are read", () => {
    // First layer 4 · 3 · 3, second 4 · 4 · 4 + 2 · 4 · 3.
    expect(operationsPerUnit({ kind: "online", layers: [2, 3, 4] })).toBe(36 + 64 + 24);
    expect(operationsPerUnit({ kind: "predictMany", layers: [2, 3, 4] })).toBe(18 + 32);
    expect(weightsRead({ kind: "online", layers: [2, 1000, 1000, 2] })).toEqual({
      held: 1_001_000,
      perUnit: 2_002_000,
    });
    expect(weightsRead({ kind: "predictOne", layers: [2, 3, 4] })).toEqual({ held: 25, perUnit: 25 });
  });

  it("come back from their files as they were", () => {
    const layers = [3, 2, 1];
    const data = {
      inputs: Float32Array.of(1, 2, 3, 4, 5, 6),
      targets: Float32Array.of(0.25, 0.5),
      weights: [Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), Float32Array.of(9, 10, 11)],
      outputs: Float64Array.of(0.1, 0.2),
    };
    expect(data.weights.map(({ length }) => length)).toEqual(weightCounts(layers));
    writeWorkloadData(folder, data);
    expect(readWorkloadData(folder, { layers })).toEqual(data);
  });
});

describe("sampleInRounds", () => {
  const rounds = { rounds: 6, sampleSeconds: 1, restSeconds: 0, deadline: 9 };
  const contender = (log: string[], name: string, seconds: number, isGood = (_: number) => true) => {
    let asked = 0;
    return {
      ask: async (request: { seconds: number }, deadline: number) => {
        asked++;
        log.push(name);
        expect([request.seconds, deadline]).toEqual([1, 9]);
        if (!isGood(asked)) throw new Error(`${name} fell over`);
        return { reply: "sample", units: asked, seconds } as const;
      },
    };
  };

  it("asks all in turn, each round another one first", async () => {
    const log: string[] = [];
    const seen: number[] = [];
    const samples = await sampleInRounds([contender(log, "a", 1), contender(log, "b", 1)], rounds, (round) => {
      seen.push(round);
    });
    expect(log.join("")).toBe("abbaabbaabba");
    expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
    expect(samples[1].taken.map(({ units }) => units)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("asks a slow one less often, but often enough for a median", async () => {
    const log: string[] = [];
    const samples = await sampleInRounds([contender(log, "a", 1), contender(log, "b", 100)], rounds);
    expect(samples.map(({ taken }) => taken.length)).toEqual([6, 3]);
  });

  it("keeps what a contender did before it failed, and asks it no more", async () => {
    const log: string[] = [];
    const fails = contender(log, "b", 1, (asked) => asked < 3);
    const [, broken] = await sampleInRounds([contender(log, "a", 1), fails], rounds);
    expect(broken.taken).toHaveLength(2);
    expect(broken.failure).toBe("b fell over");
    expect(log.filter((name) => name === "b")).toHaveLength(3);
  });

  it("takes neither another answer nor an empty one for a sample", async () => {
    const answers = [
      { reply: "memory", peakBytes: 1 },
      { reply: "failed", why: "lost" },
      { reply: "sample", units: 0, seconds: 1 },
    ] as const;
    const samples = await sampleInRounds(
      answers.map((answer) => ({ ask: async () => answer })),
      rounds,
    );
    expect(samples.map(({ failure }) => failure)).toEqual(["answered memory", "lost", "did 0 units in 1 s"]);
  });
});

describe("forAll", () => {
  it("works on a few at once, beginning in order", async () => {
    const begun: number[] = [];
    let running = 0;
    let most = 0;
    await forAll([1, 2, 3, 4, 5], 2, async (item) => {
      begun.push(item);
      running++;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
    });
    expect(begun).toEqual([1, 2, 3, 4, 5]);
    expect(most).toBe(2);
  });
});

describe("limits", () => {
  it("tell which cache holds some bytes", () => {
    expect(levelHolding(32_768, 1, CACHES)).toBe("L1");
    expect(levelHolding(32_769, 1, CACHES)).toBe("L2");
    expect(levelHolding(32_769, 2, CACHES)).toBe("L1");
    expect(levelHolding(4_004_000, 1, CACHES)).toBe("L3");
    expect(levelHolding(4_004_000, 4, CACHES)).toBe("L2");
    expect(levelHolding(2 ** 26, 4, CACHES)).toBe("memory");
    expect(levelHolding(1, 1, { L1: undefined, L2: undefined, L3: undefined })).toBe("memory");
  });

  it("are measured with bytes that the level below does not hold", () => {
    for (const threads of [1, 2, 8]) {
      for (const level of ["L1", "L2", "L3"] as const) {
        expect(levelHolding(bytesToRead(level, threads, CACHES) ?? 0, threads, CACHES)).toBe(level);
      }
      expect(levelHolding(bytesToRead("memory", threads, CACHES) ?? 0, threads, CACHES)).toBe("memory");
    }
    expect(bytesToRead("L2", 1, { ...CACHES, L2: undefined })).toBeUndefined();
  });

  it("read the caches that Linux lists", () => {
    const caches = [
      ["1", "Data", "48K"],
      ["1", "Instruction", "32K"],
      ["2", "Unified", "2048K"],
    ];
    caches.forEach(([level, type, size], i) => {
      const path = join(folder, `index${i}`);
      mkdirSync(path);
      writeFileSync(join(path, "level"), `${level}\n`);
      writeFileSync(join(path, "type"), `${type}\n`);
      writeFileSync(join(path, "size"), `${size}\n`);
    });
    expect(fromSysfs(folder)).toEqual({ L1: 49_152, L2: 2_097_152, L3: undefined });
    expect(fromSysfs(join(folder, "nowhere"))).toBeUndefined();
  });

  it("are those of the level, the dtype and the threads", () => {
    const need = (name: string, dtype: "float32" | "float64", threads: number) => {
      const found = needOf(definitionOf(name), { dtype, threads }, CACHES);
      return found && `${limitTitle(found.limit)}: ${found.amountPerUnit}`;
    };
    expect(need("W1", "float32", 1)).toBeUndefined();
    expect(need("W2", "float32", 1)).toBe("read L3, 1 thread: 8008000");
    expect(need("W2", "float64", 8)).toBe("read L2, 8 threads: 16016000");
    expect(need("W6a", "float32", 1)).toBe("read L2, 1 thread: 407080");
    expect(need("W4", "float64", 2)).toBe("float64 multiply-add, 2 threads: 409640");
  });

  it("start a process for each that can be measured", () => {
    const without = { ...CACHES, L3: undefined };
    const started = limitContenders({ path: "limits" }, allLimits(1), without).map(({ command }) => command.args);
    expect(started).toEqual([
      ["fma32", "1"],
      ["fma64", "1"],
      ["read", "1", "16384"],
      ["read", "1", "524288"],
      ["read", "1", String(2 ** 26)],
    ]);
    expect(limitContenders({ missing: "no compiler" }, allLimits(1), CACHES)).toEqual([]);
    expect(allLimits(2)).toHaveLength(12);
  });
});

describe("results", () => {
  const identity = { family: "x", title: "X", variant: "v", how: "so", threads: 1, dtype: "float32" } as const;
  const ready = { name: "X", version: "1", how: "exactly so" };
  const samples = { taken: [10, 20, 40].map((units) => ({ units, seconds: 2, loss: units })), failure: undefined };

  it("hold speed, error and losses", () => {
    const course = { ready: { ...ready, lossBefore: 3, lossAfter: 2.2 }, noStart: undefined, samples };
    const result = resultOf(identity, course, { lossBefore: 3, lossAfter: 2 });
    expect(result).toMatchObject({
      how: "exactly so",
      version: "1",
      outcome: "measured",
      rate: { lower: 7.5, median: 10, upper: 15, count: 3 },
      lossBefore: 3,
      lossAfter: 2.2,
      lastLoss: 40,
    });
    expect(result.error).toBeCloseTo(0.1, 12);
    const predicted = resultOf(identity, { ...course, ready: { ...ready, error: 1e-7 } }, undefined);
    expect(predicted.error).toBe(1e-7);
  });

  it("say why there is no speed", () => {
    const noStart = { outcome: "absent", why: "not installed" } as const;
    expect(resultOf(identity, { ready: undefined, noStart, samples: undefined }, undefined)).toEqual({
      ...identity,
      ...noStart,
    });
    const course = { ready, noStart: undefined, samples: { taken: [], failure: "hung" } };
    expect(resultOf(identity, course, undefined)).toMatchObject({ outcome: "failed", why: "hung" });
  });

  it("take a share of the limit that was measured in the same rounds", () => {
    const result = resultOf(identity, { ready, noStart: undefined, samples }, undefined);
    const task = definitionOf("W4");
    const limit = { resource: "fma32", threads: 1 } as const;
    const shared = withShareOfLimit(result, task, [{ limit, rate: spreadOf([4.0964e7]) }], CACHES);
    expect(shared.shareOfLimit).toBeCloseTo(0.1, 12);
    expect(withShareOfLimit(result, task, [], CACHES)).toBe(result);
  });
});

describe("sections", () => {
  it("try every number of few threads, and doublings of many", () => {
    expect(threadCounts(1)).toEqual([1]);
    expect(threadCounts(3)).toEqual([1, 2, 3]);
    expect(threadCounts(12)).toEqual([1, 2, 4, 8, 12]);
    expect(threadCounts(16)).toEqual([1, 2, 4, 8, 16]);
  });

  it("follow dependencies into nested and outer folders, each once", () => {
    const add = (path: string, dependencies: Record<string, string> = {}) => {
      mkdirSync(join(folder, path), { recursive: true });
      writeFileSync(join(folder, path, "package.json"), JSON.stringify({ version: "1.0.0", dependencies }));
      return join(folder, path);
    };
    const top = add("node_modules/a", { b: "1", c: "1", missing: "1" });
    const nested = add("node_modules/a/node_modules/b", { c: "1" });
    add("node_modules/b");
    const shared = add("node_modules/c", { a: "1" });
    expect(dependencyFolders([top])).toEqual([top, nested, shared]);
  });
});
