import { describe, expect, it } from "vitest";
import { samplesOf } from "../../src/dataset.ts";
import { type Activation, Dataset, Network } from "../../src/index.ts";
import { createModel } from "../../src/model.ts";
import { createState } from "../../src/state.ts";
import { layerStatistics } from "../../src/training/layer_statistics.ts";
import { spreadSamples } from "../../src/training/spread.ts";
import { numbersOf } from "../support/choices.ts";
import { rejectionOf } from "../support/errors.ts";
import { fc } from "../support/fast_check.ts";
import { backend } from "../support/jobs.ts";
import { allWeights } from "../support/networks.ts";
import { activate, ReferenceNetwork } from "../support/reference.ts";
import { samplesIn, smoothData } from "../support/samples.ts";

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]) => sum(values) / values.length;
const norm = (values: readonly number[]) => Math.sqrt(sum(values.map((value) => value * value)));

/** The same numbers in plain loops, from the definitions. */
function plainStatistics(network: Network, choices: { activation: Activation }, data: Dataset, learningRate: number) {
  const reference = new ReferenceNetwork(network, { ...choices, outputActivation: "tanh" });
  const samples = samplesIn(data);
  const gradients = samples.map((sample) => reference.gradients(sample));
  // Whether a derivative at an end is 0 or next to it is for rounding to decide, and so for the network itself.
  const own = samples.map(({ input, target }) => network.gradients(input, target).layers);
  return reference.weights.map((rows, l) => {
    const outputs = samples.map(({ input }) => {
      let x = Array.from(input);
      for (const [layer, weights] of reference.weights.slice(0, l + 1).entries()) {
        const z = weights.map((row) => sum(row.map((weight, j) => weight * [...x, 1][j])));
        x = activate(layer === reference.weights.length - 1 ? "tanh" : choices.activation, z);
      }
      return x;
    });
    const isOutput = l === reference.weights.length - 1;
    const kind = isOutput ? "tanh" : choices.activation;
    const least = kind === "tanh" ? -1 : 0;
    const isEnd = (x: number) => Math.min(Math.abs(x - least), Math.abs(x - 1)) < 1e-3;
    const meanGradient = rows.flatMap((row, i) => row.map((_, j) => mean(gradients.map((g) => g.gradients[l][i][j]))));
    const gradientNorm = norm(meanGradient);
    const weightNorm = norm(rows.flat());
    const psi = gradients.map((g) => g.psi[l]);
    return {
      layer: l,
      units: rows.length,
      activationMean: mean(outputs.flat()),
      activationNorm: mean(outputs.map(norm)),
      saturation: kind === "tanh" || kind === "sigmoid" ? mean(outputs.flat().map((x) => Number(isEnd(x)))) : 0,
      deadUnits: kind === "relu" ? mean(rows.map((_, i) => Number(outputs.every((x) => x[i] === 0)))) : 0,
      weightNorm,
      gradientNorm,
      sampleGradientNorm: Math.sqrt(mean(gradients.map((g) => norm(g.gradients[l].flat()) ** 2))),
      zeroGradients: mean(meanGradient.map((_, i) => Number(own.every((layers) => layers[l].gradient.data[i] === 0)))),
      psiMean: mean(psi.flat().map(Math.abs)),
      psiNorm: Math.sqrt(mean(psi.map((values) => norm(values) ** 2))),
      updateRatio: (learningRate * gradientNorm) / weightNorm,
    };
  });
}

/** Some hundred roundings in double precision of sums whose terms may cancel. */
const AGREEMENT = 1e-11;

describe("the statistics of layers", () => {
  it("are what their definitions say", () => {
    const cases = fc.record({
      layers: fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 2, maxLength: 4 }),
      activation: fc.constantFrom<Activation>("sigmoid", "tanh", "relu", "leakyRelu", "linear"),
      // Up to weights so large that units saturate or die.
      spread: fc.constantFrom(0.5, 2, 10),
      size: fc.integer({ min: 1, max: 9 }),
      seed: fc.nat({ max: 1000 }),
    });
    fc.assert(
      fc.property(cases, ({ layers, activation, spread, size, seed }) => {
        const initializer = { type: "normal", standardDeviation: spread } as const;
        const options = { activation, outputActivation: "tanh", initializer, seed, dtype: "float64" } as const;
        const network = new Network(layers, options);
        const data = smoothData(size, layers[0], layers[layers.length - 1], seed);
        const { samples, layers: found } = network.diagnose(data, { learningRate: 0.3 });
        expect(samples).toBe(size);
        const expected = plainStatistics(network, { activation }, data, 0.3);
        expect(found.map((layer) => Object.keys(layer))).toEqual(expected.map((layer) => Object.keys(layer)));
        found.forEach((layer, l) => {
          for (const [name, value] of Object.entries(expected[l])) {
            const given = layer[name as keyof typeof layer] ?? Number.NaN;
            const isClose = Math.abs(given - value) <= AGREEMENT * Math.max(1, Math.abs(value));
            expect(isClose, `${name} of layer ${l} is ${given}, expected ${value}`).toBe(true);
          }
        });
      }),
      // The seed is fixed: in one of some thousand networks large sums cancel just where the end of tanh magnifies rounding.
      { seed: 7, numRuns: 60 },
    );
  });

  it("count padding neither as zeros nor as gradients", () => {
    const network = new Network([2, 3, 1], { seed: 1, activation: "tanh" });
    const { layers } = network.diagnose(smoothData(5, 2, 1));
    expect(layers.map(({ zeroGradients }) => zeroGradients)).toEqual([0, 0]);
    const half = Dataset.from({
      inputs: [
        [1, 0],
        [2, 0],
      ],
      targets: [[0.2], [0.4]],
    });
    // The weights of the second input alone: 3 of 3 x 3.
    expect(network.diagnose(half).layers.map(({ zeroGradients }) => zeroGradients)).toEqual([1 / 3, 0]);
  });

  it("say nothing of gradients where there are no targets, and the same of the rest", () => {
    const network = new Network([3, 5, 2], { seed: 2 });
    const data = smoothData(6, 3, 2);
    const inputs = samplesIn(data).map(({ input }) => input);
    const withTargets = network.diagnose(data).layers;
    const alone = network.diagnose(inputs).layers;
    expect(alone.length).toBe(2);
    alone.forEach((layer, l) => {
      expect(Object.keys(layer)).not.toContain("gradientNorm");
      expect(withTargets[l]).toMatchObject(layer);
    });
  });

  it("scale inputs as a training does", () => {
    const bytes = Uint8Array.of(0, 255, 128, 64, 200, 10);
    const labels = [0, 1, 1];
    const network = new Network([2, 3, 2], { seed: 3, dtype: "float64" });
    const scaled = Dataset.from({ inputs: bytes, labels, inputScale: 1 / 255 });
    const plain = Dataset.from({ inputs: Float64Array.from(bytes, (value) => value * (1 / 255)), labels });
    expect(network.diagnose(scaled)).toEqual(network.diagnose(plain));
  });
});

/** A measured state with weights in −0.5 … 0.5, and data for it. */
function measuredNetwork(sizes: readonly number[]) {
  const activations = sizes.slice(1).map(() => ({ kind: "sigmoid", parameter: 1, derivativeParameter: 1 }) as const);
  const model = createModel(sizes, activations, { dtype: "float32", arithmetic: "fast", loss: "squaredError" });
  const state = createState(model, (dtype, length) => backend.allocate(dtype, length));
  model.layout.layers.forEach(({ units, inputs, stride }, l) => {
    const drawn = numbersOf(l + 1, units);
    for (let row = 0; row < units; row++)
      state.weights[l].fill(drawn[row] / 2, row * stride, row * stride + inputs + 1);
  });
  return { measured: { model, backend, state }, samples: samplesOf(smoothData(20, sizes[0], sizes[sizes.length - 1])) };
}

describe("layerStatistics", () => {
  it("tells what diagnose tells", async () => {
    const { measured, samples } = measuredNetwork([4, 6, 3]);
    const network = new Network([4, 6, 3]);
    measured.model.layout.layers.forEach(({ units, inputs, stride }, l) => {
      const rowOf = (_: unknown, row: number) =>
        measured.state.weights[l].subarray(row * stride, row * stride + inputs + 1);
      network.setWeights(l, Array.from({ length: units }, rowOf));
    });
    const before = measured.state.parameters.slice();
    const found = await layerStatistics(measured, samples, spreadSamples(20, 20), 0.01);
    expect(found).toEqual(network.diagnose(smoothData(20, 4, 3), { learningRate: 0.01 }).layers);
    expect(measured.state.parameters).toEqual(before);
  });

  it("looks at the samples it is told to", async () => {
    const { measured, samples } = measuredNetwork([4, 6, 3]);
    const some = await layerStatistics(measured, samples, Uint32Array.of(3, 17), 0.01);
    const one = await layerStatistics(measured, samples, Uint32Array.of(3), 0.01);
    const other = await layerStatistics(measured, samples, Uint32Array.of(17), 0.01);
    expect(some.length).toBe(2);
    some.forEach(({ activationNorm, psiMean }, l) => {
      expect(activationNorm).toBeCloseTo((one[l].activationNorm + other[l].activationNorm) / 2, 12);
      expect(psiMean).toBeCloseTo((one[l].psiMean + other[l].psiMean) / 2, 12);
    });
  });

  it("gives the event loop its turns, and ends at a signal", async () => {
    const { measured, samples } = measuredNetwork([300, 400, 400, 3]);
    const indices = spreadSamples(20, 20);
    let turns = 0;
    let isDone = false;
    const count = () => {
      turns++;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    await layerStatistics(measured, samples, new Uint32Array(400).fill(indices[0]), 0.01);
    isDone = true;
    // Liveness, not speed: 400 passes through 280,000 weights take far longer than one turn.
    expect(turns).toBeGreaterThan(2);
    const reason = new Error("not needed");
    const controller = new AbortController();
    setImmediate(() => controller.abort(reason));
    const endless = new Uint32Array(1_000_000).fill(indices[0]);
    expect(await rejectionOf(layerStatistics(measured, samples, endless, 0.01, controller.signal))).toBe(reason);
  });
});

describe("diagnose", () => {
  it("looks at as many samples as it is asked to, at fewer with large networks, and at no more than there are", () => {
    const data = smoothData(400, 2, 1);
    const small = new Network([2, 3, 1], { seed: 1 });
    expect(small.diagnose(data).samples).toBe(256);
    expect(small.diagnose(data, { samples: 300 }).samples).toBe(300);
    expect(small.diagnose(data, { samples: 1000 }).samples).toBe(400);
    const large = new Network([2, 1000, 1000, 1], { seed: 1 });
    expect(large.diagnose(data).samples).toBeLessThan(64);
    expect(large.diagnose(data).samples).toBeGreaterThanOrEqual(8);
  });

  it("changes nothing", () => {
    const network = new Network([2, 4, 1], { seed: 4 });
    const before = allWeights(network);
    const output = network.predict([1, 0]);
    // A rate so large that the step is tried.
    network.diagnose(smoothData(9, 2, 1), { learningRate: 1000 });
    expect(allWeights(network)).toEqual(before);
    expect(network.predict([1, 0])).toEqual(output);
  });
});
