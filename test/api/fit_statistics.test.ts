import { describe, expect, it } from "vitest";
import { Dataset, type EpochReport, Network, type NetworkOptions } from "../../src/index.ts";
import { expectClose } from "../support/closeness.ts";
import { meanGradients } from "../support/hand_steps.ts";
import { untimed } from "../support/histories.ts";
import { allWeights } from "../support/networks.ts";
import { normOf } from "../support/norm.ts";
import type { ReferenceSample } from "../support/reference.ts";
import { samplesIn, smoothData } from "../support/samples.ts";

const SIZES = [3, 6, 2];
// Weights so large that some units are saturated and others are not.
const options = { seed: 6, dtype: "float64", initializer: { type: "normal", standardDeviation: 9 } } as const;

/** The outputs of each layer for some inputs, by way of networks that end there. */
function outputsOf(network: Network, choices: NetworkOptions, inputs: readonly ArrayLike<number>[]): number[][] {
  return SIZES.slice(1).map((_, l) => {
    const { activation = "sigmoid" } = choices;
    const front = new Network(SIZES.slice(0, l + 2), { ...choices, outputActivation: activation });
    for (let k = 0; k <= l; k++) front.setWeights(k, network.weights(k));
    return Array.from(inputs).flatMap((input) => Array.from(front.predict(input)));
  });
}

/** What an epoch should have told, from the network it has published. */
function expectedStatistics(network: Network, choices: NetworkOptions, samples: readonly ReferenceSample[]) {
  const { gradients } = meanGradients(network, samples);
  const inputs = samples.map(({ input }) => input);
  const least = choices.activation === "tanh" ? -1 : 0;
  const saturation = outputsOf(network, choices, inputs).map(
    (outputs) => outputs.filter((y) => y < least + 1e-3 || y > 1 - 1e-3).length / outputs.length,
  );
  return { norms: gradients.map((layer) => normOf([layer])), saturation };
}

function expectStatistics(report: EpochReport, { norms, saturation }: ReturnType<typeof expectedStatistics>): void {
  const { layers = [] } = report.statistics ?? {};
  expectClose(
    layers.map(({ gradientNorm }) => gradientNorm),
    norms,
    "float64",
  );
  expect(layers.map((layer) => layer.saturation)).toEqual(saturation);
}

describe("the statistics of a fit", () => {
  it.each(["sigmoid", "tanh"] as const)("are those of the epoch's network, with %s", async (activation) => {
    const choices = { ...options, activation, outputActivation: activation };
    const network = new Network(SIZES, choices);
    const data = smoothData(20, 3, 2);
    const shares: number[] = [];
    const history = await network.fit(data, {
      epochs: 3,
      batchSize: 6,
      learningRate: 0.3,
      statistics: true,
      onEpoch: (report) => {
        const expected = expectedStatistics(network, choices, samplesIn(data));
        expectStatistics(report, expected);
        shares.push(...expected.saturation);
      },
    });
    expect(Math.max(...shares)).toBeGreaterThan(0);
    expect(Math.min(...shares)).toBeLessThan(1);
    expect(JSON.parse(JSON.stringify(history))).toEqual(history);
  });

  it("are those of raw inputs of a network that normalises them", async () => {
    const raw = smoothData(20, 3, 2);
    const network = new Network(SIZES, options);
    const normalized = raw.normalize();
    const { epochs } = await network.fit(normalized, { epochs: 1, learningRate: 0.3, statistics: true });
    const { gradients } = meanGradients(network, samplesIn(raw));
    const { saturation } = expectedStatistics(network, options, samplesIn(normalized));
    expectStatistics(epochs[0], { norms: gradients.map((layer) => normOf([layer])), saturation });
  });

  it("are measured on some of many samples", async () => {
    // Whichever they are, they are the same.
    const { input, target } = smoothData(1, 3, 2).sample(0);
    const many = Dataset.from({ inputs: new Array(300).fill(input), targets: new Array(300).fill(target) });
    const network = new Network(SIZES, options);
    const { epochs } = await network.fit(many, { epochs: 1, batchSize: 50, statistics: true });
    expectStatistics(epochs[0], expectedStatistics(network, options, [{ input, target }]));
  });

  it("are there on demand, and change nothing", async () => {
    const run = async (statistics?: boolean) => {
      const network = new Network(SIZES, { seed: 6 });
      const data = smoothData(100, 3, 2);
      const history = await network.fit(data, { epochs: 3, batchSize: 8, ...(statistics && { statistics }) });
      return { weights: allWeights(network), reports: untimed(history).epochs };
    };
    const [measured, plain] = [await run(true), await run()];
    expect(measured.weights).toEqual(plain.weights);
    expect(measured.reports.map(({ statistics, ...report }) => report)).toEqual(plain.reports);
    for (const report of plain.reports) expect(report).not.toHaveProperty("statistics");
  });
});
