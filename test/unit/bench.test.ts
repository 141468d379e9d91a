import { describe, expect, it } from "vitest";
import { chooseSubcommand, parseOptions, type Subcommand, UsageError, usage } from "../../bench/command.ts";
import {
  add,
  type DoubleDouble,
  divide,
  dotProduct,
  exactly,
  exponential,
  multiply,
  squareRoot,
  twoProduct,
  twoSum,
} from "../../bench/double_double.ts";
import { exactResult } from "../../bench/exact.ts";
import { bytesMoved, createCase, operationCount } from "../../bench/kernel_cases.ts";
import { calibrate, interleavedOrder, measureInterleaved, median } from "../../bench/measure.ts";
import { EPSILON, referenceOf, resultOf, worstError } from "../../bench/reference.ts";
import { significant, tableLines } from "../../bench/table.ts";
import { KERNEL_LIST, type KernelEntry } from "../../src/backend/kernel_list.ts";
import { kernels } from "../../src/index.ts";
import { fc } from "../support/fast_check.ts";

/** One unit in this many places after the binary point. */
const PLACES = 220n;

/** A float64 number as a whole number of 2^-PLACES; exact for numbers that are not tiny. */
function toFixed(value: number): bigint {
  let scaled = value;
  let places = PLACES;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    places--;
  }
  return BigInt(scaled) << places;
}

function fixedOf({ high, low }: DoubleDouble): bigint {
  return toFixed(high) + toFixed(low);
}

/** |actual − expected| / |expected| */
function relativeError(actual: DoubleDouble, expected: bigint): number {
  const difference = fixedOf(actual) - expected;
  return Number((difference << 200n) / expected) / 2 ** 200;
}

/** e^x by its series, in whole numbers of 2^-PLACES. */
function fixedExponential(x: number): bigint {
  const step = toFixed(x);
  let term = 1n << PLACES;
  let sum = 0n;
  for (let n = 1n; term !== 0n && term !== -1n; n++) {
    sum += term;
    term = ((term * step) / n) >> PLACES;
  }
  return sum;
}

const moderate = () =>
  fc.double({ min: -1e6, max: 1e6, noNaN: true }).filter((value) => value === 0 || Math.abs(value) > 1e-6);

describe("median", () => {
  it("is the middle value, or the mean of the middle two", () => {
    expect(median([5])).toBe(5);
    expect(median([9, 1, 10])).toBe(9);
    expect(median([4, 100, 1, 2])).toBe(3);
  });

  it("leaves the values as they were and refuses none", () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
    expect(() => median([])).toThrow(RangeError);
  });
});

describe("interleavedOrder", () => {
  it("begins each round with another variant", () => {
    expect(interleavedOrder(3, 4)).toEqual([0, 1, 2, 1, 2, 0, 2, 0, 1, 0, 1, 2]);
    expect(interleavedOrder(1, 3)).toEqual([0, 0, 0]);
  });

  it("has every variant once a round", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 20 }), (variants, rounds) => {
        const order = interleavedOrder(variants, rounds);
        expect(order).toHaveLength(variants * rounds);
        for (let round = 0; round < rounds; round++) {
          const ofRound = order.slice(round * variants, (round + 1) * variants);
          expect(ofRound.toSorted()).toEqual(Array.from({ length: variants }, (_, v) => v));
        }
      }),
    );
  });
});

describe("measuring by a clock", () => {
  /** A clock that only calls move on. */
  function fakeMachine() {
    let milliseconds = 0;
    const called: string[] = [];
    const task = (name: string, cost: (times: number) => number) => () => {
      called.push(name);
      milliseconds += cost(called.filter((other) => other === name).length);
    };
    return { now: () => milliseconds, called, task };
  }

  it("makes samples of the wanted length", () => {
    const { now, task } = fakeMachine();
    const effort = { warmUp: 1, sample: 0.1, samples: 1 };
    expect(
      calibrate(
        task("two milliseconds", () => 2),
        effort,
        now,
      ),
    ).toBe(50);
    expect(
      calibrate(
        task("half a second", () => 500),
        effort,
        now,
      ),
    ).toBe(1);
  });

  it("takes the median of samples in turn", () => {
    const { now, called, task } = fakeMachine();
    // Each sample is one call. The first four and eight calls warm up; of the three samples one is disturbed.
    const disturbed = task("disturbed", (times) => (times === 6 ? 9000 : 250));
    const steady = task("steady", () => 125);
    const times = measureInterleaved([disturbed, steady], { warmUp: 1, sample: 0.125, samples: 3 }, now);
    expect(times).toEqual([0.25, 0.125]);
    expect(called).toHaveLength(4 + 8 + 6);
    expect(called.slice(-6)).toEqual(["disturbed", "steady", "steady", "disturbed", "disturbed", "steady"]);
  });
});

describe("double-double arithmetic", () => {
  it("adds and multiplies float64 numbers without error", () => {
    fc.assert(
      fc.property(moderate(), moderate(), (a, b) => {
        expect(fixedOf(twoSum(a, b))).toBe(toFixed(a) + toFixed(b));
        expect(fixedOf(twoProduct(a, b)) << PLACES).toBe(toFixed(a) * toFixed(b));
      }),
    );
  });

  it("keeps what a plain sum loses", () => {
    const values = [1e16, 1, -1e16, 2 ** -60];
    expect(values.reduce((a, b) => a + b)).not.toBe(1 + 2 ** -60);
    const sum = values.map(exactly).reduce(add);
    expect(sum).toEqual({ high: 1, low: 2 ** -60 });
  });

  it("has about a hundred bits in products, quotients and sums", () => {
    const positive = () => fc.double({ min: 1e-3, max: 1e3, noNaN: true });
    fc.assert(
      fc.property(positive(), positive(), positive(), (a, b, c) => {
        const x = twoSum(a, b * 2 ** -55);
        const y = twoSum(c, a * 2 ** -56);
        const product = (fixedOf(x) * fixedOf(y)) >> PLACES;
        expect(Math.abs(relativeError(multiply(x, y), product))).toBeLessThan(2 ** -100);
        expect(Math.abs(relativeError(divide(x, y), (fixedOf(x) << PLACES) / fixedOf(y)))).toBeLessThan(2 ** -100);
        expect(Math.abs(relativeError(add(x, y), fixedOf(x) + fixedOf(y)))).toBeLessThan(2 ** -100);
        const root = squareRoot(x);
        expect(Math.abs(relativeError(multiply(root, root), fixedOf(x)))).toBeLessThan(2 ** -100);
      }),
    );
    expect(squareRoot(exactly(0))).toEqual(exactly(0));
  });

  it("sums products that cancel", () => {
    const a = [2 ** 53 - 1, 3, 2 ** 53 - 1, 2 ** -30];
    const b = [2 ** 53 - 1, 5, -(2 ** 53 - 1), 1];
    const every = { values: a, first: 0, stride: 1 };
    expect(dotProduct(4, every, b)).toEqual(exactly(15 + 2 ** -30));
    // [1, 3] · [10, 20], then the other two
    const matrix = [1, 2, 3, 4];
    expect(dotProduct(2, { values: matrix, first: 0, stride: 2 }, [10, 20])).toEqual(exactly(70));
    expect(dotProduct(2, { values: matrix, first: 1, stride: 2 }, [10, 20])).toEqual(exactly(100));
  });

  it("raises e to a power", () => {
    // The digits of e that follow its float64 value.
    expect(exponential(exactly(1))).toEqual({ high: Math.E, low: expect.closeTo(1.4456468917292502e-16, 31) });
    expect(exponential(exactly(0))).toEqual(exactly(1));
    fc.assert(
      fc.property(fc.double({ min: -17, max: 17, noNaN: true }), (x) => {
        fc.pre(x === 0 || Math.abs(x) > 1e-6);
        expect(Math.abs(relativeError(exponential(exactly(x)), fixedExponential(x)))).toBeLessThan(2 ** -95);
      }),
      { numRuns: 200 },
    );
  });
});

describe("the references of the kernels", () => {
  const entryOf = (name: string) => KERNEL_LIST.find((entry) => entry.name === name) as KernelEntry;
  const smallSize = (entry: KernelEntry) => (entry.takesMatrix ? { rows: 5, columns: 12 } : { rows: 1, columns: 33 });

  it.each(KERNEL_LIST.map(({ name }) => name))("agree with the TypeScript kernel %s in both dtypes", (name) => {
    const entry = entryOf(name);
    for (const dtype of ["float32", "float64"] as const) {
      const kernelCase = createCase(entry, dtype, smallSize(entry));
      const reference = referenceOf(kernelCase, kernels.typescript);
      const computed = resultOf(kernels.typescript, kernelCase, "reproducible");
      expect(computed.out === undefined).toBe(reference.result.out === undefined);
      expect(computed.matrix === undefined).toBe(reference.result.matrix === undefined);
      expect(worstError(computed, reference, dtype)).toBeLessThan(8);
    }
  });

  it.each(KERNEL_LIST.map(({ name }) => name))("notice one wrong value of %s", (name) => {
    const entry = entryOf(name);
    const kernelCase = createCase(entry, "float64", smallSize(entry));
    const reference = referenceOf(kernelCase, kernels.typescript);
    let noticed = 0;
    for (const part of ["out", "matrix"] as const) {
      const computed = resultOf(kernels.typescript, kernelCase, "reproducible");
      const values = computed[part];
      const scale = reference.scale[part];
      if (!values || !scale) continue;
      const place = scale.findIndex((value) => value > 0);
      values[place] += 100 * EPSILON.float64 * scale[place];
      expect(worstError(computed, reference, "float64")).toBeGreaterThan(90);
      values[place] = Number.NaN;
      expect(worstError(computed, reference, "float64")).toBe(Number.POSITIVE_INFINITY);
      noticed++;
    }
    expect(noticed).toBeGreaterThan(0);
  });

  it("know a sum exactly that float64 rounds", () => {
    const kernelCase = {
      ...createCase(entryOf("gemv"), "float64", { rows: 1, columns: 3 }),
      matrix: { rows: 1, columns: 3, data: Float64Array.of(1e16, -1e16, 2 ** -40) },
      vectors: [Float64Array.of(1, 1), Float64Array.of(0)],
    };
    expect(exactResult(kernelCase).out).toEqual({ high: Float64Array.of(2 ** -40), low: Float64Array.of(0) });
  });

  it("count the bytes and operations of a call", () => {
    const counts = (name: string, size: { rows: number; columns: number }) => {
      const kernelCase = createCase(entryOf(name), "float32", size);
      return [bytesMoved(kernelCase), operationCount(kernelCase)];
    };
    const matrix = { rows: 3, columns: 5 };
    const vector = { rows: 1, columns: 10 };
    expect(counts("gemv", matrix)).toEqual([4 * (15 + 4 + 3), 30]);
    expect(counts("outerProduct", matrix)).toEqual([4 * (15 + 15 + 3 + 4), 30]);
    expect(counts("backpropUpdate", matrix)).toEqual([4 * (15 + 15 + 3 + 4 + 4), 60]);
    expect(counts("gemm", matrix)).toEqual([4 * (15 + 32 * (4 + 3)), 32 * 30]);
    expect(counts("outerProducts", matrix)).toEqual([4 * (15 + 15 + 32 * (3 + 4)), 32 * 30]);
    expect(counts("relu", vector)).toEqual([4 * (10 + 10), 10]);
    expect(counts("linearDerivative", vector)).toEqual([4 * (10 + 10), 0]);
    expect(counts("addScaled", vector)).toEqual([4 * (10 + 10 + 10), 20]);
    expect(counts("sgdStep", vector)).toEqual([4 * (10 + 10 + 10 + 10), 50]);
    expect(counts("adamStep", vector)).toEqual([4 * (20 + 10 + 20 + 20 + 10), 150]);
    expect(counts("sumSquares", vector)).toEqual([4 * (10 + 1), 20]);
  });
});

describe("tableLines", () => {
  it("aligns cells to the left or to the right", () => {
    const lines = tableLines(
      [{ title: "kernel", align: "left" }, { title: "µs" }],
      [
        ["gemv", "1.25"],
        ["sigmoid", "12345"],
      ],
    );
    expect(lines).toEqual(["kernel      µs", "gemv      1.25", "sigmoid  12345"]);
  });

  it("puts a heading above neighbours of one group", () => {
    const lines = tableLines(
      [{ title: "n" }, { title: "native", group: "time" }, { title: "typescript", group: "time" }, { title: "ratio" }],
      [["1", "2", "3", "1.5"]],
    );
    expect(lines).toEqual(["   ────── time ──────", "n  native  typescript  ratio", "1       2           3    1.5"]);
  });

  it("makes room for a heading that is longer than its columns", () => {
    const lines = tableLines([{ title: "a", group: "a long heading" }, { title: "b" }], [["1", "2"]]);
    expect(lines).toEqual(["a long heading", `${" ".repeat(13)}a  b`, `${" ".repeat(13)}1  2`]);
  });

  it("gives every line of unchanging columns the same width", () => {
    const cell = fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom("a", "b", "7", ".") });
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell, cell), { maxLength: 8 }), (rows) => {
        const columns = [{ title: "one", align: "left" } as const, { title: "two" }, { title: "three" }];
        expect(new Set(tableLines(columns, rows).map((line) => line.length)).size).toBe(1);
      }),
    );
  });
});

describe("significant", () => {
  it("shows three digits without an exponent", () => {
    expect([0, 0.0001234, 0.0507, 1, 12.345, 123.45, 12345.6].map(significant)).toEqual([
      "0",
      "0.000123",
      "0.0507",
      "1.00",
      "12.3",
      "123",
      "12346",
    ]);
    expect(significant(Number.NaN)).toBe("NaN");
  });
});

describe("the command line", () => {
  const nothing: Subcommand = { summary: "does nothing", load: async () => ({ run: async () => {} }) };
  const subcommands = { kernels: nothing, crossing: nothing };

  it("takes the default where none is named", () => {
    for (const argv of [[], ["--quick"]]) {
      const { subcommand, argv: rest } = chooseSubcommand(argv, subcommands, "kernels") ?? {};
      expect(subcommand).toBe(subcommands.kernels);
      expect(rest).toEqual(argv);
    }
  });

  it("finds a subcommand, and lists all when help is asked for", () => {
    expect(chooseSubcommand(["crossing", "--quick"], subcommands, "kernels")).toEqual({
      subcommand: subcommands.crossing,
      argv: ["--quick"],
    });
    expect(chooseSubcommand(["--help"], subcommands, "kernels")).toBeUndefined();
    expect(usage(subcommands)).toMatch(/^ {2}kernels {3}does nothing$/m);
  });

  it("puts the lines of a summary one under the other", () => {
    const long: Subcommand = { ...nothing, summary: "does a lot\n  and then some" };
    expect(usage({ kernels: nothing, "long-name": long })).toContain(
      "  long-name  does a lot\n             and then some",
    );
  });

  it.each(["kernel", "toString"])("refuses the subcommand %s in one line", (name) => {
    expect(() => chooseSubcommand([name], subcommands, "kernels")).toThrow(
      new UsageError(`there is no subcommand "${name}"; there are kernels, crossing`),
    );
  });

  it.each([[["--slow"]], [["--dtype"]], [["extra"]]])("refuses the options %j in one line", (argv) => {
    const options = { dtype: { type: "string" }, quick: { type: "boolean" } } as const;
    expect(() => parseOptions(argv, options)).toThrow(UsageError);
    expect(() => parseOptions(argv, options)).toThrow(/^[^\n]*(slow|dtype|extra)[^\n]*; there are --dtype, --quick$/);
  });
});
