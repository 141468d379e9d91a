import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Interruption } from "../../src/cli/context.ts";
import { loadData } from "../../src/cli/job/data.ts";
import { createNetwork, fitOptionsOf } from "../../src/cli/job/networks.ts";
import type { TrainingJob } from "../../src/cli/job/training_job.ts";
import { Network } from "../../src/index.ts";
import { expectSameBits } from "../support/bits.ts";
import { downhill } from "../support/command_line.ts";
import { temporaryFolder } from "../support/folder.ts";
import { pointsCsv, rankingOf, SEARCH, writeSweepJob } from "../support/sweep_jobs.ts";

const root = temporaryFolder();
let folders = 0;
const newFolder = () => join(root, String(folders++));
const resultsOf = (job: string) => job.replace(/\.json$/, ".sweep.jsonl");

/** Runs a sweep until so many points more are done: each is a line of the output. */
async function interrupted(job: string, points: number) {
  const abort = new AbortController();
  let done = 0;
  const onOutput = () => {
    if (++done === points) abort.abort(new Interruption("SIGINT"));
    return undefined;
  };
  return downhill(["sweep", job, "--json"], { signal: abort.signal, onOutput });
}

/** How many points a run of a sweep has trained. */
const trainedBy = (stderr: string) => stderr.match(/^\d+ of \d+: /gm)?.length ?? 0;

const uninterrupted = (async () => {
  const job = writeSweepJob(newFolder());
  const { code, stdout, stderr } = await downhill(["sweep", job, "--json"]);
  expect({ code, trained: trainedBy(stderr) }).toEqual({ code: 0, trained: 20 });
  return { job, ranking: rankingOf(stdout) };
})();

describe("a sweep of 20 points", () => {
  it("ranks all of them, the least validation loss first", async () => {
    const { ranking } = await uninterrupted;
    expect(ranking.map(({ point }) => point).sort((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: 20 }, (_, i) => i + 1),
    );
    const losses = ranking.map(({ validation }) => (validation as { loss: number }).loss);
    expect(losses).toEqual(losses.toSorted((a, b) => a - b));
    expect(new Set(losses).size).toBe(20);
  });

  it("comes to the same after interruptions, and trains nothing twice", async () => {
    const job = writeSweepJob(newFolder());
    const first = await interrupted(job, 3);
    expect(first.code).toBe(130);
    expect(first.stdout).not.toContain("ranking");
    expect(first.stderr).toContain(
      `What is done is kept in ${resultsOf(job)}. The same command goes on with the rest.`,
    );
    expect(first.stderr).toMatch(/downhill: stopped by SIGINT\n$/);
    const second = await interrupted(job, 6);
    const third = await downhill(["sweep", job, "--json"]);
    expect(third.code).toBe(0);
    const counts = [first, second, third].map(({ stderr }) => trainedBy(stderr));
    expect(counts.reduce((a, b) => a + b)).toBe(20);
    expect(Math.min(...counts)).toBeGreaterThan(0);
    expect(rankingOf(third.stdout)).toEqual((await uninterrupted).ranking);
  });

  it("comes to the same with another number of trainings at once", async () => {
    const job = writeSweepJob(newFolder(), { ...SEARCH, parallel: 3 });
    const { stdout } = await downhill(["sweep", job, "--json"]);
    expect(rankingOf(stdout)).toEqual((await uninterrupted).ranking);
  });

  it("shows a table where no JSON is asked for, and asks for nothing that is done", async () => {
    const { job, ranking } = await uninterrupted;
    const { stdout, stderr } = await downhill(["sweep", job]);
    expect(stderr).toBe(`20 of 20 points are done already, by ${resultsOf(job)}\n`);
    const [head, ...rows] = stdout.trimEnd().split("\n");
    expect(head.split(/ {2,}/).map((name) => name.trim())).toEqual([
      "rank",
      "point",
      "learningRate",
      "batchSize",
      "layers",
      "accuracy",
      "loss",
      "epoch",
      "time",
    ]);
    expect(rows.map((row) => Number(row.trim().split(/ +/)[1]))).toEqual(ranking.map(({ point }) => point));
  });

  it("ranks by accuracy and does more points of the same search with the same results", async () => {
    const { job } = await uninterrupted;
    const other = writeSweepJob(newFolder(), { ...SEARCH, points: 22, monitor: "accuracy" });
    const { stdout, stderr } = await downhill(["sweep", other, "--json", "--results", resultsOf(job)]);
    expect(trainedBy(stderr)).toBe(2);
    const accuracies = rankingOf(stdout).map(({ validation }) => (validation as { accuracy: number }).accuracy);
    expect(accuracies).toEqual(accuracies.toSorted((a, b) => b - a));
    expect(accuracies).toHaveLength(22);
  });

  it("saves the network of the best point, the same bits as one that is trained by itself", async () => {
    const { job, ranking } = await uninterrupted;
    const out = join(newFolder(), "..", "best.json");
    const { code, stderr } = await downhill(["sweep", job, "--out", out]);
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining("once more") });
    const { parameters } = ranking[0] as { parameters: Record<string, never> };
    const training: TrainingJob = {
      data: { csv: join(job, "..", "points.csv"), target: "kind" },
      validation: 0.1,
      network: { layers: parameters["network.layers"] },
      fit: { epochs: 3, learningRate: parameters["fit.learningRate"], batchSize: parameters["fit.batchSize"] },
    };
    const data = await loadData(training, new AbortController().signal);
    const network = createNetwork(training, data);
    const { epochs } = await network.fit(data.train, fitOptionsOf(training, data));
    expect(epochs[2].validation).toEqual(ranking[0].validation);
    const saved = await Network.load(out);
    expect(saved.layers).toEqual(network.layers);
    for (let l = 0; l < network.layers.length - 1; l++) {
      expectSameBits(saved.weights(l).data, network.weights(l).data, `layer ${l}`);
    }
  });
});

describe("a results file", () => {
  it("loses what was half written, and its point is trained again", async () => {
    const { job, ranking } = await uninterrupted;
    const text = readFileSync(resultsOf(job), "utf8").split("\n").slice(0, 21).join("\n");
    for (const torn of [text.slice(0, -10), `${text}\n{"poi`, `${text.slice(0, -10)}\n`]) {
      const copy = writeSweepJob(newFolder());
      writeFileSync(resultsOf(copy), torn);
      const { stdout, stderr } = await downhill(["sweep", copy, "--json"]);
      expect(trainedBy(stderr)).toBe(torn.endsWith("poi") ? 0 : 1);
      expect(rankingOf(stdout)).toEqual(ranking);
      const lines = readFileSync(resultsOf(copy), "utf8").trimEnd().split("\n");
      expect(
        lines
          .slice(1)
          .map((line) => JSON.parse(line).point)
          .sort((a, b) => a - b),
      ).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    }
  });

  it("is refused, and left as it is, where it is damaged or holds something else", async () => {
    const { job } = await uninterrupted;
    const whole = readFileSync(resultsOf(job), "utf8");
    const lines = whole.split("\n");
    const cases: [string, string][] = [
      [lines.with(4, lines[4].slice(5)).join("\n"), ":5 is damaged"],
      [lines.with(2, '{"point":1,"parameters":{}}').join("\n"), ":3 is damaged"],
      ["notes of mine", "holds no results of a search"],
      ['{"format":"downhill-sweep","version":1,"identity":"0"}\n', "results of another search"],
    ];
    for (const [text, message] of cases) {
      const copy = writeSweepJob(newFolder());
      writeFileSync(resultsOf(copy), text);
      const { code, stderr } = await downhill(["sweep", copy]);
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(message) });
      expect(readFileSync(resultsOf(copy), "utf8")).toBe(text);
    }
  });

  it("belongs to one training and its data", async () => {
    const { job } = await uninterrupted;
    const others = [
      writeSweepJob(newFolder(), SEARCH, { fit: { epochs: 4 } }),
      writeSweepJob(newFolder(), { ...SEARCH, seed: 6 }),
      writeSweepJob(newFolder()),
    ];
    writeFileSync(join(others[2], "..", "points.csv"), pointsCsv().replace(/\d(?=,near)/, "5"));
    for (const other of others) {
      const { code, stderr } = await downhill(["sweep", other, "--results", resultsOf(job)]);
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("results of another search") });
    }
  });

  it("that cannot be written ends the sweep", async () => {
    const job = writeSweepJob(newFolder());
    const { code, stderr } = await downhill(["sweep", job, "--results", join(root, "missing", "results.jsonl")]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("cannot be used for results") });
  });
});

describe("two sweeps at once", () => {
  it("are not both let into the same results", async () => {
    const job = writeSweepJob(newFolder());
    const both = await Promise.all([downhill(["sweep", job, "--json"]), downhill(["sweep", job, "--json"])]);
    const [done, refused] = both.toSorted((a, b) => a.code - b.code);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toContain(
      `${resultsOf(job)} is in use by another sweep (process ${process.pid}); --results names another file`,
    );
    expect({ code: done.code, trained: trainedBy(done.stderr) }).toEqual({ code: 0, trained: 20 });
    expect(readFileSync(resultsOf(job), "utf8").trimEnd().split("\n")).toHaveLength(21);
    expect(existsSync(`${resultsOf(job)}.lock`)).toBe(false);
  });

  it("are kept apart no longer than one of them has the results", async () => {
    const job = writeSweepJob(newFolder());
    writeFileSync(resultsOf(job), "notes of mine");
    const { stderr } = await downhill(["sweep", job]);
    expect(stderr).toContain("holds no results of a search");
    expect(existsSync(`${resultsOf(job)}.lock`)).toBe(false);
  });
});

describe("a job of downhill train", () => {
  const files = { out: "o.json", report: "o.html", tensorboard: "events", checkpoint: "o.checkpoint" };
  const search = { parameters: { "fit.batchSize": [8, 4] } };

  it("is searched, and its out is where the best network goes", async () => {
    const folder = newFolder();
    const job = writeSweepJob(folder, search, files);
    const { code, stderr } = await downhill(["sweep", job]);
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining("once more for") });
    expect((await Network.load(join(folder, "o.json"))).layers[0]).toBe(2);
    for (const name of ["o.html", "events", "o.checkpoint"]) expect(existsSync(join(folder, name)), name).toBe(false);
  });

  it("gives way to --out", async () => {
    const folder = newFolder();
    const job = writeSweepJob(folder, search, files);
    expect((await downhill(["sweep", job, "--out", join(folder, "other.json")])).code).toBe(0);
    expect(["o.json", "other.json"].map((name) => existsSync(join(folder, name)))).toEqual([false, true]);
  });

  it("is trained with a sweep in it as without", async () => {
    const folder = newFolder();
    const { code, stdout } = await downhill(["train", writeSweepJob(folder, search, { out: "o.json" }), "--quiet"]);
    expect({ code, stdout }).toMatchObject({ code: 0 });
    expect(existsSync(join(folder, "o.json"))).toBe(true);
  });

  it.each(["[1]", "3", "null", "all"])("is refused with a sweep that is %s", async (sweep) => {
    const path = join(root, `no mapping ${folders++}.yaml`);
    writeFileSync(path, `data: digits\nsweep: ${sweep}\n`);
    const { code, stderr } = await downhill(["train", path]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(`${path}:2:1: sweep is `) });
    expect(stderr).toContain("expected a mapping");
  });
});

describe("what cannot come to anything", () => {
  it("is refused before anything is trained: accuracy of data without classes", async () => {
    const folder = newFolder();
    writeSweepJob(folder);
    const job = join(folder, "numbers.yaml");
    const sweep = "sweep:\n  monitor: accuracy\n  parameters: { fit.batchSize: [4, 8] }\n";
    writeFileSync(job, `data: { csv: points.csv, target: y, exclude: [kind] }\n${sweep}`);
    const { code, stdout, stderr } = await downhill(["sweep", job]);
    const message = `${job}:3:3: sweep.monitor is accuracy, expected validation loss, as the validation data has no classes`;
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: "", stderr: expect.stringContaining(message) });
    expect(trainedBy(stderr)).toBe(0);
  });

  it("is refused before anything is trained: a network in a folder that is not there", async () => {
    const folder = newFolder();
    const out = join(folder, "missing", "best.json");
    const search = { parameters: { "fit.batchSize": [4, 8] } };
    for (const given of [["--out", out], []]) {
      const job = writeSweepJob(folder, search, given.length === 0 ? { out } : {});
      const { code, stdout, stderr } = await downhill(["sweep", job, ...given]);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toContain(`${out} cannot be written: `);
      expect(trainedBy(stderr)).toBe(0);
      expect(existsSync(resultsOf(job))).toBe(false);
    }
  });
});

describe("points that fail", () => {
  const diverging = { parameters: { "fit.learningRate": [1e30, 0.01, 1e35] } };

  it("are ranked last, with the reason", async () => {
    const job = writeSweepJob(newFolder(), diverging, { fit: { epochs: 2, optimizer: "sgd" } });
    const { code, stdout, stderr } = await downhill(["sweep", job]);
    expect(code).toBe(0);
    expect(stderr).toContain("learningRate 1e+30: failed: ");
    const [head, ...rows] = stdout.trimEnd().split("\n");
    expect(head).toMatch(/failed$/);
    expect(rows.map((row) => row.trim().split(/ +/)[1])).toEqual(["2", "1", "3"]);
    expect(rows[1]).toContain("not finite");
    const again = await downhill(["sweep", job]);
    expect(again.stdout).toBe(stdout);
  });

  it("are a failure where all of them fail", async () => {
    const sweep = { parameters: { "fit.learningRate": [1e30] } };
    const job = writeSweepJob(newFolder(), sweep, { fit: { epochs: 2, optimizer: "sgd" } });
    const { code, stderr } = await downhill(["sweep", job]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("no point could be trained: ") });
  });
});

describe("a job file with a mistake", () => {
  it.each([
    ["{ data: digits }", "1:1: the job has no sweep"],
    ["data: digits\nsweep: {}", "2:1: sweep has no parameters"],
    ["data: digits\nsweep:\n  parameters: {}", "3:3: sweep.parameters are none"],
    ["data: digits\nsweep:\n  parameters:\n    data: [1]", "4:5: sweep.parameters.data is no hyperparameter"],
    [
      "data: digits\nsweep:\n  parameters:\n    fit.learnRate: [1]",
      "4:5: sweep.parameters.fit.learnRate cannot be 1: fit has no",
    ],
    [
      "data: digits\nsweep:\n  parameters:\n    fit.batchSize: [8, 0]",
      "4:5: sweep.parameters.fit.batchSize cannot be 0: fit.batchSize is 0",
    ],
    [
      "data: digits\nsweep:\n  parameters:\n    fit.batchSize: { min: 1, max: 9 }",
      "is a range, from which only method: random draws",
    ],
    [
      "data: digits\nsweep:\n  method: random\n  parameters:\n    fit.dropout: { min: 0, max: 0.5, scale: log }",
      "5:20: sweep.parameters.fit.dropout.min is 0, expected a number above 0",
    ],
    [
      "data: digits\nsweep:\n  method: random\n  parameters:\n    fit.dropout: { min: 0.4, max: 0.2 }",
      "max is 0.2, expected a number above 0.4",
    ],
    ["data: digits\nsweep:\n  points: 3\n  parameters:\n    fit.dropout: [0]", "3:3: sweep.points belongs to random"],
    ["data: digits\nsweep:\n  parameters:\n    fit.dropout: []", "has no values"],
    [
      "data: digits\nsweep:\n  monitor: f1\n  parameters:\n    fit.dropout: [0]",
      "expected one of validation loss, accuracy",
    ],
  ])("is refused with its place (%#)", async (text, message) => {
    const path = join(root, `mistake ${folders++}.yaml`);
    writeFileSync(path, text);
    const { code, stderr } = await downhill(["sweep", path]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
    expect(stderr).toContain(path);
  });
});
