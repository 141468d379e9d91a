import { describe, expect, it } from "vitest";
import { ClassificationTally, isAmongLargest, predictedClass } from "../../src/training/metrics.ts";
import { fc } from "../support/fast_check.ts";

function matrixOf({ confusionMatrix }: ClassificationTally): number[][] {
  if (!confusionMatrix) throw new Error("this tally keeps no matrix");
  return confusionMatrix;
}

describe("predictedClass", () => {
  it("is the index of the largest value, the first of equals", () => {
    const value = fc.integer({ min: -3, max: 3 });
    fc.assert(
      fc.property(fc.array(value, { minLength: 2, maxLength: 8 }), fc.nat({ max: 4 }), (row, offset) => {
        const outputs = Float64Array.from([...new Array<number>(offset).fill(9), ...row, 9]);
        expect(predictedClass(outputs, offset, row.length)).toBe(row.indexOf(Math.max(...row)));
      }),
    );
  });

  it("takes a single value for class 1 from 0.5 on", () => {
    const outputs = Float32Array.of(0, 0.49, 0.5, 0.9, Number.NaN);
    expect([0, 1, 2, 3, 4].map((offset) => predictedClass(outputs, offset, 1))).toEqual([0, 0, 1, 1, 0]);
  });

  it("never prefers NaN, wherever it is", () => {
    expect(predictedClass(Float32Array.of(Number.NaN, -2, -1), 0, 3)).toBe(2);
    expect(predictedClass(Float32Array.of(-2, Number.NaN, -3), 0, 3)).toBe(0);
    expect(predictedClass(Float32Array.of(Number.NaN, Number.NaN), 0, 2)).toBe(0);
  });
});

describe("isAmongLargest", () => {
  const value = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(Number.NaN, Number.NEGATIVE_INFINITY));
  const row = fc.array(value, { minLength: 2, maxLength: 8 });

  it("holds for the first k classes in falling order of their outputs, the first of equals before the others", () => {
    fc.assert(
      fc.property(row, fc.nat({ max: 4 }), fc.integer({ min: 1, max: 8 }), (values, offset, k) => {
        const outputs = Float64Array.from([...new Array<number>(offset).fill(9), ...values, 9]);
        const numbers = values.map((v) => (Number.isNaN(v) ? Number.NEGATIVE_INFINITY : v));
        const ranked = [...numbers.keys()].toSorted((a, b) =>
          numbers[b] === numbers[a] ? a - b : numbers[b] > numbers[a] ? 1 : -1,
        );
        for (const c of values.keys()) {
          expect(isAmongLargest(outputs, offset, values.length, c, k)).toBe(ranked.slice(0, k).includes(c));
        }
      }),
    );
  });

  it("holds for the predicted class alone when k is 1", () => {
    fc.assert(
      fc.property(row, (values) => {
        const outputs = Float32Array.from(values);
        const among = [...values.keys()].filter((c) => isAmongLargest(outputs, 0, values.length, c, 1));
        expect(among).toEqual([predictedClass(outputs, 0, values.length)]);
      }),
    );
  });

  it("takes a single output for two classes", () => {
    const outputs = Float32Array.of(0.7);
    expect([0, 1].map((c) => isAmongLargest(outputs, 0, 1, c, 1))).toEqual([false, true]);
    expect([0, 1].map((c) => isAmongLargest(outputs, 0, 1, c, 2))).toEqual([true, true]);
  });
});

describe("ClassificationTally", () => {
  it("counts actual classes by row and predicted ones by column", () => {
    const tally = new ClassificationTally(3);
    tally.add(Float32Array.of(0.1, 0.7, 0.2, 0.8, 0.1, 0.1), Uint32Array.of(2, 0));
    tally.add(Float64Array.of(0.1, 0.2, 0.7), Uint32Array.of(2));
    expect(matrixOf(tally)).toEqual([
      [1, 0, 0],
      [0, 0, 0],
      [0, 1, 1],
    ]);
    expect(tally.accuracy).toBe(2 / 3);
  });

  it("has two classes for a single output", () => {
    const tally = new ClassificationTally(1);
    tally.add(Float32Array.of(0.2, 0.6, 0.9, 0.7), Uint32Array.of(0, 0, 1, 1));
    expect(matrixOf(tally)).toEqual([
      [1, 1],
      [0, 2],
    ]);
    expect(tally.accuracy).toBe(0.75);
  });

  it("counts the classes that are among the largest outputs", () => {
    const tally = new ClassificationTally(3, true, 2);
    tally.add(Float32Array.of(0.1, 0.7, 0.2, 0.8, 0.1, 0.05, 0.3, 0.2, 0.1), Uint32Array.of(2, 2, 0));
    expect(tally.metrics()).toMatchObject({ accuracy: 1 / 3, topK: 2 / 3 });
  });

  it("gives copies of its counts", () => {
    const tally = new ClassificationTally(2);
    matrixOf(tally)[0][1] = 5;
    expect(matrixOf(tally)[0][1]).toBe(0);
    expect(tally.accuracy).toBeNaN();
  });

  it("does not depend on how samples are cut into batches, and adds up", () => {
    const sample = fc.record({
      label: fc.nat({ max: 3 }),
      row: fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 4, maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1, maxLength: 20 }), fc.nat(), (samples, cut) => {
        const outputs = Float32Array.from(samples.flatMap(({ row }) => row));
        const labels = Uint32Array.from(samples, ({ label }) => label);
        const first = cut % (samples.length + 1);
        const whole = new ClassificationTally(4);
        whole.add(outputs, labels);
        const parts = new ClassificationTally(4);
        parts.add(outputs.subarray(0, 4 * first), labels.subarray(0, first));
        parts.add(outputs.subarray(4 * first), labels.subarray(first));
        const matrix = matrixOf(whole);
        expect(matrixOf(parts)).toEqual(matrix);
        expect(parts.accuracy).toBe(whole.accuracy);
        expect(matrix.flat().reduce((sum, count) => sum + count, 0)).toBe(samples.length);
        const hits = matrix.reduce((sum, row, actual) => sum + row[actual], 0);
        expect(whole.accuracy).toBe(hits / samples.length);
      }),
    );
  });

  it("keeps no matrix when none is wanted, nor for more than 1,000 classes", () => {
    for (const tally of [new ClassificationTally(2, false), new ClassificationTally(1001)]) {
      tally.add(new Float32Array(2002).fill(1), Uint32Array.of(0));
      expect(tally.confusionMatrix).toBeUndefined();
      expect(tally.accuracy).toBe(1);
    }
    expect(matrixOf(new ClassificationTally(1000)).length).toBe(1000);
  });
});
