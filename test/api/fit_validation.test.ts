import { describe, expect, it } from "vitest";
import { Dataset, type EarlyStoppingOptions, type FitOptions, Network } from "../../src/index.ts";
import { expectRejected } from "../support/errors.ts";
import { untimed } from "../support/histories.ts";
import { allWeights } from "../support/networks.ts";

describe("a share that is held out for validation", () => {
  const LABELS = [0, 0, 1, 0, 1, 0, 0, 1, 2, 0, 1, 0, 1, 0, 0, 2, 1, 1, 2, 2];

  /** Each sample has an input of its own, so the weights of a network of zeros tell which ones it was trained with. */
  function oneHot(size: number): number[][] {
    return Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => (i === j ? 1 : 0)));
  }

  const labelled = Dataset.from({ inputs: oneHot(20), labels: LABELS });
  const unlabelled = Dataset.from({ inputs: oneHot(20), targets: LABELS.map((label) => [0.7, 0.1 * label]) });

  async function heldOut(data: Dataset, options: Partial<FitOptions>) {
    const network = new Network([20, data.targetSize], { seed: 5, initializer: "zeros", dtype: "float64" });
    const { epochs } = await network.fit(data, { epochs: 3, learningRate: 0.5, ...options });
    const weights = network.weights(0);
    const held = Array.from({ length: 20 }, (_, i) => i).filter((i) => weights.data[i] === 0);
    return { network, epochs, held };
  }

  it("is never trained on, and is what each epoch is evaluated on", async () => {
    for (const data of [labelled, unlabelled]) {
      const { network, epochs, held } = await heldOut(data, { validation: 0.25 });
      expect(held.length).toBe(5);
      const { inputs, targets } = { inputs: oneHot(20), targets: held.map((i) => data.sample(i).target) };
      const validation = Dataset.from({ inputs: held.map((i) => inputs[i]), targets });
      const { loss, accuracy } = await network.evaluate(validation);
      expect(epochs[2].validation).toEqual(data === labelled ? { loss, accuracy } : { loss });
    }
  });

  it.each([
    [0.25, 5],
    [0.1, 2],
    [0.5, 10],
    [0.95, 19],
    [0.001, 1],
    [0.999, 19],
  ])("of %d of 20 samples are %i", async (validation, size) => {
    expect((await heldOut(unlabelled, { validation })).held.length).toBe(size);
  });

  it("has the same share of every class", async () => {
    for (const seed of [1, 2, 3]) {
      const { held } = await heldOut(labelled, { validation: 0.5, seed });
      // Of 9, 7 and 4 samples.
      const counts = [0, 1, 2].map((label) => held.filter((i) => LABELS[i] === label).length);
      expect(counts[2]).toBe(2);
      expect(counts[0] + counts[1]).toBe(8);
      expect(Math.abs(counts[0] - 4.5)).toBe(0.5);
    }
  });

  it("is drawn from the seed, the network's if there is no other", async () => {
    const draw = async (options: object) => (await heldOut(unlabelled, { validation: 0.4, ...options })).held;
    expect(await draw({ seed: 3, shuffle: false, batchSize: 7 })).toEqual(await draw({ seed: 3 }));
    expect(await draw({})).toEqual(await draw({ seed: 5 }));
    expect(await draw({ seed: 3 })).not.toEqual(await draw({ seed: 4 }));
  });

  it("cannot be had of a single sample", async () => {
    const fit = new Network([2, 1]).fit(Dataset.from({ inputs: [[1, 2]], targets: [[1]] }), {
      epochs: 1,
      validation: 0.5,
    });
    await expectRejected(fit, "ERR_DATA", "the data set has 1 sample, expected at least 2 to split");
  });

  it("tells an accuracy only if there are classes", async () => {
    const stopping = { validation: 0.25, earlyStopping: { patience: 3, monitor: "accuracy" } } as const;
    await expectRejected(heldOut(unlabelled, stopping), "ERR_OPTION", "as the validation data has no classes");
    expect((await heldOut(labelled, stopping)).epochs.length).toBe(3);
  });
});

describe("what is monitored", () => {
  // With y = w + b from 0, both a step of 0.05, training for y = 1 takes y to 1 − 0.8^epoch: 0.2, 0.36, 0.488, 0.5904,
  // 0.67232, 0.737856. For y = 0.5 the third epoch is the best: (y − 0.5)² is 0.09, 0.0196, 0.000144, 0.0082, 0.0297.
  const data = Dataset.from({ inputs: [[1]], targets: [[1]] });
  const validation = Dataset.from({ inputs: [[1]], targets: [[0.5]] });
  const outputAfter = (epoch: number) => 1 - 0.8 ** epoch;

  async function stoppedBy(earlyStopping: EarlyStoppingOptions, options: Partial<FitOptions> = {}) {
    const network = new Network([1, 1], { initializer: "zeros", outputActivation: "linear", dtype: "float64" });
    const outputs: number[] = [];
    const history = await network.fit(data, {
      epochs: 20,
      learningRate: 0.05,
      validation,
      earlyStopping,
      onEpoch: () => void outputs.push(network.predict([1])[0]),
      ...options,
    });
    const { stopped, bestEpoch, epochs } = history;
    expect(epochs.map(({ epoch }) => epoch)).toEqual(epochs.map((_, e) => e + 1));
    return { stopped, bestEpoch, epochs: epochs.length, output: network.predict([1])[0], outputs, history };
  }

  it("may lower the learning rate instead", async () => {
    const learningRate = { type: "plateau", learningRate: 0.05, factor: 0.5, patience: 1, minDelta: 0 } as const;
    const network = new Network([1, 1], { initializer: "zeros", outputActivation: "linear", dtype: "float64" });
    const { epochs } = await network.fit(data, { epochs: 8, learningRate, validation });
    // The fourth and the fifth epoch are no better, then the sixth and the seventh.
    const rates = [0.05, 0.05, 0.05, 0.05, 0.05, 0.025, 0.025, 0.0125];
    expect(epochs.map((report) => report.learningRate)).toEqual(rates);
    // A step by η leaves 1 − 4 η of the distance from 1.
    const distance = rates.reduce((product, rate) => product * (1 - 4 * rate), 1);
    expect(network.predict([1])[0]).toBeCloseTo(1 - distance, 12);
  });

  it("stops a training, which goes back to the best epoch, when so many were no better", async () => {
    const { stopped, bestEpoch, epochs, output, outputs, history } = await stoppedBy({ patience: 2 });
    expect({ stopped, bestEpoch, epochs }).toEqual({ stopped: "earlyStopping", bestEpoch: 3, epochs: 5 });
    expect(output).toBeCloseTo(outputAfter(3), 12);
    // Until then each epoch is published as it comes.
    expect(outputs.length).toBe(5);
    outputs.forEach((value, e) => {
      expect(value).toBeCloseTo(outputAfter(e + 1), 12);
    });
    expect(history.epochs[4].validation?.loss).toBeCloseTo((outputAfter(5) - 0.5) ** 2, 12);
    expect(JSON.parse(JSON.stringify(history))).toEqual(history);
  });

  it("stays with the last epoch when it is told to", async () => {
    const { stopped, bestEpoch, epochs, output } = await stoppedBy({ patience: 3, restoreBest: false });
    expect({ stopped, bestEpoch, epochs }).toEqual({ stopped: "earlyStopping", bestEpoch: 3, epochs: 6 });
    expect(output).toBeCloseTo(outputAfter(6), 12);
  });

  it("takes for better what is so by more than minDelta", async () => {
    const { bestEpoch, epochs, output } = await stoppedBy({ patience: 2, minDelta: 0.05 });
    expect({ bestEpoch, epochs }).toEqual({ bestEpoch: 2, epochs: 4 });
    expect(output).toBeCloseTo(outputAfter(2), 12);
  });

  it("goes back, too, when all epochs have had their turn", async () => {
    for (const epochs of [4, 5]) {
      const ended = await stoppedBy({ patience: 2 }, { epochs });
      // After five epochs it would stop, but there are no more anyway.
      expect(ended).toMatchObject({ stopped: undefined, bestEpoch: 3, epochs });
      expect(ended.output).toBeCloseTo(outputAfter(3), 12);
    }
  });

  it("watches the training where there is no validation", async () => {
    const learningRate = (epoch: number) => (epoch <= 3 ? 0.05 : 0);
    const { stopped, bestEpoch, epochs, output } = await stoppedBy(
      { patience: 2 },
      { validation: undefined, learningRate },
    );
    // The loss of an epoch is the one before its step: that of the fourth is the last to be better.
    expect({ stopped, bestEpoch, epochs }).toEqual({ stopped: "earlyStopping", bestEpoch: 4, epochs: 6 });
    expect(output).toBeCloseTo(outputAfter(3), 12);
  });

  it("may watch the accuracy", async () => {
    const inputs = [[-1], [-0.5], [0.5], [1]];
    const right = Dataset.from({ inputs, labels: [0, 0, 1, 1] });
    const network = new Network([1, 2], { seed: 1, outputActivation: "softmax", loss: "categoricalCrossEntropy" });
    const options = { epochs: 50, learningRate: 1, validation: right } as const;
    const {
      epochs,
      stopped,
      bestEpoch = 0,
    } = await network.fit(right, {
      ...options,
      earlyStopping: { patience: 4, monitor: "accuracy" },
    });
    const accuracies = epochs.map((report) => report.validation?.accuracy ?? 0);
    expect(stopped).toBe("earlyStopping");
    // The first of the best: an equal one is no better.
    expect(bestEpoch).toBe(accuracies.indexOf(Math.max(...accuracies)) + 1);
    expect(epochs.length).toBe(bestEpoch + 4);
  });

  it("changes nothing about the epochs it lets pass", async () => {
    const stopped = await stoppedBy({ patience: 2 });
    const network = new Network([1, 1], { initializer: "zeros", outputActivation: "linear", dtype: "float64" });
    const plain = await network.fit(data, { epochs: 5, learningRate: 0.05, validation });
    expect(untimed(plain).epochs).toEqual(untimed(stopped.history).epochs);
    expect(allWeights(network)[0][0]).toBeCloseTo(outputAfter(5) / 2, 12);
  });
});
