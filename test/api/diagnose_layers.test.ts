import { describe, expect, it } from "vitest";
import { Dataset, Network, type NetworkOptions } from "../../src/index.ts";
import { Random } from "../../src/random.ts";
import { expectFinding, titles } from "../support/findings.ts";
import { smoothData, smoothRows } from "../support/samples.ts";

/** So many hidden layers of so many units. */
const deep = (hidden: number, units: number): number[] => [8, ...new Array<number>(hidden).fill(units), 4];

const FROM_0_TO_1 = { type: "uniform", min: 0, max: 1 } as const;

describe("saturated units", () => {
  it("are found in the tutorial's network, with its remedies", () => {
    const network = new Network([2, 1000, 1000, 2], { initializer: FROM_0_TO_1, seed: 1 });
    const { layers, findings } = network.diagnose(Dataset.from({ inputs: [[0.2, 0.3]], targets: [[0.3, 0.67]] }));
    expect(titles(findings)).toEqual(["saturated 1", "saturated 2"]);
    expect(findings[0].message).toBe(
      "layer 1: 100 % of units are saturated, every gradient is 0: weights are drawn from [0, 1); draw them with " +
        "glorotUniform, give the sigmoid a slope of about 0.01, or use leakyRelu",
    );
    expect(layers.map(({ saturation }) => saturation)).toEqual([0, 1, 1]);
    expect(layers.map(({ zeroGradients }) => zeroGradients)).toEqual([1, 1, 1]);
  });

  it("are not found once each of the remedies is taken", () => {
    const data = Dataset.from({ inputs: [[0.2, 0.3]], targets: [[0.3, 0.67]] });
    const remedied = (options: NetworkOptions) =>
      new Network([2, 1000, 1000, 2], { seed: 1, ...options }).diagnose(data);
    expect(remedied({ initializer: "glorotUniform" }).findings).toEqual([]);
    const gentle = { type: "sigmoid", slope: 0.01, derivative: "unscaled" } as const;
    const slopes = { initializer: FROM_0_TO_1, activation: gentle, outputActivation: gentle };
    expect(remedied(slopes).findings).toEqual([]);
  });

  it("are found without targets, in hidden layers alone", () => {
    const network = new Network([2, 200, 200, 2], { initializer: FROM_0_TO_1, seed: 1 });
    const { findings } = network.diagnose([
      [0.2, 0.3],
      [0.5, 0.1],
    ]);
    expectFinding(findings, "saturated 1", "100 % of units are saturated: weights are drawn from [0, 1)");
  });

  it("are found with tanh, which has no slope", () => {
    const initializer = { type: "normal", standardDeviation: 20 } as const;
    const network = new Network([4, 50, 1], { activation: "tanh", outputActivation: "linear", initializer, seed: 2 });
    const { findings } = network.diagnose(smoothData(40, 4, 1));
    expectFinding(
      findings,
      "saturated 0",
      "drawn with mean 0 and standard deviation 20; draw them with glorotUniform, or",
    );
  });

  it("are told by their weights where these have grown, or by what they are given", () => {
    const network = new Network([2, 30, 30, 1], { activation: "tanh", outputActivation: "linear", seed: 3 });
    const grown = network.weights(1);
    network.setWeights(1, { ...grown, data: grown.data.map((weight) => 100 * weight) });
    expectFinding(
      network.diagnose(smoothData(40, 2, 1)).findings,
      "saturated 1",
      "100 times as large as glorotUniform",
    );
    const given = new Network([2, { units: 30, activation: "linear" }, 30, 1], { outputActivation: "linear", seed: 3 });
    const weights = given.weights(0);
    given.setWeights(0, { ...weights, data: weights.data.map((weight) => 1000 * weight) });
    expectFinding(given.diagnose(smoothData(40, 2, 1)).findings, "saturated 1", "what it is given is large");
  });

  it("are told by the weights as they are, not as they were drawn", () => {
    const initializer = { type: "uniform", min: -0.1, max: 0.1 } as const;
    const options = { activation: "tanh", outputActivation: "linear", initializer, seed: 3 } as const;
    const network = new Network([4, 30, 1], options);
    const drawn = network.weights(0);
    network.setWeights(0, { ...drawn, data: drawn.data.map((weight) => 1500 * weight) });
    const { findings } = network.diagnose(smoothData(40, 4, 1));
    expectFinding(findings, "saturated 0", "times as large as glorotUniform draws them; draw them with glorotUniform");
    expect(findings[0].message).not.toContain("drawn from");
    const given = new Network([2, { units: 30, activation: "linear" }, 30, 1], options);
    const below = given.weights(0);
    given.setWeights(0, { ...below, data: below.data.map((weight) => 10_000 * weight) });
    expectFinding(given.diagnose(smoothData(40, 2, 1)).findings, "saturated 1", "what it is given is large");
  });

  it("may come of small weights of one sign, which add up", () => {
    const initializer = { type: "uniform", min: 0, max: 0.08 } as const;
    const network = new Network([2, { units: 1000, activation: "linear" }, 200, 1], { initializer, seed: 3 });
    const ones = { rows: 1000, columns: 3, data: new Float32Array(3000).fill(0.4) };
    network.setWeights(0, ones);
    expectFinding(network.diagnose([[1, 1]]).findings, "saturated 1", "weights are drawn from [0, 0.08)");
  });

  it("are no matter where outputs are right, or the loss has gradients there", () => {
    const certain = (targets: number[][], loss: "squaredError" | "binaryCrossEntropy") => {
      const network = new Network([1, 1], { loss });
      network.setWeights(0, [[30, 0]]);
      const { layers, findings } = network.diagnose(Dataset.from({ inputs: [[1], [-1], [2]], targets }));
      expect(layers[0].saturation).toBe(1);
      return titles(findings);
    };
    expect(certain([[1], [0], [1]], "squaredError")).toEqual([]);
    expect(certain([[0], [1], [0]], "squaredError")).toEqual(["saturated 0"]);
    expect(certain([[0], [1], [0]], "binaryCrossEntropy")).toEqual([]);
  });
});

describe("gradients", () => {
  it("vanish through ten layers of sigmoids", () => {
    const network = new Network(deep(9, 16), { seed: 5 });
    const { layers, findings } = network.diagnose(smoothData(50, 8, 4));
    expectFinding(findings, "vanishingGradients 0", "through 9 layers of sigmoid; use relu or leakyRelu");
    const share = (layers[0].psiNorm ?? 0) / (layers[9].psiNorm ?? 0);
    expect(findings[0].message).toContain(`is ${Number(share.toPrecision(2))} times that of the output layer`);
  });

  it("vanish through five, which learn nothing, and not through three, which do", async () => {
    const random = new Random(1);
    const inputs = Array.from({ length: 300 }, () => Array.from({ length: 8 }, () => random.normal()));
    const data = Dataset.from({ inputs, targets: inputs.map((row) => [Number(row[0] + row[1] + row[2] > 0)]) });
    const accuracyOf = async (hidden: number) => {
      const sizes = [8, ...new Array<number>(hidden).fill(16), 1];
      const network = new Network(sizes, { loss: "binaryCrossEntropy", seed: 1 });
      const { findings } = network.diagnose(data);
      await network.fit(data, { epochs: 60, learningRate: 0.03, seed: 1 });
      return { found: titles(findings), accuracy: (await network.evaluate(data)).accuracy ?? 0 };
    };
    const [three, five] = [await accuracyOf(3), await accuracyOf(5)];
    expect(three.found).toEqual([]);
    expect(three.accuracy).toBeGreaterThan(0.9);
    expect(five.found).toEqual(["vanishingGradients 0"]);
    expect(five.accuracy).toBeLessThan(0.6);
  });

  it("do not vanish through three, nor through ten of ReLUs drawn for them", () => {
    expect(new Network(deep(3, 16), { seed: 5 }).diagnose(smoothData(50, 8, 4)).findings).toEqual([]);
    const options = { activation: "relu", initializer: "heNormal", outputActivation: "linear", seed: 5 } as const;
    expect(new Network(deep(9, 64), options).diagnose(smoothData(50, 8, 4)).findings).toEqual([]);
  });

  it("may begin at 0 where the last layer does", () => {
    const network = new Network([3, 8, { units: 2, initializer: "zeros" }], { outputActivation: "linear", seed: 6 });
    const { layers, findings } = network.diagnose(smoothData(30, 3, 2));
    expect(layers.map(({ gradientNorm = 0 }) => gradientNorm > 0)).toEqual([false, true]);
    expect(findings).toEqual([]);
  });

  it("explode through deep layers of large weights", () => {
    const initializer = { type: "normal", standardDeviation: 1 } as const;
    const options = { activation: "leakyRelu", outputActivation: "linear", initializer, seed: 7 } as const;
    const { findings } = new Network(deep(8, 32), options).diagnose(smoothData(50, 8, 4));
    expectFinding(findings, "explodingGradients 0", "times that of the output layer", "glorotUniform or heNormal");
  });

  it("explode beyond what numbers can hold, with and without targets", () => {
    const initializer = { type: "normal", standardDeviation: 1e6 } as const;
    const options = { activation: "leakyRelu", outputActivation: "linear", initializer, seed: 8 } as const;
    const network = new Network(deep(8, 32), options);
    const rows = smoothRows(20, 8, 4);
    for (const data of [Dataset.from(rows), rows.inputs]) {
      const { findings } = network.diagnose(data);
      expect(titles(findings)).toEqual([expect.stringMatching(/^explodingGradients \d$/)]);
      expect(findings[0].message).toContain("too large for float32");
    }
  });
});

describe("dead units", () => {
  /** A network whose ReLUs have a bias of −100, but for some of them. */
  function withDeadUnits(alive: number): Network {
    const network = new Network([3, 10, 1], { activation: "relu", outputActivation: "linear", seed: 9 });
    const { rows, columns, data } = network.weights(0);
    for (let row = alive; row < rows; row++) data[row * columns + columns - 1] = -100;
    for (let row = 0; row < alive; row++) data[row * columns + columns - 1] = 100;
    network.setWeights(0, { rows, columns, data });
    return network;
  }

  it("are found where most of a layer are 0 for every sample", () => {
    const rows = smoothRows(30, 3, 1);
    for (const data of [Dataset.from(rows), rows.inputs]) {
      expectFinding(
        withDeadUnits(1).diagnose(data).findings,
        "deadUnits 0",
        "90 % of units are 0 for every sample",
        "leakyRelu",
      );
    }
    const { layers, findings } = withDeadUnits(5).diagnose(rows.inputs);
    expect(layers[0].deadUnits).toBe(0.5);
    expect(findings).toEqual([]);
  });

  it("are told of few samples only when there are no others", () => {
    const { inputs } = smoothRows(4, 3, 1);
    expect(withDeadUnits(1).diagnose(inputs).findings).toEqual([]);
    expectFinding(withDeadUnits(0).diagnose(inputs).findings, "deadUnits 0", "100 % of units");
  });

  it("count in leaky ReLUs that do not leak, and in no others", () => {
    const deadShare = (alpha: number) => {
      const network = new Network([1, 1, 1], { activation: { type: "leakyRelu", alpha } });
      network.setWeights(0, [[1, -5]]);
      return network.diagnose([[1], [2]]).layers[0].deadUnits;
    };
    expect([deadShare(0), deadShare(0.1)]).toEqual([1, 0]);
  });
});

describe("weights that are all equal", () => {
  it("are found, layer by layer", () => {
    const constant = { type: "uniform", min: 0.3, max: 0.3 } as const;
    for (const initializer of ["zeros", constant] as const) {
      const network = new Network([3, 4, 5, 2], { activation: "tanh", initializer, seed: 1 });
      const { findings } = network.diagnose(smoothData(20, 3, 2));
      expect(titles(findings)).toEqual(["equalWeights 0", "equalWeights 1"]);
      expect(findings[1].message).toContain("layer 1: all 5 units have the same weights");
    }
  });

  it("are no matter where units differ above or below, or there is but one", () => {
    const drawnAbove = new Network([3, { units: 4, initializer: "zeros" }, 2], { seed: 1 });
    expect(drawnAbove.diagnose(smoothData(20, 3, 2)).findings).toEqual([]);
    const drawnBelow = new Network([3, 4, { units: 2, initializer: "zeros" }], { seed: 1 });
    expect(drawnBelow.diagnose(smoothData(20, 3, 2)).findings).toEqual([]);
    const single = new Network([3, { units: 1, initializer: "zeros" }, { units: 1, initializer: "zeros" }], {
      seed: 1,
    });
    expect(single.diagnose(smoothData(20, 3, 1)).findings).toEqual([]);
    const noHidden = new Network([3, 2], { initializer: "zeros" });
    expect(noHidden.diagnose(smoothData(20, 3, 2)).findings).toEqual([]);
  });
});

describe("a learning rate", () => {
  const data = smoothData(60, 3, 2);
  const diagnosed = (learningRate: number | undefined, options: NetworkOptions = {}) =>
    new Network([3, 12, 2], { seed: 1, ...options }).diagnose(data, learningRate === undefined ? {} : { learningRate });

  it("is too small where no step moves the weights", () => {
    expectFinding(
      diagnosed(1e-6).findings,
      "learningRateTooSmall",
      "with a learningRate of 0.000001",
      "0.001 is healthy",
    );
    expectFinding(diagnosed(0).findings, "learningRateTooSmall", "with a learningRate of 0");
  });

  it("is too large where a step throws them about and the loss rises", () => {
    const { layers, findings } = diagnosed(30);
    expect(titles(findings)).toEqual([expect.stringMatching(/^learningRateTooLarge \d$/)]);
    const { layer = -1, message } = findings[0];
    const ratio = layers[layer].updateRatio ?? 0;
    expect(ratio).toBe(Math.max(...layers.map(({ updateRatio = 0 }) => updateRatio)));
    expect(message).toContain(`changes the weights by ${Number(ratio.toPrecision(2))} of their size`);
  });

  it("is told by the loss after a step, which is that of a batch of all samples", async () => {
    const [message] = diagnosed(30, { dtype: "float64" }).findings.map((finding) => finding.message);
    const [, before, after] = /from (\S+) to (\S+):/.exec(message) ?? [];
    const network = new Network([3, 12, 2], { seed: 1, dtype: "float64" });
    expect(before).toBe(String(Number((await network.evaluate(data)).loss.toPrecision(3))));
    await network.fit(data, { epochs: 1, batchSize: 60, learningRate: 30 });
    expect(after).toBe(String(Number((await network.evaluate(data)).loss.toPrecision(3))));
  });

  it("is fine between, and by default", () => {
    for (const rate of [undefined, 1e-3, 0.01, 0.1, 1]) expect(diagnosed(rate).findings).toEqual([]);
    expect(diagnosed(undefined).layers).toEqual(diagnosed(0.01).layers);
  });
});
