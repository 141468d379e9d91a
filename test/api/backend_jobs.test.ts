import { describe, expect, it } from "vitest";
import { blockCapacity, blockOffset } from "../../src/layout.ts";
import type { Model } from "../../src/model.ts";
import { Random } from "../../src/random.ts";
import { type NetworkState, weightViews } from "../../src/state.ts";
import type { Values } from "../../src/types.ts";
import { backend, prepared } from "../support/jobs.ts";
import { runJob, wholeJob } from "../support/whole_jobs.ts";

/** Rows and vectors are padded to whole 64-byte vectors: 16 lanes in float32 and 8 in float64. Shapes around that. */
const SHAPES = [
  [1, 1],
  [7, 8, 9],
  [8, 7, 1],
  [15, 16, 17],
  [16, 15, 14],
  [17, 33, 31, 32],
  [3, 1, 3],
];
/** Online training in blocks, panels of 128 units, and rows that would be whole pages apart. */
const LARGE_SHAPES = [
  [40, 33, 5],
  [33, 40],
  [32, 48, 32, 3],
  [5, 300, 140, 3],
  [3, 511, 2],
];

/** Trains and evaluates over some samples. */
async function trainAndEvaluate(
  model: Model,
  state: NetworkState,
  batchSize: number,
  samples = 3,
  learningRate = 0.1,
): Promise<void> {
  const { layers } = model.layout;
  const outputs = layers[layers.length - 1].units;
  const random = new Random(2);
  const draw = (length: number) => Float64Array.from({ length }, () => random.uniform());
  const job = wholeJob(backend, {
    model,
    state,
    samples: {
      inputs: draw(samples * layers[0].inputs),
      inputScale: 0.5,
      targets: draw(samples * outputs),
      labels: undefined,
    },
    budgetSeconds: 0,
    order: Uint32Array.from({ length: samples }, (_, i) => (i + 2) % samples),
    batchSize,
    learningRates: Float64Array.of(learningRate),
  });
  await runJob(backend, job);
  expectCleanBlock(model, job.block);
  if (job.gradient) expectCleanGradient(model, job.gradient);
  const values = backend.allocate(model.dtype, samples * outputs);
  await backend.evaluate({ ...job, from: 0, to: samples, outputs: values });
  backend.evaluateSync({ ...job, from: 0, to: samples, outputs: values });
  expectCleanBlock(model, job.block);
}

/** In a block of samples, too: the 1 of the bias behind every x̂, and zeros behind that and behind every other vector. */
function expectCleanBlock({ layout }: Model, block: Values): void {
  const capacity = blockCapacity(layout, block.length);
  const expectClean = (offset: number, stride: number, count: number, what: string, bias: boolean) => {
    for (let s = 0; s < capacity; s++) {
      const begin = blockOffset(offset, capacity) + s * stride;
      if (bias && block[begin + count] !== 1) expect.fail(`the 1 of ${what}, sample ${s}, is ${block[begin + count]}`);
      expectZeros(block.subarray(begin + count + (bias ? 1 : 0), begin + stride), `${what}, sample ${s}`);
    }
  };
  layout.layers.forEach(({ inputs, units, stride, input, output, outputStride, psi }, l) => {
    expectClean(input, stride, inputs, `x ${l}`, true);
    expectClean(output, outputStride, units, `x ${l + 1}`, true);
    expectClean(psi, outputStride, units, `psi of layer ${l}`, false);
  });
  const { units, outputStride } = layout.layers[layout.layers.length - 1];
  expectClean(layout.logits, outputStride, units, "logits", false);
  expectClean(layout.target, outputStride, units, "target", false);
}

function expectZeros(values: Values | Uint8Array, what: string): void {
  const wrong = values.findIndex((value) => value !== 0);
  if (wrong >= 0) expect.fail(`${what}: value ${wrong} of the padding is ${values[wrong]}`);
}

function expectZerosBehindRows(matrix: Values, { layout }: Model, l: number, what: string): void {
  const { units, inputs, stride } = layout.layers[l];
  for (let row = 0; row < units; row++) {
    expectZeros(matrix.subarray(row * stride + inputs + 1, (row + 1) * stride), `${what}, layer ${l}, row ${row}`);
  }
}

function expectCleanGradient(model: Model, gradient: Values): void {
  weightViews(model.layout, gradient).forEach((matrix, l) => {
    expectZerosBehindRows(matrix, model, l, "gradient");
  });
}

/** Zeros behind every row and vector, the 1 of the bias behind every x̂, and the model in front as it was. */
function expectCleanPadding(model: Model, state: NetworkState): void {
  const { layers } = model.layout;
  const { buffer, byteOffset } = state.arena;
  expect(new Float64Array(buffer, byteOffset, model.encoded.length)).toEqual(model.encoded);
  const headerBytes = state.parameters.byteOffset - byteOffset;
  const encodedBytes = model.encoded.byteLength;
  expectZeros(new Uint8Array(buffer, byteOffset + encodedBytes, headerBytes - encodedBytes), "the model");
  state.weights.forEach((matrix, l) => {
    expectZerosBehindRows(matrix, model, l, "weights");
  });
  state.activations.forEach((x, l) => {
    const count = l === 0 ? layers[0].inputs : layers[l - 1].units;
    expect(x[count], `the 1 of x ${l}`).toBe(1);
    expectZeros(x.subarray(count + 1), `x ${l}`);
  });
  state.psi.forEach((psi, l) => {
    expectZeros(psi.subarray(layers[l].units), `psi of layer ${l}`);
  });
  const { units: outputs } = layers[layers.length - 1];
  expectZeros(state.target.subarray(outputs), "target");
  expectZeros(state.logits.subarray(outputs), "logits");
}

describe.each(["float32", "float64"] as const)("the padding of a %s network", (dtype) => {
  describe.each(["fast", "reproducible"] as const)("in %s arithmetic", (arithmetic) => {
    it.each(SHAPES.map((sizes) => [sizes.join("-"), sizes] as const))("of %s stays zero", async (_, sizes) => {
      for (const output of ["linear", "sigmoid", "softmax"] as const) {
        const { model, state } = prepared(sizes, dtype, arithmetic, output);
        expectCleanPadding(model, state);
        backend.forward(model, state);
        expectCleanPadding(model, state);
        const gradient = backend.allocate(dtype, model.layout.parameterValues).fill(7);
        backend.gradient(model, state, gradient);
        expectCleanPadding(model, state);
        expectCleanGradient(model, gradient);
        backend.step(model, state, 0.1);
        expectCleanPadding(model, state);
        for (const batchSize of [1, 2]) {
          await trainAndEvaluate(model, state, batchSize);
          expectCleanPadding(model, state);
        }
      }
    });

    it.each(LARGE_SHAPES.map((sizes) => [sizes.join("-"), sizes] as const))(
      "of %s stays zero, and that of a block",
      async (_, sizes) => {
        for (const output of ["linear", "softmax"] as const) {
          const { model, state } = prepared(sizes, dtype, arithmetic, output);
          backend.step(model, state, 0.1);
          expectCleanPadding(model, state);
          for (const batchSize of [1, 5, 40]) {
            await trainAndEvaluate(model, state, batchSize, 37, 0.001);
            expectCleanPadding(model, state);
          }
        }
      },
    );
  });
});

describe("the padding of a network", () => {
  it.each(["float32", "float64"] as const)("stays zero where a step overflows, in %s", async (dtype) => {
    for (const arithmetic of ["fast", "reproducible"] as const) {
      const { model, state } = prepared([15, 16, 17, 3], dtype, arithmetic, "linear");
      backend.step(model, state, Number.MAX_VALUE);
      expect(state.parameters.every(Number.isFinite)).toBe(false);
      expectCleanPadding(model, state);
      backend.gradient(model, state, backend.allocate(dtype, model.layout.parameterValues));
      expectCleanPadding(model, state);
    }
  });

  it.each(["float32", "float64"] as const)("stays zero where a training overflows, in %s", async (dtype) => {
    for (const arithmetic of ["fast", "reproducible"] as const) {
      for (const batchSize of [1, 7, 40]) {
        const { model, state } = prepared([40, 33, 5], dtype, arithmetic, "linear");
        await trainAndEvaluate(model, state, batchSize, 70, dtype === "float32" ? 1e38 : Number.MAX_VALUE);
        expectCleanPadding(model, state);
      }
    }
  });
});
