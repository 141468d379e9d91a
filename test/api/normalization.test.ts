import { describe, expect, it, onTestFinished, vi } from "vitest";
import { samplesOf } from "../../src/dataset.ts";
import { Dataset, type DType, Network, type Normalization } from "../../src/index.ts";
import { Normalizer } from "../../src/normalization.ts";
import { numbersOf } from "../support/choices.ts";
import { expectRejected, expectThrown, mistyped } from "../support/errors.ts";
import { fc } from "../support/fast_check.ts";
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

/** A network that was fitted with normalized data. */
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

  it("takes columns for constant that vary by rounding alone", () => {
    for (const column of [Float64Array.of(0.1 + 0.2, 0.3, 0.3), Float32Array.of(0.3, 0.30000004, 0.3)]) {
      for (const kind of ["standard", "minMax"] as const) {
        const { normalization } = Dataset.from({ inputs: column, targets: targets.slice(1) }).normalize(kind);
        expect(normalization?.scale).toEqual([1]);
        expect(normalization?.offset[0]).toBeCloseTo(0.3, 6);
      }
    }
    // In float64 the same spread is more than rounding.
    const fine = Dataset.from({ inputs: Float64Array.of(0.3, 0.30000004, 0.3), targets: targets.slice(1) });
    expect(fine.normalize("minMax").normalization?.scale[0]).toBeCloseTo(25e6, -5);
  });

  it("knows the deviation of columns whose squares are too large", () => {
    for (const large of [1e200, 1e308]) {
      const data = Dataset.from({
        inputs: [
          [-large, 1],
          [large, 3],
          [-large, 1],
          [large, 3],
        ],
        targets,
      });
      const normalized = data.normalize();
      expect(normalized.normalization).toEqual({ offset: [0, 2], scale: [1 / large, 1] });
      const expected = [-1, 1, -1, 1];
      for (const [i, value] of columnOf(normalized, 0).entries()) expect(value).toBeCloseTo(expected[i], 14);
    }
    const sums = Dataset.from({
      inputs: Float64Array.from({ length: 200 }, (_, i) => (i % 2) * 1e307),
      labels: new Uint8Array(200),
    });
    expect(sums.normalize().normalization?.offset[0]).toBeCloseTo(5e306, -295);
    const [least, most] = columnOf(sums.normalize(), 0);
    expect(least).toBeCloseTo(-1, 12);
    expect(most).toBeCloseTo(1, 12);
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

  it("refuses what is normalized, what is no normalization, and what does not fit", () => {
    const raw = rawData();
    expectThrown(() => raw.normalize().normalize(), "ERR_OPTION", "normalized already");
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
    const single = Dataset.from({ inputs: Float32Array.of(0, 1e30), targets: [[0], [1]] });
    const how = { offset: [0], scale: [1e10] };
    expectThrown(() => single.normalize(how), "ERR_DATA", "inputs[1][0] is 1.0000000150474662e+30", "beyond float32");
  });
});

describe("a network fitted with normalized data", () => {
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
    // The same weights without a normalization, so that normalized inputs can be given by hand.
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

  it("evaluates raw data like the same data normalized, and refuses other statistics", async () => {
    const network = await fittedNetwork();
    const raw = rawData();
    const expected = await network.evaluate(raw.normalize());
    expect(await network.evaluate(raw)).toEqual(expected);
    expect(await network.evaluate(raw.normalize(JSON.parse(JSON.stringify(network.normalization))))).toEqual(expected);
    const predictions = rows.map((row) => network.predict(row)[0]);
    const losses = predictions.map((value, i) => (targets[i][0] - value) ** 2);
    expect(expected.loss).toBeCloseTo(mean(losses), 6);
    const message = "data is normalized with other statistics, expected normalize(network.normalization)";
    await expectRejected(network.evaluate(raw.normalize("minMax")), "ERR_DATA", message);
    const narrow = Dataset.from({ inputs: [[1]], targets: [[1]] });
    await expectRejected(network.evaluate(narrow), "ERR_SHAPE", "data.inputSize is 1, expected 3");
    await expectRejected(network.evaluate(mistyped(rows)), "ERR_DATA", "expected a Dataset");
  });

  it.each(DTYPES)("evaluates and predicts many raw samples as it predicts one, in %s", async (dtype) => {
    // Stretches of 2^18 values are normalized at a time: there are several, and one is cut off.
    const [size, width] = [700, 900];
    const bytes = Uint8Array.from({ length: size * width }, (_, i) => (i * 7919 + (i >> 9)) % 256);
    const data = Dataset.from({
      inputs: bytes,
      inputScale: 1 / 255,
      labels: bytes.filter((_, i) => i % width === 0).map((byte) => byte % 2),
    });
    const network = new Network([width, 2], {
      seed: 3,
      dtype,
      arithmetic: "reproducible",
      outputActivation: "softmax",
    });
    await network.fit(data.take(40).normalize("minMax"), { epochs: 1 });
    const samples = Array.from({ length: size }, (_, index) => data.sample(index));
    const predictions = samples.map(({ input }) => network.predict(input));
    const one = await network.evaluate(data.take(1, 650));
    expect(one.accuracy).toBe(Number(predictions[650][1] > predictions[650][0] === (samples[650].label === 1)));
    const right = samples.filter(({ label }, i) => predictions[i][1] > predictions[i][0] === (label === 1));
    const losses = samples.map(
      ({ target }, i) => (target[0] - predictions[i][0]) ** 2 + (target[1] - predictions[i][1]) ** 2,
    );
    const { accuracy, loss } = await network.evaluate(data);
    expect(accuracy).toBe(right.length / size);
    expect(loss).toBeCloseTo(mean(losses), 5);
    const flat = Float64Array.from(samples.flatMap(({ input }) => [...input]));
    const outputs = await network.predictBatchAsync(flat);
    expect(Array.from(outputs.data)).toEqual(predictions.flatMap((values) => [...values]));
    expect(outputs).toEqual(network.predictBatch(flat));
  });

  it("gives other work its turn while it normalizes", async () => {
    const [size, width] = [3000, 500];
    const inputs = new Uint8Array(size * width).fill(1);
    const saved = new Network([width, 1], { seed: 3 }).toJSON();
    const normalization = { offset: new Array(width).fill(0), scale: new Array(width).fill(0.1) };
    const network = Network.fromJSON({ ...saved, normalization });
    const data = Dataset.from({ inputs, targets: new Float32Array(size), size });
    const writeRows = vi.spyOn(Normalizer.prototype, "writeRows");
    onTestFinished(() => writeRows.mockRestore());
    for (const work of [() => network.evaluate(data), () => network.predictBatchAsync(inputs)]) {
      let turn = 0;
      let isWorking = true;
      const count = () => {
        turn++;
        if (isWorking) setImmediate(count);
      };
      count();
      const turns: number[] = [];
      writeRows.mockClear();
      writeRows.mockImplementation(({ size: rowsAtOnce }) => {
        turns.push(turn);
        expect(rowsAtOnce * width).toBeLessThanOrEqual(2 ** 18);
      });
      await work();
      isWorking = false;
      expect(turns.length).toBe(6);
      expect(new Set(turns).size).toBe(6);
    }
  });

  it("reads what it is given before anybody can change it", async () => {
    const network = await fittedNetwork();
    const batch = Float64Array.from(rows.flat());
    const expected = network.predictBatch(batch);
    const outputs = network.predictBatchAsync(batch);
    batch.fill(0);
    expect(await outputs).toEqual(expected);
  });

  it("names the raw value that it cannot normalize, and targets it cannot hold", async () => {
    const saved = new Network([700, 1], { seed: 1 }).toJSON();
    const normalization = { offset: new Array(700).fill(0), scale: new Array(700).fill(1e30) };
    const network = Network.fromJSON({ ...saved, normalization });
    const inputs = new Float32Array(500 * 700);
    inputs[450 * 700 + 3] = 1e10;
    const message = "inputs[450][3] is 10000000000, which the normalization (it − 0) · 1e+30 takes beyond float32";
    const data = Dataset.from({ inputs, targets: new Float32Array(500), size: 500 });
    await expectRejected(network.evaluate(data), "ERR_DATA", message);
    expectThrown(() => network.diagnose(data, { samples: 500 }), "ERR_DATA", message);
    expectThrown(() => network.diagnose(inputs, { samples: 500 }), "ERR_DATA", "takes beyond float32");
    const targetsBeyond = Dataset.from({ inputs: new Float32Array(700), targets: [[1e300]] });
    await expectRejected(network.evaluate(targetsBeyond), "ERR_DATA", "data: targets[0][0] is 1e+300");
  });

  it("can be fitted further with the same statistics only", async () => {
    const network = await fittedNetwork();
    const before = allWeights(network);
    const refused = (data: Dataset, message: string) =>
      expectRejected(network.fit(data, { epochs: 1 }), "ERR_DATA", message, "normalize(network.normalization)");
    await refused(rawData(), "data is not normalized, expected");
    await refused(rawData().normalize("minMax"), "data is normalized with other statistics");
    expect(allWeights(network)).toEqual(before);
    const { normalization } = network;
    await network.fit(rawData().normalize(normalization), { epochs: 1 });
    expect(allWeights(network)).not.toEqual(before);
    expect(network.normalization).toEqual(normalization);
  });

  it("validates on raw and on normalized data alike", async () => {
    const data = rawData().normalize();
    const validate = async (validation: Dataset) => {
      const network = new Network([3, 4, 1], { seed: 3 });
      const { epochs } = await network.fit(data, { epochs: 2, validation });
      return epochs.map((report) => report.validation);
    };
    expect(await validate(rawData())).toEqual(await validate(data));
    const other = rawData().normalize("minMax");
    await expectRejected(validate(other), "ERR_DATA", "options.validation is normalized with other statistics");
    const onRaw = new Network([3, 4, 1]).fit(rawData(), { epochs: 1, validation: data });
    await expectRejected(onRaw, "ERR_DATA", "options.validation is normalized, expected no normalization, as in data");
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
