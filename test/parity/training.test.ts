import { describe, expect, it } from "vitest";
import type { Backend } from "../../src/backend/types.ts";
import { typescriptBackend } from "../../src/backend/typescript/index.ts";
import { Dataset } from "../../src/dataset.ts";
import { initializeWeights } from "../../src/initialize.ts";
import { createModel } from "../../src/model.ts";
import { resolveNetworkOptions } from "../../src/options.ts";
import { Random } from "../../src/random.ts";
import { createState } from "../../src/state.ts";
import { runFit } from "../../src/training/fit.ts";
import { fitDataOf } from "../../src/training/fit_data.ts";
import { resolveFitOptions } from "../../src/training/fit_options.ts";
import type { Activation, Arithmetic, DType, LayerSpec, Loss, NetworkOptions, Values } from "../../src/types.ts";
import { expectSameBits } from "../support/bits.ts";
import { fc } from "../support/fast_check.ts";
import { everyNativeBackend, fusingBackends } from "../support/native.ts";

interface Training {
  readonly layers: readonly LayerSpec[];
  readonly dtype: DType;
  readonly activation: Activation;
  readonly outputActivation: Activation;
  readonly loss: Loss;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly bytes: boolean;
  readonly samples: number;
  readonly epochs: number;
  readonly threads: number;
}

/** Trains, and gives the weights and the losses of the epochs. */
async function train(training: Training, arithmetic: Arithmetic, backend: Backend): Promise<Values[]> {
  const { layers, dtype, activation, outputActivation, loss } = training;
  const resolved = resolveNetworkOptions(layers, { dtype, arithmetic, activation, outputActivation, loss, seed: 5 });
  const sizes = [resolved.inputs, ...resolved.layers.map(({ units }) => units)];
  const model = createModel(
    sizes,
    resolved.layers.map((layer) => layer.activation),
    resolved,
  );
  const state = createState(model, (type, length) => backend.allocate(type, length));
  const initializers = resolved.layers.map(({ initializer }) => initializer);
  initializeWeights(model.layout, state, initializers, new Random(5));
  const data = dataFor(training, sizes);
  const options = resolveFitOptions(
    { epochs: training.epochs, batchSize: training.batchSize, learningRate: training.learningRate, validation: data },
    { seed: 9, threads: training.threads, hiddenLayers: layers.length - 2 },
  );
  const published = state.parameters;
  const publish = (parameters: Values) => published.set(parameters);
  const fitData = fitDataOf(data, model, undefined, options);
  const { epochs } = await runFit({ model, backend, published, publish }, fitData, options);
  const losses = epochs.flatMap((epoch) => [epoch.loss, epoch.validation?.loss ?? Number.NaN]);
  return [state.parameters, Float64Array.from(losses)];
}

function dataFor({ loss, bytes, samples }: Training, sizes: readonly number[]): Dataset {
  const random = new Random(77);
  const [inputSize, targetSize] = [sizes[0], sizes[sizes.length - 1]];
  const inputs = bytes
    ? Uint8Array.from({ length: samples * inputSize }, () => random.below(256))
    : Float64Array.from({ length: samples * inputSize }, () => random.normal());
  if (loss === "categoricalCrossEntropy" && targetSize > 1) {
    const labels = Array.from({ length: samples }, () => random.below(targetSize));
    return Dataset.from({ inputs, labels, classes: targetSize, inputScale: bytes ? 1 / 255 : 1 });
  }
  const targets = Float64Array.from({ length: samples * targetSize }, () => random.uniform());
  return Dataset.from({ inputs, targets, size: samples, inputScale: bytes ? 1 / 255 : 1 });
}

async function expectParity(training: Training): Promise<void> {
  const [weights, losses] = await train(training, "reproducible", typescriptBackend);
  expect(losses.every(Number.isFinite)).toBe(true);
  for (const backend of everyNativeBackend()) {
    const [nativeWeights, nativeLosses] = await train(training, "reproducible", backend);
    expectSameBits(nativeWeights, weights, `weights on ${backend.isa}`);
    expectSameBits(nativeLosses, losses, `losses on ${backend.isa}`);
  }
  const [first, ...others] = fusingBackends();
  const [fastWeights, fastLosses] = await train(training, "fast", first);
  for (const backend of others) {
    const [otherWeights, otherLosses] = await train(training, "fast", backend);
    expectSameBits(otherWeights, fastWeights, `fast weights on ${backend.isa} against ${first.isa}`);
    expectSameBits(otherLosses, fastLosses, `fast losses on ${backend.isa} against ${first.isa}`);
  }
}

const HEADS: readonly (readonly [Activation, Loss])[] = [
  ["sigmoid", "squaredError"],
  [{ type: "sigmoid", slope: 0.7, derivative: "unscaled" }, "squaredError"],
  ["tanh", "squaredError"],
  ["relu", "squaredError"],
  ["leakyRelu", "squaredError"],
  ["linear", "squaredError"],
  ["softmax", "squaredError"],
  [{ type: "sigmoid", slope: 1.5 }, "binaryCrossEntropy"],
  ["softmax", "categoricalCrossEntropy"],
];
const HIDDEN: readonly Activation[] = [
  "sigmoid",
  { type: "sigmoid", slope: 0.3, derivative: "unscaled" },
  "tanh",
  "relu",
  { type: "leakyRelu", alpha: 0.2 },
  "linear",
];

describe.each(["float32", "float64"] as const)("whole trainings, %s: the same bits on every backend", (dtype) => {
  const base = {
    dtype,
    batchSize: 1,
    learningRate: 0.05,
    bytes: false,
    samples: 40,
    epochs: 5,
    threads: 1,
  } as const;

  it.each(HEADS)("output %j with %s", async (outputActivation, loss) => {
    await expectParity({ ...base, layers: [7, 9, 4], activation: "tanh", outputActivation, loss });
  });

  it.each(HIDDEN.map((activation) => [activation] as const))("hidden %j, five layers", async (activation) => {
    const layers = [5, 17, 16, 15, 8, 3];
    await expectParity({
      ...base,
      layers,
      activation,
      outputActivation: "linear",
      loss: "squaredError",
      learningRate: 0.01,
    });
  });

  it.each([2, 7, 40, 64])("batches of %d", async (batchSize) => {
    const layers = [30, 33, 5];
    await expectParity({
      ...base,
      layers,
      activation: "sigmoid",
      outputActivation: "sigmoid",
      loss: "squaredError",
      batchSize,
    });
  });

  it("bytes as inputs", async () => {
    const layers = [100, 20, 10];
    const head = { outputActivation: "softmax", loss: "categoricalCrossEntropy" } as const;
    await expectParity({ ...base, layers, activation: "sigmoid", ...head, bytes: true });
  });

  it("random architectures", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 2, maxLength: 5 }),
        fc.constantFrom(...HIDDEN),
        fc.constantFrom(...HEADS),
        fc.integer({ min: 1, max: 9 }),
        fc.boolean(),
        async (layers, activation, [outputActivation, loss], batchSize, bytes) => {
          await expectParity({
            ...base,
            layers,
            activation,
            outputActivation,
            loss,
            batchSize,
            bytes,
            learningRate: 0.002,
          });
        },
      ),
      { numRuns: 15, seed: 3 },
    );
  });
});

/** Shapes around those that online training takes in blocks of 32, and with more units than a panel has. */
const BLOCK_SHAPES: readonly (readonly number[])[] = [
  [40, 33, 5],
  [33, 40],
  [32, 32, 3],
  [31, 32, 3],
  [32, 31, 3],
  [5, 300, 140, 3],
  [70, 129, 257, 2],
];
const BLOCK_HEADS: readonly (readonly [Activation, Loss])[] = [
  ["sigmoid", "squaredError"],
  ["softmax", "categoricalCrossEntropy"],
];

describe.each(["float32", "float64"] as const)("trainings in blocks, %s: the same bits on every backend", (dtype) => {
  const base = { dtype, activation: "tanh", learningRate: 0.02, bytes: false, epochs: 2, threads: 2 } as const;

  describe.each(BLOCK_SHAPES.map((layers) => [layers] as const))("%j", (layers) => {
    it.each(BLOCK_HEADS)("online, output %j with %s", async (outputActivation, loss) => {
      await expectParity({ ...base, layers, outputActivation, loss, batchSize: 1, samples: 71 });
    });

    it.each(BLOCK_HEADS)("in batches, output %j with %s", async (outputActivation, loss) => {
      // One that fills a block of 128, one beyond it, and last batches that are shorter.
      for (const batchSize of [7, 32, 200]) {
        await expectParity({ ...base, layers, outputActivation, loss, batchSize, samples: 211, epochs: 1 });
      }
    });
  });

  it("of random shapes", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 150 }), { minLength: 2, maxLength: 4 }),
        fc.constantFrom(...HIDDEN),
        fc.constantFrom(...HEADS),
        fc.constantFrom(1, 1, 3, 31, 130, 200),
        fc.integer({ min: 1, max: 140 }),
        fc.boolean(),
        async (layers, activation, [outputActivation, loss], batchSize, samples, bytes) => {
          const choices = { layers, activation, outputActivation, loss, batchSize, samples, bytes };
          await expectParity({ ...base, ...choices, learningRate: 0.0005, epochs: 1 });
        },
      ),
      { numRuns: 20, seed: 6 },
    );
  });
});

describe("an overflow", () => {
  it.each(["float32", "float64"] as const)(
    "ends the same way on every backend, %s, and stays out of the padding",
    (dtype) => {
      const huge = dtype === "float32" ? 3e38 : 1e308;
      const options = { dtype, arithmetic: "reproducible", outputActivation: "linear", initializer: "zeros" } as const;
      const { model, state } = overflowed(typescriptBackend, options, huge);
      for (const backend of everyNativeBackend()) {
        const native = overflowed(backend, options, huge);
        expectSameBits(native.state.parameters, state.parameters, `weights on ${backend.isa}`);
        const { inputs, units, stride } = model.layout.layers[0];
        for (let row = 0; row < units; row++) {
          const padding = native.state.weights[0].subarray(row * stride + inputs + 1, (row + 1) * stride);
          expect(padding.every((value) => value === 0)).toBe(true);
        }
      }
    },
  );
});

/** Two steps with a learning rate that makes the first overflow. */
function overflowed(backend: Backend, options: NetworkOptions, learningRate: number) {
  const resolved = resolveNetworkOptions([2, 1], options);
  const model = createModel([2, 1], [resolved.layers[0].activation], resolved);
  const state = createState(model, (type, length) => backend.allocate(type, length));
  state.activations[0].set([1, 1]);
  state.target[0] = 20;
  backend.step(model, state, learningRate);
  backend.step(model, state, learningRate);
  return { model, state };
}
