import { describe, expect, it } from "vitest";
import { Dataset, type FitOptions, Network } from "../../src/index.ts";
import { expectClose } from "../support/closeness.ts";
import { expectRejected } from "../support/errors.ts";
import { lossesOf, untimed } from "../support/histories.ts";
import { allWeights } from "../support/networks.ts";
import { samplesIn, smoothRows } from "../support/samples.ts";

const { inputs, targets } = smoothRows(12, 3, 2);
const LABELS = [0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0];
const labelled = Dataset.from({ inputs, labels: LABELS });

async function fitted(data: Dataset, options: Partial<FitOptions>) {
  const network = new Network([3, 4, 2], { seed: 6, dtype: "float64" });
  const history = await network.fit(data, { epochs: 3, learningRate: 0.2, ...options });
  return { weights: allWeights(network), history };
}

/** Every sample as often as a whole number says. */
function repeated(counts: readonly number[]): Dataset {
  const all = counts.flatMap((count, i) => new Array<number>(count).fill(i));
  return Dataset.from({ inputs: all.map((i) => inputs[i]), targets: all.map((i) => targetOf(i)) });
}

function targetOf(index: number): number[] {
  return LABELS[index] === 0 ? [1, 0] : [0, 1];
}

/** Expects that steps on all samples at once are those of samples that are there more than once. */
async function expectRepetitions(weighted: Dataset, options: Partial<FitOptions>, counts: readonly number[]) {
  const data = repeated(counts);
  // Both means are over the samples, of which there are more when they are repeated.
  const share = data.size / weighted.size;
  const one = await fitted(weighted, { batchSize: 100, learningRate: 0.3, ...options });
  const other = await fitted(data, { batchSize: 100, learningRate: 0.3 * share });
  one.weights.forEach((values, l) => {
    expectClose(values, other.weights[l], "float64");
  });
  expectClose(
    lossesOf(one.history),
    lossesOf(other.history).map((loss) => loss * share),
    "float64",
  );
}

describe("class weights", () => {
  it("that balance are samples / (classes · samples of the class)", async () => {
    // 8 samples of class 0, 4 of class 1.
    const explicit = [12 / (2 * 8), 12 / (2 * 4)];
    for (const batchSize of [1, 5]) {
      const balanced = await fitted(labelled, { batchSize, classWeights: "balanced" });
      const numbers = await fitted(labelled, { batchSize, classWeights: explicit });
      const plain = await fitted(labelled, { batchSize });
      expect(balanced.weights).toEqual(numbers.weights);
      expect(untimed(balanced.history)).toEqual(untimed(numbers.history));
      expect(balanced.weights).not.toEqual(plain.weights);
    }
  });

  it("that balance count the samples that are trained with, not those that are held out", async () => {
    const [data, validation] = labelled.split(0.75, { seed: 4 });
    const held = await fitted(labelled, { classWeights: "balanced", validation: 0.25, seed: 4 });
    const given = await fitted(data, { classWeights: "balanced", validation, seed: 4 });
    expect(held.weights).toEqual(given.weights);
    expect(untimed(held.history)).toEqual(untimed(given.history));
  });

  it("that are whole numbers do what repeated samples do", async () => {
    const counts = LABELS.map((label) => [1, 3][label]);
    await expectRepetitions(labelled, { classWeights: [1, 3] }, counts);
  });

  it("of 1 are none", async () => {
    const { weights } = await fitted(labelled, { batchSize: 5, classWeights: [1, 1] });
    expect(weights).toEqual((await fitted(labelled, { batchSize: 5 })).weights);
  });

  it("are refused where they do not fit", async () => {
    const unlabelled = Dataset.from({ inputs, targets });
    const refuse = (data: Dataset, classWeights: number[] | "balanced", code: "ERR_OPTION" | "ERR_SHAPE") =>
      expectRejected(fitted(data, { classWeights }), code, "options.classWeights");
    await refuse(unlabelled, "balanced", "ERR_OPTION");
    await refuse(unlabelled, [1, 2], "ERR_OPTION");
    await refuse(labelled, [1, 2, 3], "ERR_SHAPE");
  });
});

describe("sample weights", () => {
  const counts = [2, 0, 1, 1, 3, 1, 1, 0, 2, 1, 1, 1];
  const weighted = Dataset.from({ inputs, labels: LABELS, weights: counts });

  it("that are whole numbers do what repeated samples do", async () => {
    await expectRepetitions(weighted, {}, counts);
  });

  it("are multiplied by those of the class", async () => {
    const products = counts.map((count, i) => count * [1, 2][LABELS[i]]);
    await expectRepetitions(weighted, { classWeights: [1, 2] }, products);
  });

  it("scale the online steps and the losses of the report", async () => {
    const { weights, history } = await fitted(weighted, { epochs: 1, shuffle: false });
    const network = new Network([3, 4, 2], { seed: 6, dtype: "float64" });
    let lossSum = 0;
    samplesIn(weighted).forEach(({ input, target }, i) => {
      lossSum += counts[i] * network.train(input, target, { learningRate: 0.2 * counts[i] });
    });
    allWeights(network).forEach((values, l) => {
      expectClose(weights[l], values, "float64");
    });
    expectClose(lossesOf(history), [lossSum / 12], "float64");
  });

  it("of 0 leave out what a sample says", async () => {
    const others = inputs.map((row, i) => (counts[i] === 0 ? [5, -7, 3] : row));
    const labels = LABELS.map((label, i) => (counts[i] === 0 ? 1 - label : label));
    const other = Dataset.from({ inputs: others, labels, weights: counts });
    for (const options of [{ batchSize: 1 }, { batchSize: 5 }, { batchSize: 4, optimizer: "adam" } as const]) {
      const [one, same] = [await fitted(weighted, options), await fitted(other, options)];
      expect(same.weights).toEqual(one.weights);
      expect(untimed(same.history)).toEqual(untimed(one.history));
    }
    const present = [0, 2, 3, 4, 5, 6, 8, 9, 10, 11];
    const without = Dataset.from({
      inputs: present.map((i) => inputs[i]),
      labels: present.map((i) => LABELS[i]),
      weights: present.map((i) => counts[i]),
    });
    const online = { shuffle: false };
    expect((await fitted(weighted, online)).weights).toEqual((await fitted(without, online)).weights);
  });

  it("do not count in validation", async () => {
    const plain = await fitted(labelled, { validation: labelled });
    const validated = await fitted(labelled, { validation: weighted });
    expect(untimed(validated.history)).toEqual(untimed(plain.history));
  });
});
