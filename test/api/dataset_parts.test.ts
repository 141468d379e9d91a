import { describe, expect, it } from "vitest";
import { labelsOf, samplesOf } from "../../src/dataset.ts";
import { Dataset, Network } from "../../src/index.ts";
import { expectThrown, mistyped } from "../support/errors.ts";
import { fc } from "../support/fast_check.ts";

/** Samples whose only input is their index. */
function numbered(size: number): Dataset {
  const indices = Float64Array.from({ length: size }, (_, index) => index);
  return Dataset.from({ inputs: indices, targets: { rows: size, columns: 1, data: indices.map((x) => x + 0.5) } });
}

function labelled(labels: readonly number[], classes: number): Dataset {
  return Dataset.from({ inputs: Float64Array.from(labels.keys()), labels, classes });
}

/** The indices that the samples of `numbered` and `labelled` carry. */
function indicesIn(dataset: Dataset): number[] {
  return Array.from(samplesOf(dataset).inputs);
}

function countsOf(dataset: Dataset): number[] {
  const counts = new Array(dataset.classes ?? 0).fill(0);
  for (const label of labelsOf(dataset) ?? []) counts[label]++;
  return counts;
}

/**
 * How many samples of each class are drawn, by rounds: whole shares first, kept between one and all but one where the
 * numbers allow that; then one more or less of each class in turn, those furthest from their shares first.
 */
function drawnByRounds(sizes: readonly number[], count: number): number[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const shareOf = (c: number) => (sizes[c] * count) / total;
  const several = sizes.filter((size) => size >= 2).length;
  const least = sizes.map((size) => (several <= count && size >= 2 ? 1 : 0));
  const most = sizes.map((size) => (total - several >= count && size >= 2 ? size - 1 : size));
  const drawn = sizes.map((_, c) => Math.min(Math.max(Math.floor(shareOf(c)), least[c]), most[c]));
  const missing = () => count - drawn.reduce((sum, value) => sum + value, 0);
  while (missing() !== 0) {
    const step = Math.sign(missing());
    const open = [...sizes.keys()].filter((c) => (step > 0 ? drawn[c] < most[c] : drawn[c] > least[c]));
    const need = (c: number) => step * (shareOf(c) - drawn[c]);
    const inTurn = open.toSorted((a, b) => need(b) - need(a));
    for (const c of inTurn.slice(0, Math.abs(missing()))) drawn[c] += step;
  }
  return drawn;
}

const seeds = fc.maxSafeNat();
const shares = fc.double({ min: 0, max: 1, minExcluded: true, maxExcluded: true, noNaN: true });
const someLabels = fc.integer({ min: 2, max: 7 }).chain((classes) =>
  fc.record({
    classes: fc.constant(classes),
    labels: fc.array(fc.nat(classes - 1), { minLength: 2, maxLength: 60 }),
  }),
);

describe("split", () => {
  it("has every sample exactly once, in its order, and as many as the share says", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 80 }), shares, seeds, (size, share, seed) => {
        const parts = numbered(size).split(share, { seed });
        const indices = parts.map(indicesIn);
        expect(indices.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, i) => i));
        for (const part of indices) expect(part).toEqual(part.toSorted((a, b) => a - b));
        expect(parts[0].size).toBe(Math.min(Math.max(Math.round(share * size), 1), size - 1));
      }),
    );
  });

  it("keeps the share of each class to within a sample, unless a class has to be in both parts", () => {
    fc.assert(
      fc.property(someLabels, shares, seeds, ({ labels, classes }, share, seed) => {
        const whole = labelled(labels, classes);
        const [first, second] = whole.split(share, { seed });
        expect(first.size).toBe(Math.min(Math.max(Math.round(share * labels.length), 1), labels.length - 1));
        expect([first.classes, second.classes]).toEqual([classes, classes]);
        const drawn = countsOf(first);
        const found = countsOf(whole).map((count, label) => ({ count, drawn: drawn[label] }));
        const several = found.filter(({ count }) => count >= 2);
        const quotaOf = (count: number) => (count * first.size) / labels.length;
        if (several.every(({ count }) => quotaOf(count) >= 1 && quotaOf(count) <= count - 1)) {
          for (const { count, drawn } of found) expect(Math.abs(drawn - quotaOf(count))).toBeLessThan(1);
        }
        if (several.length > Math.min(first.size, second.size)) return;
        for (const { count, drawn } of several) {
          expect(drawn).toBeGreaterThanOrEqual(1);
          expect(drawn).toBeLessThanOrEqual(count - 1);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("gives proportional parts by largest remainders", () => {
    const labels = Array.from({ length: 100 }, (_, i) => (i < 50 ? 0 : i < 83 ? 1 : 2));
    const [first, second] = labelled(labels, 3).split(0.25);
    // 12.5, 8.25 and 4.25 of 25: the largest remainder takes the last one.
    expect(countsOf(first)).toEqual([13, 8, 4]);
    expect(countsOf(second)).toEqual([37, 25, 13]);
  });

  it("takes what a small class needs from the others", () => {
    const labels = [...new Array(97).fill(0), 1, 1, 2];
    const [first, second] = labelled(labels, 3).split(0.9);
    expect(first.size).toBe(90);
    expect(countsOf(first)[1]).toBe(1);
    expect(countsOf(second)[1]).toBe(1);
    const [small] = labelled(labels, 3).split(0.02);
    expect(countsOf(small)).toEqual([1, 1, 0]);
  });

  it("draws one sample after the other from the class that is furthest from its share", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 0, max: 200 }), shares, (small, large, share) => {
        const counts = [large + 1, ...small];
        const labels = counts.flatMap((count, label) => new Array<number>(count).fill(label));
        const [first] = labelled(labels, counts.length).split(share);
        expect(countsOf(first)).toEqual(drawnByRounds(counts, first.size));
      }),
      { numRuns: 300 },
    );
  });

  it("copes with many small classes beside a large one", () => {
    const classes = 30_000;
    const labels = new Uint32Array(12 * classes);
    for (let i = 0; i < 2 * classes; i++) labels[i] = 1 + (i % classes);
    const data = Dataset.from({ inputs: new Uint8Array(labels.length), labels, classes: classes + 1 });
    const [large, ...small] = countsOf(data.split(0.1)[0]);
    // A tenth of all is 36,000, of which every small class takes one.
    expect(large).toBe(6_000);
    expect(small.every((count) => count === 1)).toBe(true);
  });

  it("splits by class where there are more classes than there is room for", () => {
    const labels = Array.from({ length: 20 }, (_, i) => i % 10);
    const [first, second] = labelled(labels, 10).split(0.15);
    expect([first.size, second.size]).toEqual([3, 17]);
    expect(Math.max(...countsOf(first))).toBe(1);
  });

  it("is drawn from the seed alone, 0 unless it is given", () => {
    const data = numbered(50);
    const [first] = data.split(0.5, { seed: 7 });
    expect(indicesIn(data.split(0.5, { seed: 7 })[0])).toEqual(indicesIn(first));
    expect(indicesIn(data.split(0.5, { seed: 8 })[0])).not.toEqual(indicesIn(first));
    expect(indicesIn(data.split(0.5)[0])).toEqual(indicesIn(data.split(0.5, { seed: 0 })[0]));
  });

  it("draws every sample alike", () => {
    const data = labelled([0, 0, 0, 0, 1, 1, 1, 1, 1, 1], 2);
    const draws = 3000;
    for (const stratify of [true, false]) {
      const hits = new Array(10).fill(0);
      for (let seed = 0; seed < draws; seed++) {
        for (const index of indicesIn(data.split(0.5, { seed, stratify })[0])) hits[index]++;
      }
      // Five standard deviations of a binomial count.
      for (const count of hits) expect(Math.abs(count - draws / 2)).toBeLessThan(5 * Math.sqrt(draws / 4));
    }
  });

  it("does not look at classes when told not to", () => {
    const labels = Array.from({ length: 40 }, (_, i) => (i < 20 ? 0 : 1));
    const found = new Set<number>();
    for (let seed = 0; seed < 20; seed++) {
      found.add(countsOf(labelled(labels, 2).split(0.5, { seed, stratify: false })[0])[0]);
    }
    expect(found.size).toBeGreaterThan(1);
  });

  it("keeps targets, labels, weights, bytes and their scale with their samples", () => {
    const size = 12;
    const bytes = Uint8Array.from({ length: 2 * size }, (_, i) => i);
    const weights = Float64Array.from({ length: size }, (_, i) => i + 1);
    const labels = Array.from({ length: size }, (_, i) => i % 3);
    const data = Dataset.from({ inputs: bytes, labels, classes: 4, weights, inputScale: 0.5 });
    for (const part of [...data.split(0.4, { seed: 3 }), data.shuffle({ seed: 4 }), data.take(5, 2)]) {
      expect(samplesOf(part).inputs).toBeInstanceOf(Uint8Array);
      expect(part).toMatchObject({ inputSize: 2, targetSize: 4, classes: 4 });
      for (let i = 0; i < part.size; i++) {
        const sample = part.sample(i);
        expect(sample).toEqual(data.sample((sample.weight ?? 0) - 1));
      }
    }
  });

  it("keeps having classes, or none, whatever a part looks like", () => {
    const mixed = Dataset.from({ inputs: [[1], [2], [3]], targets: [[0], [1], [0.5]] });
    expect(mixed.classes).toBeUndefined();
    const alike = [mixed.take(2), mixed.take(2).normalize(), ...mixed.split(0.4), mixed.shuffle().take(1)];
    for (const part of alike) {
      expect(part.classes).toBeUndefined();
      expect(part.sample(0).label).toBeUndefined();
    }
    const oneHot = Dataset.from({
      inputs: [[1], [2], [3], [4]],
      targets: [
        [1, 0, 0],
        [0, 0, 1],
        [1, 0, 0],
        [0, 0, 1],
      ],
    });
    const [first, second] = oneHot.split(0.5);
    expect(countsOf(first)).toEqual([1, 0, 1]);
    expect(countsOf(second)).toEqual([1, 0, 1]);
    expect(oneHot.shuffle().sample(0).label).toBeTypeOf("number");
  });

  it("refuses what is no share, no option, or cannot be split", () => {
    const data = numbered(4);
    for (const share of [0, 1, -0.5, 1.5, Number.NaN, "0.5", undefined]) {
      expectThrown(() => data.split(mistyped(share)), "ERR_OPTION", "share is", "a number above 0 and below 1");
    }
    expectThrown(() => data.split(0.5, mistyped({ seeds: 1 })), "ERR_OPTION", 'options has no option "seeds"');
    expectThrown(() => data.split(0.5, { seed: -1 }), "ERR_OPTION", "options.seed is -1");
    expectThrown(() => data.split(0.5, { stratify: mistyped("yes") }), "ERR_OPTION", 'options.stratify is "yes"');
    expectThrown(() => data.split(0.5, { stratify: true }), "ERR_OPTION", "data without classes");
    expectThrown(() => numbered(1).split(0.5), "ERR_DATA", "has 1 sample, expected at least 2");
  });
});

describe("shuffle", () => {
  it("has every sample exactly once, in an order that follows from the seed", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), seeds, (size, seed) => {
        const data = numbered(size);
        const indices = indicesIn(data.shuffle({ seed }));
        expect(indices.toSorted((a, b) => a - b)).toEqual(indicesIn(data));
        expect(indicesIn(data.shuffle({ seed }))).toEqual(indices);
      }),
    );
    const data = numbered(30);
    expect(indicesIn(data.shuffle())).toEqual(indicesIn(data.shuffle({ seed: 0 })));
    expect(indicesIn(data.shuffle({ seed: 1 }))).not.toEqual(indicesIn(data.shuffle()));
    expect(indicesIn(data)).toEqual(Array.from({ length: 30 }, (_, i) => i));
  });

  it("refuses options that there are not", () => {
    expectThrown(() => numbered(2).shuffle(mistyped({ seed: 0.5 })), "ERR_OPTION", "options.seed is 0.5");
    expectThrown(() => numbered(2).shuffle(mistyped(5)), "ERR_OPTION", "options is 5");
  });
});

describe("take", () => {
  it("gives a stretch of the samples without copying them", () => {
    const data = numbered(10);
    const part = data.take(3, 4);
    expect(indicesIn(part)).toEqual([4, 5, 6]);
    expect(part.sample(0)).toEqual(data.sample(4));
    expect(samplesOf(part).inputs.buffer).toBe(samplesOf(data).inputs.buffer);
    expect(indicesIn(data.take(2))).toEqual([0, 1]);
    expect(indicesIn(part.take(1, 2))).toEqual([6]);
  });

  it("can be trained on wherever it begins in memory", async () => {
    const bytes = Uint8Array.from({ length: 21 }, (_, i) => i);
    const data = Dataset.from({ inputs: bytes, labels: [0, 1, 0, 1, 0, 1, 0], inputScale: 1 / 20 });
    const copied = Dataset.from({ inputs: bytes.slice(9), labels: [1, 0, 1, 0], inputScale: 1 / 20 });
    const networks = [data.take(4, 3), copied].map(async (dataset) => {
      const network = new Network([3, 4, 2], { seed: 2 });
      await network.fit(dataset, { epochs: 3 });
      return network.toJSON();
    });
    const [fromPart, fromCopy] = await Promise.all(networks);
    expect(fromPart).toEqual(fromCopy);
  });

  it("refuses samples that are not there", () => {
    const data = numbered(5);
    for (const count of [0, 6, 1.5, mistyped<number>("2")]) {
      expectThrown(() => data.take(count), "ERR_OPTION", "count is", "an integer from 1 to 5");
    }
    expectThrown(() => data.take(4, 2), "ERR_OPTION", "count is 4, expected an integer from 1 to 3");
    expectThrown(() => data.take(1, 5), "ERR_OPTION", "from is 5, expected an integer from 0 to 4");
  });
});
