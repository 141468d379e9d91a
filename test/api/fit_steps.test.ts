import { describe, expect, it } from "vitest";
import { Dataset, type FitOptions, Network } from "../../src/index.ts";
import { expectClose } from "../support/closeness.ts";
import { meanGradients, stepByHand, type Update } from "../support/hand_steps.ts";
import { lossesOf } from "../support/histories.ts";
import { allWeights } from "../support/networks.ts";
import { normOf } from "../support/norm.ts";
import { samplesIn, smoothData } from "../support/samples.ts";

const data = smoothData(10, 3, 2);
const samples = samplesIn(data);

function networkOf(): Network {
  return new Network([3, 4, 2], { seed: 6, dtype: "float64", activation: "tanh" });
}

async function fitted(options: Partial<FitOptions>) {
  const network = networkOf();
  const history = await network.fit(data, { epochs: 1, learningRate: 0.2, shuffle: false, ...options });
  return { network, history };
}

function expectSameWeights(actual: Network, expected: Network): void {
  allWeights(expected).forEach((weights, l) => {
    expectClose(allWeights(actual)[l], weights, "float64", `layer ${l}: weight`);
  });
}

/** The norm of the first gradient over all samples is about this. */
const NORM = normOf(meanGradients(networkOf(), samples).gradients);
const ETA = 0.2;
const LAMBDA = 0.3;

describe("a step of fit on all samples", () => {
  it.each<[string, Partial<FitOptions>, Update]>([
    ["alone", {}, (w, g) => w - ETA * g],
    ["with weight decay", { weightDecay: LAMBDA }, (w, g, isBias) => w - ETA * (g + (isBias ? 0 : LAMBDA) * w)],
    ["with a gradient that is clipped", { clipGradientNorm: NORM / 4 }, (w, g) => w - ETA * (g / 4)],
    ["with a gradient too small to be clipped", { clipGradientNorm: NORM * 1.01 }, (w, g) => w - ETA * g],
    [
      "with both",
      { clipGradientNorm: NORM / 4, weightDecay: LAMBDA },
      (w, g, isBias) => w - ETA * (g / 4 + (isBias ? 0 : LAMBDA) * w),
    ],
    // The first step of adam: its means are those of one gradient, and the decay is decoupled (AdamW).
    ["of adam", { optimizer: "adam" }, (w, g) => w - (ETA * g) / (Math.abs(g) + 1e-8)],
    [
      "of adam with weight decay",
      { optimizer: "adam", weightDecay: LAMBDA },
      (w, g, isBias) => w * (1 - (isBias ? 0 : ETA * LAMBDA)) - (ETA * g) / (Math.abs(g) + 1e-8),
    ],
    ["of rmsprop", { optimizer: "rmsprop" }, (w, g) => w - (ETA * g) / (Math.sqrt(0.01) * Math.abs(g) + 1e-8)],
  ])("%s is the one written by hand", async (_what, options, update) => {
    const { network } = await fitted({ batchSize: 10, ...options });
    const reference = networkOf();
    const { gradients } = meanGradients(reference, samples);
    stepByHand(reference, gradients, (w, g, isBias, at) => {
      // PyTorch's clip_grad_norm_ adds 1e-6 to the norm.
      const exact = options.clipGradientNorm === NORM / 4 ? (g * NORM) / (NORM + 1e-6) : g;
      return update(w, exact, isBias, at);
    });
    expectSameWeights(network, reference);
  });

  it.each([false, true])("after another keeps its momentum, Nesterov's: %s", async (nesterov) => {
    const optimizer = { type: "sgd", momentum: 0.7, nesterov } as const;
    const { network } = await fitted({ batchSize: 10, epochs: 3, optimizer });
    const reference = networkOf();
    const velocity = new Float64Array(network.parameterCount);
    for (let step = 0; step < 3; step++) {
      stepByHand(reference, meanGradients(reference, samples).gradients, (w, g, _isBias, at) => {
        velocity[at] = 0.7 * velocity[at] + g;
        return w - ETA * (nesterov ? g + 0.7 * velocity[at] : velocity[at]);
      });
    }
    expectSameWeights(network, reference);
  });
});

describe("the steps of fit in batches", () => {
  it.each([1, 4])("of %i are clipped and decay one by one", async (batchSize) => {
    // Between the norms of the batches: some are clipped and some are not.
    const norms: number[] = [];
    const clipGradientNorm = 0.2;
    const { network } = await fitted({ batchSize, clipGradientNorm, weightDecay: 0.05 });
    const reference = networkOf();
    for (let begin = 0; begin < 10; begin += batchSize) {
      const { gradients } = meanGradients(reference, samples.slice(begin, begin + batchSize));
      const norm = normOf(gradients);
      norms.push(norm);
      const clip = Math.min(1, clipGradientNorm / (norm + 1e-6));
      stepByHand(reference, gradients, (w, g, isBias) => w - ETA * (clip * g + (isBias ? 0 : 0.05 * w)));
    }
    expect(Math.min(...norms)).toBeLessThan(clipGradientNorm);
    expect(Math.max(...norms)).toBeGreaterThan(clipGradientNorm);
    expectSameWeights(network, reference);
  });
});

describe("a learning rate for each step", () => {
  it.each([
    [1, 10],
    [4, 3],
    [10, 1],
  ])("is asked for, and taken, in batches of %i", async (batchSize, steps) => {
    const asked: (readonly [number, number])[] = [];
    const rateOf = (epoch: number, step: number) => 0.3 / (epoch + step);
    const learningRate = (epoch: number, step: number) => {
      asked.push([epoch, step]);
      return rateOf(epoch, step);
    };
    const { network, history } = await fitted({ batchSize, epochs: 3, learningRate });
    const all = [1, 2, 3].flatMap((epoch) => Array.from({ length: steps }, (_, step) => [epoch, step] as const));
    expect(asked).toEqual(all);
    const reference = networkOf();
    for (const [epoch, step] of all) {
      const { gradients } = meanGradients(reference, samples.slice(step * batchSize, (step + 1) * batchSize));
      stepByHand(reference, gradients, (w, g) => w - rateOf(epoch, step) * g);
    }
    expectSameWeights(network, reference);
    // An epoch reports the rate of its last step.
    expect(history.epochs.map((report) => report.learningRate)).toEqual([1, 2, 3].map((e) => rateOf(e, steps - 1)));
  });

  it("of a schedule goes through all epochs", async () => {
    const cosine = { type: "cosine", learningRate: 0.4, minimum: 0.1 } as const;
    const { network } = await fitted({ batchSize: 5, epochs: 3, learningRate: cosine });
    const reference = networkOf();
    for (let step = 0; step < 6; step++) {
      const { gradients } = meanGradients(reference, samples.slice((step % 2) * 5, (step % 2) * 5 + 5));
      const rate = 0.1 + (0.3 * (1 + Math.cos((Math.PI * step) / 5))) / 2;
      stepByHand(reference, gradients, (w, g) => w - rate * g);
    }
    expectSameWeights(network, reference);
  });
});

describe("dropout", () => {
  it("changes the training, by the seed, and each hidden layer by its share", async () => {
    const deep = async (options: Partial<FitOptions>) => {
      const network = new Network([3, 6, 5, 2], { seed: 6 });
      await network.fit(data, { epochs: 2, batchSize: 4, ...options });
      return allWeights(network);
    };
    const plain = await deep({});
    const dropped = await deep({ dropout: 0.4 });
    expect(await deep({ dropout: [0.4, 0.4] })).toEqual(dropped);
    expect(await deep({ dropout: 0 })).toEqual(plain);
    const outcomes = [plain, dropped, await deep({ dropout: [0.4, 0] }), await deep({ dropout: [0, 0.4] })];
    expect(new Set(outcomes.map(String)).size).toBe(4);
    const seeded = (seed: number) => deep({ dropout: 0.4, seed, shuffle: false });
    expect(await seeded(1)).toEqual(await seeded(1));
    expect(await seeded(1)).not.toEqual(await seeded(2));
  });

  it("draws anew for every epoch and sample", async () => {
    // Without steps the loss of equal samples tells which units were left out.
    const { input, target } = samples[0];
    const network = new Network([3, 8, 2], { seed: 6, dtype: "float64" });
    const losses = async (count: number, epochs: number) => {
      const equal = Dataset.from({ inputs: new Array(count).fill(input), targets: new Array(count).fill(target) });
      const history = await network.fit(equal, { epochs, learningRate: 0, dropout: 0.5, batchSize: 2 });
      return lossesOf(history);
    };
    const alone = await losses(1, 12);
    expect(new Set(alone).size).toBeGreaterThan(8);
    expect(alone).not.toContain(network.gradients(input, target).loss);
    const [mean] = await losses(2, 1);
    const second = 2 * mean - alone[0];
    expect(Math.abs(second - alone[0])).toBeGreaterThan(1e-6);
  });

  it("leaves predictions and evaluations alone", async () => {
    const network = networkOf();
    const validation = smoothData(30, 3, 2, 7);
    const { epochs } = await network.fit(data, { epochs: 2, batchSize: 4, dropout: 0.5, validation });
    const copy = networkOf();
    for (const layer of [0, 1]) copy.setWeights(layer, network.weights(layer));
    const outputs = samples.map(({ input }) => network.predict(input));
    expect(outputs).toEqual(samples.map(({ input }) => copy.predict(input)));
    const evaluation = await copy.evaluate(validation);
    expect(await network.evaluate(validation)).toEqual(evaluation);
    expect(epochs[1].validation?.loss).toBe(evaluation.loss);
  });
});
