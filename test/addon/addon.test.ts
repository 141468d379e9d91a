import { describe, expect, it } from "vitest";
import { KERNEL_LIST } from "../../src/backend/kernel_list.ts";
import type { Values } from "../../src/types.ts";
import { blockFor, expectCode, job, network, wide, wideJob } from "../support/addon_jobs.ts";
import { detached } from "../support/buffers.ts";
import { requireAddon } from "../support/native.ts";

/**
 * What becomes a pointer is checked in C++ too, whatever TypeScript did before. These tests call the binary as no one
 * should, and expect a coded error and untouched memory.
 */
const addon = requireAddon();

describe("the list of kernels", () => {
  it("is the same in C++ and in TypeScript", () => {
    expect(Object.keys(addon.kernels)).toEqual(KERNEL_LIST.map(({ name }) => name));
  });
});

describe("kernel functions", () => {
  const matrix = new Float32Array(6);
  const { gemv, outerProduct, sigmoid: sigmoidKernel } = addon.kernels;

  it.each([
    ["x of the wrong length", [matrix, 2, 3, new Float32Array(3), new Float32Array(2)]],
    ["out of the wrong length", [matrix, 2, 3, new Float32Array(2), new Float32Array(3)]],
    ["x of another type", [matrix, 2, 3, new Float64Array(2), new Float32Array(2)]],
    ["a matrix that is too short", [matrix, 3, 3, new Float32Array(2), new Float32Array(3)]],
    ["no columns", [new Float32Array(0), 2, 0, new Float32Array(0), new Float32Array(2)]],
    ["rows that overflow", [matrix, 2 ** 53 - 1, 3, new Float32Array(2), new Float32Array(2)]],
    ["negative rows", [matrix, -1, 3, new Float32Array(2), new Float32Array(2)]],
    ["a fraction of rows", [matrix, 1.5, 4, new Float32Array(3), new Float32Array(2)]],
    ["no typed array", [[1, 2], 1, 2, new Float32Array(1), new Float32Array(1)]],
    ["integers", [new Int32Array(6), 2, 3, new Int32Array(2), new Int32Array(2)]],
    ["a detached x", [matrix, 2, 3, detached(new Float32Array(2)), new Float32Array(2)]],
    ["nothing", []],
  ])("refuses %s", (_what, values) => {
    expectCode("ERR_SHAPE", () => gemv(0, ...values));
  });

  it.each([
    ["a gradient of another length", "sgdStep", [8, 7, 10]],
    ["too few constants", "sgdStep", [8, 8, 9]],
    ["too many constants", "rmspropStep", [8, 8, 8, 11]],
    ["a state of another length", "momentumStep", [8, 8, 9, 10]],
    ["no state", "nesterovStep", [8, 8, 10]],
    ["a second state of another length", "adamStep", [8, 8, 8, 7, 10]],
    ["no room for a sum", "sumSquares", [8, 0]],
    ["room for two sums", "sumSquares", [8, 2]],
  ])("refuses %s", (_what, name, lengths) => {
    const given = lengths.map((length) => new Float32Array(length));
    expectCode("ERR_SHAPE", () => addon.kernels[name](0, ...given));
    const mixed = [...given.slice(0, -1), new Float64Array(name === "sumSquares" ? 1 : 10)];
    expectCode("ERR_SHAPE", () => addon.kernels[name](0, ...mixed));
  });

  it("refuses scalars that are no numbers and selectors that select nothing", () => {
    const vectors = [new Float32Array(2), new Float32Array(2)];
    expectCode("ERR_OPTION", () => outerProduct(0, matrix, 2, 3, ...vectors, "1"));
    expectCode("ERR_OPTION", () => sigmoidKernel(0, ...vectors));
    expectCode("ERR_BACKEND_UNAVAILABLE", () => sigmoidKernel(99, ...vectors, 1));
    expectCode("ERR_SHAPE", () => sigmoidKernel(-1, ...vectors, 1));
  });
});

describe("network functions", () => {
  it("refuse arenas of another size or type, and those that begin with no model", () => {
    const { arena } = network().state;
    expectCode("ERR_SHAPE", () => addon.forward(0, arena.subarray(0, arena.length - 1)));
    expectCode("ERR_OPTION", () => addon.forward(0, arena.subarray(1)));
    expectCode("ERR_OPTION", () => addon.forward(0, new Float64Array(arena.length)));
    expectCode("ERR_OPTION", () => addon.forward(0, new Float64Array(arena.buffer)));
    expectCode("ERR_OPTION", () => addon.forward(0, new Float32Array(3)));
    expectCode("ERR_OPTION", () => addon.forward(0, new Int32Array(arena.buffer) as never));
    expectCode("ERR_SHAPE", () => addon.forward(0, [] as never));
    expectCode("ERR_SHAPE", () => addon.gradient(0, arena, new Float32Array(1)));
    expectCode("ERR_OPTION", () => addon.step(0, arena, "0.1" as never));
    expectCode("ERR_OPTION", () => addon.forward(0, detached(network().state.arena)));
  });

  it("trust no word of a model", () => {
    const broken: [number, number][] = [
      [0, 99],
      [1, 5],
      [2, 3],
      [2, 0.5],
      [3, 257],
      [3, 1e9],
      [4, 0],
      [4, 2.5],
      [4, NaN],
      [5, 2 ** 40],
      [6, 6],
      [6, 0.5],
      [6, 5],
      [6, -1],
    ];
    for (const [place, value] of broken) {
      const { arena } = network().state;
      new Float64Array(arena.buffer)[place] = value;
      expectCode("ERR_OPTION", () => addon.forward(0, arena));
    }
    expectCode("ERR_OPTION", () => addon.describeLayout(new Float64Array(0)));
    expectCode("ERR_SHAPE", () => addon.bytesToAlignment(new Uint8Array(8) as never));
  });
});

describe("jobs", () => {
  it.each([
    ["inputs that are not whole samples", { inputs: new Float32Array(11) }, "ERR_SHAPE"],
    ["inputs of a type samples do not have", { inputs: new Int16Array(12) }, "ERR_SHAPE"],
    ["targets that do not match", { targets: new Float32Array(7) }, "ERR_SHAPE"],
    ["labels that do not match", { targets: new Uint32Array(3) }, "ERR_SHAPE"],
    ["a short control", { control: new Int32Array(2) }, "ERR_SHAPE"],
    ["lossSums of another type", { lossSums: new Float32Array(1) }, "ERR_SHAPE"],
    ["no lossSums", { lossSums: undefined }, "ERR_SHAPE"],
    ["no room for a sum of losses", { lossSums: new Float64Array(0) }, "ERR_SHAPE"],
    ["more sums of losses than there are epochs", { lossSums: new Float64Array(2) }, "ERR_SHAPE"],
    ["a range behind the end", { from: 5 }, "ERR_SHAPE"],
    ["an arena of another size", { arena: network().state.arena.subarray(0, 99) }, "ERR_SHAPE"],
    ["no arena", { arena: undefined }, "ERR_SHAPE"],
    ["no block", { block: undefined }, "ERR_SHAPE"],
    ["a block of another type", { block: new Float64Array(blockFor(4).length) }, "ERR_SHAPE"],
    ["a block of integers", { block: new Int32Array(blockFor(4).length) }, "ERR_SHAPE"],
    ["a block that is no typed array", { block: new ArrayBuffer(4 * blockFor(4).length) }, "ERR_SHAPE"],
    ["a block without room for a sample", { block: blockFor(1).subarray(1) }, "ERR_SHAPE"],
    ["a block without room for anything", { block: new Float32Array(0) }, "ERR_SHAPE"],
    ["a detached block", { block: detached(blockFor(4)) }, "ERR_SHAPE"],
    ["no threads", { threads: undefined }, "ERR_OPTION"],
    ["0 threads", { threads: 0 }, "ERR_OPTION"],
    ["too many threads", { threads: 1025 }, "ERR_OPTION"],
    ["a fraction of a thread", { threads: 1.5 }, "ERR_SHAPE"],
    ["a negative number of threads", { threads: -1 }, "ERR_SHAPE"],
    ["threads that are no number", { threads: "2" }, "ERR_OPTION"],
    ["threads that are not a number", { threads: NaN }, "ERR_SHAPE"],
  ])("refuse %s", (_what, changes, code) => {
    expectCode(code, () => addon.train(0, job(changes)));
    expectCode(code, () => addon.evaluate(0, job(changes)));
    expectCode(code, () => addon.evaluateSync(0, job(changes)));
  });

  it("refuse what only training or only evaluation needs", () => {
    expectCode("ERR_SHAPE", () => addon.train(0, job({ targets: undefined })));
    expectCode("ERR_OPTION", () => addon.train(0, job({ batchSize: 0 })));
    expectCode("ERR_SHAPE", () => addon.train(0, job({ batchSize: 2, gradient: new Float32Array(1) })));
    expectCode("ERR_SHAPE", () => addon.train(0, job({ order: new Int32Array(4) })));
    const twoEpochs = { learningRates: Float64Array.of(0.1, 0.1), lossSums: new Float64Array(2) };
    expectCode("ERR_SHAPE", () => addon.train(0, job({ ...twoEpochs, order: Uint32Array.of(0, 1, 2) })));
    expectCode("ERR_SHAPE", () => addon.train(0, job({ ...twoEpochs, lossSums: new Float64Array(1) })));
    expectCode("ERR_SHAPE", () => addon.train(0, job({ learningRates: new Float64Array(0) })));
    expectCode("ERR_SHAPE", () =>
      addon.train(0, job({ learningRates: new Float64Array(0), lossSums: new Float64Array(0) })),
    );
    expectCode("ERR_SHAPE", () => addon.train(0, job({ learningRates: Float32Array.of(0.1) })));
    expectCode("ERR_SHAPE", () => addon.train(0, job({ learningRates: 0.1 })));
    expectCode("ERR_SHAPE", () => addon.evaluateSync(0, job({ to: 5 })));
    expectCode("ERR_SHAPE", () => addon.evaluateSync(0, job({ outputs: new Float32Array(7) })));
    expectCode("ERR_OPTION", () => addon.train(0, 5 as never));
  });

  it("do a part of the work at least, whatever time they have", async () => {
    for (const budgetSeconds of [-1e300, -Infinity, Infinity, NaN, 0]) {
      const given = job({ budgetSeconds });
      await addon.train(0, given);
      expect(given.control).toMatchObject({ 1: 4, 2: 0 });
    }
  });

  it("refuse a block too small for online training in blocks; batches and evaluations take any", async () => {
    for (const block of [blockFor(31, wide), blockFor(32, wide).subarray(1)]) {
      expectCode("ERR_SHAPE", () => addon.train(0, wideJob({ block })));
      for (const batchSize of [2, 40]) {
        const gradient = new Float32Array(wide.model.layout.parameterValues);
        const batches = wideJob({ block, batchSize, gradient });
        await addon.train(0, batches);
        expect(batches.control).toMatchObject({ 2: 0 });
      }
      const evaluation = wideJob({ block });
      addon.evaluateSync(0, evaluation);
      expect(Array.from(evaluation.control as Int32Array)).toEqual([0, 50, 0]);
    }
    const online = wideJob();
    await addon.train(0, online);
    expect(Array.from(online.control as Int32Array)).toEqual([0, 50, 0]);
  });

  it("leave what lies behind a block alone", async () => {
    const memory = new Float32Array(blockFor(40, wide).length + 64).fill(7);
    for (const batchSize of [1, 40]) {
      const block = memory.subarray(0, memory.length - 64);
      const gradient = new Float32Array(wide.model.layout.parameterValues);
      block.set(blockFor(40, wide));
      await addon.train(0, wideJob({ block, batchSize, gradient }));
      addon.evaluateSync(0, wideJob({ block }));
      expect(memory.subarray(-64).every((value) => value === 7)).toBe(true);
    }
  });

  it("refuse what they are asked to do before they change anything", () => {
    const given = wideJob({ block: blockFor(32, wide).fill(3), threads: 1025 });
    const before = wide.state.arena.slice();
    expectCode("ERR_OPTION", () => addon.train(0, given));
    expectCode("ERR_OPTION", () => addon.evaluateSync(0, given));
    expect((given.block as Values).every((value) => value === 3)).toBe(true);
    expect(given.outputs).toEqual(new Float32Array(100));
    expect(given.control).toEqual(new Int32Array(3));
    expect(wide.state.arena).toEqual(before);
  });

  it("give back what a getter throws, and take no pointer before the last getter has run", () => {
    const { arena } = network().state;
    const throwing = Object.defineProperty(job(), "outputs", {
      get() {
        throw new TypeError("no outputs");
      },
    });
    expect(() => addon.evaluateSync(0, throwing)).toThrow("no outputs");
    const detaching = Object.defineProperty(job({ arena }), "outputs", {
      get() {
        structuredClone(arena.buffer, { transfer: [arena.buffer as ArrayBuffer] });
        return new Float32Array(8);
      },
    });
    expectCode("ERR_OPTION", () => addon.evaluateSync(0, detaching));
  });

  it("report a sample that is not there, and a label without an output, before touching them", async () => {
    for (const changes of [{ order: Uint32Array.of(0, 4, 0, 0) }, { targets: Uint32Array.of(0, 2, 0, 0) }]) {
      const given = job(changes);
      await addon.train(0, given);
      const [, position, status] = given.control as Int32Array;
      expect([position, status]).toEqual([1, 3]);
    }
  });

  it("report them wherever they stand in a block of samples", async () => {
    const missing = Uint32Array.from({ length: 50 }, (_, i) => i);
    for (const place of [0, 1, 31, 32, 37, 49]) {
      const order = missing.slice();
      order[place] = 2 ** 32 - 1;
      const targets = new Uint32Array(50);
      targets[place] = 2;
      const gradient = new Float32Array(wide.model.layout.parameterValues);
      for (const changes of [{ order }, { targets }]) {
        for (const batchSize of [1, 7, 64]) {
          const given = wideJob({ ...changes, batchSize, gradient });
          await addon.train(0, given);
          const [, position, status] = given.control as Int32Array;
          expect([place, position, status]).toEqual([place, place, 3]);
        }
      }
    }
  });

  it("do so, too, when they begin in the middle of a block", async () => {
    const order = Uint32Array.from({ length: 50 }, (_, i) => i);
    order[5] = 2 ** 32 - 1;
    const given = wideJob({ order, from: 5 });
    await addon.train(0, given);
    const [, position, status] = given.control as Int32Array;
    expect([position, status]).toEqual([5, 3]);
  });
});
