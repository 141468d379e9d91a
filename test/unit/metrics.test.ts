import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ClassificationTally, predictedClass } from "../../src/training/metrics.ts";

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
