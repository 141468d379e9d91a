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
    const [together, alone] = [networkOf(), networkOf()];
    const options: FitOptions = {
      epochs: 500,
      batchSize,
      learningRate: { type: "exponential", learningRate: 0.02, factor: 0.995 },
    };
    const histories = [await together.fit(data, options), await alone.fit(data, { ...options, onEpoch })] as const;
    const [actual, expected] = histories.map(({ epochs }) =>
      epochs.map(({ epoch, loss, learningRate }) => ({ epoch, loss, learningRate })),
    );
    expect(actual.length).toBe(500);
    expect(actual).toEqual(expected);
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
      const learningRate =
        diverging === 1 ? 1e4 : { type: "step" as const, learningRate: 0.01, every: diverging - 1, factor: 1e6 };
      const options = { epochs: 30, learningRate };
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

  it("are not what a function of the epoch is asked for, which may look at anything", async () => {
    const network = networkOf();
    const before: boolean[] = [];
    const first = allWeights(network);
    const learningRate = (epoch: number) => {
      before.push(epoch === 1 || JSON.stringify(allWeights(network)) !== JSON.stringify(first));
      return 0.01;
    };
    await network.fit(data, { epochs: 5, learningRate });
    expect(before).toEqual([true, true, true, true, true]);
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
