import { describe, expect, it } from "vitest";
import { Dataset, type FitOptions, Network, type Values } from "../../src/index.ts";
import { expectError, expectRejected, mistyped, rejectionOf } from "../support/errors.ts";
import { allWeights } from "../support/networks.ts";
import { RecordedParts } from "../support/parts.ts";
import { smoothData } from "../support/samples.ts";

const parts = [smoothData(10, 3, 2), smoothData(7, 3, 2, 2), smoothData(5, 3, 2, 3)];

/** A network in training on parts, and what it published last. */
class Training {
  readonly network = new Network([3, 4, 2], { seed: 6 });
  readonly epochs: Values[][] = [];
  readonly initial = allWeights(this.network);

  /** @returns what the fit is rejected with */
  failure(data: AsyncIterable<Dataset>, options: Partial<FitOptions> = {}): Promise<unknown> {
    const onEpoch = () => void this.epochs.push(allWeights(this.network));
    return rejectionOf(this.network.fit(data, { epochs: 3, learningRate: 0.2, onEpoch, ...options }));
  }

  /** The network holds its last whole epoch, of which there are so many, and can be trained on. */
  async expectIntact(epochs: number): Promise<void> {
    expect(this.epochs.length).toBe(epochs);
    expect(allWeights(this.network)).toEqual(this.epochs.at(-1) ?? this.initial);
    expect((await this.network.fit(new RecordedParts(parts), { epochs: 1 })).epochs.length).toBe(1);
  }
}

/** The parts, but in an epoch, counted from 1, something else is given at the place of one. */
function partsWith(give: () => unknown, place: number, epoch: number): RecordedParts {
  let epochs = 0;
  return new RecordedParts((part) => {
    if (part === 0) epochs++;
    return part === place && epochs === epoch ? give() : parts[part];
  });
}

describe("data that has no parts", () => {
  it("is refused", async () => {
    const training = new Training();
    const failure = await training.failure(new RecordedParts([]));
    expect(expectError(failure, "ERR_DATA").message).toBe("data gave no samples in epoch 1");
    await training.expectIntact(0);
  });

  it("any more, as it can be gone through once, leaves the first epoch", async () => {
    const training = new Training();
    async function* once() {
      yield* parts;
    }
    const failure = await training.failure(once());
    expectError(failure, "ERR_DATA", "data gave no samples in epoch 2; an iterable that can be gone through again");
    const reference = new Network([3, 4, 2], { seed: 6 });
    await reference.fit(new RecordedParts(parts), { epochs: 1, learningRate: 0.2 });
    expect(allWeights(training.network)).toEqual(allWeights(reference));
    await training.expectIntact(1);
  });
});

describe("a part that does not fit", () => {
  const labelled = Dataset.from({ inputs: [[1, 2, 3]], labels: [2] });

  it.each([
    ["inputs", smoothData(4, 2, 2), "ERR_SHAPE", "part 1 of data.inputSize is 2, expected 3 as in the network"],
    ["targets", labelled, "ERR_SHAPE", "part 1 of data.targetSize is 3, expected 2 as in the network"],
    ["type", 5, "ERR_DATA", "part 1 of data is 5, expected a Dataset"],
    ["normalization", parts[1].normalize(), "ERR_DATA", "part 1 of data is normalized, expected no normalization"],
  ] as const)("by its %s is named by its number", async (_what, given, code, message) => {
    for (const epoch of [1, 2]) {
      const training = new Training();
      const source = partsWith(() => given, 1, epoch);
      expectError(await training.failure(source), code, message);
      expect(source.calls.at(-1)).toBe("return");
      await training.expectIntact(epoch - 1);
    }
  });

  it("is one that is normalized otherwise than the first, or than the epoch before", async () => {
    const normalized = parts.map((part) => part.normalize(parts[0].normalize().normalization));
    const other = parts[2].normalize("minMax");
    const message = "part 2 of data is normalized with other statistics, expected normalize(firstPart.normalization)";
    const first = new Training();
    const source = new RecordedParts([normalized[0], normalized[1], other]);
    expectError(await first.failure(source), "ERR_DATA", message);
    expect(first.network.normalization).toBeUndefined();
    let epochs = 0;
    const second = new Training();
    const changing = new RecordedParts((part) => {
      if (part === 0) epochs++;
      return part === 0 ? (epochs === 1 ? normalized[0] : other) : undefined;
    });
    expectError(await second.failure(changing), "ERR_DATA", "part 0 of data is normalized with other statistics");
    expect(second.epochs.length).toBe(1);
    expect(second.network.normalization).toEqual(normalized[0].normalization);
    expect(allWeights(second.network)).toEqual(second.epochs[0]);
  });

  it("is one that is not normalized as the network is", async () => {
    const { network } = new Training();
    await network.fit(parts[0].normalize(), { epochs: 1 });
    const fit = network.fit(new RecordedParts(parts), { epochs: 1 });
    await expectRejected(fit, "ERR_DATA", "part 0 of data is not normalized, expected normalize(network.");
  });

  it("is one that validation data cannot be normalized like: nothing is trained", async () => {
    const training = new Training();
    let progress = 0;
    const options = { validation: parts[1].normalize(), onProgress: () => progress++ };
    const failure = await training.failure(new RecordedParts(parts), options);
    expectError(failure, "ERR_DATA", "options.validation is normalized, expected no normalization, as in data");
    expect(progress).toBe(0);
    await training.expectIntact(0);
  });
});

describe("a source that fails", () => {
  const thrown = new Error("the disk is gone");

  it.each([1, 2])("in epoch %i ends the fit with its error; nothing half trained is published", async (epoch) => {
    const training = new Training();
    const source = partsWith(() => Promise.reject(thrown), 2, epoch);
    expect(await training.failure(source)).toBe(thrown);
    expect(source.calls.slice(-2)).toEqual(["read 2", "return"]);
    await training.expectIntact(epoch - 1);
  });

  it("at once, or before there is a promise, ends it as well", async () => {
    const beginning = new Training();
    const closed: AsyncIterable<Dataset> = {
      [Symbol.asyncIterator]: () => {
        throw thrown;
      },
    };
    expect(await beginning.failure(closed)).toBe(thrown);
    await beginning.expectIntact(0);
    const reading = new Training();
    const next = () => {
      throw thrown;
    };
    expect(await reading.failure({ [Symbol.asyncIterator]: () => ({ next }) })).toBe(thrown);
    await reading.expectIntact(0);
  });

  it("ahead is heard of when the part's turn comes: the one before is trained with", async () => {
    async function* rejecting() {
      yield parts[0];
      throw thrown;
    }
    let calls = 0;
    const next = () => {
      if (calls++ > 0) throw thrown;
      return Promise.resolve({ done: false, value: parts[0] });
    };
    for (const source of [rejecting(), { [Symbol.asyncIterator]: () => ({ next }) }]) {
      const training = new Training();
      const progress: number[] = [];
      const onProgress = ({ samples }: { samples: number }) => void progress.push(samples);
      expect(await training.failure(source, { onProgress })).toBe(thrown);
      expect(progress.length).toBeGreaterThan(0);
      await training.expectIntact(0);
    }
  });

  it("to close as well does not hide why it was closed", async () => {
    const training = new Training();
    const source: AsyncIterable<unknown> = {
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false, value: "no data" }),
        return: () => Promise.reject(thrown),
      }),
    };
    const failure = await training.failure(mistyped<AsyncIterable<Dataset>>(source));
    expectError(failure, "ERR_DATA", 'part 0 of data is "no data"');
    await training.expectIntact(0);
  });

  it("is not closed once it has ended, and is when a callback throws", async () => {
    const whole = new RecordedParts(parts);
    const onEpoch = () => {
      throw thrown;
    };
    expect(await new Training().failure(whole, { onEpoch })).toBe(thrown);
    expect(whole.calls).toEqual(["read 0", "read 1", "read 2", "end"]);
    const left = new RecordedParts(parts);
    const onProgress = () => {
      throw thrown;
    };
    expect(await new Training().failure(left, { onProgress })).toBe(thrown);
    expect(left.calls).toEqual(["read 0", "read 1", "return"]);
  });
});

describe("an abort", () => {
  it("in mid-epoch closes the source, and the last whole epoch stays", async () => {
    const training = new Training();
    const controller = new AbortController();
    const source = new RecordedParts((part) => {
      // In the second epoch, while the second part is trained.
      if (part === 2 && training.epochs.length === 1) controller.abort();
      return parts[part];
    });
    const failure = await training.failure(source, { signal: controller.signal });
    expect(failure).toBe(controller.signal.reason);
    expect(source.calls.at(-1)).toBe("return");
    await training.expectIntact(1);
  });

  it("does not wait for a part that never comes", async () => {
    const training = new Training();
    const controller = new AbortController();
    const source = partsWith(() => new Promise(() => {}), 2, 2);
    const onProgress = () => {
      if (source.calls.filter((call) => call === "read 2").length === 2) controller.abort();
    };
    const timer = setInterval(onProgress, 5);
    expect(await training.failure(source, { signal: controller.signal })).toBe(controller.signal.reason);
    clearInterval(timer);
    expect(source.calls.at(-1)).toBe("return");
    await training.expectIntact(1);
  });

  it("does not wait for a generator in the midst of reading, and ends it when it has read", async () => {
    const training = new Training();
    const controller = new AbortController();
    let goOn = () => {};
    const reading = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const events: string[] = [];
    async function* slow() {
      try {
        yield parts[0];
        setTimeout(() => controller.abort(), 5);
        await reading;
        events.push("read");
        yield parts[1];
        events.push("never asked for");
      } finally {
        events.push("closed");
      }
    }
    expect(await training.failure(slow(), { signal: controller.signal })).toBe(controller.signal.reason);
    expect(events).toEqual([]);
    goOn();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(events).toEqual(["read", "closed"]);
    await training.expectIntact(0);
  });

  it("before the fit reads nothing", async () => {
    const source = new RecordedParts(parts);
    const reason = new Error("too late");
    expect(await new Training().failure(source, { signal: AbortSignal.abort(reason) })).toBe(reason);
    expect(source.calls).toEqual([]);
  });
});

describe("fit on parts", () => {
  it("refuses what only data in one piece can have", async () => {
    const training = new Training();
    const source = new RecordedParts(parts);
    const share = await training.failure(source, { validation: 0.2 });
    expectError(share, "ERR_OPTION", "options.validation is 0.2, expected a Dataset: of data in parts no share");
    const balanced = await training.failure(source, { classWeights: "balanced" });
    expectError(balanced, "ERR_OPTION", 'options.classWeights is "balanced", expected numbers: of data in parts');
    const narrow = await training.failure(source, { validation: smoothData(4, 2, 2) });
    expectError(narrow, "ERR_SHAPE", "options.validation.inputSize is 2, expected 3");
    expect(source.calls).toEqual([]);
    await training.expectIntact(0);
  });

  it("says in which part it diverged", async () => {
    const network = new Network([3, 2], { seed: 6, outputActivation: "linear" });
    const wild = Dataset.from({ inputs: new Float32Array(30).fill(1e30), targets: new Float32Array(20), size: 10 });
    const fit = network.fit(new RecordedParts([parts[0], wild]), { epochs: 1, shuffle: false });
    await expectRejected(
      fit,
      "ERR_DIVERGED",
      "epoch 1: the loss of sample 1 of part 1 of data, number 2 of 10, is not",
    );
    const after = Dataset.from({ inputs: [[1, 1, 1]], targets: [[1e19, 0]] });
    const learningRate = 1e30;
    const atTheEnd = network.fit(new RecordedParts([after]), { epochs: 1, learningRate });
    await expectRejected(atTheEnd, "ERR_DIVERGED", "epoch 1: a weight at the end of part 0 of data is not finite");
  });
});
