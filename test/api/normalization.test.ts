import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { samplesOf } from "../../src/dataset.ts";
import { Dataset, type DType, Network, type Normalization } from "../../src/index.ts";
import { numbersOf } from "../support/choices.ts";
import { expectRejected, expectThrown, mistyped } from "../support/errors.ts";
import { allWeights } from "../support/networks.ts";

const rows = [
  [1, 10, 5],
  [2, 30, 5],
  [3, 20, 5],
  [6, 20, 5],
];
const targets = [[0], [1], [0], [1]];
const DTYPES: readonly DType[] = ["float32", "float64"];

function rawData(): Dataset {
  return Dataset.from({ inputs: rows, targets });
}

function columnOf(data: Dataset, column: number): number[] {
  return Array.from({ length: data.size }, (_, index) => data.sample(index).input[column]);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  const center = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - center) ** 2)));
}

function normalizedBy({ offset, scale }: Normalization, row: readonly number[]): number[] {
  return row.map((value, j) => (value - offset[j]) * scale[j]);
}

/** A network that was fitted with normalised data. */
async function fittedNetwork(dtype: DType = "float32"): Promise<Network> {
  const network = new Network([3, 4, 1], { seed: 3, dtype });
  await network.fit(rawData().normalize(), { epochs: 2 });
  return network;
}

describe("normalize", () => {
  it("takes each column to mean 0 and deviation 1, constant ones to 0", () => {
    const data = rawData().normalize();
    expect(data.normalization).toEqual({
      offset: [3, 20, 5],
      scale: [1 / Math.sqrt(3.5), 1 / Math.sqrt(50), 1],
    });
    expect(columnOf(data, 1)).toEqual([-10 / Math.sqrt(50), 10 / Math.sqrt(50), 0, 0]);
    expect(columnOf(data, 2)).toEqual([0, 0, 0, 0]);
    expect(data.sample(3).target).toEqual(Float64Array.of(1));
  });

  it("takes each column to 0 … 1", () => {
    const data = rawData().normalize("minMax");
    expect(data.normalization).toEqual({ offset: [1, 10, 5], scale: [1 / 5, 1 / 20, 1] });
    expect(columnOf(data, 1)).toEqual([0, 1, 0.5, 0.5]);
    expect(columnOf(data, 2)).toEqual([0, 0, 0, 0]);
  });

  it("gives what the definitions say", () => {
    const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 30 });
    fc.assert(
      fc.property(values, (column) => {
        const raw = Dataset.from({ inputs: Float64Array.from(column), targets: column.map(() => [0]) });
        const spread = deviation(column);
        fc.pre(spread > 1e-3);
        const standard = columnOf(raw.normalize("standard"), 0);
        expect(mean(standard)).toBeCloseTo(0, 6);
        expect(deviation(standard)).toBeCloseTo(1, 6);
        const between = columnOf(raw.normalize("minMax"), 0);
        expect(Math.min(...between)).toBe(0);
        expect(Math.max(...between)).toBeCloseTo(1, 12);
      }),
    );
  });

  it("is exact for columns far from 0", () => {
    const column = [4, 7, 13, 16].map((value) => value + 1e9);
    const data = Dataset.from({ inputs: Float64Array.from(column), targets });
    expect(data.normalize().normalization).toEqual({ offset: [1e9 + 10], scale: [1 / Math.sqrt(22.5)] });
    const constant = Dataset.from({ inputs: new Float64Array(1000).fill(0.1), labels: new Uint8Array(1000) });
    expect(constant.normalize().normalization).toEqual({ offset: [0.1], scale: [1] });
  });

  it("keeps spreads too small to divide by", () => {
    const data = Dataset.from({ inputs: [[0], [5e-324]], targets: [[0], [1]] });
    expect(data.normalize("minMax").normalization).toEqual({ offset: [0], scale: [1] });
    expect(data.normalize("standard").normalization?.scale).toEqual([1]);
  });

  it("works on scaled bytes and stores float32; float64 stays float64", () => {
    const bytes = Dataset.from({ inputs: Uint8Array.of(0, 255, 51, 102), labels: [0, 1], inputScale: 1 / 255 });
    const normalized = bytes.normalize("minMax");
    expect(normalized.normalization).toEqual({ offset: [0, 102 / 255], scale: [1 / (51 / 255), 1 / (1 - 102 / 255)] });
    expect(samplesOf(normalized)).toMatchObject({ inputs: Float32Array.of(0, 1, 1, 0), inputScale: 1 });
    const stored = (inputs: Float32Array | Float64Array) =>
      samplesOf(Dataset.from({ inputs, labels: [0, 1] }).normalize()).inputs;
    expect(stored(Float32Array.of(1, 3))).toEqual(Float32Array.of(-1, 1));
    expect(stored(Float64Array.of(1, 3))).toEqual(Float64Array.of(-1, 1));
  });

  it("takes the statistics of another data set, also when they come from JSON", () => {
    const { normalization } = rawData().normalize();
    const fromText: Normalization = JSON.parse(JSON.stringify(normalization));
    const other = Dataset.from({ inputs: [[4, 40, 6]], targets: [[0]] }).normalize(fromText);
    expect(other.normalization).toEqual(normalization);
    expect(other.sample(0).input).toEqual(Float64Array.from(normalizedBy(fromText, [4, 40, 6])));
    (fromText.offset as number[])[0] = 99;
    expect(other.normalization).toEqual(normalization);
    expect(() => Object.assign(other.normalization?.scale ?? [], { 0: 7 })).toThrow(TypeError);
  });

  it("leaves the raw data as it is, and stays with its parts", () => {
    const raw = rawData();
    const normalized = raw.normalize("minMax");
    expect(raw.normalization).toBeUndefined();
    expect(raw.sample(0).input).toEqual(Float64Array.from(rows[0]));
    for (const part of [...normalized.split(0.5), normalized.shuffle(), normalized.take(2)]) {
      expect(part.normalization).toBe(normalized.normalization);
      expect(part.classes).toBe(2);
    }
  });

  it("refuses what is normalised, what is no normalization, and what does not fit", () => {
    const raw = rawData();
    expectThrown(() => raw.normalize().normalize(), "ERR_OPTION", "normalised already");
    const refused = (how: unknown, code: "ERR_OPTION" | "ERR_SHAPE", ...fragments: string[]) =>
      expectThrown(() => raw.normalize(mistyped(how)), code, ...fragments);
    refused("robust", "ERR_OPTION", 'how is "robust", expected one of standard, minMax');
    refused(5, "ERR_OPTION", "how is 5, expected an object with offset and scale");
    refused(null, "ERR_OPTION", "how is null");
    refused({ offset: [0, 0, 0] }, "ERR_OPTION", "how.scale is undefined, expected 3 numbers");
    refused({ offset: [0, 0, 0], scale: [1, 1, 1], mean: 0 }, "ERR_OPTION", 'how has no option "mean"');
    refused({ offset: [0, 0], scale: [1, 1, 1] }, "ERR_SHAPE", "how.offset has length 2, expected 3");
    refused({ offset: [0, 0, 0], scale: [1, 0, 1] }, "ERR_OPTION", "how.scale[1] is 0, expected a finite number other");
    refused(
      { offset: [0, 0, null], scale: [1, 1, 1] },
      "ERR_OPTION",
      "how.offset[2] is null, expected a finite number",
    );
  });

  it("refuses values that leave their type", () => {
    const wide = Dataset.from({ inputs: [[-1e308], [1e308]], targets: [[0], [1]] });
    expectThrown(() => wide.normalize("minMax"), "ERR_DATA", "input 0 spans more than float64 can hold");
    expectThrown(() => wide.normalize("standard"), "ERR_DATA", "input 0 spans more than float64 can hold");
    const single = Dataset.from({ inputs: Float32Array.of(0, 1e30), targets: [[0], [1]] });
    const how = { offset: [0], scale: [1e10] };
    expectThrown(() => single.normalize(how), "ERR_DATA", "inputs[1][0] is 1.0000000150474662e+30", "beyond float32");
  });
});

describe("a network fitted with normalised data", () => {
  it("takes the statistics over", async () => {
    const data = rawData().normalize();
    const network = new Network([3, 4, 1], { seed: 3 });
    expect(network.normalization).toBeUndefined();
    await network.fit(data, { epochs: 1 });
    expect(network.normalization).toEqual(data.normalization);
  });

  it.each(DTYPES)("applies them to whatever it is to predict, in %s", async (dtype) => {
    const network = await fittedNetwork(dtype);
    const { normalization } = network;
    if (!normalization) expect.fail("there is no normalization");
    // The same weights without a normalization, so that normalised inputs can be given by hand.
    const plain = new Network([3, 4, 1], { seed: 3, dtype });
    for (const layer of [0, 1]) plain.setWeights(layer, network.weights(layer));
    const inputs = rows.map((row) => normalizedBy(normalization, row));
    const expected = inputs.map((input) => plain.predict(input));
    expect(rows.map((row) => network.predict(row))).toEqual(expected);
    const flat = expected.map(([value]) => value);
    const batches = [
      rows,
      Float64Array.from(rows.flat()),
      Uint8Array.from(rows.flat()),
      Float32Array.from(rows.flat()),
    ];
    for (const batch of batches) {
      expect(Array.from(network.predictBatch(batch).data)).toEqual(flat);
      expect(Array.from((await network.predictBatchAsync(batch)).data)).toEqual(flat);
    }
    expect(network.gradients(rows[1], [1])).toEqual(plain.gradients(inputs[1], [1]));
    expect(network.checkGradients(rows[1], [1])).toEqual(plain.checkGradients(inputs[1], [1]));
    expect(network.train(rows[1], [1])).toBe(plain.train(inputs[1], [1]));
    expect(allWeights(network)).toEqual(allWeights(plain));
  });

  it("evaluates raw data like the same data normalised, and refuses other statistics", async () => {
    const network = await fittedNetwork();
    const raw = rawData();
    const expected = await network.evaluate(raw.normalize());
    expect(await network.evaluate(raw)).toEqual(expected);
    expect(await network.evaluate(raw.normalize(JSON.parse(JSON.stringify(network.normalization))))).toEqual(expected);
    const predictions = rows.map((row) => network.predict(row)[0]);
    const losses = predictions.map((value, i) => (targets[i][0] - value) ** 2);
    expect(expected.loss).toBeCloseTo(mean(losses), 6);
    const message = "data is normalised with other statistics, expected normalize(network.normalization)";
    await expectRejected(network.evaluate(raw.normalize("minMax")), "ERR_DATA", message);
    const narrow = Dataset.from({ inputs: [[1]], targets: [[1]] });
    await expectRejected(network.evaluate(narrow), "ERR_SHAPE", "data.inputSize is 1, expected 3");
    await expectRejected(network.evaluate(mistyped(rows)), "ERR_DATA", "expected a Dataset");
  });

  it("can be fitted further with the same statistics only", async () => {
    const network = await fittedNetwork();
    const before = allWeights(network);
    const refused = (data: Dataset, message: string) =>
      expectRejected(network.fit(data, { epochs: 1 }), "ERR_DATA", message, "normalize(network.normalization)");
    await refused(rawData(), "data is not normalised, expected");
    await refused(rawData().normalize("minMax"), "data is normalised with other statistics");
    expect(allWeights(network)).toEqual(before);
    const { normalization } = network;
    await network.fit(rawData().normalize(normalization), { epochs: 1 });
    expect(allWeights(network)).not.toEqual(before);
    expect(network.normalization).toEqual(normalization);
  });

  it("validates on raw and on normalised data alike", async () => {
    const data = rawData().normalize();
    const validate = async (validation: Dataset) => {
      const network = new Network([3, 4, 1], { seed: 3 });
      const { epochs } = await network.fit(data, { epochs: 2, validation });
      return epochs.map((report) => report.validation);
    };
    expect(await validate(rawData())).toEqual(await validate(data));
    const other = rawData().normalize("minMax");
    await expectRejected(validate(other), "ERR_DATA", "options.validation is normalised with other statistics");
    const onRaw = new Network([3, 4, 1]).fit(rawData(), { epochs: 1, validation: data });
    await expectRejected(onRaw, "ERR_DATA", "options.validation is normalised, expected no normalization, as in data");
  });

  it("keeps them in clones and in JSON", async () => {
    const network = await fittedNetwork();
    const saved = JSON.parse(JSON.stringify(network));
    expect(saved.normalization).toEqual(network.normalization);
    for (const copy of [network.clone(), Network.fromJSON(saved)]) {
      expect(copy.normalization).toEqual(network.normalization);
      expect(copy.predict(rows[2])).toEqual(network.predict(rows[2]));
    }
    expect("normalization" in new Network([2, 1]).toJSON()).toBe(false);
  });

  it("learns what raw inputs are too large for", async () => {
    const inputs = Array.from({ length: 64 }, (_, i) => [1e6 + 1e3 * numbersOf(i, 1)[0]]);
    const labels = inputs.map(([x]) => (x > 1e6 ? 1 : 0));
    const options = { seed: 1, outputActivation: "softmax", loss: "categoricalCrossEntropy" } as const;
    const network = new Network([1, 4, 2], options);
    const raw = Dataset.from({ inputs, labels });
    await network.fit(raw.normalize(), { epochs: 60, learningRate: 0.3 });
    expect((await network.evaluate(raw)).accuracy).toBeGreaterThan(0.9);
  });
});

describe("raw inputs of a network with a normalization", () => {
  const network = () => {
    const saved = new Network([2, 1], { seed: 1 }).toJSON();
    return Network.fromJSON({ ...saved, normalization: { offset: [1e300, 0], scale: [1, 1e30] } });
  };

  it("are read in float64, before they are rounded to the network's type", () => {
    const double = Network.fromJSON({
      ...new Network([1, 1], { seed: 1, outputActivation: "linear" }).toJSON(),
      normalization: { offset: [16777216], scale: [1] },
    });
    const [[weight, bias]] = [double.weights(0).data];
    expect(double.predict([16777217])[0]).toBe(Math.fround(weight + bias));
    expect(double.predictBatch([[16777217]]).data).toEqual(double.predict([16777217]));
    expect(network().predict([1e300, 0])).toEqual(network().predictBatch([[1e300, 0]]).data);
  });

  it("are refused where they are not finite, before or after", async () => {
    for (const [row, ...fragments] of [
      [[Number.NaN, 0], "[0] is NaN, expected a finite number"],
      [[1e300, Number.POSITIVE_INFINITY], "[1] is Infinity, expected a finite number"],
      [[1e300, 1e10], "[1] is 10000000000, which the normalization (it − 0) · 1e+30 takes beyond float32"],
      [[0, 1], "[0] is 0, which the normalization (it − 1e+300) · 1 takes beyond float32"],
    ] as const) {
      expectThrown(() => network().predict(row), "ERR_DATA", ...fragments.map((text) => `input${text}`));
      expectThrown(() => network().train(row, [1]), "ERR_DATA", ...fragments);
      expectThrown(() => network().predictBatch([row]), "ERR_DATA", ...fragments.map((text) => `inputs[0]${text}`));
      await expectRejected(network().predictBatchAsync([row]), "ERR_DATA", ...fragments);
    }
    expectThrown(() => network().predict([1]), "ERR_SHAPE", "input has length 1, expected 2");
    expectThrown(() => network().predict(mistyped([1e300, "2"])), "ERR_DATA", 'input[1] is "2"');
    expectThrown(() => network().predictBatch(Float32Array.of(1, 2, 3)), "ERR_SHAPE", "rows of 2");
  });
});

describe("fromJSON refuses a normalization", () => {
  it.each([
    [null, "normalization is null"],
    [{ offset: [0, 0] }, "normalization.scale is undefined"],
    [{ offset: [0], scale: [1] }, "normalization.offset has length 1, expected 2"],
    [{ offset: [0, 0], scale: [1, 0] }, "normalization.scale[1] is 0"],
    [{ offset: [0, "0"], scale: [1, 1] }, 'normalization.offset[1] is "0"'],
  ])("that is none: %j", (normalization, message) => {
    const saved = { ...new Network([2, 1]).toJSON(), normalization };
    expectThrown(() => Network.fromJSON(saved), "ERR_FORMAT", message);
  });
});
