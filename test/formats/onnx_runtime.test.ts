import { describe, expect, it } from "vitest";
import { type DType, Network } from "../../src/index.ts";
import { ELEMENTWISE_ACTIVATIONS, numbersOf, OUTPUT_CHOICES, titleOf } from "../support/choices.ts";
import { expectNear } from "../support/closeness.ts";
import { fc } from "../support/fast_check.ts";
import { FOREIGN_NETWORKS, type ForeignNetwork } from "../support/onnx_graphs.ts";
import { runInOnnxRuntime, runtime } from "../support/onnx_runtime.ts";

/**
 * How far the outputs of two implementations may lie from each other, as a share of the largest. In float32 those of
 * onnxruntime are polynomials for sigmoid, tanh and the exponential that are off by some units in the last place
 * (6e-8 each), and sums go in another order; a few layers make some ten of them. In float64 a unit is 1.1e-16, and its
 * exponentials are those of the C library: 1e-12 leaves as much room for what cancels as 1e-5 does.
 */
const TOLERANCE: Readonly<Record<DType, number>> = { float32: 1e-5, float64: 1e-12 };

const hasOutput = (foreign: ForeignNetwork): foreign is ForeignNetwork & { output: string } =>
  foreign.output !== undefined;

const missing = runtime ? "" : "skipped: onnxruntime-node is not installed; npm run test:onnx installs it";
if (missing) console.log(`What ONNX files do in onnxruntime is ${missing}`);

/** Expects of onnxruntime what the network predicts, for one sample and for many. */
async function expectSame(network: Network, samples: readonly (readonly number[])[]): Promise<void> {
  const model = await network.toBytes("onnx");
  const { dtype, layers } = network;
  for (const some of [samples, samples.slice(0, 1)]) {
    const task = { model, dtype, input: "input", output: "output", values: some.flat() };
    const { data, dims } = await runInOnnxRuntime({ ...task, dimensions: [some.length, layers[0]] });
    expect(dims).toEqual([some.length, layers[layers.length - 1]]);
    expectNear(data, network.predictBatch(some).data, TOLERANCE[dtype], "the outputs of onnxruntime");
  }
}

describe.skipIf(missing)(missing ? `onnxruntime (${missing})` : "onnxruntime", () => {
  describe.each(["float32", "float64"] as const)("in %s", (dtype) => {
    const round = dtype === "float32" ? Math.fround : (value: number) => value;

    it.each(OUTPUT_CHOICES.map((choice) => ({ title: titleOf(choice), choice })))(
      "predicts what a network of every activation does: $title",
      async ({ choice }) => {
        for (const activation of ELEMENTWISE_ACTIVATIONS) {
          const network = new Network([5, 7, 6, 3], { ...choice, activation, dtype, seed: 4 });
          await expectSame(
            network,
            [1, 2, 3].map((seed) => numbersOf(seed, 5).map((value) => round(4 * value))),
          );
        }
      },
    );

    it("predicts what networks of all sizes do, on raw inputs where they are normalized", async () => {
      const choices = fc.record({
        sizes: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 2, maxLength: 6 }),
        slope: fc.double({ min: 0.01, max: 5, noNaN: true }),
        alpha: fc.oneof(fc.constant(0), fc.double({ min: 1e-3, max: 3, noNaN: true })),
        kinds: fc.array(fc.constantFrom("sigmoid", "tanh", "relu", "leakyRelu", "linear"), {
          minLength: 5,
          maxLength: 5,
        }),
        output: fc.constantFrom(...OUTPUT_CHOICES),
        samples: fc.integer({ min: 1, max: 5 }),
        offset: fc.constantFrom(undefined, 0, -3, 1e6),
        seed: fc.nat(),
      });
      const property = fc.asyncProperty(
        choices,
        async ({ sizes, slope, alpha, kinds, output, offset, seed, samples }) => {
          const hidden = sizes.slice(1, -1).map((units, l) => {
            const type = kinds[l] as "tanh";
            const parameter = kinds[l] === "sigmoid" ? { slope } : kinds[l] === "leakyRelu" ? { alpha } : {};
            return { units, activation: { type, ...parameter } };
          });
          const [inputs, outputs] = [sizes[0], sizes[sizes.length - 1]];
          const made = new Network([inputs, ...hidden, outputs], { ...output, dtype, seed });
          const normalization =
            offset === undefined
              ? {}
              : {
                  normalization: {
                    offset: Array(inputs).fill(offset),
                    scale: numbersOf(seed, inputs).map((value) => value || 1),
                  },
                };
          const network = Network.fromJSON({ ...made.toJSON(), ...normalization });
          const rows = Array.from({ length: samples }, (_, s) =>
            numbersOf(s, inputs).map((value) => round((offset ?? 0) + value)),
          );
          await expectSame(network, rows);
        },
      );
      await fc.assert(property, { seed: 7, numRuns: 60 });
    });
  });

  it.each(FOREIGN_NETWORKS.filter(hasOutput))(
    "predicts what the network read from a graph of others does: $title",
    async (foreign) => {
      const { bytes, dtype, input, output, shape, outputOf = (value: number) => [value] } = foreign;
      const network = await Network.load(bytes, { format: "onnx" });
      const round = dtype === "float32" ? Math.fround : (value: number) => value;
      const samples = Array.from({ length: 7 }, (_, s) =>
        numbersOf(s, network.layers[0]).map((value) => round(3 * value)),
      );
      const task = {
        model: bytes,
        dtype,
        input,
        output,
        values: samples.flat(),
        dimensions: [samples.length, ...shape],
      };
      const { data } = await runInOnnxRuntime(task);
      const predicted = Array.from(network.predictBatch(samples).data, outputOf).flat();
      expectNear(data, predicted, TOLERANCE[dtype], "the outputs of onnxruntime");
    },
  );
});
