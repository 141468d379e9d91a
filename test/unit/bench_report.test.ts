import { mkdirSync, mkdtempSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { UsageError } from "../../bench/command.ts";
import { comparePairs, signTest, verdictOf } from "../../bench/compare/pairs.ts";
import { spreadOf } from "../../bench/measure.ts";
import { wrapped } from "../../bench/report/lines.ts";
import { bytesText, grouped, percent, speedText, spreadText } from "../../bench/report/numbers.ts";
import { markdownTable, overviewTable, packageTable } from "../../bench/report/overview_table.ts";
import { logScale, plotOf } from "../../bench/report/plot.ts";
import { readmeSection, withSection } from "../../bench/report/readme.ts";
import { reportLines } from "../../bench/report/report.ts";
import { type ContenderResult, type Results, SCHEMA, type WorkloadResult } from "../../bench/report/results.ts";
import { findResults, readResults, resultsFileName, writeResults } from "../../bench/report/results_file.ts";
import { staleBuilds } from "../../bench/report/stale_builds.ts";
import { bestPeer, overview, timesBestPeer } from "../../bench/report/standings.ts";
import { element, text } from "../../bench/report/svg.ts";
import { definitionOf } from "../../bench/workloads/definitions.ts";
import { fc } from "../support/fast_check.ts";
import { temporaryFolder } from "../support/folder.ts";

const folders = temporaryFolder();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(folders, "test-"));
});

const own = (variant: string, rate: number, rest: Partial<ContenderResult> = {}): ContenderResult => ({
  family: "downhill",
  title: "downhill",
  variant,
  how: `${variant} way`,
  threads: 1,
  dtype: "float32",
  version: "0.1.0",
  outcome: "measured",
  rate: spreadOf([rate * 0.9, rate, rate * 1.1]),
  error: 2.5e-8,
  ...rest,
});
const peer = (family: string, variant: string, rate: number, rest: Partial<ContenderResult> = {}): ContenderResult => ({
  ...own(variant, rate, rest),
  family,
  title: rest.title ?? family.toUpperCase(),
});

const W3: WorkloadResult = {
  workload: definitionOf("W3").workload,
  reference: { lossBefore: 2, lossAfter: 1 },
  limits: [{ limit: { resource: "fma32", threads: 1 }, rate: spreadOf([1e11]) }],
  contenders: [
    own("native", 60_000, { shareOfLimit: 0.345 }),
    own("typescript", 4000, { shareOfLimit: 0.0171 }),
    peer("a & b", "slow", 1000),
    peer("a & b", "quick", 20_000, { lossBefore: 1, lossAfter: 2 }),
    peer("c", "threads", 40_000, { threads: 2 }),
    { ...peer("d", "gone", 1), outcome: "absent", why: "not installed", rate: undefined as never },
  ],
};
const W6: WorkloadResult = {
  workload: definitionOf("W6a").workload,
  limits: [],
  contenders: [own("native", 200_000)],
};
const RESULTS: Results = {
  schema: SCHEMA,
  machine: {
    cpu: "AMD EPYC(TM) 9000 <x>",
    cores: 2,
    platform: "linux-x64",
    node: "v20.0.0",
    downhill: "0.1.0",
    isa: "avx512",
    withoutNative: undefined,
    date: "2025-03-01T14:05:59.000Z",
  },
  commit: { hash: "0123456789abcdef", isDirty: true },
  settings: { quick: false, peers: ["c"], rounds: 7, sampleSeconds: 0.2 },
  limits: { measured: [{ limit: { resource: "read", level: "L2", threads: 2 }, rate: spreadOf([1.2e11]) }] },
  workloads: [W3, W6],
  growth: [{ units: 64, backend: "native", threads: 1, rate: spreadOf([1e5]), secondsPerMultiplyAdd: 5e-11 }],
  threads: [{ workload: "W5", threads: 2, rate: spreadOf([9000]), speedup: 1.8 }],
  memory: {
    workload: "W5",
    parameterBytes: 7e6,
    dataBytes: 3e6,
    contenders: [{ title: "downhill", how: "native", threads: 1, idleBytes: 7e7, peakBytes: 1.2e8 }],
  },
  import: [{ title: "downhill", version: "0.1.0", milliseconds: spreadOf([31.4]) }],
  install: [
    {
      title: "downhill",
      version: "0.1.0",
      packages: 1,
      packedBytes: 96_300,
      unpackedBytes: 352_000,
      platforms: ["x64", "arm64"],
    },
    { title: "C", version: "4.2.0", packages: 75, packedBytes: 5.8e7, unpackedBytes: 2.96e8 },
  ],
};

describe("numbers", () => {
  it("show three digits, thousands apart", () => {
    expect([0.28, 61.234, 999.4, 61_234, 1_354_321].map(grouped)).toEqual([
      "0.280",
      "61.2",
      "999",
      "61,200",
      "1,350,000",
    ]);
    expect(speedText(178_000, { unit: "µs a call" })).toBe("5.62");
    expect(speedText(178_000, { unit: "samples/s" })).toBe("178,000");
  });

  it("show shares and sizes", () => {
    expect([0, 0.345, 1.2, 0.0171].map(percent)).toEqual(["0 %", "35 %", "120 %", "1.7 %"]);
    expect(spreadText({ lower: 90, median: 100, upper: 130 })).toBe("±20 %");
    expect([0, 5, 96_300, 1.2e8, 3e9, 4e13].map(bytesText)).toEqual([
      "0 B",
      "5.00 B",
      "96.3 kB",
      "120 MB",
      "3.00 GB",
      "40000 GB",
    ]);
  });

  it("wrap a row of items under its heading", () => {
    expect(wrapped("x:", ["one", "two", "three"], 12)).toEqual(["x: one; two;", "   three"]);
    expect(wrapped("x:", ["far too long for it"], 5)).toEqual(["x:", "   far too long for it"]);
  });
});

describe("standings", () => {
  it("hold a contender against the best peer with no more threads", () => {
    expect(bestPeer(W3, 1)?.variant).toBe("quick");
    expect(bestPeer(W3, 2)?.variant).toBe("threads");
    expect(timesBestPeer(W3.contenders[0], W3)).toBeCloseTo(3, 12);
    expect(timesBestPeer(W3.contenders[4], W3)).toBe(1);
    expect(timesBestPeer(W6.contenders[0], W6)).toBeUndefined();
  });

  it("let the fastest variant stand for a peer", () => {
    expect(overview(W3).map(({ label, result }) => `${label}: ${result.variant}`)).toEqual([
      "downhill, native: native",
      "downhill, TypeScript: typescript",
      "A & B: quick",
      "C: threads",
    ]);
  });
});

describe("the report", () => {
  it("shows speed, error, ratio, share, and who is missing, within 120 columns", () => {
    const lines = reportLines(RESULTS);
    const row = (start: string) => lines.find((line) => line.startsWith(start))?.split(/ {2,}/);
    expect(row("downhill native way")).toEqual([
      "downhill native way",
      "1",
      "60,000",
      "±5.0 %",
      "2.5e-8",
      "3.00",
      "35 %",
    ]);
    expect(row("A & B quick")).toContain("learns nothing");
    expect(row("C threads")?.slice(1, 3)).toEqual(["2", "40,000"]);
    expect(lines).toContain("  D: absent: not installed");
    expect(lines).toContain("    limits: float32 multiply-add, 1 thread 100 GFLOP/s");
    expect(lines.join("\n")).toContain("commit 0123456789 with changes, 7 rounds of 0.2 s");
    expect(lines.filter((line) => line.length > 120)).toEqual([]);
  });

  it("shows the sections that were measured, and says when limits are unknown", () => {
    const all = reportLines(RESULTS).join("\n");
    for (const heading of ["Growth", "Threads", "Memory", "Import", "Install"]) expect(all).toContain(`\n${heading}: `);
    expect(all).toMatch(/^downhill native +1 +70\.0 MB +120 MB +5\.00$/m);
    const { growth: _, ...rest } = RESULTS;
    const some = reportLines({ ...rest, limits: { missing: "no compiler", measured: [] } }).join("\n");
    expect(some).not.toContain("Growth:");
    expect(some).toContain("The machine's limits are unknown: no compiler.");
  });
});

describe("the overview in Markdown", () => {
  it("lines its cells up and escapes bars", () => {
    expect(markdownTable(["", "W1"], [["a|b", "1,000"]])).toEqual([
      "|      |    W1 |",
      "| ---- | ----: |",
      "| a\\|b | 1,000 |",
    ]);
  });

  it("has contenders down and workloads across", () => {
    const cells = overviewTable([W3, W6]).map((line) => line.split("|").map((cell) => cell.trim()));
    expect(cells).toContainEqual(["", "downhill, native", "60,000", "5.00", ""]);
    expect(cells).toContainEqual(["", "C", "40,000 (2 t.)", "", ""]);
    expect(cells.at(-1)).toEqual(["", "native’s share of the limit", "35 %", "", ""]);
  });

  it("joins import and install of each package", () => {
    const lines = packageTable(RESULTS);
    expect(lines).toHaveLength(6);
    expect(lines[2]).toMatch(/^\| downhill 0\.1\.0 +\| +31\.4 \| +1 \| +96\.3 kB \| +352 kB \|$/);
    expect(lines[3]).toMatch(/^\| C 4\.2\.0 +\| +\| +75 \|/);
    expect(lines[5]).toBe("downhill was packed with binaries for x64, arm64.");
    expect(packageTable({})).toEqual([]);
  });
});

describe("the README's section", () => {
  it("replaces what is between the markers and nothing else", () => {
    const document = "before\n<!-- bench:begin -->\nold $& text\n<!-- bench:end -->\nafter\n";
    const once = withSection(document, ["new", "$1"]);
    expect(once).toBe("before\n<!-- bench:begin -->\n\nnew\n$1\n\n<!-- bench:end -->\nafter\n");
    expect(withSection(once, ["new", "$1"])).toBe(once);
  });

  it.each([
    "none",
    "<!-- bench:end --> <!-- bench:begin -->",
    "<!-- bench:begin --> only",
    "<!-- bench:begin --> <!-- bench:end --> <!-- bench:begin -->",
  ])("refuses %j", (document) => {
    expect(() => withSection(document, ["x"])).toThrow(UsageError);
  });

  it("names machine, commit, picture and source", () => {
    const section = readmeSection(RESULTS, "bench/results/r.svg", "r.json").join("\n");
    for (const part of [
      "AMD EPYC",
      "commit 0123456789",
      "](bench/results/r.svg)",
      "`r.json`",
      "read L2, 2 threads 120 GB/s",
    ]) {
      expect(section).toContain(part);
    }
  });
});

describe("the picture", () => {
  /** Names of elements, each closed in its order; throws where it is not well formed. */
  function elementsOf(svg: string): string[] {
    const names: string[] = [];
    const open: string[] = [];
    const rest = svg.replace(/<(\/?)(\w+)((?: [\w:-]+="[^"<>]*")*)(\/?)>/g, (_, end, name, __, single) => {
      if (end) expect(open.pop()).toBe(name);
      else {
        names.push(name);
        if (!single) open.push(name);
      }
      return "";
    });
    expect(open).toEqual([]);
    expect(rest).not.toMatch(/[<>]/);
    expect(rest.replace(/&(amp|lt|gt|quot);/g, "")).not.toContain("&");
    return names;
  }

  it("is well formed and has a bar for every line of the overview", () => {
    const names = elementsOf(plotOf(RESULTS));
    expect(names.filter((name) => name === "g")).toHaveLength(2);
    // One is the background.
    expect(names.filter((name) => name === "rect")).toHaveLength(1 + 4 + 1);
    elementsOf(plotOf({ ...RESULTS, workloads: [] }));
  });

  it("escapes whatever is written", () => {
    fc.assert(
      fc.property(fc.string(), (content) => void elementsOf(element("g", { id: content }, text(1, 2, content)))),
    );
  });

  it("places rates between the ends of a logarithmic scale", () => {
    const { decades, place } = logScale([200, 50_000]);
    expect(decades).toEqual([100, 1000, 10_000]);
    expect(place(100)).toBe(0);
    expect(place(50_000)).toBeCloseTo(1, 12);
    expect(place(1000)).toBeCloseTo(1 / Math.log10(500), 12);
  });

  it("gives every rate a bar that can be seen", () => {
    const rates = fc.array(fc.double({ min: 1e-3, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(rates, (some) => {
        const { place } = logScale(some);
        for (const rate of some) {
          expect(place(rate)).toBeGreaterThan(0);
          expect(place(rate)).toBeLessThanOrEqual(1 + 1e-9);
        }
      }),
    );
  });
});

describe("files of results", () => {
  it("are named after moment and processor", () => {
    expect(resultsFileName(RESULTS, false)).toBe("2025-03-01-1405-amd-epyc-9000-x.json");
    expect(resultsFileName(RESULTS, true)).toBe("2025-03-01-1405-amd-epyc-9000-x-part.json");
  });

  it("come back as they were; the newest whole one is found", () => {
    expect(() => findResults(undefined, folder)).toThrow(UsageError);
    const later = { ...RESULTS, machine: { ...RESULTS.machine, date: "2025-11-01T00:00:00.000Z" } };
    writeResults(later, false, folder);
    writeResults(RESULTS, false, folder);
    writeResults({ ...later, machine: { ...later.machine, date: "2026-01-01T00:00:00.000Z" } }, true, folder);
    const newest = findResults(undefined, folder);
    expect(newest).toMatch(/2025-11-01-0000-.*x\.json$/);
    expect(readResults(newest)).toEqual(JSON.parse(JSON.stringify(later)));
    expect(findResults("given.json", folder)).toBe("given.json");
  });

  it.each(["{", "null", "{}", '{"schema":0}'])("are not taken from %j", (content) => {
    const path = join(folder, "other.json");
    writeFileSync(path, content);
    expect(() => readResults(path)).toThrow(UsageError);
  });

  it("are warned of when a build is older than its sources", () => {
    for (const path of ["src", "dist", "native"]) mkdirSync(join(folder, path));
    const touch = (path: string, seconds: number) => {
      writeFileSync(join(folder, path), "");
      utimesSync(join(folder, path), seconds, seconds);
    };
    touch("src/index.ts", 1000);
    touch("dist/index.js", 2000);
    expect(staleBuilds(folder)).toEqual([]);
    touch("src/later.ts", 3000);
    expect(staleBuilds(folder)).toEqual(["dist/index.js is older than what is in src; npm run build builds it"]);
  });
});

describe("comparing pairs", () => {
  it("takes the median of the ratios and counts those won", () => {
    expect(comparePairs([10, 30, 20], [5, 40, 10, 99])).toMatchObject({ ratio: 2, won: 2, pairs: 3 });
  });

  it("knows how likely such a row of wins is by chance", () => {
    expect(signTest(0, 0)).toBe(1);
    expect(signTest(5, 10)).toBe(1);
    expect(signTest(10, 10)).toBeCloseTo(2 / 1024, 15);
    expect(signTest(1, 10)).toBeCloseTo(22 / 1024, 15);
  });

  it("is the same from both sides", () => {
    fc.assert(
      fc.property(fc.nat(40), fc.nat(40), (won, lost) => {
        expect(signTest(won, won + lost)).toBe(signTest(lost, won + lost));
        expect(signTest(won, won + lost)).toBeGreaterThan(0);
      }),
    );
  });

  it("is sure only where chance hardly does as much", () => {
    expect(verdictOf({ ratio: 1.2, chance: 0.01 })).toBe("faster");
    expect(verdictOf({ ratio: 0.9, chance: 0.01 })).toBe("slower");
    expect(verdictOf({ ratio: 3, chance: 0.2 })).toBe("unsure");
  });
});
