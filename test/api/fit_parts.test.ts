import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Dataset, type FitOptions, Network, type Progress, type Schedule } from "../../src/index.ts";
import { expectClose } from "../support/closeness.ts";
import { expectRejected, rejectionOf } from "../support/errors.ts";
import { temporaryFolder } from "../support/folder.ts";
import { lossesOf, untimed } from "../support/histories.ts";
import { allWeights } from "../support/networks.ts";
import { RecordedParts } from "../support/parts.ts";
import { smoothData, smoothRows } from "../support/samples.ts";

const folder = temporaryFolder();
const SIZES = [10, 7, 5] as const;
const WHOLE = smoothRows(22, 3, 2);

/** The 22 samples in parts of 10, 7 and 5. */
function partsOf(weights?: readonly number[]): Dataset[] {
  let from = 0;
  return SIZES.map((size) => {
    const cut = <T>(rows: readonly T[]) => rows.slice(from, from + size);
    const { inputs, targets } = WHOLE;
    const part = { inputs: cut(inputs), targets: cut(targets), ...(weights && { weights: cut(weights) }) };
    from += size;
    return Dataset.from(part);
  });
}

function networkOf(): Network {
  return new Network([3, 4, 2], { seed: 6, dtype: "float64" });
}

async function fitted(data: Dataset | AsyncIterable<Dataset>, options: Partial<FitOptions>) {
  const network = networkOf();
  const history = await network.fit(data, { epochs: 3, learningRate: 0.2, ...options });
  return { network, weights: allWeights(network), history };
}

/** A generator: it can be gone through once. */
async function* once(parts: readonly Dataset[]): AsyncGenerator<Dataset> {
  yield* parts;
}

describe("data in parts", () => {
  it.each([1, 4])("is trained like its parts one after the other, in batches of %i", async (batchSize) => {
    for (const weights of [undefined, WHOLE.inputs.map((_, i) => (i % 3) / 2)]) {
      const parts = partsOf(weights);
      const options = { batchSize, shuffle: false };
      const { network, history } = await fitted(new RecordedParts(parts), options);
      const reference = networkOf();
      const losses: number[] = [];
      for (let epoch = 1; epoch <= 3; epoch++) {
        let lossSum = 0;
        for (const part of parts) {
          const { epochs } = await reference.fit(part, { ...options, epochs: 1, learningRate: 0.2 });
          lossSum += epochs[0].loss * part.size;
        }
        losses.push(lossSum / 22);
      }
      expect(allWeights(network)).toEqual(allWeights(reference));
      expectClose(lossesOf(history), losses, "float64");
      expect(history.epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    }
  });

  it("keeps what the optimizer remembers from part to part", async () => {
    // Every part is whole batches, as they are in the data in one piece.
    const size = 4;
    const whole = smoothData(16, 3, 2);
    const parts = new RecordedParts([whole.take(8), whole.take(4, 8), whole.take(4, 12)]);
    const options = { batchSize: size, shuffle: false, optimizer: "adam", clipGradientNorm: 0.1 } as const;
    expect((await fitted(parts, options)).weights).toEqual((await fitted(whole, options)).weights);
  });

  it("may be a generator, in a single epoch", async () => {
    const { weights } = await fitted(once(partsOf()), { epochs: 1 });
    expect(weights).toEqual((await fitted(new RecordedParts(partsOf()), { epochs: 1 })).weights);
  });

  it("has its rate once an epoch", async () => {
    const asked: unknown[] = [];
    const perEpoch = (epoch: number) => {
      asked.push(epoch);
      return 0.1 * epoch;
    };
    const { history } = await fitted(new RecordedParts(partsOf()), { learningRate: perEpoch });
    expect(asked).toEqual([1, 2, 3]);
    expect(history.epochs.map(({ learningRate }) => learningRate)).toEqual([0.1, 0.2, 0.1 * 3]);
  });

  it.each<[string, Schedule]>([
    ["a cosine", { type: "cosine", learningRate: 0.1 }],
    ["one cycle", { type: "oneCycle", learningRate: 0.1 }],
    ["a function of the step", (_epoch: number, step: number) => 0.1 / (step + 1)],
  ])("has no rate for each step, as %s gives it", async (_what, learningRate) => {
    const network = networkOf();
    const fit = network.fit(new RecordedParts(partsOf()), { epochs: 2, learningRate });
    await expectRejected(fit, "ERR_OPTION", "options.learningRate has a rate for each step");
  });

  it("is validated on data that is normalized as it is", async () => {
    const raw = partsOf();
    const { normalization } = raw[0].normalize();
    const parts = raw.map((part) => part.normalize(normalization));
    const validation = smoothData(9, 3, 2, 5);
    const { network, history } = await fitted(new RecordedParts(parts), { validation });
    expect(network.normalization).toEqual(normalization);
    expect(history.epochs[2].validation?.loss).toBe((await network.evaluate(validation)).loss);
    const known = await fitted(new RecordedParts(parts), { validation: validation.normalize(normalization) });
    expect(untimed(known.history)).toEqual(untimed(history));
  });

  it("weighs classes by numbers", async () => {
    const network = new Network([1, 2], { seed: 3, dtype: "float64", outputActivation: "softmax" });
    const part = (labels: number[]) => Dataset.from({ inputs: labels.map((_, i) => [i / 4]), labels });
    const parts = [part([0, 1, 1]), part([1, 0])];
    const reference = network.clone();
    const options = { epochs: 1, shuffle: false, learningRate: 0.3, classWeights: [0.5, 2] };
    await network.fit(new RecordedParts(parts), options);
    for (const data of parts) await reference.fit(data, options);
    expect(allWeights(network)).toEqual(allWeights(reference));
  });
});

describe("the order within parts", () => {
  const parts = [smoothData(4, 2, 1), smoothData(4, 2, 1, 2)];
  const orders = permutations([0, 1, 2, 3]);

  /** Every way to go through both parts that leads from some weights to others. */
  function waysBetween(before: Network, after: Network): string[] {
    const ways: string[] = [];
    for (const first of orders) {
      const half = before.clone();
      trainInOrder(half, parts[0], first);
      for (const second of orders) {
        const whole = half.clone();
        trainInOrder(whole, parts[1], second);
        if (String(allWeights(whole)) === String(allWeights(after))) ways.push(`${first} | ${second}`);
      }
    }
    return ways;
  }

  function trainInOrder(network: Network, data: Dataset, order: readonly number[]): void {
    for (const index of order) {
      const { input, target } = data.sample(index);
      network.train(input, target, { learningRate: 0.3 });
    }
  }

  it("is a new one for each epoch and part, which the seed decides", async () => {
    const network = new Network([2, 1], { seed: 6, dtype: "float64" });
    const states = [network.clone()];
    const onEpoch = () => void states.push(network.clone());
    await network.fit(new RecordedParts(parts), { epochs: 3, learningRate: 0.3, seed: 12, onEpoch });
    const ways = [1, 2, 3].map((epoch) => waysBetween(states[epoch - 1], states[epoch]));
    for (const found of ways) expect(found.length).toBe(1);
    // Six orders out of 24: with this seed no two are the same.
    expect(new Set(ways.flatMap(([way]) => way.split(" | "))).size).toBe(6);
  });

  it("is the same in every run", async () => {
    const options = { dropout: 0.3, batchSize: 4, seed: 9 };
    const { weights } = await fitted(new RecordedParts(partsOf()), options);
    expect((await fitted(new RecordedParts(partsOf()), options)).weights).toEqual(weights);
    expect((await fitted(new RecordedParts(partsOf()), { ...options, seed: 10 })).weights).not.toEqual(weights);
    expect((await fitted(new RecordedParts(partsOf()), { ...options, shuffle: false })).weights).not.toEqual(weights);
  });
});

describe("reading parts", () => {
  it("goes on while one is trained, one part ahead", async () => {
    const parts = partsOf();
    let trained = () => {};
    const training = new Promise<void>((resolve) => {
      trained = resolve;
    });
    // The second part is not there before the first was trained with.
    const source = new RecordedParts(async (part) => {
      if (part === 1) await training;
      return parts[part];
    });
    let callsBefore: readonly string[] | undefined;
    const onProgress = () => {
      callsBefore ??= source.calls.slice();
      trained();
    };
    const { weights } = await fitted(source, { epochs: 1, onProgress });
    expect(callsBefore).toEqual(["read 0", "read 1"]);
    expect(source.calls).toEqual(["read 0", "read 1", "read 2", "end"]);
    expect(weights).toEqual((await fitted(new RecordedParts(parts), { epochs: 1 })).weights);
  });

  it("begins anew in every epoch, once the one before is reported", async () => {
    const source = new RecordedParts([smoothData(5, 3, 2)]);
    await fitted(source, { epochs: 2, onEpoch: ({ epoch }) => void source.calls.push(`epoch ${epoch}`) });
    expect(source.calls).toEqual(["read 0", "end", "epoch 1", "read 0", "end", "epoch 2"]);
  });
});

describe("checkpoints of a training on parts", () => {
  it("lead to what comes without an interruption", async () => {
    const path = join(folder, "parts");
    const options = { epochs: 6, batchSize: 4, optimizer: "adam", dropout: 0.2, seed: 8 } as const;
    const uninterrupted = await fitted(new RecordedParts(partsOf()), options);
    const stopped = new Error("enough");
    const onEpoch = ({ epoch }: { epoch: number }) => {
      if (epoch === 4) throw stopped;
    };
    const interrupted = fitted(new RecordedParts(partsOf()), { ...options, checkpoint: { path }, onEpoch });
    expect(await rejectionOf(interrupted)).toBe(stopped);
    const resumed = new Network([3, 4, 2], { seed: 99, dtype: "float64" });
    const source = new RecordedParts(partsOf());
    const history = await resumed.fit(source, { ...options, learningRate: 0.2, resumeFrom: path });
    expect(allWeights(resumed)).toEqual(uninterrupted.weights);
    expect(untimed(history)).toEqual(untimed(uninterrupted.history));
    expect(source.calls.filter((call) => call === "end").length).toBe(2);
  });

  it("keep the normalization", async () => {
    const path = join(folder, "normalized");
    const raw = partsOf();
    const { normalization } = raw[0].normalize();
    const parts = raw.map((part) => part.normalize(normalization));
    await fitted(new RecordedParts(parts), { epochs: 2, checkpoint: { path } });
    const { network } = await fitted(new RecordedParts(parts), { epochs: 3, resumeFrom: path });
    expect(network.normalization).toEqual(normalization);
    await expectRejected(
      fitted(new RecordedParts(raw), { epochs: 3, resumeFrom: path }),
      "ERR_DATA",
      "part 0 of data is not normalized",
    );
  });
});

describe("progress on parts", () => {
  it("counts samples and batches of all parts, as far as they are known", async () => {
    const reports: Progress[] = [];
    const parts = partsOf();
    let given = 0;
    // Reports are 100 ms apart: each part waits for the one about the part before, and somewhat longer.
    const source = new RecordedParts(async (part) => {
      if (part === parts.length) return undefined;
      while (reports.length < given) await pause(5);
      given++;
      await pause(110);
      return parts[part];
    });
    const onProgress = (progress: Progress) => void reports.push(progress);
    const { history } = await fitted(source, { epochs: 2, batchSize: 4, onProgress });
    const numbers = reports.map(({ epoch, samples, samplesPerEpoch, batch, batches: all }) => [
      epoch,
      samples,
      samplesPerEpoch,
      batch,
      all,
    ]);
    expect(numbers).toEqual([
      [1, 10, 10, 3, 3],
      [1, 17, 17, 5, 5],
      [1, 22, 22, 7, 7],
      [2, 10, 22, 3, 7],
      [2, 17, 22, 5, 7],
      [2, 22, 22, 7, 7],
    ]);
    for (const { samples, epoch, samplesPerEpoch, samplesPerSecond, secondsLeft } of reports) {
      const left = (2 - epoch + 1) * samplesPerEpoch - samples;
      expect(secondsLeft * samplesPerSecond).toBeCloseTo(left, 6);
    }
    expect(reports[5].loss).toBe(history.epochs[1].loss);
  });

  it("is told rarely, and at the end, of many parts and of an epoch that is shorter than the one before", async () => {
    const reports: Progress[] = [];
    const onProgress = (progress: Progress) => void reports.push(progress);
    const one = smoothData(1, 3, 2);
    const started = performance.now();
    await fitted(new RecordedParts(new Array(40).fill(one)), { epochs: 1, onProgress });
    const [first, last] = [reports[0], reports[reports.length - 1]];
    expect(first).toMatchObject({ samples: 1, samplesPerEpoch: 1 });
    expect(last).toMatchObject({ samples: 40, samplesPerEpoch: 40, batch: 40, batches: 40, secondsLeft: 0 });
    expect(reports.length).toBeLessThanOrEqual((performance.now() - started) / 100 + 2);
    reports.length = 0;
    let epoch = 0;
    const shrinking: AsyncIterable<Dataset> = {
      [Symbol.asyncIterator]: () => once(new Array(epoch++ === 0 ? 9 : 4).fill(one)),
    };
    await fitted(shrinking, { epochs: 2, onProgress });
    expect(reports[reports.length - 1]).toMatchObject({ epoch: 2, samples: 4, samplesPerEpoch: 4, secondsLeft: 0 });
  });
});

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
}
