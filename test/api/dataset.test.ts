import { describe, expect, it } from "vitest";
import type { DatasetSource } from "../../src/dataset.ts";
import { Dataset, labelsOf, samplesOf } from "../../src/dataset.ts";
import type { ErrorCode } from "../../src/errors.ts";
import { detached } from "../support/buffers.ts";
import { expectThrown } from "../support/errors.ts";
import { fc } from "../support/fast_check.ts";

const xorInputs = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];
const labels = [0, 1, 1, 0];

/** `source` is typed loosely: most of what is refused here would not compile otherwise. */
function expectRefused(source: unknown, code: ErrorCode, ...fragments: readonly string[]): void {
  expectThrown(() => Dataset.from(source as DatasetSource), code, ...fragments);
}

/** Three elements, of which the middle one does not exist. */
function withHole(first: unknown, last: unknown): unknown[] {
  const values = new Array<unknown>(3);
  values[0] = first;
  values[2] = last;
  return values;
}

function shared<T extends ArrayBufferView & { set(values: ArrayLike<number>): void }>(
  Type: { new (buffer: SharedArrayBuffer): T; BYTES_PER_ELEMENT: number },
  values: readonly number[],
): T {
  const view = new Type(new SharedArrayBuffer(values.length * Type.BYTES_PER_ELEMENT));
  view.set(values);
  return view;
}

function allSamples(dataset: Dataset) {
  return Array.from({ length: dataset.size }, (_, index) => dataset.sample(index));
}

describe("Dataset.from", () => {
  it("holds inputs and targets", () => {
    const dataset = Dataset.from({ inputs: [[1, 2, 3]], targets: [Float32Array.of(0.5, -1)] });
    expect(dataset).toMatchObject({ size: 1, inputSize: 3, targetSize: 2, classes: undefined });
    expect(dataset.sample(0)).toEqual({ input: Float64Array.of(1, 2, 3), target: Float64Array.of(0.5, -1) });
    expect(samplesOf(dataset).labels).toBeUndefined();
    expect(labelsOf(dataset)).toBeUndefined();
  });

  it("turns labels into one-hot targets", () => {
    const dataset = Dataset.from({ inputs: xorInputs, labels: Uint8Array.of(2, 0, 1, 2) });
    expect(dataset).toMatchObject({ size: 4, inputSize: 2, targetSize: 3, classes: 3 });
    expect(dataset.sample(0)).toEqual({ input: Float64Array.of(0, 0), target: Float64Array.of(0, 0, 1), label: 2 });
    expect(samplesOf(dataset).targets).toBeUndefined();
    expect(samplesOf(dataset).labels).toEqual(Uint32Array.of(2, 0, 1, 2));
    expect(labelsOf(dataset)).toEqual(Uint32Array.of(2, 0, 1, 2));
  });

  it("has at least two classes, and as many as were asked for", () => {
    expect(Dataset.from({ inputs: xorInputs, labels: [0, 0, 0, 0] }).classes).toBe(2);
    const dataset = Dataset.from({ inputs: xorInputs, labels, classes: 5 });
    expect(dataset).toMatchObject({ classes: 5, targetSize: 5 });
    expect(dataset.sample(1).target).toEqual(Float64Array.of(0, 1, 0, 0, 0));
  });

  it("finds the classes in targets that mean classes, and in no others", () => {
    const classesOf = (...targets: number[][]) => {
      const dataset = Dataset.from({ inputs: targets.map(() => [0]), targets });
      return [dataset.classes, labelsOf(dataset) && Array.from(labelsOf(dataset) ?? [])];
    };
    expect(classesOf([0, 0, 1], [1, 0, 0])).toEqual([3, [2, 0]]);
    expect(classesOf([1], [0], [1])).toEqual([2, [1, 0, 1]]);
    expect(classesOf([0], [-0])).toEqual([2, [0, 0]]);
    const none = [undefined, undefined];
    expect(classesOf([0, 0, 1], [0, 0, 0])).toEqual(none);
    expect(classesOf([0, 0, 1], [1, 0, 1])).toEqual(none);
    expect(classesOf([0, 1], [0, 0.5])).toEqual(none);
    expect(classesOf([0, 1], [0.5, 0.5])).toEqual(none);
    expect(classesOf([1, 0], [1, -1])).toEqual(none);
    expect(classesOf([0], [2])).toEqual(none);
    expect(classesOf([-1], [1])).toEqual(none);
    expect(Dataset.from({ inputs: [[4]], targets: [[0, 1]] }).sample(0).label).toBe(1);
    expect("label" in Dataset.from({ inputs: [[4]], targets: [[0, 2]] }).sample(0)).toBe(false);
  });

  it("scales inputs when they are read", () => {
    const dataset = Dataset.from({ inputs: [Uint8Array.of(0, 51, 255)], targets: [[7]], inputScale: 1 / 255 });
    expect(dataset.sample(0)).toEqual({ input: Float64Array.of(0, 51 / 255, 1), target: Float64Array.of(7) });
    expect(samplesOf(dataset)).toMatchObject({ inputs: Uint8Array.of(0, 51, 255), inputScale: 1 / 255 });
  });

  it("gives equal samples for every form of the same values", () => {
    const shape = fc.record({ size: fc.integer({ min: 1, max: 6 }), width: fc.integer({ min: 1, max: 5 }) });
    const table = shape.chain(({ size, width }) => {
      const row = fc.array(fc.integer({ min: 0, max: 127 }), { minLength: width, maxLength: width });
      return fc.array(row, { minLength: size, maxLength: size });
    });
    fc.assert(
      fc.property(table, fc.constantFrom("inputs", "targets"), (rows, varied) => {
        const size = rows.length;
        const columns = rows[0].length;
        const flat = rows.flat();
        const make = (form: DatasetSource["inputs"]) =>
          Dataset.from(
            varied === "inputs"
              ? { inputs: form, targets: rows, size }
              : { inputs: rows, targets: form, size, inputScale: 0.5 },
          );
        const expected = allSamples(make(rows));
        expect(expected.map(({ target }) => Array.from(target))).toEqual(rows);
        const factor = varied === "inputs" ? 1 : 0.5;
        expect(expected.map(({ input }) => Array.from(input))).toEqual(rows.map((row) => row.map((v) => v * factor)));
        const forms = [
          rows.map((row, index) => (index % 2 === 0 ? row : Int16Array.from(row))),
          rows.map((row) => Uint8Array.from(row)),
          ...[Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array].map((Type) =>
            Type.from(flat),
          ),
          Float32Array.from(flat),
          Float64Array.from(flat),
          shared(Uint8Array, flat),
          shared(Uint16Array, flat),
          shared(Float32Array, flat),
          { rows: size, columns, data: Float32Array.from(flat) },
          { rows: size, columns, data: shared(Float64Array, flat) },
        ];
        for (const form of forms) {
          const dataset = make(form);
          expect(dataset).toMatchObject({ size, inputSize: columns, targetSize: columns });
          expect(allSamples(dataset)).toEqual(expected);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("derives the number of samples from whatever tells it", () => {
    const flat = Float32Array.of(1, 2, 3, 4, 5, 6);
    const matrix = { rows: 2, columns: 1, data: Float32Array.of(7, 8) };
    expect(Dataset.from({ inputs: flat, labels: [0, 1] })).toMatchObject({ size: 2, inputSize: 3 });
    expect(Dataset.from({ inputs: flat, targets: matrix })).toMatchObject({ size: 2, inputSize: 3, targetSize: 1 });
    expect(Dataset.from({ inputs: matrix, targets: flat })).toMatchObject({ size: 2, inputSize: 1, targetSize: 3 });
    expect(Dataset.from({ inputs: flat, targets: flat, size: 3 })).toMatchObject({ size: 3, targetSize: 2 });
  });
});

describe("the memory of a data set", () => {
  it("keeps bytes as bytes and floats as they are, and stores the rest as float64", () => {
    const stored = (inputs: DatasetSource["inputs"]) => samplesOf(Dataset.from({ inputs, labels: [0, 1] })).inputs;
    expect(stored(Uint8Array.of(1, 2))).toEqual(Uint8Array.of(1, 2));
    expect(stored(Buffer.from([1, 2]))).toEqual(Uint8Array.of(1, 2));
    expect(stored([Uint8Array.of(1), Uint8Array.of(2)])).toEqual(Uint8Array.of(1, 2));
    expect(stored(Float32Array.of(1, 2))).toEqual(Float32Array.of(1, 2));
    expect(stored([Float32Array.of(1), Float32Array.of(2)])).toEqual(Float32Array.of(1, 2));
    expect(stored({ rows: 2, columns: 1, data: Float64Array.of(1, 2) })).toEqual(Float64Array.of(1, 2));
    expect(stored([Float32Array.of(1), Uint8Array.of(2)])).toEqual(Float64Array.of(1, 2));
    expect(stored([[1], [2]])).toEqual(Float64Array.of(1, 2));
    expect(stored(Int8Array.of(-1, 2))).toEqual(Float64Array.of(-1, 2));
    const targets = (given: DatasetSource["inputs"]) =>
      samplesOf(Dataset.from({ inputs: [[1], [2]], targets: given })).targets;
    expect(targets(Uint8Array.of(0, 1))).toEqual(Float64Array.of(0, 1));
    expect(targets(Float32Array.of(0, 1))).toEqual(Float32Array.of(0, 1));
  });

  it("does not change when the caller's arrays change or go away", () => {
    const rows = [[1], [2]];
    const bytes = Uint8Array.of(1, 2);
    const matrix = { rows: 2, columns: 1, data: Float64Array.of(1, 2) };
    const target = Float32Array.of(0, 1);
    const given = Uint32Array.of(0, 1);
    const datasets = [
      Dataset.from({ inputs: rows, targets: target }),
      Dataset.from({ inputs: bytes, labels: given }),
      Dataset.from({ inputs: matrix, labels: shared(Uint32Array, [0, 1]) }),
    ];
    const before = datasets.map(allSamples);
    rows[0][0] = 9;
    bytes[0] = 9;
    matrix.data[0] = 9;
    detached(target);
    given[0] = 1;
    detached(given);
    expect(datasets.map(allSamples)).toEqual(before);
  });

  it("does not change when samples that were given out are written to", () => {
    const dataset = Dataset.from({ inputs: Float64Array.of(1, 2), targets: [[3], [4]] });
    const sample = dataset.sample(0);
    sample.input[0] = 9;
    sample.target[0] = 9;
    expect(dataset.sample(0)).toEqual({ input: Float64Array.of(1), target: Float64Array.of(3) });
    expect(() => Object.assign(dataset, { size: 1 })).toThrow(TypeError);
  });

  it("copies memory that only says that it is shared", () => {
    const inputs = new Float32Array([1, 2]);
    Object.defineProperty(inputs.buffer, Symbol.toStringTag, { value: "SharedArrayBuffer" });
    const data = Dataset.from({ inputs, targets: [[1], [0]] });
    inputs.fill(7);
    expect([data.sample(0).input[0], data.sample(1).input[0]]).toEqual([1, 2]);
  });

  it("uses shared memory without a copy, as long as the type can stay", () => {
    const bytes = shared(Uint8Array, [1, 2, 3, 4]);
    const targets = shared(Float32Array, [5, 6]);
    const dataset = Dataset.from({ inputs: bytes.subarray(2), targets, size: 2 });
    expect(samplesOf(dataset).inputs.buffer).toBe(bytes.buffer);
    bytes[3] = 40;
    targets[1] = 60;
    expect(dataset.sample(1)).toEqual({ input: Float64Array.of(40), target: Float64Array.of(60) });

    const words = shared(Uint16Array, [1, 2]);
    const labelled = shared(Uint32Array, [0, 1]);
    const converted = Dataset.from({ inputs: words, labels: labelled });
    words[0] = 10;
    labelled[0] = 1;
    expect(converted.sample(0)).toMatchObject({ input: Float64Array.of(1), label: 0 });
  });

  it("sees a growable shared buffer with the length it has", () => {
    const Growable = SharedArrayBuffer as unknown as {
      new (length: number, options: { maxByteLength: number }): SharedArrayBuffer & { grow(length: number): void };
    };
    const buffer = new Growable(4, { maxByteLength: 8 });
    const dataset = Dataset.from({ inputs: new Uint8Array(buffer), labels: [0, 1] });
    buffer.grow(8);
    expect(samplesOf(dataset).inputs.length).toBe(4);
  });
});

describe("Dataset.from refuses", () => {
  it("what is no source", () => {
    for (const source of [undefined, null, 5, "data", [[1]], Float32Array.of(1)]) {
      expectRefused(source, "ERR_OPTION", "the source is", "{ inputs, targets } or { inputs, labels }");
    }
  });

  it("unknown keys", () => {
    expectRefused({ input: [[1]], targets: [[1]] }, "ERR_OPTION", '"input"', "did you mean inputs or inputScale?");
    expectRefused({ inputs: [[1]], Label: [1] }, "ERR_OPTION", '"Label"', "did you mean labels?");
    expectRefused({ inputs: [[1]], outputs: [[1]] }, "ERR_OPTION", '"outputs", expected inputs, targets, labels');
  });

  it("both or neither of targets and labels, and classes beside targets", () => {
    expectRefused({ inputs: [[1]] }, "ERR_OPTION", "neither targets nor labels");
    expectRefused({ inputs: [[1]], targets: [[1]], labels: [1] }, "ERR_OPTION", "both targets and labels");
    expectRefused({ inputs: [[1]], targets: [[1]], classes: 2 }, "ERR_OPTION", "classes is 2 beside targets");
  });

  it("options out of range", () => {
    for (const classes of [1, 2.5, -3, "10", Number.NaN, 2 ** 32]) {
      expectRefused({ inputs: [[1]], labels: [0], classes }, "ERR_OPTION", "classes is", "expected an integer from 2");
    }
    for (const inputScale of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, "1", null]) {
      expectRefused({ inputs: [[1]], labels: [0], inputScale }, "ERR_OPTION", "inputScale is", "finite number above 0");
    }
    for (const size of [0, -1, 1.5, "1", Number.NaN]) {
      expectRefused({ inputs: [[1]], labels: [0], size }, "ERR_OPTION", "size is", "positive integer");
    }
    const flat = Float32Array.of(1, 2);
    expectRefused({ inputs: flat, targets: flat }, "ERR_OPTION", "size is undefined", "both flat");
  });

  it("empty data", () => {
    expectRefused({ inputs: [], targets: [] }, "ERR_SHAPE", "inputs is empty");
    expectRefused({ inputs: new Float32Array(0), labels: [1] }, "ERR_SHAPE", "inputs is empty");
    expectRefused({ inputs: [[]], labels: [1] }, "ERR_SHAPE", "inputs[0] is empty");
    expectRefused({ inputs: [[1]], labels: [] }, "ERR_SHAPE", "labels is empty");
    expectRefused({ inputs: [[1]], targets: [new Float32Array(0)] }, "ERR_SHAPE", "targets[0] is empty");
  });

  it("ragged rows", () => {
    const rows = [[1, 2], Float32Array.of(3, 4), [5]];
    expectRefused(
      { inputs: rows, labels: [0, 1, 0] },
      "ERR_SHAPE",
      "inputs[2] has 1 values, expected 2 as in inputs[0]",
    );
    expectRefused({ inputs: [[1], [1, 2]], labels }, "ERR_SHAPE", "inputs[1] has 2 values, expected 1");
    expectRefused({ inputs: [[1], []], labels }, "ERR_SHAPE", "inputs[1] is empty");
  });

  it("counts that differ", () => {
    expectRefused(
      { inputs: [[1]], targets: [[1], [2]] },
      "ERR_SHAPE",
      "targets has 2 samples, expected 1 as in inputs",
    );
    expectRefused({ inputs: [[1]], labels }, "ERR_SHAPE", "labels has 4 samples, expected 1 as in inputs");
    expectRefused(
      { inputs: [[1]], labels: [1], size: 2 },
      "ERR_SHAPE",
      "inputs has 1 samples, expected 2 as size says",
    );
    const flat = Float32Array.of(1, 2, 3);
    expectRefused({ inputs: flat, labels: [0, 1] }, "ERR_SHAPE", "inputs has 3 values, expected a multiple of 2");
    expectRefused({ inputs: [[1], [2]], targets: flat }, "ERR_SHAPE", "targets has 3 values", "multiple of 2");
    expectRefused({ inputs: flat, targets: flat, size: 4 }, "ERR_SHAPE", "inputs has 3 values", "multiple of 4");
  });

  it("matrices that do not fit together", () => {
    const data = Float32Array.of(1, 2, 3);
    expectRefused({ inputs: { rows: 2, columns: 2, data }, labels }, "ERR_SHAPE", "inputs.data has 3 values", "2 x 2");
    expectRefused({ inputs: { rows: 0, columns: 2, data }, labels }, "ERR_SHAPE", "inputs has 0 rows and 2 columns");
    expectRefused({ inputs: { rows: 3, columns: "1", data }, labels }, "ERR_SHAPE", '3 rows and "1" columns');
    expectRefused({ inputs: { rows: 3, columns: 1, data: [1, 2, 3] }, labels }, "ERR_DATA", "inputs.data is an array");
  });

  it("what is no set of vectors", () => {
    for (const inputs of [
      undefined,
      null,
      7,
      "abc",
      {},
      new Map(),
      BigInt64Array.of(1n),
      new DataView(new ArrayBuffer(8)),
    ]) {
      expectRefused(
        { inputs, labels: [1] },
        "ERR_DATA",
        "inputs is",
        "array of vectors, a flat typed array or a matrix",
      );
    }
    expectRefused({ inputs: xorInputs, targets: labels }, "ERR_DATA", "targets[0] is 0, expected an array");
    expectRefused({ inputs: [[1], null], labels: [0, 1] }, "ERR_DATA", "inputs[1] is null");
    expectRefused({ inputs: withHole([1], [2]), labels: [0, 1, 0] }, "ERR_DATA", "inputs[1] is undefined");
    expectRefused({ inputs: [BigUint64Array.of(1n)], labels: [0] }, "ERR_DATA", "inputs[0] is a BigUint64Array");
    expectRefused({ inputs: [[1]], labels: "0" }, "ERR_DATA", 'labels is "0", expected an array');
    expectRefused({ inputs: [[1]], labels: { length: 1, 0: 0 } }, "ERR_DATA", "labels is an object");
  });

  it("values that are no finite numbers, and says where they are", () => {
    const inputs = Array.from({ length: 20 }, () => [1, 2, 3, 4]);
    const zeros = new Uint8Array(20);
    inputs[17][3] = Number.NaN;
    expectRefused({ inputs, labels: zeros }, "ERR_DATA", "inputs[17][3] is NaN, expected a finite number");
    const typedRows = inputs.map((row) => Float32Array.from(row));
    expectRefused({ inputs: typedRows, labels: zeros }, "ERR_DATA", "inputs[17][3] is NaN");
    const flat = Float64Array.from(inputs.flat());
    expectRefused({ inputs: flat, labels: zeros }, "ERR_DATA", "inputs[71] (sample 17, value 3) is NaN");
    const data = Float32Array.of(1, 2, 3, Number.NEGATIVE_INFINITY);
    expectRefused(
      { inputs: [[1], [2]], targets: { rows: 2, columns: 2, data } },
      "ERR_DATA",
      "targets.data[3] (sample 1, value 1) is -Infinity",
    );
    expectRefused({ inputs: shared(Float32Array, [1, Number.NaN]), labels: [0] }, "ERR_DATA", "inputs[1]", "NaN");
    expectRefused({ inputs: [[1, "3"]], labels: [0] }, "ERR_DATA", 'inputs[0][1] is "3", expected a finite number');
    expectRefused({ inputs: [[1], [null]], labels: [0, 1] }, "ERR_DATA", "inputs[1][0] is null");
    expectRefused({ inputs: [withHole(1, 2)], labels: [0] }, "ERR_DATA", "inputs[0][1] is undefined");
    expectRefused({ inputs: [[1]], targets: [[true]] }, "ERR_DATA", "targets[0][0] is true");
    expectRefused({ inputs: [[[1]]], targets: [[1]] }, "ERR_DATA", "inputs[0][0] is an array of length 1");
  });

  it("labels that are no class", () => {
    const inputs = Array.from({ length: 6 }, () => [1]);
    const given = (label: unknown) => [0, 1, 2, 3, 4, label];
    expectRefused(
      { inputs, labels: given(10), classes: 10 },
      "ERR_DATA",
      "labels[5] is 10, expected an integer from 0 to 9",
    );
    for (const label of [-1, 0.5, Number.NaN, "1", null, undefined, 2 ** 32]) {
      expectRefused({ inputs, labels: given(label) }, "ERR_DATA", "labels[5] is", "expected an integer from 0 to");
    }
    expectRefused({ inputs, labels: Int8Array.of(0, 0, 0, -7, 0, 0) }, "ERR_DATA", "labels[3] is -7");
  });

  it("detached buffers", () => {
    const gone = () => detached(Float32Array.of(1, 2));
    const reason = "a Float32Array whose buffer is detached";
    expectRefused({ inputs: gone(), labels: [0] }, "ERR_DATA", `inputs is ${reason}`);
    expectRefused({ inputs: [[1, 2], gone()], labels: [0, 1] }, "ERR_DATA", `inputs[1] is ${reason}`);
    expectRefused(
      { inputs: { rows: 1, columns: 2, data: gone() }, labels: [0] },
      "ERR_DATA",
      `inputs.data is ${reason}`,
    );
    expectRefused({ inputs: [[1]], targets: gone() }, "ERR_DATA", `targets is ${reason}`);
    expectRefused(
      { inputs: [[1]], labels: detached(Uint8Array.of(1)) },
      "ERR_DATA",
      "labels is a Uint8Array whose buffer",
    );
  });
});

describe("a data set", () => {
  it("refuses an index it does not have", () => {
    const dataset = Dataset.from({ inputs: xorInputs, labels });
    for (const index of [-1, 4, 0.5, Number.NaN, "0"]) {
      const action = () => dataset.sample(index as number);
      expectThrown(action, "ERR_OPTION", "index is", "expected an integer from 0 to 3");
    }
  });

  it("cannot be made by its constructor", () => {
    const Constructor = Dataset as unknown as { new (source: unknown): Dataset };
    const action = () => new Constructor({ inputs: xorInputs, labels });
    expectThrown(action, "ERR_OPTION", "new Dataset()", "expected Dataset.from(), Dataset.idx() or Dataset.csv()");
  });

  it("is told from things that are none", () => {
    const source = { inputs: xorInputs, labels } as unknown as Dataset;
    const message = "validation is an object, expected a Dataset";
    expectThrown(() => samplesOf(source, "validation"), "ERR_DATA", message);
    expectThrown(() => samplesOf(undefined as unknown as Dataset), "ERR_DATA", "data is undefined, expected a Dataset");
  });
});
