import { describe, expect, it } from "vitest";
import { type DType, type Initializer, Network, type NetworkJSON, type NetworkOptions } from "../../src/index.ts";
import { ELEMENTWISE_ACTIVATIONS, numbersOf, OUTPUT_CHOICES } from "../support/choices.ts";
import { expectThrown } from "../support/errors.ts";
import { fc } from "../support/fast_check.ts";
import { allWeights } from "../support/networks.ts";

/** Draws numbers that are denormal in float32. */
const DENORMAL = { type: "normal", standardDeviation: 1e-40 } as const;

function throughText(network: Network): Network {
  return Network.fromJSON(JSON.parse(JSON.stringify(network)));
}

/** A saved network that can be damaged. */
interface SavedNetwork {
  [key: string]: unknown;
  layers: { [key: string]: unknown; weights: unknown[][] }[];
}

function savedNetwork(): SavedNetwork {
  const options = { seed: 3, activation: "relu", outputActivation: "softmax", dtype: "float64" } as const;
  const network = new Network([2, 3, 2], { ...options, loss: "categoricalCrossEntropy", arithmetic: "reproducible" });
  return JSON.parse(JSON.stringify(network));
}

describe("a saved network", () => {
  it("is plain JSON that says everything", () => {
    const network = new Network([2, 1], { seed: 5, outputActivation: { type: "leakyRelu", alpha: 0.5 } });
    network.setWeights(0, [[0.5, -1.25, 3]]);
    const expected: NetworkJSON = {
      format: "downhill",
      version: 1,
      inputs: 2,
      layers: [
        {
          units: 1,
          activation: { type: "leakyRelu", alpha: 0.5 },
          initializer: "glorotUniform",
          weights: [[0.5, -1.25, 3]],
        },
      ],
      loss: "squaredError",
      dtype: "float32",
      arithmetic: "fast",
      seed: 5,
    };
    expect(network.toJSON()).toEqual(expected);
    expect(JSON.parse(JSON.stringify(network))).toEqual(expected);
  });

  it("comes back with every choice", () => {
    for (const choice of OUTPUT_CHOICES) {
      for (const activation of ELEMENTWISE_ACTIVATIONS) {
        const options: NetworkOptions = { activation, ...choice, seed: 2 ** 40, initializer: "heNormal" };
        const network = new Network([2, 3, 2], { ...options, dtype: "float64", arithmetic: "reproducible" });
        const restored = throughText(network);
        expect(restored.toJSON()).toEqual(network.toJSON());
        expect(restored).toMatchObject({
          layers: [2, 3, 2],
          seed: 2 ** 40,
          dtype: "float64",
          backend: network.backend,
        });
      }
    }
  });

  it("comes back with the same answers and goes on learning the same way, bit for bit", () => {
    const layers = fc.array(fc.integer({ min: 1, max: 18 }), { minLength: 2, maxLength: 4 });
    const initializer = fc.constantFrom<Initializer>(
      "glorotNormal",
      { type: "uniform", min: -0.5, max: 2 },
      { type: "normal", standardDeviation: 1 },
      DENORMAL,
    );
    const choices = fc.record({
      layers,
      seed: fc.maxSafeNat(),
      dtype: fc.constantFrom<DType>("float32", "float64"),
      activation: fc.constantFrom(...ELEMENTWISE_ACTIVATIONS),
      initializer,
    });
    fc.assert(
      fc.property(choices, ({ layers: sizes, ...options }) => {
        const network = new Network(sizes, options);
        const restored = throughText(network);
        const input = numbersOf(1, sizes[0]);
        const target = numbersOf(2, sizes[sizes.length - 1]);
        expect(restored.predict(input)).toEqual(network.predict(input));
        network.train(input, target);
        restored.train(input, target);
        expect(allWeights(restored)).toEqual(allWeights(network));
      }),
      { seed: 5, numRuns: 80 },
    );
  });

  it("keeps the bits of every weight, denormals and the largest included", () => {
    const values = [5e-324, -2.2250738585072014e-308, Number.MAX_VALUE, -Number.MAX_VALUE, 0.1, 1 / 3, 2 ** 53, 0];
    const double = new Network([1, 4], { dtype: "float64" });
    double.setWeights(0, { rows: 4, columns: 2, data: Float64Array.from(values) });
    expect(throughText(double).weights(0)).toEqual(double.weights(0));
    const single = new Network([1, 3]);
    single.setWeights(0, [
      [1.401298464324817e-45, -1.1754943508222875e-38],
      [3.4028234663852886e38, 0.1],
      [1 / 3, 16777217],
    ]);
    expect(throughText(single).weights(0)).toEqual(single.weights(0));
  });

  it("keeps −0 as an object; in JSON's text it is 0, which no answer depends on", () => {
    const network = new Network([1, 2], { outputActivation: "linear" });
    network.setWeights(0, [
      [-0, -0],
      [-0, 0],
    ]);
    expect(Network.fromJSON(network.toJSON()).weights(0)).toEqual(network.weights(0));
    const restored = throughText(network);
    expect(restored.weights(0).data).toEqual(Float32Array.of(0, 0, 0, 0));
    for (const input of [-1, -0, 0, 1]) expect(restored.predict([input])).toEqual(network.predict([input]));
  });

  it("takes a slope of −0 for 0, as JSON does: zeros keep their sign", () => {
    const network = new Network([1, 1], { outputActivation: { type: "leakyRelu", alpha: -0 } });
    network.setWeights(0, [[1, 0]]);
    expect(throughText(network).predict([-1])).toEqual(network.predict([-1]));
  });

  it("does not change when the network does", () => {
    const network = new Network([2, 3, 1], { seed: 5 });
    const saved = network.toJSON();
    const kept = structuredClone(saved);
    network.train([1, 2], [0], { learningRate: 1 });
    expect(saved).toEqual(kept);
    expect(allWeights(Network.fromJSON(saved))).toEqual(allWeights(new Network([2, 3, 1], { seed: 5 })));
  });

  it("cannot have weights that are not finite", () => {
    const network = new Network([1, 1], { outputActivation: "linear" });
    network.setWeights(0, [[1, 1]]);
    network.train([1e10], [-1e10], { learningRate: 1e30 });
    expect(Array.from(network.weights(0).data).every(Number.isFinite)).toBe(false);
    expectThrown(() => network.toJSON(), "ERR_DIVERGED", "layer 0 has weights that are not finite");
  });
});

describe("fromJSON refuses", () => {
  const refused = (value: unknown, ...fragments: string[]) =>
    expectThrown(() => Network.fromJSON(value), "ERR_FORMAT", ...fragments);

  it("what is no saved network", () => {
    refused(undefined, "network is undefined, expected an object such as toJSON gives");
    refused(null, "network is null");
    refused("{}", 'network is "{}"');
    refused([], "network is an array of length 0");
    refused({}, "network.format is undefined, expected what toJSON wrote there");
    refused({ ...savedNetwork(), format: "onnx" }, 'format is "onnx"');
    refused({ ...savedNetwork(), version: 2 }, "version is 2, expected 1");
    refused({ ...savedNetwork(), version: "1" }, 'version is "1"');
  });

  it.each(["inputs", "layers", "loss", "dtype", "arithmetic", "seed"])("one without %s", (key) => {
    const saved = savedNetwork();
    delete saved[key];
    refused(saved);
  });

  it.each(["units", "activation", "initializer", "weights"])("one with a layer without %s", (key) => {
    const saved = savedNetwork();
    delete saved.layers[0][key];
    refused(saved);
  });

  it("choices that there are not", () => {
    const changed = (change: object, ...fragments: string[]) => refused({ ...savedNetwork(), ...change }, ...fragments);
    changed({ inputs: 2.5 }, ": inputs is 2.5, expected an integer");
    changed({ inputs: 3 }, "layers[0].weights[0] is an array of length 3, expected an array of 4 numbers");
    changed({ inputs: "2" }, 'inputs is "2", expected a number');
    changed({ inputs: { units: 2 } }, "inputs is an object");
    changed({ layers: [] }, "layers is an array of length 0, expected an array of 1 to 256 layers");
    changed({ layers: new Array(257).fill({}) }, "layers is an array of length 257");
    changed({ layers: {} }, "layers is an object, expected an array");
    changed({ layers: [null] }, "layers[0] is null");
    changed({ loss: "hinge" }, ': loss is "hinge"');
    changed({ loss: "binaryCrossEntropy" }, 'needs layers[1].activation "sigmoid", but it is "softmax"');
    changed({ dtype: "int8" }, ': dtype is "int8"');
    changed({ arithmetic: 7 }, ": arithmetic is 7");
    changed({ seed: -1 }, ": seed is -1");
    changed({ seed: null }, ": seed is null");
    changed({ optimizer: "adam" }, 'a field of network is "optimizer", expected one of format, version');
  });

  it("layers that are damaged", () => {
    const changed = (change: object, ...fragments: string[]) => {
      const saved = savedNetwork();
      Object.assign(saved.layers[0], change);
      refused(saved, ...fragments);
    };
    changed({ units: 4 }, "layers[0].weights is an array of length 3, expected an array of 4 rows");
    changed({ units: "3" }, 'layers[0].units is "3"');
    changed({ units: 0, weights: [] }, "layers[0].units is 0");
    changed({ activation: "step" }, 'layers[0].activation is "step"');
    changed({ activation: { type: "step" } }, 'layers[0].activation.type is "step"');
    changed({ activation: { type: "sigmoid", slope: 0 } }, "layers[0].activation.slope is 0");
    changed({ activation: null }, "layers[0].activation is null");
    changed({ initializer: "ones" }, 'layers[0].initializer is "ones"');
    changed(
      { initializer: { type: "uniform", min: 0, max: 1, mean: 0 } },
      'layers[0].initializer has no option "mean"',
    );
    changed({ initializer: null }, "layers[0].initializer is null");
    changed({ weights: "AAAA" }, 'layers[0].weights is "AAAA", expected an array of 3 rows');
    changed({ weights: [] }, "layers[0].weights is an array of length 0, expected an array of 3 rows");
    const withLastRow = (row: unknown) => ({ weights: [[1, 2, 3], [4, 5, 6], row] });
    changed(withLastRow(null), "layers[0].weights[2] is null, expected an array of 3 numbers");
    changed(withLastRow([7, 8]), "layers[0].weights[2] is an array of length 2, expected an array of 3 numbers");
    changed(withLastRow([7, 8, null]), "layers[0].weights[2][2] is null, expected a finite number");
    changed(withLastRow([7, 8, "9"]), 'layers[0].weights[2][2] is "9"');
    changed(withLastRow([7, 8, 9n]), "layers[0].weights[2][2] is 9");
    changed({ bias: [] }, 'a field of layers[0] is "bias", expected one of units, activation');
  });

  it("numbers that its type cannot hold", () => {
    const saved = savedNetwork();
    saved.dtype = "float32";
    saved.layers[1].weights[1][1] = 1e300;
    refused(saved, ": layers[1].weights[1][1] is 1e+300, expected a number that float32 can hold");
    const steep = { type: "leakyRelu", alpha: 1e300 };
    const layers = [{ ...saved.layers[0], activation: steep }, saved.layers[1]];
    refused({ ...saved, layers }, ": layers[0].activation's parameter is 1e+300");
  });

  it("sizes that no memory holds", () => {
    const saved = savedNetwork();
    saved.inputs = 2 ** 26;
    saved.layers[0].units = 2 ** 26;
    refused(saved);
  });

  it("and says why: the cause is kept", () => {
    const error = refused({ ...savedNetwork(), seed: -1 }, "this is no saved network");
    expect(error.cause).toMatchObject({ code: "ERR_OPTION" });
  });
});
