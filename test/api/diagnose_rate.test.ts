import { describe, expect, it } from "vitest";
import { Dataset, Network, type NetworkOptions } from "../../src/index.ts";
import { Random } from "../../src/random.ts";
import { rejectionOf } from "../support/errors.ts";
import { fc } from "../support/fast_check.ts";
import { expectFinding, titles } from "../support/findings.ts";

/** Standard normal inputs, and targets that are made of them. */
function normalData(size: number, inputSize: number, target: (row: number[], random: Random) => number): Dataset {
  const random = new Random(1);
  const inputs = Array.from({ length: size }, () => Array.from({ length: inputSize }, () => random.normal()));
  return Dataset.from({ inputs, targets: inputs.map((row) => [target(row, random)]) });
}

/** The rate that a message advises. */
function advisedBy(message: string): number {
  return Number(/try about ([^,]+)/.exec(message)?.[1]);
}

describe("online steps that overshoot", () => {
  const data = normalData(300, 784, ([first, second]) => Math.sin(first + second));

  it("are found, and the advised rate trains", async () => {
    for (const sizes of [
      [784, 1],
      [784, 64, 1],
    ]) {
      const network = new Network(sizes, { activation: "relu", outputActivation: "linear", seed: 1 });
      const { findings } = network.diagnose(data);
      expectFinding(
        findings,
        "learningRateTooLarge",
        "a learningRate of 0.01 and a batchSize of 1",
        "larger batchSize",
      );
      expect(await rejectionOf(network.fit(data, { epochs: 10 }))).toMatchObject({ code: "ERR_DIVERGED" });
      const fresh = new Network(sizes, { activation: "relu", outputActivation: "linear", seed: 1 });
      const learningRate = advisedBy(findings[0].message);
      const before = await fresh.evaluate(data);
      await fresh.fit(data, { epochs: 5, learningRate });
      expect((await fresh.evaluate(data)).loss).toBeLessThan(before.loss / 2);
      expect(network.diagnose(data, { learningRate }).findings).toEqual([]);
    }
  });

  it("are no matter where a few of them mend it", async () => {
    const options = { activation: "relu", initializer: "heNormal", outputActivation: "linear", seed: 5 } as const;
    const network = new Network([8, ...new Array<number>(9).fill(64), 4], options);
    const random = new Random(2);
    const inputs = Array.from({ length: 50 }, () => Array.from({ length: 8 }, () => 2 * random.uniform() - 1));
    const targets = inputs.map((row) => [0, 1, 2, 3].map((k) => 0.5 + 0.4 * Math.sin(row[k] + row[k + 4])));
    const wide = Dataset.from({ inputs, targets });
    expect(network.diagnose(wide).findings).toEqual([]);
    const { loss } = await network.evaluate(wide);
    await network.fit(wide, { epochs: 3, seed: 1 });
    expect((await network.evaluate(wide)).loss).toBeLessThan(loss);
  });

  it("leave the network as it was", () => {
    const network = new Network([784, 1], { outputActivation: "linear", seed: 1 });
    const before = network.weights(0);
    expect(network.diagnose(data)).toEqual(network.diagnose(data));
    expect(network.weights(0)).toEqual(before);
  });
});

describe("a learning rate that seems too small", () => {
  it("is no matter where outputs are as good as the mean of rare targets", () => {
    const share = 1 / 4000;
    let count = 0;
    const rare = normalData(4000, 4, () => Number(count++ === 1000));
    const logOdds = Math.log(share / (1 - share));
    const cases: [NetworkOptions, bias: number, learningRate: number][] = [
      [{ loss: "binaryCrossEntropy" }, logOdds, 0.01],
      [{}, logOdds, 0.01],
      [{ outputActivation: "linear" }, share, 1e-5],
    ];
    for (const [options, bias, learningRate] of cases) {
      const network = new Network([4, 8, 1], { ...options, seed: 1 });
      // Hardly anything depends on the inputs.
      const { data, ...shape } = network.weights(1);
      const weights = data.map((_, i) => (i === data.length - 1 ? bias : 0.02 * (i % 2 === 0 ? 1 : -1)));
      network.setWeights(1, { ...shape, data: weights });
      expect(network.diagnose(rare, { learningRate }).findings).toEqual([]);
    }
  });

  it("is told otherwise, and nothing beyond 1 or ten times the present rate is advised", () => {
    const learnable = normalData(200, 4, ([first, second]) => Number(first * second > 0));
    let advised = 0;
    fc.assert(
      fc.property(fc.nat({ max: 1000 }), fc.double({ min: -9, max: 2, noNaN: true }), (seed, exponent) => {
        const learningRate = 10 ** exponent;
        // Weights so large that a step is next to nothing beside them, but for a gentle slope.
        const gentle = { type: "sigmoid", slope: 1e-5 } as const;
        const initializer = { type: "normal", standardDeviation: 100 } as const;
        const options = { activation: "linear", outputActivation: gentle, initializer, seed } as const;
        const { findings } = new Network([4, 8, 1], options).diagnose(learnable, { learningRate });
        for (const { code, message } of findings) {
          if (code !== "learningRateTooSmall") continue;
          advised++;
          expect(advisedBy(message)).toBeLessThanOrEqual(Math.max(1, 10 * learningRate) * 1.5);
        }
      }),
    );
    // Else the property says nothing.
    expect(advised).toBeGreaterThan(0);
    for (const loss of ["binaryCrossEntropy", "squaredError"] as const) {
      const network = new Network([4, 8, 1], { loss, seed: 1 });
      expect(titles(network.diagnose(learnable, { learningRate: 1e-7 }).findings)).toEqual(["learningRateTooSmall"]);
    }
  });
});
