import { describe, expect, it } from "vitest";
import { Dataset, type FitOptions, Network, type Values } from "../../src/index.ts";
import { expectRejected, rejectionOf } from "../support/errors.ts";
import { allWeights } from "../support/networks.ts";
import { smoothData, xor } from "../support/samples.ts";

/** More than any test waits for. */
const ENDLESS = 1_000_000_000;

/** A network in training, and the weights it had when it last published an epoch. */
class Training {
  readonly network: Network;
  lastPublished: Values[];
  epochs = 0;
  readonly #data: Dataset;

  constructor(network = new Network([2, 3, 1], { seed: 4 }), data = xor()) {
    this.network = network;
    this.lastPublished = allWeights(network);
    this.#data = data;
  }

  /** Runs a fit that is meant to fail. @returns what it is rejected with */
  failure(options: Partial<FitOptions>): Promise<unknown> {
    const { onEpoch, ...others } = options;
    const fit = this.network.fit(this.#data, {
      epochs: ENDLESS,
      learningRate: 0.2,
      ...others,
      onEpoch: (report) => {
        this.lastPublished = allWeights(this.network);
        this.epochs++;
        return onEpoch?.(report);
      },
    });
    return rejectionOf(fit);
  }

  /** The network holds the last published epoch, is free, and can be trained on. */
  async expectIntact(): Promise<void> {
    expect(allWeights(this.network)).toEqual(this.lastPublished);
    const { epochs } = await this.network.fit(this.#data, { epochs: 1, learningRate: 0.2 });
    expect(epochs.length).toBe(1);
    expect(allWeights(this.network)).not.toEqual(this.lastPublished);
  }
}

/** Long epochs on either backend: several chunks each. */
function longTraining(): Training {
  return new Training(new Network([24, 96, 8], { seed: 4 }), smoothData(12_000, 24, 8));
}

describe("an aborted fit", () => {
  it("does not begin when the signal has been aborted before", async () => {
    const training = new Training();
    let calls = 0;
    const count = () => {
      calls++;
    };
    const reason = new Error("too late");
    const signal = AbortSignal.abort(reason);
    expect(await training.failure({ signal, onEpoch: count, onProgress: count })).toBe(reason);
    expect(calls).toBe(0);
    await training.expectIntact();
  });

  it("keeps the last whole epoch when the signal comes in mid-epoch", async () => {
    const training = longTraining();
    const controller = new AbortController();
    const failure = await training.failure({
      signal: controller.signal,
      onProgress: ({ epoch }) => {
        if (epoch >= 2) controller.abort();
      },
    });
    expect(failure).toBe(controller.signal.reason);
    expect(failure).toMatchObject({ name: "AbortError" });
    expect(training.epochs).toBeGreaterThan(0);
    await training.expectIntact();
  });

  it("keeps what it had when the signal comes in the first epoch", async () => {
    const training = longTraining();
    const controller = new AbortController();
    const reason = { any: "value" };
    const failure = await training.failure({
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    });
    expect(failure).toBe(reason);
    expect(training.epochs).toBe(0);
    await training.expectIntact();
  });

  it("keeps what it had when the signal comes right after the last sample of an epoch", async () => {
    const training = new Training();
    const controller = new AbortController();
    const progress: number[] = [];
    const failure = await training.failure({
      signal: controller.signal,
      onProgress: ({ samples }) => {
        progress.push(samples);
        controller.abort();
      },
    });
    expect(failure).toBe(controller.signal.reason);
    // All four samples of XOR are trained, but the epoch is not published.
    expect(progress).toEqual([4]);
    expect(training.epochs).toBe(0);
    await training.expectIntact();
  });

  it("stops within an epoch that would take minutes", async () => {
    const size = 1_000_000;
    const data = Dataset.from({ inputs: new Uint8Array(size), targets: new Float32Array(size), size });
    const network = new Network([1, 512, 512, 1], { seed: 4 });
    const before = allWeights(network);
    const controller = new AbortController();
    const options = { epochs: 1, shuffle: false, signal: controller.signal, onProgress: () => controller.abort() };
    expect(await rejectionOf(network.fit(data, options))).toBe(controller.signal.reason);
    expect(allWeights(network).every((weights, l) => weights.every((weight, i) => weight === before[l][i]))).toBe(true);
  });

  it("stops when a timer says so, between epochs or within one", async () => {
    for (const training of [new Training(), longTraining()]) {
      const failure = await training.failure({ signal: AbortSignal.timeout(60) });
      expect(failure).toMatchObject({ name: "TimeoutError" });
      await training.expectIntact();
    }
  });

  it("keeps the epoch that was just published when onEpoch aborts", async () => {
    const training = new Training();
    const controller = new AbortController();
    const failure = await training.failure({
      signal: controller.signal,
      onEpoch: ({ epoch }) => {
        if (epoch === 3) controller.abort(new Error("enough"));
      },
    });
    expect(failure).toMatchObject({ message: "enough" });
    expect(training.epochs).toBe(3);
    await training.expectIntact();
  });

  it("ends well after all when the signal comes once the last epoch is published", async () => {
    const controller = new AbortController();
    const { epochs } = await new Network([2, 3, 1]).fit(xor(), {
      epochs: 2,
      signal: controller.signal,
      onEpoch: ({ epoch }) => {
        if (epoch === 2) controller.abort();
      },
    });
    expect(epochs.length).toBe(2);
  });

  it("keeps a whole epoch when the signal comes during validation", async () => {
    const training = new Training(new Network([2, 3, 2], { seed: 4 }), smoothData(4, 2, 2));
    const controller = new AbortController();
    const failure = await training.failure({
      signal: controller.signal,
      learningRate: (epoch) => {
        // An epoch of four samples is over in the first of the turns to come, its validation is not.
        if (epoch === 2) setTimeout(() => controller.abort(), 20);
        return 0.2;
      },
      validation: smoothData(200_000, 2, 2),
    });
    expect(failure).toBe(controller.signal.reason);
    expect(training.epochs).toBeGreaterThan(0);
    await training.expectIntact();
  });

  it("leaves no listener on the signal", async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const counting = new Proxy(signal, {
      get(target, key) {
        if (key === "addEventListener") listeners++;
        if (key === "removeEventListener") listeners--;
        const value = Reflect.get(target, key, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    await new Network([2, 3, 1]).fit(xor(), { epochs: 2, signal: counting });
    expect(listeners).toBe(0);
  });
});

describe("a fit whose callback fails", () => {
  const thrown = new Error("the disk is full");

  it("ends with what onEpoch throws, after the epoch is published", async () => {
    const training = new Training();
    const onEpoch = ({ epoch }: { epoch: number }) => {
      if (epoch === 3) throw thrown;
    };
    expect(await training.failure({ onEpoch })).toBe(thrown);
    await training.expectIntact();
  });

  it("ends with what onEpoch rejects with", async () => {
    const training = new Training();
    const onEpoch = ({ epoch }: { epoch: number }) => (epoch === 2 ? Promise.reject(thrown) : Promise.resolve());
    expect(await training.failure({ onEpoch })).toBe(thrown);
    await training.expectIntact();
  });

  it("ends with what onProgress throws, and half an epoch is forgotten", async () => {
    const training = longTraining();
    const onProgress = () => {
      throw thrown;
    };
    expect(await training.failure({ onProgress })).toBe(thrown);
    expect(training.epochs).toBe(0);
    await training.expectIntact();
  });

  it("ends with what onProgress rejects with", async () => {
    const training = longTraining();
    expect(await training.failure({ onProgress: () => Promise.reject(thrown) })).toBe(thrown);
    expect(training.epochs).toBe(0);
    await training.expectIntact();
  });

  it("ends with what the learning rate's function throws or answers", async () => {
    const training = new Training();
    const failing = (epoch: number) => {
      if (epoch === 3) throw thrown;
      return 0.2;
    };
    expect(await training.failure({ learningRate: failing })).toBe(thrown);
    await training.expectIntact();
    const answering = new Training();
    const learningRate = (epoch: number) => (epoch === 3 ? Number.NaN : 0.2);
    expect(await answering.failure({ learningRate })).toMatchObject({
      code: "ERR_OPTION",
      message: expect.stringContaining("options.learningRate(3) is NaN"),
    });
    await answering.expectIntact();
  });
});

describe.each(["float32", "float64"] as const)("a fit that diverges in %s", (dtype) => {
  const make = () => new Network([2, 3, 1], { seed: 4, dtype, activation: "linear", outputActivation: "linear" });

  it.each([1, 3])("in batches of %i keeps the weights of the last good epoch", async (batchSize) => {
    const training = new Training(make(), smoothData(50, 2, 1));
    // Each step multiplies the error by the rate, until it overflows within the epoch.
    const learningRate = (epoch: number) => (epoch < 3 ? 0.01 : 1e12);
    const failure = await training.failure({ learningRate, batchSize });
    expect(failure).toMatchObject({
      name: "DownhillError",
      code: "ERR_DIVERGED",
      message: expect.stringMatching(/^epoch 3: the loss of sample \d+, number \d+ of 50, is not finite; .* epoch 2\./),
    });
    expect(allWeights(training.network)).toEqual(training.lastPublished);
    for (const weights of allWeights(training.network)) expect(weights.every(Number.isFinite)).toBe(true);
    const { epochs } = await training.network.fit(smoothData(50, 2, 1), { epochs: 1, learningRate: 0.01 });
    expect(epochs[0].loss).toBeLessThan(10);
  });

  it("in the first epoch keeps the weights from before", async () => {
    const training = new Training(make(), smoothData(50, 2, 1));
    await expectRejected(
      training.network.fit(smoothData(50, 2, 1), { epochs: 5, learningRate: 1e12 }),
      "ERR_DIVERGED",
      "epoch 1: the loss of sample",
      "the network keeps the weights it had before",
      "A smaller learningRate (it is 1000000000000)",
    );
    expect(allWeights(training.network)).toEqual(training.lastPublished);
  });

  it("in the last step of an epoch is seen as well", async () => {
    const network = new Network([1, 1], { seed: 4, dtype, outputActivation: "linear" });
    const before = allWeights(network);
    const data = Dataset.from({ inputs: [[1]], targets: [[1000]] });
    const learningRate = dtype === "float32" ? 1e38 : 1e308;
    for (const batchSize of [1, 2]) {
      const fit = network.fit(data, { epochs: 2, learningRate, batchSize });
      await expectRejected(fit, "ERR_DIVERGED", "epoch 1: a weight at the end is not finite");
      expect(allWeights(network)).toEqual(before);
    }
  });
});
