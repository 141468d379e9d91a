import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createContext, runInContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { Dataset, Network, type Values, type Vector } from "../../src/index.ts";
import { expectSameBits } from "../support/bits.ts";
import { runCommand } from "../support/child.ts";
import { numbersOf } from "../support/choices.ts";
import { expectClose } from "../support/closeness.ts";
import { expectRejected, expectThrown } from "../support/errors.ts";
import { fc } from "../support/fast_check.ts";
import { temporaryFolder } from "../support/folder.ts";
import { savedNetworks } from "../support/saved_networks.ts";

/** What a module of `toFunction` exports. */
interface Standalone {
  readonly default: (input: Vector) => Values;
  readonly classNames?: readonly string[];
}

const folder = temporaryFolder();

function imported(source: string): Promise<Standalone> {
  return import(/* @vite-ignore */ `data:text/javascript;base64,${Buffer.from(source).toString("base64")}`);
}

/** The same in a context of its own with no names but those of the language and of `globals`. */
function inEmptyContext(source: string, globals: object): Standalone["default"] {
  const script = source.replace("export default function", "function").replace("export const", "const");
  return runInContext(`${script}\npredict;`, createContext({ ...globals }));
}

/** Numbers that float32 holds, some of them large, small or zero. */
const vector = (length: number) =>
  fc.array(fc.oneof(fc.float({ min: -4, max: 4, noNaN: true }), fc.constantFrom(0, -0, 100, -100, 2 ** -149)), {
    minLength: length,
    maxLength: length,
  });
const cases = savedNetworks.chain((saved) => vector(saved.inputs).map((input) => ({ saved, input })));

describe("a standalone function", () => {
  it("gives the bits of predict under the reproducible arithmetic", async () => {
    const property = fc.asyncProperty(cases, async ({ saved, input }) => {
      const network = Network.fromJSON({ ...saved, arithmetic: "reproducible" });
      const { default: predict, classNames } = await imported(network.toFunction());
      expectSameBits(predict(input), network.predict(input), "output");
      expect(predict(input).constructor).toBe(network.predict(input).constructor);
      expect(classNames).toEqual(network.classNames);
    });
    await fc.assert(property, { seed: 11, numRuns: 200 });
  });

  it("gives them for rows of every length around the virtual vector, and for layers of many units", async () => {
    for (const dtype of ["float32", "float64"] as const) {
      for (const inputs of [1, 2, 3, 4, 5, 7, 8, 9, 14, 15, 16, 17, 31, 32, 33, 130]) {
        const options = { dtype, arithmetic: "reproducible", seed: inputs, outputActivation: "softmax" } as const;
        const network = new Network([inputs, 40, 33, 19], { ...options, activation: "tanh" });
        const { default: predict } = await imported(network.toFunction());
        const input = numbersOf(inputs, inputs);
        expectSameBits(predict(input), network.predict(input), `${inputs} inputs in ${dtype}`);
      }
    }
  });

  it("is as near to predict under the fast arithmetic as rounding allows", async () => {
    for (const dtype of ["float32", "float64"] as const) {
      for (const activation of ["sigmoid", "tanh", "relu", "leakyRelu"] as const) {
        const options = { dtype, activation, outputActivation: "softmax", seed: 3, arithmetic: "fast" } as const;
        const network = new Network([30, 20, 10], options);
        const { default: predict } = await imported(network.toFunction());
        const input = numbersOf(5, 30);
        expectClose(predict(input), network.predict(input), dtype, activation);
      }
    }
  });

  it("knows no names but those of the language and atob", () => {
    const network = new Network([4, 5, 2], { seed: 1, arithmetic: "reproducible", activation: "tanh" });
    const predict = inEmptyContext(network.toFunction(), { atob });
    expect(Array.from(predict([1, 2, 3, 4]))).toEqual(Array.from(network.predict([1, 2, 3, 4])));
    expect(() => inEmptyContext(network.toFunction(), {})).toThrow("atob is not defined");
  });

  it("is a module that imports nothing, in strict mode", async () => {
    const network = new Network([2, 3, 1], { seed: 1, arithmetic: "reproducible" });
    const program = `
      import vm from "node:vm";
      const source = Buffer.from("${Buffer.from(network.toFunction()).toString("base64")}", "base64").toString();
      const module = new vm.SourceTextModule(source, { context: vm.createContext({ atob }) });
      await module.link((name) => { throw new Error("imports " + name); });
      await module.evaluate();
      console.log(JSON.stringify([module.dependencySpecifiers, Array.from(module.namespace.default([1, 2]))]));`;
    const { stdout, code } = await runCommand([
      ...([process.execPath, "--experimental-vm-modules", "--no-warnings"] as const),
      ...["--input-type=module", "--eval", program],
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual([[], Array.from(network.predict([1, 2]))]);
  });

  it("normalizes raw inputs, and knows the classes", async () => {
    const inputs = [
      [1e3, -2],
      [3e3, 5],
      [2e3, 1],
    ];
    const data = Dataset.from({ inputs, labels: [0, 1, 0] }).normalize();
    const network = new Network([2, 4, 2], { seed: 2, arithmetic: "reproducible" });
    await network.fit(data, { epochs: 1 });
    const named = Network.fromJSON({ ...network.toJSON(), classNames: ["</script>", "\u2028`$\\"] });
    const source = named.toFunction();
    expect(source).not.toContain("</script");
    const { default: predict, classNames } = await imported(source);
    expect(classNames).toEqual(named.classNames);
    expect(Object.isFrozen(classNames)).toBe(true);
    for (const input of inputs) expectSameBits(predict(input), network.predict(input), "output");
  });

  it("exports no names of classes where there are none", async () => {
    expect(Object.keys(await imported(new Network([1, 1]).toFunction()))).toEqual(["default"]);
  });

  it("takes any row of numbers, and refuses what predict refuses", async () => {
    const network = new Network([3, 2], { seed: 4, arithmetic: "reproducible" });
    const { default: predict } = await imported(network.toFunction());
    const expected = network.predict([1, 2, 3]);
    for (const input of [[1, 2, 3], Float64Array.of(1, 2, 3), Uint8Array.of(1, 2, 3)])
      expect(predict(input)).toEqual(expected);
    for (const input of [
      [1, 2],
      [1, 2, 3, 4],
      [1, 2, Number.NaN],
      [1, Infinity, 3],
      ["1", 2, 3],
      [1, undefined, 3],
      [1, 2, 1e39],
    ]) {
      expect(() => predict(input as number[]), String(input)).toThrow(RangeError);
      expect(() => network.predict(input as number[]), String(input)).toThrow();
    }
    expect(() => predict([1, 2])).toThrow("input has length 2, expected 3");
    expect(() => predict([1, null, 3] as number[])).toThrow("input[1] is null, expected a finite number");
  });

  it("keeps no trace of a call in the next, nor of what is done with its answers", async () => {
    const network = new Network([2, 3, 2], { seed: 4, arithmetic: "reproducible", outputActivation: "softmax" });
    const { default: predict } = await imported(network.toFunction());
    const first = predict([1, 2]);
    first.fill(7);
    predict([3, 4]);
    expectSameBits(predict([1, 2]), network.predict([1, 2]), "output");
  });

  it("is what files of JavaScript hold, which are only written", async () => {
    const network = new Network([2, 2], { seed: 4 });
    for (const name of ["model.mjs", "model.js"]) {
      const path = join(folder, name);
      await network.save(path);
      expect(await readFile(path, "utf8")).toBe(network.toFunction());
      await expectRejected(Network.load(path), "ERR_FORMAT", path, "only written");
    }
    expect(new TextDecoder().decode(await network.toBytes("javascript"))).toBe(network.toFunction());
    const module = (await import(/* @vite-ignore */ join(folder, "model.mjs"))) as Standalone;
    expectClose(module.default([1, 2]), network.predict([1, 2]), "float32");
  });

  it("is not written for weights that are not finite", () => {
    const network = new Network([1, 1], { outputActivation: "linear" });
    network.setWeights(0, [[1, 1]]);
    network.train([1e10], [-1e10], { learningRate: 1e30 });
    expectThrown(() => network.toFunction(), "ERR_DIVERGED");
  });
});
