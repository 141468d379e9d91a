import { describe, expect, it } from "vitest";
import type { Observed } from "../../src/training/monitor.ts";
import { type ResolvedSchedule, resolveSchedule, type Schedule } from "../../src/training/schedules.ts";
import { expectThrown } from "../support/errors.ts";
import { fc } from "../support/fast_check.ts";

/** A few roundings apart: both sides are sums and products of a handful of numbers, and a cosine or a power. */
const RELATIVE = 1e-13;

const WHERE = "options.learningRate";

function resolve(schedule: unknown, epochs = 10): ResolvedSchedule {
  return resolveSchedule(schedule, WHERE, epochs);
}

/** The rates of all epochs, one after the other. */
function allRates(schedule: Schedule | number, epochs: number, steps: number): number[] {
  const resolved = resolve(schedule, epochs);
  return Array.from({ length: epochs }, (_, e) => Array.from(resolved.rates(e + 1, steps))).flat();
}

function expectRates(actual: readonly number[], expected: readonly number[], largest = Math.max(...expected)): void {
  expect(actual.length).toBe(expected.length);
  actual.forEach((rate, i) => {
    expect(Math.abs(rate - expected[i]), `rate ${i} is ${rate}, expected ${expected[i]}`).toBeLessThanOrEqual(
      RELATIVE * largest,
    );
  });
}

const rate = fc.double({ min: 1e-6, max: 10, noNaN: true });
const share = fc.double({ min: 0, max: 1, noNaN: true });
const shape = { epochs: fc.integer({ min: 1, max: 12 }), steps: fc.integer({ min: 1, max: 12 }) };

describe("a constant learning rate", () => {
  it("is the same in every epoch, and 0.01 by default", () => {
    expect(allRates(0.3, 3, 5)).toEqual([0.3, 0.3, 0.3]);
    expect(allRates({ type: "constant", learningRate: 0.3 }, 3, 5)).toEqual([0.3, 0.3, 0.3]);
    expect(Array.from(resolve(undefined).rates(4, 2))).toEqual([0.01]);
    expect(resolve(0.3).description).toEqual(resolve({ type: "constant", learningRate: 0.3 }).description);
    expect(resolve(0.3)).toMatchObject({ perStep: false, isAdaptive: false });
    expect(resolve(0.3).state()).toBeUndefined();
  });
});

describe("step and exponential", () => {
  it("step gives PyTorch's StepLR(step_size 30, gamma 0.1) from its documentation, an epoch later in our counting", () => {
    // lr = 0.05 if epoch < 30, 0.005 if 30 <= epoch < 60, 0.0005 if 60 <= epoch < 90, epochs counted from 0.
    const rates = allRates({ type: "step", learningRate: 0.05, every: 30 }, 90, 7);
    const expected = Array.from({ length: 90 }, (_, e) => (e < 30 ? 0.05 : e < 60 ? 0.005 : 0.0005));
    expectRates(rates, expected);
    expect(rates[59] / 0.005).toBeCloseTo(1, 12);
    expect(rates[89] / 0.0005).toBeCloseTo(1, 12);
  });

  it("exponential multiplies by the factor after every epoch", () => {
    fc.assert(
      fc.property(
        rate,
        fc.double({ min: 0.5, max: 1.5, noNaN: true }),
        shape.epochs,
        (learningRate, factor, epochs) => {
          const rates = allRates({ type: "exponential", learningRate, factor }, epochs, 3);
          const expected: number[] = [];
          for (let e = 0, current = learningRate; e < epochs; e++, current *= factor) expected.push(current);
          expect(rates[0]).toBe(learningRate);
          expectRates(rates, expected);
        },
      ),
    );
  });

  it("step with every 1 is exponential", () => {
    expect(allRates({ type: "step", learningRate: 0.7, every: 1, factor: 0.3 }, 20, 1)).toEqual(
      allRates({ type: "exponential", learningRate: 0.7, factor: 0.3 }, 20, 1),
    );
  });

  it("may grow, as long as every rate is a number", () => {
    expectRates(allRates({ type: "exponential", learningRate: 1e-4, factor: 10 }, 5, 1), [1e-4, 1e-3, 0.01, 0.1, 1]);
    const growing = { type: "exponential", learningRate: 1, factor: 10 };
    expect(resolve(growing, 309).rates(309, 1)[0] / 1e308).toBeCloseTo(1, 12);
    expectThrown(() => resolve(growing, 310), "ERR_OPTION", `${WHERE}.factor is 10, expected`, "in epoch 310");
  });
});

describe("cosine", () => {
  it("is half a cosine over all steps, from the learning rate to the minimum", () => {
    fc.assert(
      fc.property(shape.epochs, shape.steps, rate, share, (epochs, steps, learningRate, lowest) => {
        const minimum = lowest * learningRate;
        const rates = allRates({ type: "cosine", learningRate, minimum }, epochs, steps);
        const last = epochs * steps - 1;
        const expected = rates.map((_, s) =>
          last === 0 ? learningRate : minimum + ((learningRate - minimum) * (1 + Math.cos((Math.PI * s) / last))) / 2,
        );
        expectRates(rates, expected);
      }),
    );
  });

  it("ends at the minimum exactly, and begins at the learning rate", () => {
    const rates = allRates({ type: "cosine", learningRate: 0.3, minimum: 0.02 }, 3, 7);
    expect(rates.length).toBe(21);
    expect(rates[0]).toBeCloseTo(0.3, 15);
    expect(rates[20]).toBe(0.02);
    expect(allRates({ type: "cosine", learningRate: 0.3 }, 3, 7)[20]).toBe(0);
    expect(resolve({ type: "cosine", learningRate: 0.3 })).toMatchObject({ perStep: true, isAdaptive: false });
  });

  it("climbs in a straight line first, from above 0 to the learning rate", () => {
    const rates = allRates({ type: "cosine", learningRate: 0.8, warmupEpochs: 1 }, 3, 3);
    const half = (p: number) => 0.4 * (1 + Math.cos(Math.PI * p));
    expectRates(rates, [0.2, 0.4, 0.6, 0.8, half(0.2), half(0.4), half(0.6), half(0.8), 0]);
    // Half an epoch of five steps: two whole steps.
    const [first, second, third, fourth] = allRates({ type: "cosine", learningRate: 0.9, warmupEpochs: 0.5 }, 2, 5);
    expectRates([first, second, third], [0.3, 0.6, 0.9]);
    expect(fourth).toBeLessThan(0.9);
  });

  it("keeps a single step at the learning rate, also behind a warm-up", () => {
    expect(allRates({ type: "cosine", learningRate: 0.5 }, 1, 1)).toEqual([0.5]);
    expectRates(allRates({ type: "cosine", learningRate: 0.5, warmupEpochs: 1 }, 2, 1), [0.25, 0.5]);
  });
});

describe("oneCycle", () => {
  it("gives the rates of PyTorch's OneCycleLR", () => {
    // OneCycleLR(max_lr=25, total_steps=10, final_div_factor=2), its other arguments at their defaults.
    const small = { type: "oneCycle", learningRate: 25, endFactor: 0.5 } as const;
    const pytorch = [
      1, 13, 25, 23.786868631804634, 20.387750072769485, 15.475881440964852, 10.024118559035148, 5.112249927230515,
      1.7131313681953668, 0.5,
    ];
    expectRates(allRates(small, 2, 5), pytorch);
    expectRates(allRates(small, 10, 1), pytorch);
    // OneCycleLR(max_lr=0.1, total_steps=8): the top lies between two steps.
    expectRates(
      allRates({ type: "oneCycle", learningRate: 0.1 }, 2, 4),
      [
        0.0040000000000000036, 0.08192751048921922, 0.09719417773875232, 0.0811745653949763, 0.05559840141227016,
        0.028306099820869922, 0.0076641593834256404, 4e-7,
      ],
    );
  });

  it("follows its formula in every shape", () => {
    /** `get_lr` of PyTorch's OneCycleLR with two phases and cosine annealing. */
    const pytorch = (step: number, total: number, pctStart: number, rates: readonly [number, number, number]) => {
      const ends = [pctStart * total - 1, total - 1];
      const phase = step <= ends[0] ? 0 : 1;
      const start = phase === 0 ? 0 : ends[0];
      const pct = ends[phase] === start ? 1 : (step - start) / (ends[phase] - start);
      const [from, to] = [rates[phase], rates[phase + 1]];
      return to + ((from - to) / 2) * (Math.cos(Math.PI * pct) + 1);
    };
    const options = {
      learningRate: rate,
      warmupShare: fc.double({ min: 0, max: 0.99, noNaN: true }),
      startFactor: share,
      endFactor: share,
    };
    fc.assert(
      fc.property(shape.epochs, shape.steps, fc.record(options), (epochs, steps, given) => {
        const { learningRate, warmupShare, startFactor, endFactor } = given;
        const rates = allRates({ type: "oneCycle", ...given }, epochs, steps);
        const start = learningRate * startFactor;
        const expected = rates.map((_, s) =>
          pytorch(s, epochs * steps, warmupShare, [start, learningRate, start * endFactor]),
        );
        expectRates(rates, expected, learningRate);
      }),
    );
  });
});

describe("plateau", () => {
  const losses = (schedule: ResolvedSchedule, values: readonly number[]) =>
    values.map((loss) => {
      const [before] = schedule.rates(1, 1);
      schedule.observe({ loss });
      return before;
    });

  it("reduces the rate where PyTorch's ReduceLROnPlateau does", () => {
    // ReduceLROnPlateau(patience=2, threshold=0.1, threshold_mode="abs", factor=0.5), worked out by hand: 1 is the best,
    // 0.95, 0.92 and 0.91 are within the threshold: the third of them is more than the patience, so the rate falls after
    // it. 0.8 is better; then again three that are not, and three more after the count began anew.
    const schedule = resolve({ type: "plateau", learningRate: 8, factor: 0.5, patience: 2, minDelta: 0.1 });
    expect(losses(schedule, [1, 0.95, 0.92, 0.91, 0.8, 0.8, 0.75, 0.71, 0.71, 0.72, 0.73, 0.5])).toEqual([
      8, 8, 8, 8, 4, 4, 4, 4, 2, 2, 2, 1,
    ]);
    expect(schedule).toMatchObject({ perStep: false, isAdaptive: true, monitor: "loss" });
  });

  it("has PyTorch's defaults, without its relative threshold", () => {
    const schedule = resolve({ type: "plateau", learningRate: 1 });
    const rates = losses(schedule, [1, ...new Array<number>(11).fill(0.9999), 0]);
    expect(rates).toEqual([...new Array<number>(12).fill(1), 0.1]);
    expect(schedule.description).toEqual({
      type: "plateau",
      learningRate: 1,
      monitor: "loss",
      factor: 0.1,
      patience: 10,
      minDelta: 1e-4,
      minimum: 0,
    });
  });

  it("does not go below the minimum", () => {
    const schedule = resolve({ type: "plateau", learningRate: 1, patience: 0, minimum: 0.05 });
    expect(losses(schedule, [1, 1, 1, 1, 1])).toEqual([1, 1, 0.1, 0.05, 0.05]);
  });

  it("follows the validation set where there is one, and accuracy upwards", () => {
    const reports: Observed[] = [
      { loss: 5, validation: { loss: 1, accuracy: 0.5 } },
      { loss: 4, validation: { loss: 2, accuracy: 0.6 } },
      { loss: 3, validation: { loss: 0, accuracy: 0.6 } },
    ];
    const ratesOf = (monitor: "loss" | "accuracy") => {
      const schedule = resolve({ type: "plateau", learningRate: 1, monitor, patience: 0, factor: 0.5 });
      return reports.map((report) => {
        schedule.observe(report);
        return schedule.rates(1, 1)[0];
      });
    };
    expect(ratesOf("loss")).toEqual([1, 0.5, 0.5]);
    expect(ratesOf("accuracy")).toEqual([1, 1, 0.5]);
  });

  it("takes NaN for no improvement", () => {
    const schedule = resolve({ type: "plateau", learningRate: 1, patience: 1, factor: 0.5 });
    expect(losses(schedule, [Number.NaN, Number.NaN, 3, Number.NaN, Number.NaN, 3])).toEqual([
      1, 1, 0.5, 0.5, 0.5, 0.25,
    ]);
  });

  it("goes on from its state as if it had not been interrupted", () => {
    const loss = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constant(Number.NaN));
    fc.assert(
      fc.property(fc.array(loss, { maxLength: 20 }), fc.nat({ max: 20 }), (values, cut) => {
        const make = () => resolve({ type: "plateau", learningRate: 1, patience: 1, factor: 0.7, minimum: 0.01 });
        const [whole, before, after] = [make(), make(), make()];
        const expected = losses(whole, values);
        const first = losses(before, values.slice(0, cut));
        after.restore(JSON.parse(JSON.stringify(before.state())));
        expect([...first, ...losses(after, values.slice(cut))]).toEqual(expected);
        expect(after.state()).toEqual(whole.state());
      }),
    );
  });

  it("refuses a state it did not give, and stays as it was", () => {
    const good = { rate: 0.5, best: 1, epochsWithout: 1 };
    const states = [
      undefined,
      null,
      3,
      {},
      { ...good, rate: -1 },
      { ...good, best: "1" },
      { ...good, epochsWithout: 0.5 },
    ];
    for (const state of states) {
      const schedule = resolve({ type: "plateau", learningRate: 0.3 });
      const before = schedule.state();
      expectThrown(() => schedule.restore(state), "ERR_CHECKPOINT", "the checkpoint's schedule.", "no training leaves");
      expect(schedule.state()).toEqual(before);
    }
  });
});

describe("a function", () => {
  it("of the epoch is asked once an epoch", () => {
    const asked: number[][] = [];
    const schedule = resolve((...given: number[]) => {
      asked.push(given);
      return 1 / given[0];
    });
    expect([schedule.rates(1, 3), schedule.rates(4, 3)].map((rates) => Array.from(rates))).toEqual([[1], [0.25]]);
    expect(asked.map(([epoch]) => epoch)).toEqual([1, 4]);
    expect(schedule).toMatchObject({ perStep: false, description: "function" });
  });

  it("of epoch and step is asked for every step", () => {
    const schedule = resolve((epoch: number, step: number) => epoch + step / 8);
    expect(Array.from(schedule.rates(2, 4))).toEqual([2, 2.125, 2.25, 2.375]);
    expect(schedule).toMatchObject({ perStep: true, description: "function" });
  });

  it("has its answers checked", () => {
    for (const answer of [Number.NaN, -1, Number.POSITIVE_INFINITY, undefined, "1", { type: "cosine" }]) {
      const ofEpoch = resolve((epoch: number) => (epoch < 3 ? 1 : answer));
      expect(Array.from(ofEpoch.rates(2, 5))).toEqual([1]);
      expectThrown(() => ofEpoch.rates(3, 5), "ERR_OPTION", `${WHERE}(3) is`, "expected a finite number of at least 0");
      const ofStep = resolve((_: number, step: number) => (step < 4 ? 1 : answer));
      expectThrown(() => ofStep.rates(3, 5), "ERR_OPTION", `${WHERE}(3, 4) is`);
    }
  });

  it("may throw something of its own", () => {
    const schedule = resolve(() => {
      throw new RangeError("mine");
    });
    expect(() => schedule.rates(1, 1)).toThrow(RangeError);
  });
});

describe("a schedule's description", () => {
  it("is plain data with every default", () => {
    const schedules: Schedule[] = [
      { type: "constant", learningRate: 1 },
      { type: "step", learningRate: 1, every: 2 },
      { type: "exponential", learningRate: 1, factor: 0.9 },
      { type: "cosine", learningRate: 1 },
      { type: "oneCycle", learningRate: 1 },
    ];
    const descriptions = schedules.map((schedule) => resolve(schedule).description);
    expect(descriptions).toEqual([
      schedules[0],
      { type: "step", learningRate: 1, every: 2, factor: 0.1 },
      schedules[2],
      { type: "cosine", learningRate: 1, minimum: 0, warmupEpochs: 0 },
      { type: "oneCycle", learningRate: 1, warmupShare: 0.3, startFactor: 0.04, endFactor: 1e-4 },
    ]);
    expect(JSON.parse(JSON.stringify(descriptions))).toEqual(descriptions);
  });
});

describe("a schedule is refused", () => {
  const refused = (given: unknown, ...fragments: string[]) =>
    expectThrown(() => resolve(given), "ERR_OPTION", ...fragments);
  const numbers = [null, "1", Number.NaN, Number.POSITIVE_INFINITY];

  it("when it is of no known kind", () => {
    refused("cosine", `${WHERE} is "cosine", expected a finite number of at least 0, a schedule such as`);
    refused([], `${WHERE} is an array of length 0`);
    refused({ type: "linear", learningRate: 1 }, `${WHERE}.type is "linear", expected one of constant, step`);
    refused({ learningRate: 1 }, `${WHERE}.type is undefined`);
    refused({ type: "step", learningRate: 1, every: 2, gamma: 3 }, `${WHERE} has no option "gamma"`, "factor");
    refused({ type: "constant", learningRate: 1, factor: 1 }, `${WHERE} has no option "factor"`);
  });

  it.each(["constant", "step", "exponential", "cosine", "oneCycle", "plateau"])("without a rate: %s", (type) => {
    const rest = { ...(type === "step" && { every: 1 }), ...(type === "exponential" && { factor: 0.5 }) };
    expect(resolve({ type, learningRate: 0, ...rest }).rates(1, 1)[0]).toBe(0);
    for (const learningRate of [undefined, -1, ...numbers]) {
      refused({ type, learningRate, ...rest }, `${WHERE}.learningRate is`, "expected a finite number of at least 0");
    }
  });

  it.each([
    [{ type: "step" }, "every", [undefined, 0, 1.5, ...numbers]],
    [{ type: "step", every: 1 }, "factor", [0, -1, ...numbers]],
    [{ type: "exponential" }, "factor", [undefined, 0, -1, ...numbers]],
    [{ type: "cosine" }, "minimum", [-1, 1.01, ...numbers]],
    [{ type: "cosine" }, "warmupEpochs", [-1, 10, ...numbers]],
    [{ type: "oneCycle" }, "warmupShare", [-0.1, 1, ...numbers]],
    [{ type: "oneCycle" }, "startFactor", [-0.1, 1.1, ...numbers]],
    [{ type: "oneCycle" }, "endFactor", [-0.1, 1.1, ...numbers]],
    [{ type: "plateau" }, "monitor", ["acc", null]],
    [{ type: "plateau" }, "factor", [0, 1, ...numbers]],
    [{ type: "plateau" }, "patience", [-1, 0.5, ...numbers]],
    [{ type: "plateau" }, "minDelta", [-1, ...numbers]],
    [{ type: "plateau" }, "minimum", [-1, 1.01, ...numbers]],
  ])("%o for %s", (schedule, option, values) => {
    for (const value of values) {
      refused({ ...schedule, learningRate: 1, [option]: value }, `${WHERE}.${option} is`, ", expected");
    }
  });
});
