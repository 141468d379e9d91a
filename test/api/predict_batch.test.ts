import { describe, expect, it } from "vitest";
import { type DType, Network, type SampleVectors } from "../../src/index.ts";
import { expectSameBits } from "../support/bits.ts";
import { detached, resizableBuffer } from "../support/buffers.ts";
import { numbersOf } from "../support/choices.ts";
import { expectRejected, expectThrown, mistyped, rejectionOf } from "../support/errors.ts";
import { fc } from "../support/fast_check.ts";

const network = new Network([3, 5, 2], { seed: 1 });

function row(values: readonly number[], index: number, width: number): number[] {
  return values.slice(index * width, (index + 1) * width);
}

/** Refused by both methods in the same words. */
async function expectInputsRefused(inputs: unknown, code: "ERR_SHAPE" | "ERR_DATA", ...fragments: string[]) {
  const given = mistyped<SampleVectors>(inputs);
  const { message } = expectThrown(() => network.predictBatch(given), code, ...fragments);
  const rejection = await expectRejected(network.predictBatchAsync(given), code, ...fragments);
  expect(rejection.message).toBe(message);
}

describe("predictBatch", () => {
  it("gives the bits of predict row by row, in every form of the inputs, and asynchronously", async () => {
    const size = fc.integer({ min: 1, max: 20 });
    const shape = fc.record({
      layers: fc.array(size, { minLength: 2, maxLength: 4 }),
      rows: fc.integer({ min: 1, max: 9 }),
      seed: fc.nat(),
      dtype: fc.constantFrom<DType>("float32", "float64"),
      arithmetic: fc.constantFrom("fast" as const, "reproducible" as const),
      outputActivation: fc.constantFrom("sigmoid" as const, "softmax" as const, "linear" as const),
    });
    await fc.assert(
      fc.asyncProperty(shape, async ({ layers, rows, seed, ...choices }) => {
        const random = new Network(layers, { seed, ...choices });
        const columns = layers[0];
        // Rounded to float32, so that every form holds the same numbers.
        const flat = numbersOf(seed, rows * columns).map(Math.fround);
        const vectors = Array.from({ length: rows }, (_, r) => row(flat, r, columns));
        const expected = vectors.flatMap((vector) => Array.from(random.predict(vector)));
        const forms: SampleVectors[] = [
          vectors,
          vectors.map((vector) => Float32Array.from(vector)),
          Float32Array.from(flat),
          Float64Array.from(flat),
          { rows, columns, data: Float64Array.from(flat) },
        ];
        for (const form of forms) {
          const batch = random.predictBatch(form);
          expect({ ...batch, data: Array.from(batch.data) }).toEqual({
            rows,
            columns: layers[layers.length - 1],
            data: expected,
          });
          expect(await random.predictBatchAsync(form)).toEqual(batch);
        }
      }),
      { seed: 7, numRuns: 60 },
    );
  });

  it.each(["float32", "float64"] as const)("gives them for every number of samples around a block, in %s", (dtype) => {
    for (const outputActivation of ["sigmoid", "softmax"] as const) {
      const wide = new Network([33, 40, 5], { seed: 2, dtype, outputActivation });
      const flat = Float32Array.from(numbersOf(3, 130 * 33));
      const vectors = Array.from({ length: 130 }, (_, r) => Array.from(flat.subarray(r * 33, (r + 1) * 33)));
      const expected = vectors.map((vector) => wide.predict(vector));
      for (let rows = 1; rows <= 130; rows++) {
        const data = flat.subarray(0, rows * 33);
        for (const form of [data, vectors.slice(0, rows), { rows, columns: 33, data }]) {
          const batch = wide.predictBatch(form);
          expect([batch.rows, batch.columns]).toEqual([rows, 5]);
          for (let r = 0; r < rows; r++) {
            expectSameBits(batch.data.subarray(r * 5, (r + 1) * 5), expected[r], `sample ${r} of ${rows}`);
          }
        }
      }
    }
  });

  it("gives values of the network's type", () => {
    expect(network.predictBatch([[1, 2, 3]]).data).toBeInstanceOf(Float32Array);
    const double = new Network([3, 2], { dtype: "float64" });
    expect(double.predictBatch(Float32Array.of(1, 2, 3)).data).toBeInstanceOf(Float64Array);
  });

  it("takes integers, shared memory and views", () => {
    const expected = network.predictBatch([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const numbers = [1, 2, 3, 4, 5, 6];
    for (const Type of [Int8Array, Uint8Array, Int16Array, Uint32Array, Float64Array]) {
      expect(network.predictBatch(Type.from(numbers))).toEqual(expected);
    }
    const shared = new Float32Array(new SharedArrayBuffer(24));
    shared.set(numbers);
    expect(network.predictBatch(shared)).toEqual(expected);
    expect(network.predictBatch(Float32Array.of(9, ...numbers, 9).subarray(1, 7))).toEqual(expected);
    expect(network.predictBatch([Uint8Array.of(1, 2, 3), [4, 5, 6]])).toEqual(expected);
  });

  it("follows a resizable buffer", async () => {
    const buffer = resizableBuffer(12, 24);
    const inputs = new Float32Array(buffer);
    inputs.set([1, 2, 3]);
    expect(network.predictBatch(inputs).rows).toBe(1);
    buffer.resize(24);
    expect(network.predictBatch(inputs)).toEqual(network.predictBatch(Float32Array.of(1, 2, 3, 0, 0, 0)));
    buffer.resize(16);
    await expectInputsRefused(inputs, "ERR_SHAPE", "inputs has 4 values, expected rows of 3");
    buffer.resize(0);
    await expectInputsRefused(inputs, "ERR_SHAPE", "inputs is empty");
  });

  it("gives a matrix of its own", () => {
    const inputs = [[1, 2, 3]];
    const first = network.predictBatch(inputs);
    const kept = Array.from(first.data);
    network.predictBatch([[-1, 0, 1]]);
    expect(Array.from(first.data)).toEqual(kept);
    first.data.fill(99);
    expect(Array.from(network.predictBatch(inputs).data)).toEqual(kept);
  });

  it("refuses shapes that do not fit", async () => {
    await expectInputsRefused([], "ERR_SHAPE", "inputs is empty");
    await expectInputsRefused(new Float32Array(0), "ERR_SHAPE", "inputs is empty");
    await expectInputsRefused([[1, 2]], "ERR_SHAPE", "inputs has rows of 2, expected rows of 3");
    await expectInputsRefused([[1, 2, 3], [4]], "ERR_SHAPE", "inputs[1] has 1 values, expected 3");
    await expectInputsRefused(new Float32Array(4), "ERR_SHAPE", "inputs has 4 values, expected rows of 3");
    const data = new Float32Array(6);
    await expectInputsRefused({ rows: 3, columns: 2, data }, "ERR_SHAPE", "has rows of 2, expected rows of 3");
    await expectInputsRefused({ rows: 3, columns: 3, data }, "ERR_SHAPE", "inputs.data has 6 values, expected 3 x 3");
    await expectInputsRefused([1, 2, 3], "ERR_DATA", "inputs[0] is 1, expected an array");
    await expectInputsRefused(undefined, "ERR_DATA", "inputs is undefined");
  });

  it("refuses values that are no finite numbers", async () => {
    await expectInputsRefused([[1, 2, Number.NaN]], "ERR_DATA", "inputs[0][2] is NaN");
    await expectInputsRefused([[1, 2, "3"]], "ERR_DATA", 'inputs[0][2] is "3"');
    await expectInputsRefused(Float64Array.of(1, 2, 3, 4, 5, 1 / 0), "ERR_DATA", "inputs[5] (sample 1, value 2)");
    await expectInputsRefused(detached(new Float32Array(6)), "ERR_DATA", "inputs is a Float32Array whose buffer");
  });

  it("refuses numbers that float32 cannot hold, as predict does, unless the network is float64", async () => {
    await expectInputsRefused([[1, 2, 1e300]], "ERR_DATA", "inputs[0][2] is 1e+300", "float32 can hold");
    const double = new Network([3, 2], { dtype: "float64" });
    expect(double.predictBatch([[1, 2, 1e300]]).rows).toBe(1);
  });
});

describe("inputs that are not finite", () => {
  const networkOf = (dtype: DType) => new Network([33, 40, 5], { seed: 2, dtype });
  const wide = { float32: networkOf("float32"), float64: networkOf("float64") };

  /** A wrong value somewhere among right ones, and perhaps another behind it. */
  const cases = fc.record({
    rows: fc.integer({ min: 1, max: 140 }),
    place: fc.nat(140 * 33 - 1),
    another: fc.option(fc.nat(140 * 33 - 1)),
    wrong: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e39, -1e300),
    dtype: fc.constantFrom<DType>("float32", "float64"),
  });

  it("are named wherever they are, and the next prediction is right", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ rows, place, another, wrong, dtype }) => {
        const given = Float64Array.from(numbersOf(5, rows * 33));
        const right = wide[dtype].predictBatch(given);
        // float64 holds all that is finite.
        const isWrong = dtype === "float32" || !Number.isFinite(wrong);
        const index = place % given.length;
        const data = given.slice();
        data[index] = wrong;
        if (another !== null) data[index + (another % (given.length - index))] = wrong;
        const [row, column] = [Math.floor(index / 33), index % 33];
        const vectors = Array.from({ length: rows }, (_, r) => data.subarray(r * 33, (r + 1) * 33));
        const forms: [SampleVectors, string][] = [
          [data, `inputs[${index}] (sample ${row}, value ${column}) is ${wrong}`],
          [{ rows, columns: 33, data }, `(sample ${row}, value ${column}) is ${wrong}`],
          [vectors, `inputs[${row}][${column}] is ${wrong}`],
        ];
        for (const [form, place] of forms) {
          if (isWrong) {
            const expected = Number.isFinite(wrong) ? "expected a number that float32 can hold" : "a finite number";
            expectThrown(() => wide[dtype].predictBatch(form), "ERR_DATA", place, expected);
            await expectRejected(wide[dtype].predictBatchAsync(form), "ERR_DATA", place, expected);
          } else {
            expect(wide[dtype].predictBatch(form).rows).toBe(rows);
          }
        }
        expectSameBits(wide[dtype].predictBatch(given).data, right.data, "outputs after an error");
      }),
      { numRuns: 60, seed: 8 },
    );
  });

  it("are found in float32 arrays of a float64 network, and in single values that overflow to one", async () => {
    const inputs = new Float32Array(150 * 33);
    inputs[149 * 33 + 32] = Number.POSITIVE_INFINITY;
    expectThrown(() => wide.float64.predictBatch(inputs), "ERR_DATA", "(sample 149, value 32) is Infinity");
    const doubles = new Float64Array(150 * 33);
    // The least number that rounds to an infinite float32.
    doubles[17 * 33 + 3] = 2 ** 128 - 2 ** 103;
    expectThrown(() => wide.float32.predictBatch(doubles), "ERR_DATA", "(sample 17, value 3)", "float32 can hold");
    doubles[17 * 33 + 3] -= 2 ** 76;
    expect(wide.float32.predictBatch(doubles).rows).toBe(150);
    expect((await wide.float32.predictBatchAsync(doubles)).rows).toBe(150);
  });
});

describe("predictBatchAsync", () => {
  it("uses inputs and weights as they are at the call, over many chunks", async () => {
    const wide = new Network([1, 64], { seed: 3 });
    const inputs = Float32Array.from(numbersOf(4, 5000));
    const expected = wide.predictBatch(inputs);
    const promise = wide.predictBatchAsync(inputs);
    inputs.fill(0);
    wide.train([1], new Float32Array(64), { learningRate: 1 });
    const { rows, columns, data } = await promise;
    expect({ rows, columns }).toEqual({ rows: 5000, columns: 64 });
    expectSameBits(data, expected.data, "outputs");
  });

  it("is cancelled by its signal", async () => {
    const reason = new Error("no longer needed");
    const aborted = AbortSignal.abort(reason);
    expect(await rejectionOf(network.predictBatchAsync([[1, 2, 3]], { signal: aborted }))).toBe(reason);

    const controller = new AbortController();
    const wide = new Network([1, 256], { seed: 3 });
    // 512 rows of outputs a chunk: 100 chunks, and the signal comes after the first.
    const promise = wide.predictBatchAsync(new Float32Array(51_200), { signal: controller.signal });
    setImmediate(() => controller.abort(reason));
    expect(await rejectionOf(promise)).toBe(reason);
  });

  it("refuses unknown options", async () => {
    const options = mistyped<object>({ abort: true });
    await expectRejected(
      network.predictBatchAsync([[1, 2, 3]], options),
      "ERR_OPTION",
      'options has no option "abort"',
    );
    const notOne = mistyped<{ signal: AbortSignal }>({ signal: "now" });
    await expectRejected(network.predictBatchAsync([[1, 2, 3]], notOne), "ERR_OPTION", 'options.signal is "now"');
  });
});
