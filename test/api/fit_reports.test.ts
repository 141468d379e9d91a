import { describe, expect, it } from "vitest";
import { Dataset, type EpochReport, Network, type Progress } from "../../src/index.ts";
import { rejectionOf } from "../support/errors.ts";
import { allWeights } from "../support/networks.ts";
import { smoothData, smoothRows, XOR, xor } from "../support/samples.ts";

function networkOf(layers: readonly number[] = [2, 3, 1]): Network {
  return new Network(layers, { seed: 4 });
}

describe("the history of a fit", () => {
  it("has a report for each epoch, the ones that onEpoch got", async () => {
    const reports: EpochReport[] = [];
    const history = await networkOf().fit(xor(), {
      epochs: 3,
      learningRate: 0.25,
      onEpoch: (report) => {
        reports.push(report);
      },
    });
    expect(history.epochs).toEqual(reports);
    expect(reports.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    for (const { loss, learningRate, seconds, samplesPerSecond, validation } of reports) {
      expect(loss).toBeGreaterThan(0);
      expect(learningRate).toBe(0.25);
      expect(seconds).toBeGreaterThan(0);
      expect(samplesPerSecond).toBeCloseTo(4 / seconds, 3);
      expect(validation).toBeUndefined();
    }
    const trained = reports.reduce((sum, { seconds }) => sum + seconds, 0);
    expect(history.seconds).toBeGreaterThanOrEqual(trained);
  });

  it("is plain data", async () => {
    const data = Dataset.from({ inputs: [[1], [2]], labels: [0, 1] });
    const history = await networkOf([1, 2]).fit(data, { epochs: 2, validation: data });
    expect(JSON.parse(JSON.stringify(history))).toEqual(history);
    expect(structuredClone(history)).toEqual(history);
  });

  it("tells the mean of the losses before each step", async () => {
    const network = networkOf();
    const { inputs, targets } = smoothRows(6, 2, 1);
    const losses = inputs.map((input, i) => network.clone().train(input, targets[i]));
    const mean = losses.reduce((sum, loss) => sum + loss, 0) / 6;
    const data = Dataset.from({ inputs, targets });
    // At rate 0 no step changes what the next loss is.
    const { epochs } = await network.fit(data, { epochs: 1, learningRate: 0 });
    expect(epochs[0].loss).toBeCloseTo(mean, 6);
  });
});

describe("the learning rate of a fit", () => {
  it("is 0.01 when none is given", async () => {
    const [given, absent] = [networkOf(), networkOf()];
    await given.fit(xor(), { epochs: 2, learningRate: 0.01 });
    const { epochs } = await absent.fit(xor(), { epochs: 2 });
    expect(epochs.map(({ learningRate }) => learningRate)).toEqual([0.01, 0.01]);
    expect(allWeights(absent)).toEqual(allWeights(given));
  });

  it("may depend on the epoch, counted from 1", async () => {
    const asked: number[] = [];
    const network = networkOf();
    const { epochs } = await network.fit(xor(), {
      epochs: 4,
      learningRate: (epoch) => {
        asked.push(epoch);
        return 0.8 / epoch;
      },
    });
    expect(asked).toEqual([1, 2, 3, 4]);
    expect(epochs.map(({ learningRate }) => learningRate)).toEqual([0.8, 0.4, 0.8 / 3, 0.2]);
    const constant = networkOf();
    await constant.fit(xor(), { epochs: 4, learningRate: 0.8 });
    expect(allWeights(network)).not.toEqual(allWeights(constant));
  });

  it("of 0 changes nothing", async () => {
    for (const batchSize of [1, 3]) {
      const network = networkOf();
      const before = allWeights(network);
      await network.fit(xor(), { epochs: 2, learningRate: 0, batchSize });
      expect(allWeights(network)).toEqual(before);
    }
  });
});

describe("onEpoch", () => {
  it("is waited for", async () => {
    const events: string[] = [];
    await networkOf().fit(xor(), {
      epochs: 2,
      learningRate: (epoch) => {
        events.push(`epoch ${epoch} begins`);
        return 0.1;
      },
      onEpoch: async ({ epoch }) => {
        events.push(`epoch ${epoch} is reported`);
        await new Promise((resolve) => setTimeout(resolve, 5));
        events.push(`report ${epoch} is done with`);
      },
    });
    expect(events).toEqual([
      "epoch 1 begins",
      "epoch 1 is reported",
      "report 1 is done with",
      "epoch 2 begins",
      "epoch 2 is reported",
      "report 2 is done with",
    ]);
  });

  it("finds the epoch published: the network answers from it", async () => {
    const network = networkOf();
    const weights: unknown[] = [allWeights(network)];
    await network.fit(xor(), {
      epochs: 3,
      learningRate: 0.5,
      onEpoch: () => {
        weights.push(allWeights(network));
      },
    });
    expect(new Set(weights.map(String)).size).toBe(4);
    expect(weights[3]).toEqual(allWeights(network));
  });
});

describe("validation", () => {
  it("is an evaluation of the published epoch", async () => {
    const network = networkOf([3, 4, 2]);
    const validation = smoothData(11, 3, 2, 2);
    const evaluations: unknown[] = [];
    const { epochs } = await network.fit(smoothData(20, 3, 2), {
      epochs: 2,
      learningRate: 0.2,
      validation,
      onEpoch: async () => {
        evaluations.push((await network.evaluate(validation)).loss);
      },
    });
    expect(epochs.map((report) => report.validation?.loss)).toEqual(evaluations);
    expect(epochs[0].validation).not.toHaveProperty("accuracy");
  });

  it("tells the accuracy for data with classes", async () => {
    const network = networkOf([2, 4, 2]);
    const data = Dataset.from({ inputs: XOR.inputs, labels: [0, 1, 1, 0] });
    const { epochs } = await network.fit(data, { epochs: 1, validation: data });
    expect(epochs[0].validation?.accuracy).toBe((await network.evaluate(data)).accuracy);
  });

  it("leaves the training alone", async () => {
    const [validated, plain] = [networkOf(), networkOf()];
    await validated.fit(xor(), { epochs: 3, validation: xor(), learningRate: 0.5 });
    await plain.fit(xor(), { epochs: 3, learningRate: 0.5 });
    expect(allWeights(validated)).toEqual(allWeights(plain));
  });
});

describe("onProgress", () => {
  it("tells how far the training is, at most ten times a second until the end", async () => {
    const network = new Network([8, 32, 4], { seed: 4 });
    const data = smoothData(500, 8, 4);
    const reports: Progress[] = [];
    const controller = new AbortController();
    const started = performance.now();
    const epochs = 1_000_000;
    const fit = network.fit(data, {
      epochs,
      signal: controller.signal,
      onProgress: (progress) => {
        reports.push(progress);
        if (reports.length === 4) controller.abort();
      },
    });
    expect(await rejectionOf(fit)).toBe(controller.signal.reason);
    const elapsed = performance.now() - started;
    expect(reports.length).toBe(4);
    expect(reports.length).toBeLessThanOrEqual(elapsed / 100 + 1);

    let before = 0;
    for (const { epoch, epochs: all, samples, samplesPerEpoch, samplesPerSecond, secondsLeft, loss } of reports) {
      expect(all).toBe(epochs);
      expect(samplesPerEpoch).toBe(500);
      expect(samples).toBeGreaterThan(0);
      expect(samples).toBeLessThanOrEqual(500);
      const done = (epoch - 1) * 500 + samples;
      expect(done).toBeGreaterThan(before);
      before = done;
      expect(samplesPerSecond).toBeGreaterThan(0);
      expect(secondsLeft * samplesPerSecond).toBeCloseTo(epochs * 500 - done, 3);
      expect(loss).toBeGreaterThan(0);
    }
  });

  it("is called at the very end, in a short training too", async () => {
    const reports: Progress[] = [];
    const onProgress = (progress: Progress) => {
      reports.push(progress);
    };
    const end = { samples: 4, samplesPerEpoch: 4, secondsLeft: 0 };
    const short = await networkOf().fit(xor(), { epochs: 1, onProgress });
    expect(reports).toMatchObject([{ epoch: 1, epochs: 1, ...end }]);
    expect(reports[0].loss).toBe(short.epochs[0].loss);
    reports.length = 0;
    const longer = await networkOf().fit(xor(), { epochs: 7, onProgress });
    expect(reports[0]).toMatchObject({ epoch: 1, epochs: 7, samples: 4 });
    expect(reports[reports.length - 1]).toMatchObject({ epoch: 7, epochs: 7, ...end });
    expect(reports[reports.length - 1].loss).toBe(longer.epochs[6].loss);
  });

  it.each([
    [1, 4],
    [3, 2],
    [9, 1],
  ])("counts the batches of an epoch, in batches of %i", async (batchSize, batches) => {
    const reports: Progress[] = [];
    const onProgress = (progress: Progress) => {
      reports.push(progress);
    };
    await networkOf().fit(xor(), { epochs: 2, batchSize, onProgress });
    for (const { samples, batch, batches: all } of reports) {
      expect(all).toBe(batches);
      expect(batch).toBe(Math.ceil(samples / batchSize));
    }
    expect(reports[reports.length - 1].batch).toBe(batches);
  });

  it("is waited for", async () => {
    const events: string[] = [];
    await networkOf().fit(xor(), {
      epochs: 1,
      onProgress: async () => {
        events.push("progress");
        await new Promise((resolve) => setTimeout(resolve, 5));
        events.push("progress is done with");
      },
      onEpoch: () => {
        events.push("epoch");
      },
    });
    expect(events).toEqual(["progress", "progress is done with", "epoch"]);
  });
});
