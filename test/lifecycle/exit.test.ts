import { describe, expect, it } from "vitest";
import { runScript } from "../support/child.ts";

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

const fine = { signal: null, stdout: "native\n", stderr: "" };

describe("a process in mid-fit", { timeout: 120_000 }, () => {
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
