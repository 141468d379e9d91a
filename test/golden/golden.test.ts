import { describe, expect, it } from "vitest";
import { Dataset, type Network } from "../../src/index.ts";
import { normOf } from "../support/norm.ts";
import { GOLDEN_NAMES, type Golden, goldenNetwork, largestOf, readGolden, rowOf, sumOf } from "./golden.ts";

/**
 * The reference sums in NumPy's order and takes its exponential from libm, so last bits differ; everything else is the
 * same algorithm in float64. A step's rounding errors do not grow along these trajectories, which settle towards their
 * targets, so the bound holds after 10,000 steps as after one.
 */
const RELATIVE_TOLERANCE = 1e-12;

function expectClose(actual: ArrayLike<number>, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const allowed = RELATIVE_TOLERANCE * Math.abs(expected[i]);
    expect(Math.abs(actual[i] - expected[i]), `value ${i}: ${actual[i]}, expected ${expected[i]}`).toBeLessThanOrEqual(
      allowed,
    );
  }
}

function expectCheckpoint(network: Network, golden: Golden, checkpoint: Golden["checkpoints"][number]): void {
  expectClose(network.predict(golden.x), checkpoint.output);
  checkpoint.weightSum.forEach((sum, l) => {
    expectClose([sumOf(network.weights(l))], [sum]);
  });
  checkpoint.weights?.forEach((rows, l) => {
    rows.forEach((row, r) => {
      expectClose(rowOf(network.weights(l), r), row);
    });
  });
}

describe.each(GOLDEN_NAMES)("%s", (name) => {
  const golden = readGolden(name);

  describe.each(["reproducible", "fast"] as const)("%s", (arithmetic) => {
    it("starts from the reference's weights", () => {
      const network = goldenNetwork(golden, arithmetic);
      golden.initial.weights?.forEach((rows, l) => {
        rows.forEach((row, r) => {
          expect(rowOf(network.weights(l), r)).toEqual(row);
        });
      });
      expectClose(network.predict(golden.x), golden.initial.output);
    });

    it("has the reference's psi and gradients", () => {
      const { layers, loss } = goldenNetwork(golden, arithmetic).gradients(golden.x, golden.y);
      expectClose([loss], [golden.checkpoints[0].lossBeforeStep]);
      expect(layers.length).toBe(golden.initial.gradientNorm.length);
      layers.forEach(({ gradient, psi }, l) => {
        expectClose([largestOf(gradient)], [golden.initial.gradientMaxAbs[l]]);
        expectClose([normOf([gradient.data])], [golden.initial.gradientNorm[l]]);
        if (golden.initial.psi) expectClose(psi, golden.initial.psi[l]);
        golden.initial.gradients?.[l].forEach((row, r) => {
          expectClose(rowOf(gradient, r), row);
        });
      });
    });

    it("follows the reference step by step", () => {
      const network = goldenNetwork(golden, arithmetic);
      let step = 0;
      for (const checkpoint of golden.checkpoints) {
        let loss = Number.NaN;
        for (; step < checkpoint.step; step++) {
          loss = network.train(golden.x, golden.y, { learningRate: golden.learningRate });
        }
        expectClose([loss], [checkpoint.lossBeforeStep]);
        expectCheckpoint(network, golden, checkpoint);
      }
    });

    it("follows the reference through fit", async () => {
      const network = goldenNetwork(golden, arithmetic);
      let step = 0;
      for (const checkpoint of golden.checkpoints) {
        // An epoch over n equal samples, online, is n steps.
        const count = checkpoint.step - step;
        const data = Dataset.from({ inputs: Array(count).fill(golden.x), targets: Array(count).fill(golden.y) });
        await network.fit(data, { epochs: 1, learningRate: golden.learningRate });
        step = checkpoint.step;
        expectCheckpoint(network, golden, checkpoint);
      }
    });
  });
});

describe("vanishing gradients", () => {
  it("are exactly 0 in every layer with U[0, 1) weights and the plain sigmoid", () => {
    const golden = readGolden("2-1000-1000-2-vanishing");
    const { layers } = goldenNetwork(golden, "reproducible").gradients(golden.x, golden.y);
    expect(layers.length).toBe(3);
    for (const { gradient, psi } of layers) {
      expect(gradient.data.every((value) => value === 0)).toBe(true);
      expect(psi.every((value) => value === 0)).toBe(true);
    }
  });

  it("are alive in every layer with slope 0.01", () => {
    const golden = readGolden("2-1000-1000-2-slope");
    const { layers } = goldenNetwork(golden, "reproducible").gradients(golden.x, golden.y);
    expect(layers.length).toBe(3);
    for (const { gradient } of layers) expect(gradient.data.some((value) => value !== 0)).toBe(true);
  });
});
