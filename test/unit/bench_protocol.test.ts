import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { Absent, type Prepare, repeatFor, type SampleResult, serve, Unsupported } from "../../bench/peers/protocol.ts";
import { ContenderProcess } from "../../bench/workloads/contender_process.ts";
import { Entrant } from "../../bench/workloads/entrant.ts";

const WORKLOAD = {
  name: "W1",
  kind: "online",
  layers: [2, 3, 3, 2],
  batchSize: 1,
  samples: 4,
  learningRate: 0.1,
  checkSamples: 2,
} as const;
const VARIANT = { id: "only", how: "the only way", threads: 1 };
const PREPARE = { command: "prepare", workload: WORKLOAD, variant: VARIANT, folder: "nowhere" };

/** What `serve` answers to some lines. */
async function conversation(prepare: Prepare, lines: readonly unknown[]): Promise<unknown[]> {
  const input = new PassThrough();
  const output = new PassThrough();
  const answers = text(output);
  input.end(lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join(""));
  await serve(prepare, { input, output });
  output.end();
  return (await answers)
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

describe("serve", () => {
  const ready = { name: "fake", version: "1.2.3", how: "by heart", lossBefore: 2, lossAfter: 1 };
  const sample = (seconds: number): SampleResult => ({ units: 7, seconds });

  it("answers one message with one, in their order, until the end", async () => {
    const asked: unknown[] = [];
    const prepare: Prepare = (request) => {
      asked.push(request);
      return { ready, sample };
    };
    const answers = await conversation(prepare, [
      PREPARE,
      "",
      { command: "sample", seconds: 0.25 },
      { command: "memory" },
      { command: "end" },
      { command: "sample", seconds: 1 },
    ]);
    expect(asked).toEqual([PREPARE]);
    expect(answers).toEqual([
      { reply: "ready", ...ready },
      { reply: "sample", units: 7, seconds: 0.25 },
      { reply: "memory", peakBytes: expect.any(Number) },
    ]);
    expect((answers[2] as { peakBytes: number }).peakBytes).toBeGreaterThan(1e6);
  });

  it.each([
    [new Absent("not installed"), { reply: "absent", why: "not installed" }],
    [new Unsupported("too large"), { reply: "unsupported", why: "too large" }],
    [new Error("broken"), { reply: "failed", why: "broken" }],
  ])("says why it takes no part: %s", async (error, reply) => {
    const prepare: Prepare = () => {
      throw error;
    };
    expect(await conversation(prepare, [PREPARE])).toEqual([reply]);
  });

  it("fails a sample that comes before prepare, or that goes wrong, and goes on", async () => {
    let calls = 0;
    const flaky = () => {
      calls++;
      if (calls === 1) throw new Error("once");
      return sample(1);
    };
    const ask = { command: "sample", seconds: 1 };
    expect(await conversation(() => ({ ready, sample: flaky }), [ask, PREPARE, ask, ask])).toMatchObject([
      { reply: "failed", why: "asked for a sample before prepare" },
      { reply: "ready" },
      { reply: "failed", why: "once" },
      { reply: "sample", units: 7 },
    ]);
  });
});

describe("repeatFor", () => {
  it("does at least one piece of work and counts its units", async () => {
    expect((await repeatFor(0, () => 5)).units).toBe(5);
    expect((await repeatFor(0, async () => 6)).units).toBe(6);
  });

  it("goes on until the time is over", async () => {
    const { units, seconds } = await repeatFor(0.01, () => 1);
    expect(units).toBeGreaterThan(1);
    expect(seconds).toBeGreaterThanOrEqual(0.01);
  });
});

describe("a contender's process", () => {
  const processes: { end(): Promise<void> }[] = [];
  afterEach(async () => {
    await Promise.all(processes.splice(0).map((each) => each.end()));
  });

  /** Runs a program that gets `line`, a message, and `say`, which answers. */
  function commandOf(program: string) {
    const source = `
      const say = (reply) => console.log(JSON.stringify(reply));
      require("node:readline").createInterface({ input: process.stdin }).on("line", (text) => {
        const line = JSON.parse(text);
        if (line.command === "end") process.exit();
        ${program}
      });`;
    return { file: process.execPath, args: ["-e", source], env: { GREETING: "hello" } };
  }
  function start(program: string): ContenderProcess {
    const started = new ContenderProcess("fake", commandOf(program));
    processes.push(started);
    return started;
  }
  const SAMPLE = { command: "sample", seconds: 0.1 } as const;

  it("is asked and answers, whatever else it prints", async () => {
    const contender = start(`
      console.log("a greeting {");
      console.log('{"not":"a reply"}');
      say({ reply: "sample", units: line.seconds * 10, seconds: process.env.GREETING.length });`);
    expect(await contender.ask(SAMPLE, 30)).toEqual({ reply: "sample", units: 1, seconds: 5 });
    expect(await contender.ask(SAMPLE, 30)).toEqual({ reply: "sample", units: 1, seconds: 5 });
    expect(await contender.peakMemory(30)).toBeGreaterThan(1e6);
  });

  it("reports its end with what it said last, then and later", async () => {
    const contender = start(`console.error("Error: no such thing"); process.exitCode = 3; process.stdin.destroy();`);
    const why = "fake: ended with code 3, saying: Error: no such thing";
    await expect(contender.ask(SAMPLE, 30)).rejects.toThrow(why);
    await expect(contender.ask(SAMPLE, 30)).rejects.toThrow(why);
  });

  it("kills a process that does not answer", async () => {
    const contender = start("");
    await expect(contender.ask(SAMPLE, 0.2)).rejects.toThrow("fake: no answer to sample within 0.2 s");
    await contender.end();
    await expect(contender.ask(SAMPLE, 30)).rejects.toThrow("fake: ");
  });

  it("reports a program that is not there", async () => {
    const contender = new ContenderProcess("fake", { file: "no-such-program-anywhere", args: [] });
    processes.push(contender);
    await expect(contender.ask(SAMPLE, 30)).rejects.toThrow(/fake: cannot be started: .*ENOENT/);
  });

  it.each([
    [`say({ reply: "absent", why: "not installed" })`, { outcome: "absent", why: "not installed" }],
    [`say({ reply: "sample", units: 1, seconds: 1 })`, { outcome: "failed", why: "answered sample to prepare" }],
    ["process.exit(4)", { outcome: "failed", why: "fake: ended with code 4" }],
  ])("that does %s takes no part", async (program, noStart) => {
    const entrant = new Entrant("fake", commandOf(program));
    processes.push(entrant);
    await entrant.prepare(WORKLOAD, VARIANT, "nowhere", 30);
    expect(entrant.ready).toBeUndefined();
    expect(entrant.noStart).toEqual(noStart);
  });

  it("hands over the workload and keeps what the contender says of itself", async () => {
    const entrant = new Entrant(
      "fake",
      commandOf(`say({ reply: "ready", name: line.workload.name, version: line.variant.id, how: line.folder })`),
    );
    processes.push(entrant);
    await entrant.prepare(WORKLOAD, VARIANT, "nowhere", 30);
    expect(entrant.ready).toMatchObject({ name: "W1", version: "only", how: "nowhere" });
    expect(entrant.noStart).toBeUndefined();
  });
});
