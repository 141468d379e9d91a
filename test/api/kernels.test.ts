import { describe, expect, it } from "vitest";
import { KERNEL_LIST, type KernelEntry } from "../../src/backend/kernel_list.ts";
import type { Kernels } from "../../src/backend/kernels.ts";
import { backendInfo, type DType, kernels, type Matrix, type Values } from "../../src/index.ts";
import { Random } from "../../src/random.ts";
import { DRAWS, makeCase, takesSamples } from "../parity/cases.ts";
import { detached } from "../support/buffers.ts";
import { expectClose } from "../support/closeness.ts";
import { expectThrown, mistyped } from "../support/errors.ts";
import { kernelReference } from "../support/kernel_reference.ts";

/** A call of a kernel: its arguments in order, matrix, vectors, scalars. */
interface Call {
  readonly matrix: Matrix | undefined;
  readonly vectors: Values[];
  readonly scalars: unknown[];
}

function callOf(entry: KernelEntry, dtype: DType = "float32", rows = 3, count = 5, seed = 1, samples = 2): Call {
  const { matrix, vectors, scalars } = makeCase(entry, dtype, rows, count, DRAWS.ordinary, new Random(seed), samples);
  return { matrix, vectors: [...vectors], scalars: [...scalars] };
}

function argumentsOf({ matrix, vectors, scalars }: Call): unknown[] {
  return [...(matrix ? [matrix] : []), ...vectors, ...scalars];
}

const implementations = [kernels.typescript, ...(kernels.native ? [kernels.native] : [])].map(
  (implementation) => [implementation === kernels.typescript ? "typescript" : "native", implementation] as const,
);
const entries = KERNEL_LIST.map((entry) => [entry.name, entry] as const);

describe("kernels", () => {
  it("come from both backends where there is a binary", () => {
    expect(kernels.native === undefined).toBe(backendInfo().backend === "typescript");
    for (const [, implementation] of implementations) {
      expect(Object.keys(implementation)).toEqual(KERNEL_LIST.map(({ name }) => name));
    }
  });
});

describe.each(implementations)("a step of %s", (_, { sgdStep, adamStep }) => {
  // rate, gradientScale, decay, keep, firstDecay, firstShare, secondDecay, secondShare, rootScale, epsilon
  const constants = Float64Array.of(-0.5, 0.25, 0.125, 0.75, 0.5, 0.5, 0.75, 0.25, 2, 1);

  it("reads its constants in the documented order", () => {
    const weights = Float64Array.of(8);
    sgdStep(weights, Float64Array.of(4), constants, "reproducible");
    // G = 0.25 · 4 + 0.125 · 8
    expect(weights[0]).toBe(8 - 0.5 * 2);
  });

  it("changes what it remembers and then the weights, as Adam does", () => {
    const [weights, first, second] = [Float64Array.of(8), Float64Array.of(3), Float64Array.of(5)];
    adamStep(weights, Float64Array.of(4), first, second, constants, "reproducible");
    // G = 0.25 · 4, which does not decay
    expect([first[0], second[0]]).toEqual([3 + 0.5 * (1 - 3), 0.75 * 5 + 0.25]);
    expect(weights[0]).toBe(0.75 * 8 - 0.5 * (2 / (2 * 2 + 1)));
  });
});

describe.each(implementations)("the kernels of %s", (_, implementation) => {
  const run = (entry: KernelEntry, ...given: unknown[]) => {
    const kernel = implementation[entry.name as keyof Kernels] as (...values: unknown[]) => unknown;
    return kernel(...given);
  };

  describe.each(entries)("%s", (_name, entry) => {
    const { operands, scalars, takesMatrix } = entry;
    const refused = (given: unknown[], code: "ERR_SHAPE" | "ERR_OPTION", ...fragments: string[]) =>
      expectThrown(() => run(entry, ...given), code, ...fragments);

    it("computes its formula", () => {
      for (const dtype of ["float32", "float64"] as const) {
        for (const arithmetic of ["fast", "reproducible"]) {
          for (const [rows, count, samples] of [
            [1, 1, 1],
            [3, 5, 2],
            [9, 16, 9],
            [17, 31, 65],
          ]) {
            const call = callOf(entry, dtype, rows, count, rows, samples);
            const expected = kernelReference(entry.name, {
              matrix: call.matrix,
              operands: Object.fromEntries(operands.map(({ name }, i) => [name, call.vectors[i].slice()])),
              scalars: Object.fromEntries(scalars.map(({ name }, i) => [name, call.scalars[i] as number])),
            });
            expect(run(entry, ...argumentsOf(call), arithmetic)).toBeUndefined();
            operands.forEach(({ name, isResult }, i) => {
              if (isResult) expectClose(call.vectors[i], expected[name] ?? [], dtype, name);
            });
            expect(expected.matrix !== undefined).toBe(entry.updatesMatrix);
            if (expected.matrix) expectClose(call.matrix?.data ?? [], expected.matrix, dtype, "matrix");
          }
        }
      }
    });

    it("changes nothing but its results", () => {
      const call = callOf(entry);
      const vectors = call.vectors.map((vector) => vector.slice());
      const matrix = call.matrix?.data.slice();
      run(entry, ...argumentsOf(call));
      operands.forEach(({ name, isResult }, i) => {
        if (!isResult) expect(call.vectors[i], name).toEqual(vectors[i]);
      });
      if (!entry.updatesMatrix) expect(call.matrix?.data).toEqual(matrix);
    });

    it("has defaults for its slope or alpha", () => {
      const call = callOf(entry);
      const explicit = callOf(entry);
      const defaults = scalars.map((scalar, i) => scalar.default ?? call.scalars[i]);
      const given = scalars.map((scalar, i) => (scalar.default === undefined ? call.scalars[i] : undefined));
      run(entry, ...argumentsOf({ ...call, scalars: given }));
      run(entry, ...argumentsOf({ ...explicit, scalars: defaults }), "fast");
      expect(call).toEqual({ ...explicit, scalars: call.scalars });
    });

    it("refuses vectors of another length", () => {
      operands.forEach(({ name, perSample }, i) => {
        // The first vector of a kernel without a matrix has the length of its own.
        if (!takesMatrix && i === 0) return;
        const right = callOf(entry).vectors[i].length;
        // An empty first operand means no samples, and the next one is wrong then.
        const isFree = perSample && i === 0;
        for (const length of [...(isFree ? [] : [0]), right - 1, right + 1]) {
          const call = callOf(entry);
          call.vectors[i] = new Float32Array(length);
          const message = `${entry.name}: ${name} is a Float32Array of length ${length}, expected a Float32Array of length`;
          refused(argumentsOf(call), "ERR_SHAPE", message);
        }
      });
    });

    it("refuses vectors of another type", () => {
      operands.forEach(({ name }, i) => {
        for (const wrong of [undefined, null, [1, 2, 3, 4, 5], 5, new Int32Array(5), "12345"]) {
          const call = callOf(entry);
          call.vectors[i] = mistyped(wrong);
          refused(argumentsOf(call), "ERR_SHAPE", `${entry.name}: ${name} is `, "expected a Float");
        }
        if (!takesMatrix && i === 0) return;
        const call = callOf(entry);
        call.vectors[i] = Float64Array.from(call.vectors[i]);
        refused(argumentsOf(call), "ERR_SHAPE", `${name} is a Float64Array`, "expected a Float32Array of length");
      });
    });

    it("refuses vectors whose buffer is detached", () => {
      operands.forEach(({ name }, i) => {
        const call = callOf(entry);
        detached(call.vectors[i]);
        refused(argumentsOf(call), "ERR_SHAPE", `${name} is a Float32Array whose buffer is detached`);
      });
    });

    it("refuses scalars and arithmetics that are none", () => {
      scalars.forEach(({ name, default: standard }, i) => {
        for (const wrong of ["1", {}, true, ...(standard === undefined ? [undefined, null] : [])]) {
          const call = callOf(entry);
          call.scalars[i] = wrong;
          refused(argumentsOf(call), "ERR_OPTION", `${entry.name}: ${name} is`, "expected a number");
        }
      });
      for (const wrong of ["exact", 1, null]) {
        const expected = 'expected "fast" or "reproducible"';
        refused([...argumentsOf(callOf(entry)), wrong], "ERR_OPTION", `${entry.name}: arithmetic is`, expected);
      }
    });

    if (takesSamples(entry)) {
      it("refuses blocks of different numbers of samples", () => {
        const [first, second] = operands;
        const call = callOf(entry);
        call.vectors[0] = new Float32Array(0);
        const { length } = call.vectors[1];
        const given = `${second.name} is a Float32Array of length ${length}`;
        refused(argumentsOf(call), "ERR_SHAPE", `${entry.name}: ${given}, expected a Float32Array of length 0`);
        call.vectors[0] = callOf(entry, "float32", 3, 5, 1, 3).vectors[0];
        const expected = callOf(entry, "float32", 3, 5, 1, 3).vectors[1].length;
        refused(argumentsOf(call), "ERR_SHAPE", `${given}, expected a Float32Array of length ${expected}`);
        expect(first.perSample).toBe(true);
      });
    }

    if (takesMatrix) {
      it("refuses matrices that are none", () => {
        const withMatrix = (matrix: unknown) => [matrix, ...argumentsOf(callOf(entry)).slice(1)];
        const data = new Float32Array(18);
        const fails = (matrix: unknown, ...fragments: string[]) =>
          refused(withMatrix(matrix), "ERR_SHAPE", ...fragments);
        fails(undefined, `${entry.name}: matrix is undefined, expected { rows, columns, data }`);
        fails(5, "matrix is 5");
        fails({ rows: -1, columns: 6, data }, "matrix.rows is -1, expected a count");
        fails({ rows: 1.5, columns: 12, data }, "matrix.rows is 1.5");
        fails({ rows: "3", columns: 6, data }, 'matrix.rows is "3"');
        fails({ rows: 3, columns: 0, data }, "matrix.columns is 0, expected a count of at least 1, the bias column");
        fails({ rows: 3, columns: 7, data }, "matrix.data is a Float32Array of length 18", "3 · 7 = 21");
        fails({ rows: 2, columns: 6, data }, "matrix.data is a Float32Array of length 18", "2 · 6 = 12");
        fails({ rows: 3, columns: 6, data: new Int32Array(18) }, "matrix.data is a Int32Array of length 18");
        fails({ rows: 3, columns: 6, data: Array.from(data) }, "matrix.data is an array of length 18");
        fails(
          { rows: 3, columns: 6, data: detached(new Float32Array(18)) },
          "matrix.data is a Float32Array whose buffer",
        );
        // In 64 bits the product would wrap around to 0.
        fails(
          { rows: 2 ** 32, columns: 2 ** 32, data: new Float32Array(0) },
          "matrix.data is a Float32Array of length 0",
        );
      });

      it("works without inputs and without rows", () => {
        for (const [rows, count] of [
          [3, 0],
          [0, 5],
          [0, 0],
        ]) {
          const call = callOf(entry, "float32", rows, count);
          const biases = call.matrix?.data.slice();
          run(entry, ...argumentsOf(call));
          const out = call.vectors[operands.findIndex(({ isResult }) => isResult)];
          if (entry.name === "gemv") expect(out).toEqual(count === 0 ? biases : new Float32Array(0));
          // −0 is as good a sum of nothing as 0.
          else if (out && rows === 0) expect(Array.from(out, Math.abs)).toEqual(new Array(out.length).fill(0));
        }
      });
    } else {
      const result = operands.length - 1;
      // The others write where they read, or a single value.
      const isElementwise = operands[result].isResult && operands[result].length === "first";

      if (isElementwise) {
        it("works in place", () => {
          const apart = callOf(entry, "float32", 1, 37);
          run(entry, ...argumentsOf(apart));
          const inPlace = callOf(entry, "float32", 1, 37);
          if (entry.name === "addScaled") {
            // out += scale · out
            inPlace.vectors[0] = inPlace.vectors[result];
            apart.vectors[result] = callOf(entry, "float32", 1, 37).vectors[result];
            apart.vectors[0] = apart.vectors[result].slice();
            run(entry, ...argumentsOf(apart));
          } else {
            inPlace.vectors[result] = inPlace.vectors[result - 1];
          }
          run(entry, ...argumentsOf(inPlace));
          expect(inPlace.vectors[result]).toEqual(apart.vectors[result]);
        });
      }

      it("works on nothing", () => {
        const empty = callOf(entry, "float64", 1, 0);
        run(entry, ...argumentsOf(empty));
        const lengths = operands.map(({ length }) => (typeof length === "number" ? length : 0));
        expect(empty.vectors.map(({ length }) => length)).toEqual(lengths);
        if (entry.name === "sumSquares") expect(empty.vectors[result][0]).toBe(0);
      });
    }
  });
});
