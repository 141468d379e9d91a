import { describe, expect, it } from "vitest";
import { type Activation, Dataset, Network, type Vector } from "../../src/index.ts";
import { Random } from "../../src/random.ts";
import { OUTPUT_CHOICES, type OutputChoice } from "../support/choices.ts";
import { expectThrown, mistyped } from "../support/errors.ts";
import { fc } from "../support/fast_check.ts";
import { smoothData, xor } from "../support/samples.ts";

/**
 * Something to learn: inputs as people scale them, and targets that a smooth function of them gives, in a range that every
 * output reaches; where outputs are shares of a whole, so are they.
 */
function sensibleData(
  inputSize: number,
  outputs: number,
  { outputActivation }: OutputChoice,
  isNormal: boolean,
  seed: number,
) {
  const random = new Random(seed);
  const draw = () => (isNormal ? random.normal() : random.uniform());
  const inputs = Array.from({ length: 80 }, () => Array.from({ length: inputSize }, draw));
  const directions = Array.from({ length: outputs }, () => Array.from({ length: inputSize }, () => random.normal()));
  const targets = inputs.map((row) => {
    const shares = directions.map((direction) => {
      const along = row.reduce((sum, x, j) => sum + x * direction[j], 0);
      return 0.5 + 0.4 * Math.sin((3 * along) / Math.sqrt(inputSize));
    });
    const whole = outputActivation === "softmax" ? shares.reduce((sum, share) => sum + share, 0) : 1;
    return shares.map((share) => share / whole);
  });
  return Dataset.from({ inputs, targets });
}

/** What people train: layers that are not too narrow for ReLUs, some of which are dead from the start. */
const architecture = fc.record({
  inputs: fc.integer({ min: 2, max: 12 }),
  hidden: fc.array(fc.integer({ min: 10, max: 40 }), { minLength: 0, maxLength: 3 }),
  outputs: fc.integer({ min: 2, max: 5 }),
  activation: fc.constantFrom<Activation>("sigmoid", "tanh", "relu", "leakyRelu"),
  output: fc.constantFrom(...OUTPUT_CHOICES.filter(({ outputActivation }) => outputActivation !== "relu")),
  initializer: fc.constantFrom("glorotUniform", "glorotNormal", "heUniform", "heNormal"),
  dtype: fc.constantFrom("float32", "float64"),
  isNormal: fc.boolean(),
  seed: fc.nat({ max: 1_000_000 }),
});

/** Wide layers of ReLUs below a linear output overshoot at the default of 0.01 when samples are taken one by one. */
const gentle = { learningRate: 0.001 };

describe("a healthy network", () => {
  it("gives no findings before it is trained, with targets or without", () => {
    fc.assert(
      fc.property(architecture, ({ inputs, hidden, outputs, output, isNormal, seed, ...rest }) => {
        const network = new Network([inputs, ...hidden, outputs], { ...rest, ...output, seed });
        const data = sensibleData(inputs, outputs, output, isNormal, seed);
        expect(network.diagnose(data, gentle).findings).toEqual([]);
        const vectors = Array.from({ length: data.size }, (_, i) => data.sample(i).input);
        expect(network.diagnose(vectors, gentle).findings).toEqual([]);
      }),
    );
  });

  it("gives none while it learns, nor when it has learned", async () => {
    await fc.assert(
      fc.asyncProperty(architecture, async ({ inputs, hidden, outputs, output, isNormal, seed, ...rest }) => {
        const network = new Network([inputs, ...hidden, outputs], { ...rest, ...output, seed });
        const data = sensibleData(inputs, outputs, output, isNormal, seed);
        for (const epochs of [1, 20]) {
          await network.fit(data, { epochs, batchSize: 8, learningRate: 0.02 });
          expect(network.diagnose(data, gentle).findings).toEqual([]);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("gives none when it has learned all there is", async () => {
    const network = new Network([2, 8, 1], { activation: "tanh", seed: 1 });
    await network.fit(xor(), { epochs: 3000, learningRate: 0.5 });
    const { loss, accuracy } = await network.evaluate(xor());
    expect(accuracy).toBe(1);
    expect(loss).toBeLessThan(1e-3);
    // Its gradients are almost 0, which is as it should be.
    expect(network.diagnose(xor()).findings).toEqual([]);
  });

  it("gives none when it has learned all there is of targets that are drawn by lot", async () => {
    const random = new Random(1);
    const draw = (length: number) => Float64Array.from({ length }, () => random.uniform());
    const data = Dataset.from({ inputs: draw(600), targets: draw(200), size: 200 });
    const network = new Network([3, 1], { outputActivation: "linear", seed: 1 });
    await network.fit(data, { epochs: 500, batchSize: 200, learningRate: 0.3 });
    expect(network.diagnose(data).layers[0].updateRatio).toBeLessThan(1e-8);
    expect(network.diagnose(data).findings).toEqual([]);
  });
});

describe("diagnose", () => {
  it("refuses what it cannot work with", () => {
    const network = new Network([2, 3, 1], { seed: 4 });
    const diagnose = (data: unknown, options?: unknown) => () =>
      network.diagnose(mistyped<Dataset>(data), mistyped<object>(options));
    expectThrown(diagnose(smoothData(2, 3, 1)), "ERR_SHAPE", "data.inputSize is 3, expected 2");
    expectThrown(diagnose(smoothData(2, 2, 2)), "ERR_SHAPE", "data.targetSize is 2, expected 1");
    expectThrown(diagnose([[1, 2, 3]]), "ERR_SHAPE", "data has rows of 3, expected rows of 2");
    expectThrown(diagnose([]), "ERR_SHAPE", "data is empty");
    expectThrown(
      diagnose([
        [1, 2],
        [1, Number.NaN],
      ]),
      "ERR_DATA",
      "data[1][1] is NaN, expected a finite number",
    );
    expectThrown(diagnose([[1, 1e300]]), "ERR_DATA", "data[0][1] is 1e+300, expected a number that float32 can hold");
    expectThrown(diagnose(undefined), "ERR_DATA", "data is undefined");
    expectThrown(
      diagnose(xor(), { samples: 0 }),
      "ERR_OPTION",
      "options.samples is 0, expected an integer of at least 1",
    );
    expectThrown(diagnose(xor(), { learningRate: -1 }), "ERR_OPTION", "options.learningRate is -1");
    expectThrown(diagnose(xor(), { rate: 1 }), "ERR_OPTION", 'options has no option "rate"');
  });

  it("gives plain data, the same every time", () => {
    const network = new Network([2, 4, 1], { seed: 4 });
    const diagnosis = network.diagnose(xor());
    expect(JSON.parse(JSON.stringify(diagnosis))).toEqual(diagnosis);
    expect(network.diagnose(xor())).toEqual(diagnosis);
  });

  it("takes inputs in all their forms", () => {
    const network = new Network([2, 4, 1], { seed: 4 });
    const rows: readonly Vector[] = [
      [0.5, 0.25],
      [1, -1],
    ];
    const data = Float64Array.from([0.5, 0.25, 1, -1]);
    expect(network.diagnose(data)).toEqual(network.diagnose(rows));
    expect(network.diagnose({ rows: 2, columns: 2, data })).toEqual(network.diagnose(rows));
  });
});
