import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runScript } from "../support/child.ts";
import { temporaryFolder } from "../support/folder.ts";
import { PATIENCE } from "../support/patience.ts";

/** A process whose fit would take for ever, and what ends it once training is under way. */
function endingWith(ending: string): string {
  return `
    import { setFlagsFromString } from "node:v8";
    import { runInNewContext } from "node:vm";
    const { Dataset, Network } = downhill;
    const network = new Network([64, 256, 10], { seed: 1 });
    const inputs = Float32Array.from({ length: 5000 * 64 }, (_, i) => (i % 97) / 97);
    const labels = Array.from({ length: 5000 }, (_, i) => i % 10);
    const data = Dataset.from({ inputs, labels });
    const collect = () => {
      setFlagsFromString("--expose-gc");
      runInNewContext("gc")();
    };
    const fit = (options) => network.fit(data, { epochs: 1_000_000_000, ...options });
    const whenTraining = (action) => fit({ onProgress: action }).catch(() => {});
    console.log(network.backend);
    ${ending}`;
}

const folder = temporaryFolder();

/** Windows ends a process whatever its handlers are. */
const hasSignals = process.platform !== "win32";

const fine = { signal: null, stdout: "native\n", stderr: "" };

describe("a process in mid-fit", { timeout: 120_000 * PATIENCE }, () => {
  it("exits with the code that it is told", async () => {
    expect(await runScript(endingWith("whenTraining(() => process.exit(7));"))).toEqual({ ...fine, code: 7 });
  });

  it("exits from a timer, while a chunk runs", async () => {
    expect(await runScript(endingWith("fit({}); setTimeout(() => process.exit(3), 130);"))).toEqual({
      ...fine,
      code: 3,
    });
  });

  it("exits with 1 when something is thrown", async () => {
    const ending = `fit({}); setTimeout(() => { throw new Error("elsewhere"); }, 130);`;
    const { code, signal, stderr } = await runScript(endingWith(ending));
    expect({ code, signal }).toEqual({ code: 1, signal: null });
    expect(stderr).toContain("Error: elsewhere");
  });

  it("exits with 1 when a callback throws what nobody catches, at the end of the chunk", async () => {
    const ending = `fit({ onProgress: () => { throw new Error("from a callback"); } });`;
    const { code, signal, stdout, stderr } = await runScript(endingWith(ending));
    expect({ code, signal, stdout }).toEqual({ code: 1, signal: null, stdout: "native\n" });
    expect(stderr).toContain("Error: from a callback");
  });

  it.runIf(hasSignals).each(["SIGTERM", "SIGINT", "SIGHUP"])("ends at once with %s", async (signal) => {
    const ending = `fit({}); setTimeout(() => process.kill(process.pid, "${signal}"), 130);`;
    expect(await runScript(endingWith(ending))).toEqual({ ...fine, code: null, signal });
  });

  it.runIf(hasSignals).each(["SIGTERM", "SIGINT"])(
    "may turn %s into an abort, and leaves its checkpoint",
    async (signal) => {
      const path = join(folder, signal);
      const ending = `
      const controller = new AbortController();
      process.once("${signal}", (name) => controller.abort(name));
      const checkpoint = { path: ${JSON.stringify(path)} };
      let saved;
      const onEpoch = ({ epoch }) => {
        saved = { epoch, weights: network.weights(0).data };
        if (epoch === 2) setTimeout(() => process.kill(process.pid, "${signal}"), 20);
      };
      console.log(await fit({ checkpoint, onEpoch, signal: controller.signal }).catch((reason) => reason));
      const resumed = network.clone();
      const { epochs } = await resumed.fit(data, { epochs: saved.epoch, resumeFrom: checkpoint.path });
      const isSame = (weights) => weights.every((value, i) => value === saved.weights[i]);
      console.log(epochs.length >= 2, isSame(network.weights(0).data), isSame(resumed.weights(0).data));`;
      expect(await runScript(endingWith(ending))).toEqual({
        ...fine,
        code: 0,
        stdout: `native\n${signal}\ntrue true true\n`,
      });
    },
  );

  it("has its beforeExit when the fit is over, and may go on with another one", async () => {
    const ending = `
      let ended = 0;
      process.on("beforeExit", () => {
        console.log("over", ended);
        if (ended < 2) network.fit(data, { epochs: 1 }).then(() => ended++);
      });
      network.fit(data, { epochs: 1 }).then(() => ended++);`;
    expect(await runScript(endingWith(ending))).toEqual({ ...fine, code: 0, stdout: "native\nover 1\nover 2\n" });
  });

  it("exits with several fits and evaluations under way", async () => {
    const ending = `
      for (let i = 0; i < 6; i++) network.clone().fit(data, { epochs: 1_000_000_000 });
      for (let i = 0; i < 6; i++) network.evaluate(data).then(() => {});
      setTimeout(() => process.exit(0), 130);`;
    expect(await runScript(endingWith(ending))).toEqual({ ...fine, code: 0 });
  });

  it("exits by itself when the fit has been aborted, as nothing keeps it", async () => {
    const ending = `
      const controller = new AbortController();
      fit({ signal: controller.signal, onProgress: () => controller.abort() }).catch(({ name }) => console.log(name));`;
    expect(await runScript(endingWith(ending))).toEqual({ ...fine, code: 0, stdout: "native\nAbortError\n" });
  });

  it.each([
    ["plain", {}],
    ["adam", { batchSize: 32, optimizer: "adam", dropout: 0.2, classWeights: "balanced", validation: 0.1 }],
  ])("finishes the fit of a network that nobody holds any more: %s", async (_, options) => {
    const ending = `
      const options = { epochs: 4, shuffle: false, ...${JSON.stringify(options)} };
      let dropped = new Network([64, 256, 10], { seed: 1 });
      const kept = dropped.clone();
      const promise = dropped.fit(Dataset.from({ inputs: inputs.slice(), labels }), options);
      dropped = undefined;
      const timer = setInterval(collect, 5);
      const { epochs } = await promise;
      clearInterval(timer);
      const expected = await kept.fit(data, options);
      console.log(epochs.length, epochs.every(({ loss }, i) => loss === expected.epochs[i].loss));`;
    expect(await runScript(endingWith(ending))).toEqual({ ...fine, code: 0, stdout: "native\n4 true\n" });
  });
});
