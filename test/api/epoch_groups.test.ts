import { describe, expect, it } from "vitest";
import { type FitOptions, Network } from "../../src/index.ts";
import { expectRejected, rejectionOf } from "../support/errors.ts";
import { allWeights } from "../support/networks.ts";
import { samplesIn, smoothData } from "../support/samples.ts";

/**
 * Short epochs of a fit are trained together unless somebody looks at each of them. Whether or not, the outcome is the
 * same: here one fit is looked at and the other is not.
 */
const data = smoothData(9, 3, 2);
const onEpoch = () => {};

function networkOf(): Network {
  return new Network([3, 5, 2], { seed: 5, activation: "linear", outputActivation: "linear", dtype: "float64" });
}

describe("short epochs", () => {
  it.each([1, 4, 20])("have the same outcome together and one by one, in batches of %i", async (batchSize) => {
    const rates: number[][] = [[], []];
    const [together, alone] = [networkOf(), networkOf()];
    const optionsOf = (i: number): FitOptions => ({
      epochs: 500,
      batchSize,
      learningRate: (epoch) => {
        rates[i].push(epoch);
        return 0.02 / Math.sqrt(epoch);
      },
    });
    const histories = [
      await together.fit(data, optionsOf(0)),
      await alone.fit(data, { ...optionsOf(1), onEpoch }),
    ] as const;
    const [actual, expected] = histories.map(({ epochs }) =>
      epochs.map(({ epoch, loss, learningRate }) => ({ epoch, loss, learningRate })),
    );
    expect(actual.length).toBe(500);
    expect(actual).toEqual(expected);
    expect(rates[0]).toEqual(rates[1]);
    expect(allWeights(together)).toEqual(allWeights(alone));
    for (const { epochs } of histories) {
      for (const { seconds, samplesPerSecond } of epochs) expect(seconds >= 0 && samplesPerSecond > 0).toBe(true);
    }
  });

  it("are those that single steps make", async () => {
    const [fitted, stepped] = [networkOf(), networkOf()];
    const { epochs } = await fitted.fit(data, { epochs: 40, learningRate: 0.05, shuffle: false });
    for (const { loss } of epochs) {
      let sum = 0;
      for (const { input, target } of samplesIn(data)) sum += stepped.train(input, target, { learningRate: 0.05 });
      expect(loss).toBe(sum / data.size);
    }
    expect(allWeights(fitted)).toEqual(allWeights(stepped));
  });

  it("end at the same place when they diverge, with the last good epoch kept", async () => {
    for (const diverging of [1, 2, 17]) {
      const [together, alone] = [networkOf(), networkOf()];
      const options = { epochs: 30, learningRate: (epoch: number) => (epoch < diverging ? 0.01 : 1e4) };
      const { message } = await expectRejected(alone.fit(data, { ...options, onEpoch }), "ERR_DIVERGED", "epoch ");
      const failure = await expectRejected(together.fit(data, options), "ERR_DIVERGED");
      expect(failure.message).toBe(message);
      expect(allWeights(together)).toEqual(allWeights(alone));
      const good = networkOf();
      const epochs = Number(/^epoch (\d+):/.exec(message)?.[1]) - 1;
      if (epochs > 0) await good.fit(data, { ...options, epochs });
      expect(allWeights(together)).toEqual(allWeights(good));
    }
  });

  it("before one without a learning rate are trained and kept", async () => {
    const [together, alone] = [networkOf(), networkOf()];
    const learningRate = (epoch: number) => (epoch < 6 ? 0.01 : Number.NaN);
    const message = "options.learningRate(6) is NaN";
    await expectRejected(together.fit(data, { epochs: 30, learningRate }), "ERR_OPTION", message);
    await expectRejected(alone.fit(data, { epochs: 30, learningRate, onEpoch }), "ERR_OPTION", message);
    expect(allWeights(together)).toEqual(allWeights(alone));
    expect(allWeights(together)).not.toEqual(allWeights(networkOf()));
  });

  it("end soon after an abort, and leave a network that goes on", async () => {
    const network = networkOf();
    const controller = new AbortController();
    const fit = network.fit(data, { epochs: 1_000_000_000, signal: controller.signal });
    setTimeout(() => controller.abort(), 5);
    expect(await rejectionOf(fit)).toBe(controller.signal.reason);
    await network.fit(data, { epochs: 2 });
    expect(allWeights(network).every((weights) => weights.every(Number.isFinite))).toBe(true);
  });
});
