import { describe, expect, it } from "vitest";
import { Dataset, Network, type Vector } from "../../src/index.ts";
import { checkedClassWeights, effectiveWeights } from "../../src/training/class_weights.ts";
import { expectRejected, expectThrown } from "../support/errors.ts";
import { fc } from "../support/fast_check.ts";

function labelled(labels: readonly number[], classes = 3, weights?: readonly number[]): Dataset {
  return Dataset.from({ inputs: labels.map((label) => [label]), labels, classes, ...(weights && { weights }) });
}

function weightsFor(
  data: Dataset,
  classWeights: Vector | "balanced" | undefined,
  options?: { isPart: boolean },
): number[] | undefined {
  const weights = effectiveWeights(data, checkedClassWeights(classWeights), options);
  return weights && Array.from(weights);
}

const plain = Dataset.from({ inputs: [[1], [2]], targets: [[0.5], [2]] });

describe("the weights of samples", () => {
  it("are those of their classes", () => {
    expect(weightsFor(labelled([2, 0, 0, 1]), [0.5, 0, 3])).toEqual([3, 0.5, 0.5, 0]);
    expect(weightsFor(labelled([2, 1]), Uint8Array.of(7, 2, 3))).toEqual([3, 2]);
  });

  it("are multiplied by those of the data set", () => {
    const data = labelled([2, 0, 0], 3, [2, 4, 0.5]);
    expect(weightsFor(data, [0.5, 1, 3])).toEqual([6, 2, 0.25]);
    expect(weightsFor(data, undefined)).toEqual([2, 4, 0.5]);
    expect(weightsFor(Dataset.from({ inputs: [[1]], targets: [[5]], weights: [3] }), undefined)).toEqual([3]);
  });

  it("are left out where all are 1", () => {
    expect(weightsFor(plain, undefined)).toBeUndefined();
    expect(weightsFor(labelled([0, 1]), undefined)).toBeUndefined();
    expect(weightsFor(labelled([0, 1]), [1, 1, 5])).toBeUndefined();
    expect(weightsFor(labelled([0, 1], 3, [1, 1]), undefined)).toBeUndefined();
    expect(weightsFor(labelled([0, 1], 3, [4, 0.5]), [0.25, 2, 1])).toBeUndefined();
    expect(weightsFor(labelled([0, 1, 2, 0, 1, 2]), "balanced")).toBeUndefined();
  });

  it("are known for one-hot targets and for single ones of 0 and 1, too", () => {
    const oneHot = Dataset.from({
      inputs: [[1], [2]],
      targets: [
        [0, 1],
        [1, 0],
      ],
    });
    expect(weightsFor(oneHot, [2, 3])).toEqual([3, 2]);
    const binary = Dataset.from({ inputs: [[1], [2], [3], [4]], targets: [[0], [1], [0], [0]] });
    expect(weightsFor(binary, [2, 3])).toEqual([2, 3, 2, 2]);
    expect(weightsFor(binary, "balanced")).toEqual([4 / 6, 4 / 2, 4 / 6, 4 / 6]);
  });

  it("balance the classes as scikit-learn does", () => {
    // compute_class_weight("balanced", classes=[0, 1, 2], y=[0, 0, 0, 1, 2, 2]) = 6 / (3 · [3, 1, 2])
    expect(weightsFor(labelled([0, 0, 0, 1, 2, 2]), "balanced")).toEqual([2 / 3, 2 / 3, 2 / 3, 2, 1, 1]);
    // A class that does not occur takes no share: 4 / (2 · [3, 1]).
    expect(weightsFor(labelled([0, 2, 0, 0], 9), "balanced")).toEqual([2 / 3, 2, 2 / 3, 2 / 3]);
  });

  it("balanced, give every class that occurs the same sum, and all samples the mean 1", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 30 }), (labels) => {
        const weights = weightsFor(labelled(labels, 5), "balanced") ?? labels.map(() => 1);
        const occurring = new Set(labels);
        for (const label of occurring) {
          const sum = weights.reduce((total, weight, i) => total + (labels[i] === label ? weight : 0), 0);
          expect(sum).toBeCloseTo(labels.length / occurring.size, 10);
        }
      }),
    );
  });
});

describe("class weights are refused", () => {
  it("for data without classes", () => {
    const expected = "expected nothing, as the data has no classes";
    expectThrown(() => weightsFor(plain, "balanced"), "ERR_OPTION", 'options.classWeights is "balanced"', expected);
    expectThrown(() => weightsFor(plain, [1, 2]), "ERR_OPTION", "options.classWeights is", expected);
  });

  it("when there are not as many as classes", () => {
    for (const weights of [
      [1, 2],
      [1, 2, 3, 4],
    ]) {
      const message = `options.classWeights has length ${weights.length}, expected 3`;
      expectThrown(() => weightsFor(labelled([0, 1]), weights), "ERR_SHAPE", message);
    }
  });

  it("when one is no number of at least 0", () => {
    for (const weight of [-1, Number.NaN, Number.POSITIVE_INFINITY, null, "1", undefined]) {
      const given = [1, 2, weight];
      expectThrown(() => checkedClassWeights(given), "ERR_OPTION", "options.classWeights[2] is", "at least 0");
    }
    for (const given of ["equal", null, 3, {}]) {
      expectThrown(() => checkedClassWeights(given), "ERR_OPTION", "options.classWeights is", '"balanced" or a weight');
    }
  });

  it("when nothing is left to learn from", () => {
    for (const given of [[], [0, 0, 0]]) {
      expectThrown(() => checkedClassWeights(given), "ERR_OPTION", "options.classWeights has no number above 0");
    }
    const message = "options.classWeights leaves no sample with a weight above 0";
    expectThrown(() => weightsFor(labelled([0, 1]), [0, 0, 1]), "ERR_OPTION", message);
    const halfOff = labelled([0, 1], 3, [0, 1]);
    expectThrown(() => weightsFor(halfOff, [1, 0, 0]), "ERR_OPTION", message);
  });

  it("when the part of the data that is left has weights of 0 alone", async () => {
    const data = labelled([0, 1, 2, 0], 3, [0, 0, 1, 1]).take(2);
    const message = "data has no sample with a weight above 0";
    for (const classWeights of [undefined, "balanced", [1, 2, 3]] as const) {
      expectThrown(() => weightsFor(data, classWeights), "ERR_DATA", message);
    }
    await expectRejected(new Network([1, 3]).fit(data, { epochs: 1 }), "ERR_DATA", message);
  });

  it("but not where other parts follow", () => {
    const data = labelled([0, 1, 2, 0], 3, [0, 0, 1, 1]).take(2);
    expect(weightsFor(data, undefined, { isPart: true })).toEqual([0, 0]);
    expect(weightsFor(labelled([0, 1]), [0, 0, 1], { isPart: true })).toEqual([0, 0]);
  });

  it("when a product is too large", () => {
    const data = labelled([0, 1], 3, [1, 1e200]);
    expectThrown(() => weightsFor(data, [1, 1e200, 1]), "ERR_OPTION", "makes sample 1 weigh more than");
  });
});

it("class weights are copied", () => {
  const given = [1, 2, 3];
  const checked = checkedClassWeights(given);
  given[0] = -5;
  expect(Array.from(effectiveWeights(labelled([0, 1]), checked) ?? [])).toEqual([1, 2]);
});
