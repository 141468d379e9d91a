import { describe, expect, it } from "vitest";
import { type Matrix, Network, type Vector } from "../../src/index.ts";
import { detached } from "../support/buffers.ts";
import { expectThrown, mistyped } from "../support/errors.ts";
import { fc } from "../support/fast_check.ts";
import { allWeights } from "../support/networks.ts";
import { rowsOfMatrix } from "../support/reference.ts";

/** Any finite numbers of a type: denormals, −0 and the largest included. */
function finiteNumbers(dtype: "float32" | "float64") {
  const options = { noNaN: true, noDefaultInfinity: true };
  return dtype === "float32" ? fc.float(options) : fc.double(options);
}

describe("weights", () => {
  it("are a matrix of units by inputs and bias", () => {
    const network = new Network([784, 16, 10]);
    expect(network.weights(0)).toMatchObject({ rows: 16, columns: 785 });
    expect(network.weights(0).data.length).toBe(16 * 785);
    expect(network.weights(1)).toMatchObject({ rows: 10, columns: 17 });
  });

  it("are a copy", () => {
    const network = new Network([2, 3, 1], { seed: 1 });
    const before = allWeights(network);
    const output = network.predict([1, 2]);
    network.weights(0).data.fill(5);
    expect(allWeights(network)).toEqual(before);
    expect(network.predict([1, 2])).toEqual(output);
  });

  it("belong to a layer that there is", () => {
    const network = new Network([2, 3, 1]);
    for (const layer of [-1, 2, 0.5, Number.NaN, "0", undefined]) {
      const wrong = mistyped<number>(layer);
      expectThrown(() => network.weights(wrong), "ERR_OPTION", "layer is", "expected an integer from 0 to 1");
      expectThrown(() => network.setWeights(wrong, [[1]]), "ERR_OPTION", "layer is", "expected an integer from 0 to 1");
    }
  });
});

describe("setWeights", () => {
  it.each(["float32", "float64"] as const)("gives back the bits that weights shows, in %s", (dtype) => {
    const size = fc.integer({ min: 1, max: 18 });
    const layer = fc.record({ inputs: size, units: size }).chain(({ inputs, units }) => {
      const count = units * (inputs + 1);
      const values = fc.array(finiteNumbers(dtype), { minLength: count, maxLength: count });
      return fc.record({ inputs: fc.constant(inputs), units: fc.constant(units), values });
    });
    fc.assert(
      fc.property(layer, ({ inputs, units, values }) => {
        const network = new Network([inputs, units], { dtype });
        const data = dtype === "float32" ? Float32Array.from(values) : Float64Array.from(values);
        const matrix: Matrix = { rows: units, columns: inputs + 1, data };
        network.setWeights(0, matrix);
        expect(network.weights(0)).toEqual(matrix);
        const other = new Network([inputs, units], { dtype });
        other.setWeights(0, rowsOfMatrix(matrix));
        expect(other.weights(0)).toEqual(matrix);
      }),
      { seed: 3, numRuns: 60 },
    );
  });

  it("takes rows of any kind, and rounds them to the network's type", () => {
    const network = new Network([1, 3]);
    network.setWeights(0, [[0.1, 2], Uint8Array.of(3, 4), Float64Array.of(1 / 3, 6)]);
    expect(network.weights(0).data).toEqual(Float32Array.of(0.1, 2, 3, 4, 1 / 3, 6));
    const matrix = mistyped<Matrix>({ rows: 3, columns: 2, data: Int16Array.of(1, 2, 3, 4, 5, 6) });
    network.setWeights(0, matrix);
    expect(network.weights(0).data).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
  });

  it("copies: later changes to the rows do not matter", () => {
    const network = new Network([1, 1]);
    const rows = [[0.5, 0.25]];
    network.setWeights(0, rows);
    rows[0][0] = 9;
    expect(network.weights(0).data).toEqual(Float32Array.of(0.5, 0.25));
  });

  it("changes one layer, and what the network answers", () => {
    const network = new Network([1, 1, 1], { activation: "linear", outputActivation: "linear", initializer: "zeros" });
    network.setWeights(1, [[2, 1]]);
    expect(Array.from(network.predict([3]))).toEqual([1]);
    network.setWeights(0, [[4, 0.5]]);
    expect(Array.from(network.predict([3]))).toEqual([2 * 12.5 + 1]);
  });

  it("refuses what does not fit, and changes nothing", () => {
    const network = new Network([2, 3, 1], { seed: 1 });
    const before = allWeights(network);
    const refused = (weights: unknown, code: "ERR_SHAPE" | "ERR_DATA", ...fragments: string[]) => {
      const given = mistyped<readonly Vector[]>(weights);
      expectThrown(() => network.setWeights(0, given), code, ...fragments);
      expect(allWeights(network)).toEqual(before);
    };
    const row = [1, 2, 3];
    const expected = "expected a matrix of 3 x 3 or as many rows";
    refused([row, row], "ERR_SHAPE", "weights of layer 0: 2 rows", expected);
    refused([row, row, row, row], "ERR_SHAPE", "weights of layer 0: 4 rows", expected);
    refused(undefined, "ERR_SHAPE", "weights of layer 0: undefined", expected);
    refused(5, "ERR_SHAPE", "weights of layer 0: 5", expected);
    refused(new Float32Array(9), "ERR_SHAPE", "weights of layer 0: a Float32Array of length 9", expected);
    const narrow = { rows: 3, columns: 2, data: new Float32Array(6) };
    refused(narrow, "ERR_SHAPE", "weights of layer 0: a matrix of 3 x 2 on a Float32Array of length 6", expected);
    refused({ rows: 2, columns: 3, data: new Float32Array(6) }, "ERR_SHAPE", "weights of layer 0: 2 rows", expected);
    const short = { rows: 3, columns: 3, data: new Float32Array(8) };
    refused(short, "ERR_SHAPE", "weights of layer 0: a matrix of 3 x 3 on a Float32Array of length 8", expected);
    refused({ rows: "3", columns: 3, data: new Float32Array(9) }, "ERR_SHAPE", 'a matrix of "3" x 3', expected);
    refused(
      { rows: 3, columns: 3, data: new DataView(new ArrayBuffer(9)) },
      "ERR_SHAPE",
      "3 x 3 on a DataView",
      expected,
    );
    refused({ rows: 3, columns: 3, data: new BigInt64Array(9) }, "ERR_SHAPE", "3 x 3 on a BigInt64Array", expected);
    const withHole = new Array(3).fill(row);
    delete withHole[1];
    refused(withHole, "ERR_SHAPE", "weights[1] is undefined, expected 3 numbers");
    refused({ rows: 3, columns: 3, data: [1, 2, 3, 4, 5, 6, 7, 8, 9] }, "ERR_SHAPE", "weights of layer 0", expected);
    refused([row, row, [1, 2]], "ERR_SHAPE", "weights[2] has length 2, expected 3");
    refused([row, row, "123"], "ERR_SHAPE", 'weights[2] is "123", expected 3 numbers');
    refused(
      [row, row, detached(new Float64Array(3))],
      "ERR_SHAPE",
      "weights[2] has length 0",
      "its buffer is detached",
    );
    refused({ rows: 3, columns: 3, data: detached(new Float32Array(9)) }, "ERR_SHAPE", "weights of layer 0");
    refused([row, row, [1, 2, Number.NaN]], "ERR_DATA", "weights[2][2] is NaN, expected a finite number");
    refused([row, [1, "2", 3], row], "ERR_DATA", 'weights[1][1] is "2"');
    refused([row, [1, 1e300, 3], row], "ERR_DATA", "weights[1][1] is 1e+300, expected a number that float32 can hold");
    const data = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, Number.NEGATIVE_INFINITY);
    refused({ rows: 3, columns: 3, data }, "ERR_DATA", "weights[2][2] is -Infinity");
  });
});

describe("clone", () => {
  it("has the same choices, weights and answers", () => {
    const options = { activation: { type: "leakyRelu", alpha: 0.2 }, outputActivation: "softmax", seed: 77 } as const;
    const layers = [3, { units: 4, activation: "tanh", initializer: "zeros" }, 5, 2] as const;
    const network = new Network(layers, { ...options, loss: "categoricalCrossEntropy", arithmetic: "reproducible" });
    network.train([1, 2, 3], [0, 1], { learningRate: 0.5 });
    const copy = network.clone();
    expect(copy).not.toBe(network);
    expect(copy.toJSON()).toEqual(network.toJSON());
    expect(copy.backend).toBe(network.backend);
    expect(copy.predict([1, 2, 3])).toEqual(network.predict([1, 2, 3]));
  });

  it("keeps its weights when the other learns", () => {
    const network = new Network([2, 3, 1], { seed: 1 });
    const copy = network.clone();
    const before = allWeights(copy);
    network.train([1, 2], [1], { learningRate: 1 });
    expect(allWeights(copy)).toEqual(before);
    expect(allWeights(network)).not.toEqual(before);
    copy.train([1, 2], [1], { learningRate: 1 });
    expect(allWeights(copy)).toEqual(allWeights(network));
  });

  it("moves to another backend with its weights; reproducible answers keep their bits", () => {
    for (const dtype of ["float32", "float64"] as const) {
      const network = new Network([5, 9, 3], { seed: 1, dtype, arithmetic: "reproducible" });
      const moved = network.clone({ backend: "typescript" });
      expect(moved.backend).toBe("typescript");
      expect(allWeights(moved)).toEqual(allWeights(network));
      const input = [0.1, 0.2, 0.3, 0.4, 0.5];
      expect(moved.predict(input)).toEqual(network.predict(input));
      const back = moved.clone({ backend: "auto" });
      expect(back.backend).toBe(network.backend);
      expect(allWeights(back)).toEqual(allWeights(network));
    }
  });

  it("refuses unknown backends and options", () => {
    const network = new Network([2, 1]);
    const clone = (options: unknown) => () => network.clone(mistyped<object>(options));
    expectThrown(clone({ backend: "gpu" }), "ERR_OPTION", 'options.backend is "gpu"', "auto, native, typescript");
    expectThrown(clone({ dtype: "float64" }), "ERR_OPTION", 'options has no option "dtype"');
  });
});
