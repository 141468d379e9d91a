import { describe, expect, it } from "vitest";
import { backendOf } from "../../src/backend/select.ts";
import { POSITION, STOP, type TrainingJob } from "../../src/backend/types.ts";
import type { DType } from "../../src/index.ts";
import { initializeWeights } from "../../src/initialize.ts";
import { createModel, type Model, type ResolvedActivation } from "../../src/model.ts";
import { Random } from "../../src/random.ts";
import { createState, type NetworkState, weightViews } from "../../src/state.ts";
import type { Values } from "../../src/types.ts";

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

type OutputKind = "linear" | "sigmoid" | "softmax";

const backend = backendOf("auto");

function resolved(kind: ResolvedActivation["kind"]): ResolvedActivation {
  return { kind, parameter: kind === "leakyRelu" ? 0.1 : 1, derivativeParameter: kind === "leakyRelu" ? 0.1 : 1 };
}

/** A network with weights, an input and a target in its arenas. */
function prepared(sizes: readonly number[], dtype: DType, arithmetic: Model["arithmetic"], output: OutputKind) {
  const hidden = (["tanh", "sigmoid", "leakyRelu", "relu"] as const).map(resolved);
  const count = sizes.length - 1;
  const activations = Array.from({ length: count }, (_, l) => (l === count - 1 ? resolved(output) : hidden[l]));
  const loss = output === "softmax" ? "categoricalCrossEntropy" : "squaredError";
  const model = createModel(sizes, activations, { dtype, arithmetic, loss });
  const state = createState(model, (type, length) => backend.allocate(type, length));
  const random = new Random(1);
  const initializer = { type: "uniform", min: -1, max: 1 } as const;
  initializeWeights(
    model.layout,
    state,
    activations.map(() => initializer),
    random,
  );
  for (let j = 0; j < sizes[0]; j++) state.activations[0][j] = random.normal();
  for (let j = 0; j < sizes[count]; j++) state.target[j] = random.uniform();
  return { model, state };
}

/** Trains and evaluates over three samples. */
async function runJob(model: Model, state: NetworkState, batchSize: number): Promise<void> {
  const { layers } = model.layout;
  const outputs = layers[layers.length - 1].units;
  const random = new Random(2);
  const draw = (length: number) => Float64Array.from({ length }, () => random.uniform());
  const gradient = backend.allocate(model.dtype, model.layout.parameterValues);
  const job: Omit<TrainingJob, "from"> = {
    model,
    state,
    samples: { inputs: draw(3 * layers[0].inputs), inputScale: 0.5, targets: draw(3 * outputs), labels: undefined },
    control: new Int32Array(3),
    lossSum: new Float64Array(1),
    budgetSeconds: 0,
    order: Uint32Array.of(2, 0, 1),
    batchSize,
    learningRate: 0.1,
    gradient: batchSize > 1 ? gradient : undefined,
  };
  for (let from = 0; from < 3; from = job.control[POSITION]) await backend.train({ ...job, from });
  weightViews(model.layout, gradient).forEach((matrix, l) => {
    expectZerosBehindRows(matrix, model, l, "gradient");
  });
  const values = backend.allocate(model.dtype, 3 * outputs);
  await backend.evaluate({ ...job, from: 0, to: 3, outputs: values });
  backend.evaluateSync({ ...job, from: 0, to: 3, outputs: values });
}

function expectZeros(values: Values | Uint8Array, what: string): void {
  for (let i = 0; i < values.length; i++) expect(Math.abs(values[i]), `${what}: value ${i} of the padding`).toBe(0);
}

function expectZerosBehindRows(matrix: Values, { layout }: Model, l: number, what: string): void {
  const { units, inputs, stride } = layout.layers[l];
  for (let row = 0; row < units; row++) {
    expectZeros(matrix.subarray(row * stride + inputs + 1, (row + 1) * stride), `${what}, layer ${l}, row ${row}`);
  }
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
  const outputs = layers[layers.length - 1].units;
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
        weightViews(model.layout, gradient).forEach((matrix, l) => {
          expectZerosBehindRows(matrix, model, l, "gradient");
        });
        backend.step(model, state, 0.1);
        expectCleanPadding(model, state);
        for (const batchSize of [1, 2]) {
          await runJob(model, state, batchSize);
          expectCleanPadding(model, state);
        }
      }
    });
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
});

describe("chunks", () => {
  it.each([1, 7])("leave no trace: as many as there can be or a single one, in batches of %i", async (batchSize) => {
    const outcomes = [];
    for (const budgetSeconds of [0, 1e6]) {
      const { model, state } = prepared([33, 17, 5], "float32", "fast", "softmax");
      const random = new Random(3);
      const control = new Int32Array(3);
      const lossSum = new Float64Array(1);
      const job: Omit<TrainingJob, "from"> = {
        model,
        state,
        samples: {
          inputs: Float32Array.from({ length: 2000 * 33 }, () => random.uniform()),
          inputScale: 1,
          targets: undefined,
          labels: Uint32Array.from({ length: 2000 }, () => random.below(5)),
        },
        control,
        lossSum,
        budgetSeconds,
        order: Uint32Array.from({ length: 2000 }, (_, i) => i),
        batchSize,
        learningRate: 0.05,
        gradient: batchSize > 1 ? backend.allocate("float32", model.layout.parameterValues) : undefined,
      };
      let chunks = 0;
      for (let from = 0; from < 2000; from = control[POSITION], chunks++) await backend.train({ ...job, from });
      if (budgetSeconds === 0) expect(chunks).toBeGreaterThan(1);
      else expect(chunks).toBe(1);
      outcomes.push({ loss: lossSum[0], parameters: state.parameters.slice() });
    }
    expect(outcomes[0]).toEqual(outcomes[1]);
  });

  it("end early when they are told to stop", async () => {
    const { model, state } = prepared([33, 17, 5], "float32", "fast", "linear");
    const control = new Int32Array(3);
    control[STOP] = 1;
    await backend.train({
      model,
      state,
      samples: {
        inputs: new Float32Array(2000 * 33),
        inputScale: 1,
        targets: new Float32Array(2000 * 5),
        labels: undefined,
      },
      control,
      lossSum: new Float64Array(1),
      budgetSeconds: 1e6,
      order: new Uint32Array(2000),
      from: 0,
      batchSize: 1,
      learningRate: 0.05,
      gradient: undefined,
    });
    expect(control[POSITION]).toBeGreaterThan(0);
    expect(control[POSITION]).toBeLessThan(2000);
  });
});
