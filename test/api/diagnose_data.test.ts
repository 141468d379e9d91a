import { describe, expect, it } from "vitest";
import { Dataset, Network, type NetworkOptions } from "../../src/index.ts";
import { numbersOf } from "../support/choices.ts";
import { expectFinding, titles } from "../support/findings.ts";
import { smoothRows } from "../support/samples.ts";

describe("inputs", () => {
  const network = (inputs: number) =>
    new Network([inputs, 6, 1], { outputActivation: "linear", activation: "leakyRelu", seed: 3 });
  const columns = (...makers: ((i: number) => number)[]) =>
    Array.from({ length: 40 }, (_, i) => makers.map((make) => make(i)));
  const drawn = numbersOf(1, 40);

  it("that are far from unit size are told with their range", () => {
    const bytes = Array.from({ length: 40 }, (_, i) => Uint8Array.of((i * 255) / 39, 255 - i));
    expectFinding(
      network(2).diagnose(bytes).findings,
      "unscaledInputs",
      "all inputs lie in 0 … 255: scale inputs to about 0 … 1",
    );
    const salaries = columns(
      (i) => drawn[i],
      (i) => 30_000 + 1000 * i,
    );
    expectFinding(network(2).diagnose(salaries).findings, "unscaledInputs", "inputs 1 (of 2) lie in 30000 … 69000");
    const tiny = columns((i) => (i - 20) / 1e5);
    expectFinding(network(1).diagnose(tiny).findings, "unscaledInputs", "all inputs lie in -0.0002 … 0.00019");
    const many = columns(...[0, 1, 2, 3, 4, 5].map((c) => (i: number) => (c === 1 ? drawn[i] : 50 * drawn[i])));
    expectFinding(network(6).diagnose(many).findings, "unscaledInputs", "inputs 0, 2, 3 and 2 more (of 6) lie in");
  });

  it("are looked at as they are scaled", () => {
    const inputs = Uint8Array.from({ length: 80 }, (_, i) => (i * 37) % 256);
    const targets = smoothRows(40, 1, 1).targets;
    const found = (inputScale: number) =>
      titles(network(2).diagnose(Dataset.from({ inputs, targets, inputScale })).findings);
    expect(found(1 / 255)).toEqual([]);
    expect(found(1)[0]).toBe("unscaledInputs");
  });

  it("saturate sigmoids, and the inputs are named as the reason", () => {
    const sigmoids = new Network([2, 20, 1], { seed: 4, outputActivation: "linear" });
    const rows = smoothRows(40, 2, 1);
    const inputs = rows.inputs.map((row) => row.map((value) => 1000 * value));
    const { findings } = sigmoids.diagnose(Dataset.from({ inputs, targets: rows.targets }));
    expect(titles(findings)).toEqual(["unscaledInputs", "saturated 0"]);
    expect(findings[1].message).toContain("its inputs are large; scale them to about 0 … 1");
  });

  it("that never change are told", () => {
    const constant = columns(
      (i) => drawn[i],
      () => 0.5,
      () => 0,
    );
    const { findings } = network(3).diagnose(constant);
    expectFinding(findings, "constantInputs", "inputs 1, 2 (of 3) have one value in all 40 samples");
    expectFinding(network(1).diagnose(columns(() => 1)).findings, "constantInputs", "all inputs have one value");
  });

  it("may be 0 for all samples where most others are 0, too", () => {
    const sparse = columns(
      (i) => Number(i % 4 === 0),
      () => 0,
      () => 0.5,
    );
    expectFinding(network(3).diagnose(sparse).findings, "constantInputs", "inputs 2 (of 3)");
  });

  it("that were normalized are judged by what they were before", async () => {
    // As in images: most values are 0, and a border always is. Normalized, zeros of the others are something else.
    const images = columns(
      () => 0,
      (i) => (i % 4 === 0 ? drawn[i] : 0),
      (i) => (i % 5 === 0 ? 0.7 : 0),
      () => 0.5,
    );
    for (const inputs of [images, images.map((row) => Float32Array.from(row))]) {
      const raw = Dataset.from({ inputs, targets: images.map((_, i) => [drawn[i]]) });
      const normalized = raw.normalize();
      const fitted = network(4);
      await fitted.fit(normalized, { epochs: 1, learningRate: 0 });
      for (const data of [normalized, raw, inputs]) {
        expectFinding(fitted.diagnose(data).findings, "constantInputs", "inputs 3 (of 4)");
      }
      expectFinding(network(4).diagnose(normalized).findings, "constantInputs", "inputs 3 (of 4)");
    }
  });

  it("that a network normalizes are looked at as it reads them", async () => {
    const inputs = columns((i) => 1e6 + 1e3 * drawn[i]);
    const raw = Dataset.from({ inputs, targets: smoothRows(40, 1, 1).targets });
    expect(titles(network(1).diagnose(raw).findings)[0]).toBe("unscaledInputs");
    const fitted = network(1);
    await fitted.fit(raw.normalize(), { epochs: 1, learningRate: 0 });
    const expected = fitted.diagnose(raw.normalize());
    expect(fitted.diagnose(raw)).toEqual(expected);
    expect(titles(expected.findings)).not.toContain("unscaledInputs");
    expect(fitted.diagnose(inputs, { samples: 7 }).findings).toEqual([]);
  });

  it("of a single sample are no constants", () => {
    expect(network(2).diagnose([[0.5, 0.2]]).findings).toEqual([]);
  });

  it("are looked at beyond the samples that go through the network", () => {
    // One sample in 2,000 differs; 256 of them would hardly meet it.
    const inputs = Array.from({ length: 2000 }, (_, i) => [Math.sin(i), i === 1777 ? 1 : 0.5]);
    const { samples, findings } = network(2).diagnose(inputs);
    expect(samples).toBe(256);
    expect(findings).toEqual([]);
  });
});

describe("targets", () => {
  const inputs = smoothRows(20, 2, 1).inputs;
  const found = (targets: number[][], options: NetworkOptions) =>
    new Network([2, 4, targets[0].length], { seed: 1, activation: "tanh", ...options }).diagnose(
      Dataset.from({ inputs, targets }),
    ).findings;
  const targetsFrom = (least: number, most: number) => inputs.map((_, i) => [least + ((most - least) * i) / 19]);

  it("that an output cannot reach are told with both ranges", () => {
    expectFinding(
      found(targetsFrom(0, 7), {}),
      "targetsOutOfRange",
      "lie in 0 … 7, but a sigmoid output reaches 0 … 1 only",
    );
    expectFinding(
      found(targetsFrom(-2, 1), { outputActivation: "tanh" }),
      "targetsOutOfRange",
      "-2 … 1",
      "reaches -1 … 1",
    );
    expect(titles(found(targetsFrom(-2, 1), { outputActivation: "relu" }))).toContain("targetsOutOfRange");
    expect(titles(found(targetsFrom(-0.5, 1), {}))).toContain("targetsOutOfRange");
  });

  it("that it can reach are fine, ends included", () => {
    expect(found(targetsFrom(0, 1), {})).toEqual([]);
    expect(found(targetsFrom(-1, 1), { outputActivation: "tanh" })).toEqual([]);
    expect(found(targetsFrom(0, 3), { outputActivation: "leakyRelu" })).toEqual([]);
    expect(found(targetsFrom(-3, 3), { outputActivation: "linear" })).toEqual([]);
  });

  it("of a linear output that are far from unit size are told, and no learning rate that would suit them", () => {
    const options = { outputActivation: "linear" } as const;
    const drawn = numbersOf(2, 20);
    const around = (mean: number, spread: number) => drawn.map((value) => [mean + spread * value]);
    expectFinding(
      found(around(300_000, 50_000), options),
      "unscaledTargets",
      "all targets lie in 2",
      "subtract the mean",
    );
    expectFinding(found(around(1000, 1), options), "unscaledTargets", "all targets lie in 999 … 1000");
    const second = drawn.map((value) => [value, 50 * value]);
    expectFinding(found(second, options), "unscaledTargets", "targets 1 (of 2) lie in");
    expect(found(around(0, 10), options)).toEqual([]);
    expect(titles(found(around(300_000, 50_000), { outputActivation: "sigmoid" }))).toEqual(["targetsOutOfRange"]);
  });

  it("of any size are fine where they have been learned", () => {
    const given = numbersOf(2, 40).map((value) => [value]);
    const network = new Network([1, 1], { outputActivation: "linear" });
    const foundWith = (slope: number, offset: number) => {
      const targets = given.map(([x]) => [20 * x + 100]);
      network.setWeights(0, [[slope, offset]]);
      return titles(network.diagnose(Dataset.from({ inputs: given, targets })).findings);
    };
    expect(foundWith(20, 100)).toEqual([]);
    expect(foundWith(15, 100)).toEqual([]);
    // The mean alone is little.
    expect(foundWith(0, 100)).toEqual(["unscaledTargets"]);
  });

  const softmax = { outputActivation: "softmax", loss: "categoricalCrossEntropy" } as const;

  it("of softmax have to sum to 1", () => {
    const several = inputs.map((_, i) => [1, i % 2, 0]);
    expectFinding(found(several, softmax), "labelsDoNotMatch", "sum to 2, but softmax outputs always sum to 1");
    const none = inputs.map((_, i) => (i === 7 ? [0, 0, 0] : [0.25, 0.5, 0.25]));
    expectFinding(found(none, softmax), "labelsDoNotMatch", "the targets of sample 7 sum to 0");
    expect(
      found(
        inputs.map((_, i) => [(i % 10) / 9, 1 - (i % 10) / 9]),
        softmax,
      ),
    ).toEqual([]);
  });

  it("cannot be learned by softmax over a single output", () => {
    const findings = found(targetsFrom(0, 1), { ...softmax });
    expect(titles(findings)).toEqual(["labelsDoNotMatch 1"]);
    expect(findings[0].message).toContain("always 1");
  });

  it("of classes have each of them", () => {
    const network = new Network([2, 4, 5], { seed: 1, ...softmax });
    const labels = (...classes: number[]) =>
      Dataset.from({ inputs, labels: inputs.map((_, i) => classes[i % classes.length]), classes: 5 });
    expect(network.diagnose(labels(0, 1, 2, 3, 4)).findings).toEqual([]);
    expectFinding(network.diagnose(labels(0, 2, 4)).findings, "missingClasses", "no sample is of class 1, 3, so");
    expectFinding(network.diagnose(labels(2)).findings, "missingClasses", "class 0, 1, 3 and 1 more");
    expectFinding(
      found(
        inputs.map(() => [0]),
        {},
      ),
      "missingClasses",
      "class 1",
    );
  });
});
