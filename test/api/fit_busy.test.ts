import { describe, expect, it } from "vitest";
import { type FitOptions, Network, type Progress, type Values } from "../../src/index.ts";
import { expectRejected, expectThrown } from "../support/errors.ts";
import { allWeights } from "../support/networks.ts";
import { smoothData, smoothRows } from "../support/samples.ts";

const data = smoothData(4000, 16, 4);
const inputs = smoothRows(5, 16, 4, 9).inputs;
const [input] = inputs;
const [target] = smoothRows(1, 16, 4, 9).targets;

function freshNetwork(): Network {
  return new Network([16, 48, 4], { seed: 4 });
}

/** Fits until `look`, which onProgress calls in mid-training, has been called `times` times. */
async function watched(network: Network, look: () => void, times = 3): Promise<void> {
  const controller = new AbortController();
  let calls = 0;
  const options: FitOptions = {
    epochs: 1_000_000,
    learningRate: 0.1,
    signal: controller.signal,
    onProgress: () => {
      look();
      calls++;
      if (calls === times) controller.abort();
    },
  };
  await network.fit(data, options).catch((reason: unknown) => {
    if (reason !== controller.signal.reason) throw reason;
  });
  expect(calls).toBe(times);
}

describe("while a network is being fitted", () => {
  it("nothing else may change it, and afterwards it may be changed again", async () => {
    const network = freshNetwork();
    const busy = "is not possible while the network is being fitted";
    const attempts: Promise<unknown>[] = [];
    await watched(network, () => {
      const before = allWeights(network);
      expectThrown(() => network.train(input, target), "ERR_BUSY", `train ${busy}`);
      expectThrown(() => network.setWeights(1, network.weights(1)), "ERR_BUSY", `setWeights ${busy}`);
      attempts.push(expectRejected(network.fit(data, { epochs: 1 }), "ERR_BUSY", `fit ${busy}`));
      expect(allWeights(network)).toEqual(before);
    });
    await Promise.all(attempts);
    expect(attempts.length).toBe(3);

    expect(network.train(input, target)).toBeGreaterThan(0);
    network.setWeights(1, network.weights(1));
    expect((await network.fit(data, { epochs: 1 })).epochs.length).toBe(1);
  });

  it("it is busy from the call on, in its callbacks too", async () => {
    const network = freshNetwork();
    const fit = network.fit(data, {
      epochs: 1,
      onEpoch: async () => {
        expectThrown(() => network.train(input, target), "ERR_BUSY");
        await expectRejected(network.fit(data, { epochs: 1 }), "ERR_BUSY");
      },
    });
    expectThrown(() => network.train(input, target), "ERR_BUSY");
    await fit;
    expect(network.train(input, target)).toBeGreaterThan(0);
  });

  it("a refused second fit does not end the first", async () => {
    const expected = freshNetwork();
    await expected.fit(data, { epochs: 2 });
    const network = freshNetwork();
    const first = network.fit(data, { epochs: 2 });
    await expectRejected(network.fit(data, { epochs: 1 }), "ERR_BUSY");
    expectThrown(() => network.train(input, target), "ERR_BUSY");
    await first;
    expect(allWeights(network)).toEqual(allWeights(expected));
  });

  it("everything that only reads answers from the last published epoch", async () => {
    const network = freshNetwork();
    let published = network.clone();
    let looks = 0;
    const later: Promise<unknown>[] = [];
    const controller = new AbortController();
    const look = ({ epoch }: Progress) => {
      looks++;
      expect(allWeights(network)).toEqual(allWeights(published));
      expect(network.predict(input)).toEqual(published.predict(input));
      expect(network.predictBatch(inputs)).toEqual(published.predictBatch(inputs));
      expect(network.gradients(input, target)).toEqual(published.gradients(input, target));
      expect(network.checkGradients(input, target)).toEqual(published.checkGradients(input, target));
      expect(network.toJSON()).toEqual(published.toJSON());
      expect(network.clone().toJSON()).toEqual(published.toJSON());
      const expected = published;
      const outputs = published.predictBatch(inputs);
      later.push(
        network.predictBatchAsync(inputs).then((given) => expect(given).toEqual(outputs)),
        Promise.all([network.evaluate(data), expected.evaluate(data)]).then(([given, wanted]) => {
          expect(given).toEqual(wanted);
        }),
      );
      if (epoch > 2) controller.abort();
    };
    const timer = setInterval(() => expect(network.predict(input)).toEqual(published.predict(input)), 5);
    try {
      const fit = network.fit(data, {
        epochs: 1_000_000,
        learningRate: 0.1,
        signal: controller.signal,
        onProgress: look,
        onEpoch: () => {
          published = network.clone();
        },
      });
      await expect(fit).rejects.toBeInstanceOf(DOMException);
    } finally {
      clearInterval(timer);
    }
    await Promise.all(later);
    expect(looks).toBeGreaterThan(1);
    expect(later.length).toBe(2 * looks);
    expect(allWeights(published)).not.toEqual(allWeights(freshNetwork()));
    expect(allWeights(network)).toEqual(allWeights(published));
  });

  it("what it answers meanwhile does not disturb the training", async () => {
    const run = async (disturb: (network: Network) => void): Promise<[loss: number, weights: Values[]]> => {
      const network = freshNetwork();
      const timer = setInterval(() => disturb(network), 1);
      try {
        const { epochs } = await network.fit(data, { epochs: 3, batchSize: 3, learningRate: 0.1 });
        return [epochs[2].loss, allWeights(network)];
      } finally {
        clearInterval(timer);
      }
    };
    const alone = await run(() => {});
    const disturbed = await run((network) => {
      network.predict(input);
      network.predictBatch(inputs);
      network.gradients(input, target);
    });
    expect(disturbed).toEqual(alone);
  });

  it("a clone may be trained", async () => {
    const network = freshNetwork();
    await watched(network, () => {
      const copy = network.clone();
      expect(copy.train(input, target, { learningRate: 0.5 })).toBeGreaterThan(0);
      expect(allWeights(copy)).not.toEqual(allWeights(network));
    });
  });
});
