import { describe, expect, it } from "vitest";
import { Dataset, type FitOptions, Network } from "../../src/index.ts";
import { expectRejected, rejectionOf } from "../support/errors.ts";
import { allWeights } from "../support/networks.ts";
import { smoothRows } from "../support/samples.ts";

const { inputs, targets } = smoothRows(12, 3, 2);
const raw = Dataset.from({ inputs: inputs.map((row) => row.map((x) => 100 + 40 * x)), targets });
const data = raw.normalize();
const input = raw.sample(0).input;

function networkOf(outputActivation: "sigmoid" | "linear" = "sigmoid"): Network {
  return new Network([3, 4, 2], { seed: 6, dtype: "float64", outputActivation });
}

/** Expects a network with these weights and the data's statistics, or none. */
function expectPair(network: Network, like: Network, isNormalized: boolean): void {
  expect(allWeights(network)).toEqual(allWeights(like));
  expect(network.normalization).toEqual(isNormalized ? data.normalization : undefined);
  const { normalization, ...saved } = like.toJSON();
  const plain = Network.fromJSON(saved);
  expect(network.predict(input)).toEqual(plain.predict(isNormalized ? data.sample(0).input : input));
}

/** The network of a fit of normalized data that went so far without trouble. */
async function trained(epochs: number, network = networkOf()): Promise<Network> {
  if (epochs > 0) await network.fit(data, { epochs, learningRate: 0.2 });
  return network;
}

describe("the statistics of normalized data", () => {
  it("are published with the first epoch, and with every answer the weights that belong to them", async () => {
    const network = networkOf();
    const [before, first, second] = [await trained(0), await trained(1), await trained(2)];
    let progress = 0;
    const options: FitOptions = {
      epochs: 2,
      learningRate: 0.2,
      onProgress: () => {
        // All samples of the first epoch are trained, but it is not published.
        if (progress++ === 0) expectPair(network, before, false);
      },
      onEpoch: ({ epoch }) => expectPair(network, epoch === 1 ? first : second, true),
    };
    await network.fit(data, options);
    expect(progress).toBeGreaterThan(0);
    expectPair(network, second, true);
    for (const copy of [network.clone(), Network.fromJSON(network.toJSON())]) expectPair(copy, second, true);
  });

  it.each([
    ["aborted", "onEpoch"],
    ["aborted", "onProgress"],
    ["thrown out of", "onEpoch"],
    ["thrown out of", "onProgress"],
  ] as const)("are kept, or not, with the weights of a fit that is %s by %s", async (how, callback) => {
    const network = networkOf();
    const controller = new AbortController();
    const reason = new Error("enough");
    const end = () => {
      if (how === "aborted") controller.abort(reason);
      else throw reason;
    };
    const fit = network.fit(data, { epochs: 5, learningRate: 0.2, signal: controller.signal, [callback]: end });
    expect(await rejectionOf(fit)).toBe(reason);
    const epochs = callback === "onEpoch" ? 1 : 0;
    expectPair(network, await trained(epochs), epochs > 0);
    // A network without statistics takes any data.
    if (epochs === 0) await network.fit(raw.normalize("minMax"), { epochs: 1 });
    else await expectRejected(network.fit(raw, { epochs: 1 }), "ERR_DATA", "normalize(network.normalization)");
  });

  it("are not taken over by a fit that diverges at once, and are by one that does later", async () => {
    for (const good of [0, 2]) {
      const network = networkOf("linear");
      const learningRate = (epoch: number) => (epoch <= good ? 0.2 : 1e308);
      await expectRejected(network.fit(data, { epochs: 5, learningRate }), "ERR_DIVERGED", `epoch ${good + 1}: `);
      expectPair(network, await trained(good, networkOf("linear")), good > 0);
    }
  });

  it("belong to the best epoch as well", async () => {
    const network = networkOf();
    const learningRate = (epoch: number) => (epoch <= 2 ? 0.2 : 50);
    const options = { epochs: 8, learningRate, validation: raw, earlyStopping: { patience: 2 } };
    const { bestEpoch } = await network.fit(data, options);
    expect(bestEpoch).toBe(2);
    expectPair(network, await trained(2), true);
  });
});

describe("a network that is being fitted", () => {
  it("answers from the last published epoch, whichever way it is asked", async () => {
    const network = new Network([2, 3, 1], { seed: 4 });
    const rows = smoothRows(6, 2, 1);
    const asked = [0.3, -0.2];
    const seen: unknown[] = [];
    await network.fit(Dataset.from(rows), {
      epochs: 3,
      learningRate: 0.5,
      onProgress: async () => {
        const copy = network.clone();
        const expected = copy.predict(asked);
        expect(network.predict(asked)).toEqual(expected);
        expect(network.predictBatch([asked]).data).toEqual(expected);
        expect((await network.predictBatchAsync([asked])).data).toEqual(expected);
        expect(await network.evaluate(Dataset.from(rows))).toEqual(await copy.evaluate(Dataset.from(rows)));
        seen.push(expected);
      },
      onEpoch: () => void seen.push(network.predict(asked)),
    });
    expect(seen.length).toBeGreaterThan(3);
    expect(seen[0]).toEqual(new Network([2, 3, 1], { seed: 4 }).predict(asked));
    expect(seen.at(-1)).toEqual(network.predict(asked));
  });
});
