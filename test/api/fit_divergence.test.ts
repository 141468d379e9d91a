import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Dataset, type FitOptions, Network } from "../../src/index.ts";
import { expectRejected } from "../support/errors.ts";
import { temporaryFolder } from "../support/folder.ts";
import { meanGradients } from "../support/hand_steps.ts";
import { untimed } from "../support/histories.ts";
import { allWeights } from "../support/networks.ts";
import { normOf } from "../support/norm.ts";
import { smoothData } from "../support/samples.ts";

const folder = temporaryFolder();
const data = smoothData(18, 3, 2);
const LINEAR = { activation: "linear", outputActivation: "linear", dtype: "float64" } as const;

function networkOf(): Network {
  return new Network([3, 5, 2], { seed: 5, ...LINEAR });
}

/** To four digits, as messages have numbers. */
function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}

describe("a fit that diverges", () => {
  it.each([1, 4])("says where, after what, why, and what to change, in batches of %i", async (batchSize) => {
    const network = networkOf();
    const losses: number[] = [];
    const learningRate = (epoch: number, step: number) => (epoch < 3 ? 0.01 : 1e60 + step * 1e57);
    const fit = network.fit(data, {
      epochs: 9,
      batchSize,
      learningRate,
      onEpoch: ({ loss }) => void losses.push(loss),
    });
    const { message } = await expectRejected(fit, "ERR_DIVERGED");
    const place = /^epoch 3: the loss of sample (\d+), number (\d+) of 18, is not finite; /.exec(message);
    const [sample, number] = [Number(place?.[1]), Number(place?.[2])];
    const batch = Math.ceil(number / batchSize);
    expect(losses.length).toBe(2);
    expect(message).toContain("; the network keeps the weights of epoch 2.");
    expect(message).toMatch(new RegExp(`\\. By batch ${batch} layer \\d had `));
    expect(message).toContain(`; the last good loss was ${short(losses[1])}.`);
    // Of the step it happened in.
    expect(message).toContain(`A smaller learningRate (it is ${1e60 + (batch - 1) * 1e57}) or clipGradientNorm`);
    const { gradients } = meanGradients(network, [data.sample(sample)]);
    expect(message).toContain(`The steps are too large: `);
    expect(message).toContain(`the gradient of that sample had a norm of ${short(normOf(gradients))}.`);
    const good = networkOf();
    await good.fit(data, { epochs: 2, batchSize, learningRate });
    expect(allWeights(network)).toEqual(allWeights(good));
  });

  it("names the column that is not scaled", async () => {
    const inputs = Array.from({ length: 10 }, (_, i) => [0.5, i * 1e9]);
    const wide = Dataset.from({ inputs, targets: inputs.map(() => [1]) });
    const network = new Network([2, 1], { seed: 5, ...LINEAR });
    const before = allWeights(network);
    const cause = "The inputs are not scaled: column 1 goes from 0 to 9000000000.";
    const fit = network.fit(wide, { epochs: 50, learningRate: 1 });
    await expectRejected(fit, "ERR_DIVERGED", "epoch 1: ", "the weights it had before.", "layer 0 had", cause);
    expect(allWeights(network)).toEqual(before);
  });

  it.each([
    // ψ is −18 for the output and −18 w for the layer below: one of them is too large for the rate.
    [0, 1e200, 1e108],
    [1, 1e-200, 1e307],
  ])("names layer %i if that one broke", async (layer, w, learningRate) => {
    const network = new Network([1, 1, 1], { initializer: "zeros", ...LINEAR });
    network.setWeights(1, [[w, 0]]);
    const fit = network.fit(Dataset.from({ inputs: [[1]], targets: [[9]] }), { epochs: 1, learningRate });
    await expectRejected(fit, "ERR_DIVERGED", "a weight at the end is not finite", `By batch 1 layer ${layer} had`);
  });

  it("leaves a checkpoint from which a tamer training goes on", async () => {
    const path = join(folder, "checkpoint");
    const options = { batchSize: 4, optimizer: "adam" } as const;
    const wild = (epoch: number) => (epoch < 4 ? 0.01 : 1e300);
    const fit = networkOf().fit(data, { ...options, epochs: 6, learningRate: wild, checkpoint: { path } });
    await expectRejected(fit, "ERR_DIVERGED", "epoch 4: ", "the weights of epoch 3");
    const [resumed, tame] = [networkOf(), networkOf()];
    const learningRate = () => 0.01;
    const history = await resumed.fit(data, { ...options, epochs: 6, learningRate, resumeFrom: path });
    expect(untimed(history)).toEqual(untimed(await tame.fit(data, { ...options, epochs: 6, learningRate })));
    expect(allWeights(resumed)).toEqual(allWeights(tame));
  });
});

describe("short epochs that are trained together, one of which diverges", () => {
  const OPTIONS: Readonly<Record<string, Partial<FitOptions>>> = {
    "adam, in batches": { optimizer: "adam", batchSize: 4 },
    "adam, online, with decay": { optimizer: "adam", weightDecay: 0.01 },
    momentum: { optimizer: { type: "sgd", momentum: 0.9 }, batchSize: 4 },
    rmsprop: { optimizer: "rmsprop", batchSize: 6 },
    "dropout and class weights": { dropout: 0.2, batchSize: 4 },
    "a rate for every step": { batchSize: 4 },
  };

  it.each(Object.entries(OPTIONS))("end as they do one by one: %s", async (name, changes) => {
    for (const diverging of [1, 2, 23]) {
      const perStep = (epoch: number, step: number) => (epoch < diverging ? 0.01 / (1 + step) : 1e300);
      const learningRate = name === "a rate for every step" ? perStep : (epoch: number) => perStep(epoch, 0);
      const options = { epochs: 40, ...changes, learningRate };
      const [together, alone, good] = [networkOf(), networkOf(), networkOf()];
      const reported: number[] = [];
      const watched = alone.fit(data, { ...options, onEpoch: ({ epoch }) => void reported.push(epoch) });
      const { message } = await expectRejected(watched, "ERR_DIVERGED", `epoch ${diverging}: `);
      expect(reported.length).toBe(diverging - 1);
      expect((await expectRejected(together.fit(data, options), "ERR_DIVERGED")).message).toBe(message);
      if (diverging > 1) await good.fit(data, { ...options, epochs: diverging - 1 });
      for (const network of [together, alone]) expect(allWeights(network)).toEqual(allWeights(good));
    }
  });

  it("can be trained on", async () => {
    const network = networkOf();
    const learningRate = (epoch: number) => (epoch < 5 ? 0.01 : 1e300);
    await expectRejected(network.fit(data, { epochs: 40, learningRate, optimizer: "adam" }), "ERR_DIVERGED");
    const { epochs } = await network.fit(data, { epochs: 30, learningRate: 0.01, optimizer: "adam" });
    expect(epochs[29].loss).toBeLessThan(epochs[0].loss);
  });
});
