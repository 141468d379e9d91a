import { chmodSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type Environment, type Outcome, runScript } from "../support/child.ts";
import { temporaryFolder } from "../support/folder.ts";
import { noNobody } from "../support/nobody.ts";
import { limiting, noLimits } from "../support/prlimit.ts";

const folder = temporaryFolder();

/** What scripts have in common. */
const COMMON = `
  import { execFileSync } from "node:child_process";
  import { createHash } from "node:crypto";
  import { readFileSync } from "node:fs";
  import { readFile } from "node:fs/promises";
  const { Dataset, Network } = downhill;
  const print = (value) => console.log(JSON.stringify(value));
  const digestOf = (network) => {
    const hash = createHash("sha256");
    for (let l = 0; l + 1 < network.layers.length; l++) hash.update(network.weights(l).data);
    return hash.digest("hex");
  };
  const inputs = Float32Array.from({ length: 512 * 16 }, (_, i) => (i % 97) / 97);
  const data = Dataset.from({ inputs, labels: Array.from({ length: 512 }, (_, i) => i % 4) });`;

function found({ stdout, stderr, code, signal }: Outcome): unknown {
  expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: "" });
  return JSON.parse(stdout);
}

describe("a training gives the same, and files are read beside it,", () => {
  /**
   * A training with a checkpoint in arrays of 90 MB, whose products are worth several threads.
   *
   * @param before - run before it
   */
  async function train(name: string, before = "", environment: Environment = {}): Promise<unknown> {
    const script = `${COMMON}
      const network = new Network([16, 2000, 2000, 4], { seed: 1 });
      ${before}
      let reads = 0;
      let isOver = false;
      const reading = (async () => {
        for (; !isOver; reads++) await readFile("package.json");
      })();
      const checkpoint = { path: ${JSON.stringify(join(folder, name))} };
      await network.fit(data, { epochs: 2, batchSize: 128, optimizer: "adam", threads: 4, checkpoint });
      isOver = true;
      await reading;
      print({ backend: network.backend, isReading: reads > 10, weights: digestOf(network) });`;
    return found(await runScript(script, environment));
  }

  let unlimited: unknown;
  beforeAll(async () => {
    unlimited = await train("unlimited");
    expect(unlimited).toMatchObject({ backend: "native", isReading: true });
  });

  it("with a heap smaller than its arrays, which lie elsewhere", async () => {
    expect(await train("heap", "", { NODE_OPTIONS: "--max-old-space-size=48" })).toEqual(unlimited);
  });

  it("with a single thread in libuv's pool", async () => {
    expect(await train("pool", "", { UV_THREADPOOL_SIZE: "1" })).toEqual(unlimited);
  });

  it("with a clock that jumps", async () => {
    const clock = "const now = Date.now(); let jump = 1e7; Date.now = () => { jump = -jump; return now + jump; };";
    expect(await train("clock", clock)).toEqual(unlimited);
  });

  it("where the system gives no more threads", async ({ skip }) => {
    if (noLimits ?? noNobody) return skip(noLimits ?? noNobody);
    chmodSync(folder, 0o777);
    // A file is read first, as libuv ends the process when it cannot start its pool. Limits do not bind a superuser. To
    // show that this one binds, a process cannot be started either.
    const limit = `
      await readFile("package.json");
      ${limiting("nproc", "1")}
      if (process.getuid() === 0) process.setuid(65534);
      let isLimited = false;
      try {
        execFileSync(process.execPath, ["--version"]);
      } catch ({ code }) {
        isLimited = code === "EAGAIN";
      }
      if (!isLimited) throw new Error("there may be more threads");`;
    expect(await train("threads", limit)).toEqual(unlimited);
  });
});

describe("without memory", () => {
  it("networks, data sets and trainings are refused, and what is there stays as it is", async ({ skip }) => {
    if (noLimits) return skip(noLimits);
    // What is asked for is twice as much as there is, and V8 gets along with the rest.
    const script = `${COMMON}
      const network = new Network([16, 4000, 4000, 4], { seed: 1 });
      const before = digestOf(network);
      const values = new Float32Array(7e7);
      const attempts = {
        network: () => new Network([16, 8200, 8200, 4], { seed: 1 }),
        data: () => Dataset.from({ inputs: values, labels: [0, 1] }),
        fit: () => network.fit(data, { epochs: 1, batchSize: 4, optimizer: "adam" }),
        gradientCheck: () => network.checkGradients(inputs.subarray(0, 16), [0, 1, 0, 0]),
      };
      for (let i = 0; i < 4; i++) {
        gc();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      const size = 1024 * Number(/VmSize:\\s+(\\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1]);
      ${limiting("as", "size + 140_000_000")}
      const failures = {};
      for (const [name, attempt] of Object.entries(attempts)) {
        try {
          await attempt();
        } catch ({ name: kind, code, message, cause }) {
          failures[name] = { kind, code, message: message.replace(/\\d+$/, "N"), cause: cause.name };
        }
      }
      ${limiting("as", '"unlimited"')}
      const isSame = digestOf(network) === before;
      await network.fit(data, { epochs: 1, batchSize: 128, optimizer: "adam" });
      print({ ...failures, isSame, isTrained: digestOf(network) !== before });`;
    const refused = {
      kind: "DownhillError",
      code: "ERR_SHAPE",
      message: "there is no memory for a Float32Array of length N",
      cause: "RangeError",
    };
    expect(found(await runScript(script, { NODE_OPTIONS: "--expose-gc" }))).toEqual({
      network: refused,
      data: refused,
      fit: refused,
      gradientCheck: { ...refused, message: "there is no memory for a Float64Array of length N" },
      isSame: true,
      isTrained: true,
    });
  });
});
