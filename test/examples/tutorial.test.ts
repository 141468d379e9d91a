import { Network } from "downhill";
import { beforeAll, describe, expect, it } from "vitest";
import { MILESTONE_HEADER, milestoneLine, stateLines, stepLines } from "../../examples/tutorial/display.ts";
import {
  type Arrival,
  countChanges,
  createNetwork,
  INPUT,
  inspect,
  learn,
  learnUntilReached,
  type Milestone,
  oneStep,
  TARGET,
} from "../../examples/tutorial/experiments.ts";
import { rejectionOf } from "../support/errors.ts";
import { type Rows, rowsOfMatrix } from "../support/reference.ts";

const SMALL = [2, 3, 3, 2];
const LARGE = [2, 1000, 1000, 2];
const SEED = 1;

/** The algorithm once more, as plainly as it can be written: the outputs, ψ of every layer and the next weights. */
function plainStep(weights: readonly Rows[], slope: number, learningRate: number) {
  const activations = [[...INPUT]];
  for (const rows of weights) {
    const biased = [...activations[activations.length - 1], 1];
    activations.push(
      rows.map((row) => {
        const z = row.reduce((sum, weight, j) => sum + weight * biased[j], 0);
        return 1 / (1 + Math.exp(-slope * z));
      }),
    );
  }
  const outputs = activations[weights.length];
  const psi: number[][] = [];
  for (let l = weights.length - 1; l >= 0; l--) {
    psi[l] = activations[l + 1].map((x, i) => {
      const error = psi[l + 1]
        ? psi[l + 1].reduce((sum, above, r) => sum + weights[l + 1][r][i] * above, 0)
        : -2 * (TARGET[i] - x);
      return error * x * (1 - x);
    });
  }
  const next = weights.map((rows, l) =>
    rows.map((row, i) => row.map((weight, j) => weight - learningRate * psi[l][i] * [...activations[l], 1][j])),
  );
  return { outputs, psi, next };
}

function expectClose(actual: ArrayLike<number>, expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  for (let i = 0; i < expected.length; i++) expect(actual[i]).toBeCloseTo(expected[i], 12);
}

describe.each([
  { steepness: "plain", slope: 1 },
  { steepness: "gentle", slope: 0.01 },
] as const)("the small network with $steepness sigmoids", ({ steepness, slope }) => {
  const network = () => createNetwork(SMALL, steepness, SEED);
  const firstWeights = () => Array.from({ length: 3 }, (_, layer) => rowsOfMatrix(network().weights(layer)));

  it("starts with weights and biases from [0, 1)", () => {
    const values = firstWeights().flat(2);
    expect(values).toHaveLength(network().parameterCount);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    expect(new Set(values).size).toBe(values.length);
  });

  it("shows every matrix of one step", () => {
    const expected = plainStep(firstWeights(), slope, 0.5);
    const { loss, layers } = oneStep(network(), 0.5);
    expect(loss).toBeCloseTo(
      expected.outputs.reduce((sum, y, i) => sum + (TARGET[i] - y) ** 2, 0),
      12,
    );
    expect(layers.map(({ before }) => rowsOfMatrix(before))).toEqual(firstWeights());
    layers.forEach(({ before, psi, gradient, after }, l) => {
      expectClose(psi, expected.psi[l]);
      expectClose(after.data, expected.next[l].flat());
      expectClose(
        after.data,
        Array.from(before.data, (weight, i) => weight - 0.5 * gradient.data[i]),
      );
    });
  });

  it("stands where the plain algorithm stands after so many steps", () => {
    let weights = firstWeights();
    const expected = new Map<number, number[]>();
    for (let steps = 0; steps <= 50; steps++) {
      const { outputs, next } = plainStep(weights, slope, 1);
      expected.set(steps, outputs);
      weights = next;
    }
    const looks = [0, 1, 10, 50];
    const milestones = learn(network(), 1, looks);
    expect(milestones.map(({ steps }) => steps)).toEqual(looks);
    for (const { steps, outputs, loss } of milestones) {
      expectClose(outputs, expected.get(steps) as number[]);
      expect(loss).toBeCloseTo(
        outputs.reduce((sum, y, i) => sum + (TARGET[i] - y) ** 2, 0),
        12,
      );
    }
  });

  it("reaches its targets, and stops at the first step that does", async () => {
    const progress: Milestone[] = [];
    const goal = {
      learningRate: 2,
      tolerance: 0.0005,
      maximumSteps: 5000,
      reportEvery: 4,
      onProgress: (milestone: Milestone) => progress.push(milestone),
    };
    const { reached, steps, outputs } = await learnUntilReached(network(), goal);
    expect(reached).toBe(true);
    const [before, at] = learn(network(), 2, [steps - 1, steps]);
    const distance = (milestone: Milestone) => Math.max(...milestone.outputs.map((y, i) => Math.abs(y - TARGET[i])));
    expect(distance(before)).toBeGreaterThanOrEqual(0.0005);
    expect(distance(at)).toBeLessThan(0.0005);
    expect(outputs).toEqual(at.outputs);
    expect(progress.map(({ steps: reported }) => reported)).toEqual(
      Array.from({ length: Math.ceil(steps / 4) }, (_, i) => i * 4),
    );
  });

  it("gives up when it may take no more steps", async () => {
    const arrival: Arrival = await learnUntilReached(network(), {
      learningRate: 0.001,
      tolerance: 0.0005,
      maximumSteps: 7,
      reportEvery: 5,
      onProgress: () => {},
    });
    expect({ reached: arrival.reached, steps: arrival.steps }).toEqual({ reached: false, steps: 7 });
    expect(arrival.outputs).toEqual(learn(network(), 0.001, [7])[0].outputs);
  });

  it("ends when it is told to", async () => {
    const reason = new Error("told to");
    const endless = { learningRate: 0.001, tolerance: 0, maximumSteps: Number.POSITIVE_INFINITY, reportEvery: 1000 };
    const goal = { ...endless, onProgress: () => {}, signal: AbortSignal.abort(reason) };
    expect(await rejectionOf(learnUntilReached(network(), goal))).toBe(reason);
  });

  it("looks into the layers with the network's own numbers", () => {
    const states = inspect(network(), steepness);
    expect(states.map(({ units }) => units)).toEqual([3, 3, 2]);
    const outputs = Array.from(network().predict(INPUT));
    expect(states[2].outputs).toEqual([Math.min(...outputs), Math.max(...outputs)]);
    for (const { sums, outputs: range, saturated } of states) {
      sums.forEach((z, i) => {
        expect(range[i]).toBeCloseTo(1 / (1 + Math.exp(-slope * z)), 12);
      });
      expect(saturated).toBe(0);
    }
    const { layers } = network().gradients(INPUT, TARGET);
    states.forEach(({ gradientNorm }, l) => {
      expect(gradientNorm).toBeCloseTo(Math.hypot(...layers[l].gradient.data), 12);
    });
  });
});

describe("the large network", () => {
  let plain: Network;
  let gentle: Network;

  beforeAll(() => {
    plain = createNetwork(LARGE, "plain", SEED);
    gentle = createNetwork(LARGE, "gentle", SEED);
  });

  it("is dead with plain sigmoids: outputs of exactly 1, gradients of exactly 0, no weight moves", () => {
    const states = inspect(plain, "plain");
    expect(states.map(({ saturated }) => saturated)).toEqual([0, 1000, 2]);
    expect(states[1].sums[0]).toBeGreaterThan(100);
    expect(states[1].outputs).toEqual([1, 1]);
    expect(states[2].outputs).toEqual([1, 1]);
    expect(states.map(({ gradientNorm }) => gradientNorm)).toEqual([0, 0, 0]);
    const { layers } = plain.gradients(INPUT, TARGET);
    for (const { gradient } of layers) expect(gradient.data.every((value) => value === 0)).toBe(true);
    expect(countChanges(plain, 0.01, 5)).toBe(0);
  });

  it("is alive with gentle ones, and its loss falls at every look", () => {
    const states = inspect(gentle, "gentle");
    expect(states.map(({ saturated }) => saturated)).toEqual([0, 0, 0]);
    for (const { gradientNorm } of states) expect(gradientNorm).toBeGreaterThan(0.1);
    const losses = learn(gentle, 0.01, [0, 5, 10, 15, 20]).map(({ loss }) => loss);
    for (let i = 1; i < losses.length; i++) expect(losses[i]).toBeLessThan(losses[i - 1]);
    expect(countChanges(gentle, 0.01, 1)).toBe(gentle.parameterCount);
  });
});

describe("countChanges", () => {
  it("counts the weights that differ", () => {
    const network = new Network([2, 2, 2], { dtype: "float64", initializer: "zeros", activation: "linear" });
    // With weights of 0 nothing comes back to the first layer, and the hidden outputs are 0: only output biases move.
    expect(countChanges(network, 0.1, 1)).toBe(2);
  });
});

describe("the tutorial's tables", () => {
  /** Combining marks take no column of a terminal. */
  const columnsOf = (line: string) => line.replace(/\p{Mark}/gu, "");

  it("sets matrices side by side", () => {
    const { layers } = oneStep(createNetwork([2, 1, 2], "plain", SEED), 0.5);
    const lines = stepLines(layers).map(columnsOf);
    expect(lines).toHaveLength(1 + 1 + 1 + 1 + 2 + 1);
    const [header, row] = lines;
    expect(header).toMatch(/^W0 before {2,}ψ {2,}gradient ψ xᵀ {2,}W0 after$/);
    expect(row).toMatch(/^\[ \S+ {2}\S+ \| \S+ ] {3}\[ \S+ ] {3}\[ \S+ {2}\S+ \| \S+ ] {3}\[ \S+ {2}\S+ \| \S+ ]$/);
    for (const title of ["ψ", "gradient", "W0 after"]) expect(row[header.indexOf(title)]).toBe("[");
  });

  it("aligns what the layers do", () => {
    const lines = stateLines([
      { units: 1000, sums: [317.694, 359.96], outputs: [1, 1], saturated: 1000, gradientNorm: 0 },
      { units: 2, sums: [0.5, 1.25], outputs: [0.25, 0.99999999], saturated: 0, gradientNorm: 0.001234 },
    ]);
    expect(lines.map(columnsOf)).toEqual([
      "layer   units           z = W x               outputs   exactly 1   ‖gradient‖",
      "    0    1000   317.69 … 359.96                     1        1000            0",
      "    1       2       0.50 … 1.25   0.250000 … 1.000000           0     1.234e-3",
    ]);
  });

  it("aligns milestones under their header", () => {
    const line = milestoneLine({ steps: 10, outputs: [0.3, 0.67], loss: 2.5e-7 });
    expect(line).toBe("     10   0.300000   0.670000   2.50e-7");
    for (const [title, text] of [
      ["y1", "0.300000"],
      ["y2", "0.670000"],
      ["loss", "2.50e-7"],
    ]) {
      expect(MILESTONE_HEADER.indexOf(title)).toBe(line.indexOf(text));
    }
  });
});
