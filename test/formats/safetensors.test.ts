import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type LoadOptions, Network } from "../../src/index.ts";
import { expectSameBits } from "../support/bits.ts";
import { numbersOf } from "../support/choices.ts";
import { expectRejected } from "../support/errors.ts";
import { fc } from "../support/fast_check.ts";
import { temporaryFolder } from "../support/folder.ts";
import { savedNetworks } from "../support/saved_networks.ts";
import { type PlainTensor, readTensorFile, writeTensorFile } from "../support/tensor_file.ts";

const folder = temporaryFolder();
const CHOICES = { activation: "relu", outputActivation: "linear" } as const;

const load = (bytes: Uint8Array, options: LoadOptions = {}) =>
  Network.load(bytes, { format: "safetensors", ...options });

/** A tensor of float32 with the numbers 1, 2, 3 … */
function counted(...shape: readonly number[]): PlainTensor {
  const length = shape.reduce((product, size) => product * size, 1);
  return { dtype: "F32", shape, values: Array.from({ length }, (_, i) => i + 1) };
}

/** Weights and biases for layers of these sizes, under such names. */
function layersOf(sizes: readonly number[], nameOf: (l: number) => string): Record<string, PlainTensor> {
  const entries = sizes
    .slice(1)
    .flatMap((units, l) => [
      [`${nameOf(l)}.bias`, counted(units)] as const,
      [`${nameOf(l)}.weight`, counted(units, sizes[l])] as const,
    ]);
  return Object.fromEntries(entries);
}

describe("a network in safetensors", () => {
  it("comes back with everything, and predicts the same bits", async () => {
    await fc.assert(
      fc.asyncProperty(savedNetworks, async (saved) => {
        const network = Network.fromJSON(saved);
        const restored = await load(await network.toBytes("safetensors"));
        expect(restored.toJSON()).toEqual(saved);
        const input = numbersOf(1, saved.inputs);
        expectSameBits(restored.predict(input), network.predict(input), "output");
      }),
      { seed: 6, numRuns: 150 },
    );
  });

  it("is laid out as the format wants it and as PyTorch names it", async () => {
    const property = fc.asyncProperty(savedNetworks, async (saved) => {
      const bytes = await Network.fromJSON(saved).toBytes("safetensors");
      const { metadata, entries, start, values } = readTensorFile(bytes);
      expect(start % 8).toBe(0);
      expect(metadata.format).toBe("pt");
      expect(Object.values(metadata).every((value) => typeof value === "string")).toBe(true);
      let place = 0;
      const sizes = [saved.inputs, ...saved.layers.map(({ units }) => units)];
      const dtype = saved.dtype === "float64" ? "F64" : "F32";
      for (const [l, { units, weights }] of saved.layers.entries()) {
        for (const [name, shape] of [
          [`layers.${l}.weight`, [units, sizes[l]]],
          [`layers.${l}.bias`, [units]],
        ] as const) {
          const end = place + shape.reduce((product, size) => product * size, dtype === "F64" ? 8 : 4);
          expect(entries[name]).toEqual({ dtype, shape, data_offsets: [place, end] });
          place = end;
        }
        expect(values(`layers.${l}.weight`)).toEqual(weights.flatMap((row) => row.slice(0, -1)));
        expect(values(`layers.${l}.bias`)).toEqual(weights.map((row) => row[row.length - 1]));
      }
      expect(Object.keys(entries).length).toBe(2 * saved.layers.length);
      expect(start + place).toBe(bytes.length);
    });
    await fc.assert(property, { seed: 7, numRuns: 60 });
  });

  it("is the same in a file", async () => {
    const network = new Network([3, 4, 2], { seed: 1 });
    const path = join(folder, "model.safetensors");
    await network.save(path);
    expect(new Uint8Array(await readFile(path))).toEqual(await network.toBytes("safetensors"));
    expect((await Network.load(path)).toJSON()).toEqual(network.toJSON());
    await writeFile(path, "damaged");
    await expectRejected(Network.load(path), "ERR_FORMAT", path);
  });

  it("is refused where its tensors are not those that it speaks of", async () => {
    const bytes = await new Network([2, 3, 1], { seed: 1 }).toBytes("safetensors");
    const { metadata } = readTensorFile(bytes);
    const own = (l: number) => `layers.${l}`;
    const refused = (tensors: Record<string, PlainTensor>, ...fragments: string[]) =>
      expectRejected(load(writeTensorFile(tensors, metadata)), "ERR_FORMAT", ...fragments);
    await refused(layersOf([2, 3], own), '"layers.1.weight"');
    await refused(layersOf([2, 3, 1, 1], own), '"layers.2.bias" of shape (1)');
    await refused(
      layersOf([3, 2, 1], own),
      '"layers.0.weight" of shape (2, 3)',
      '"layers.0.weight" of shape (3, 2) in F32',
    );
    const double = { ...layersOf([2, 3, 1], own), "layers.1.bias": { dtype: "F64", shape: [1], values: [1] } as const };
    await refused(double, "in F64", "in F32");
    const damaged = writeTensorFile(layersOf([2, 3, 1], own), { downhill: '{"format":"downhill","version":2}' });
    await expectRejected(load(damaged), "ERR_FORMAT", "network.inputs");
    await expectRejected(load(writeTensorFile({}, { downhill: "{" })), "ERR_FORMAT");
    await expectRejected(load(writeTensorFile({}, { downhill: "null" })), "ERR_FORMAT", "network is null");
  });
});

describe("choices for a file", () => {
  it("may say again what the file says", async () => {
    const options = {
      activation: "tanh",
      outputActivation: "softmax",
      loss: "categoricalCrossEntropy",
      seed: 4,
    } as const;
    const network = new Network([2, 3, 2], options);
    for (const format of ["safetensors", "json"] as const) {
      const again = { ...options, format, dtype: "float32", arithmetic: "fast", activation: { type: "tanh" } } as const;
      expect((await Network.load(await network.toBytes(format), again)).toJSON()).toEqual(network.toJSON());
    }
  });

  it.each([
    [{ activation: "relu" }, 'options.activation is "relu", but the file says "tanh" for layer 0'],
    [{ outputActivation: { type: "leakyRelu", alpha: 0.2 } }, 'says {"type":"leakyRelu","alpha":0.1} for layer 1'],
    [{ loss: "binaryCrossEntropy" }, 'but the file says "squaredError"'],
    [{ dtype: "float64" }, 'options.dtype is "float64", but the file says "float32"'],
    [{ arithmetic: "reproducible" }, "options.arithmetic"],
    [{ seed: 5 }, "options.seed is 5, but the file says 4"],
    [{ activation: "softmax" }, "options.activation"],
    [{ activation: "tangent" }, 'options.activation is "tangent"'],
  ] as const)("are refused when they contradict it: %j", async (choices, message) => {
    const network = new Network([2, 3, 2], {
      activation: "tanh",
      outputActivation: { type: "leakyRelu", alpha: 0.1 },
      seed: 4,
    });
    for (const format of ["safetensors", "json"] as const) {
      const loading = Network.load(await network.toBytes(format), { format, ...(choices as object) });
      await expectRejected(loading, "ERR_OPTION", message);
    }
  });

  it("have to say what it does not say", async () => {
    const deep = writeTensorFile(layersOf([2, 3, 1], (l) => `${l}`));
    await expectRejected(load(deep), "ERR_OPTION", "options.activation is undefined", "the file does not say");
    await expectRejected(load(deep, { activation: "relu" }), "ERR_OPTION", "options.outputActivation is undefined");
    await expectRejected(load(deep, { ...CHOICES, loss: "categoricalCrossEntropy" }), "ERR_OPTION", "softmax");
    await expectRejected(load(deep, { ...CHOICES, dtype: "int8" as never }), "ERR_OPTION", "dtype");
    const flat = writeTensorFile({ weight: counted(2, 3) });
    const choices = { outputActivation: "sigmoid", loss: "binaryCrossEntropy", arithmetic: "reproducible" } as const;
    const network = await load(flat, { ...choices, seed: 9, backend: "typescript" });
    expect(network).toMatchObject({ layers: [3, 2], seed: 9, arithmetic: "reproducible", backend: "typescript" });
    expect(network.toJSON()).toMatchObject({ loss: "binaryCrossEntropy", dtype: "float32" });
    expect(network.weights(0).data).toEqual(Float32Array.of(1, 2, 3, 0, 4, 5, 6, 0));
  });
});

describe("a file of others", () => {
  const NAMES: readonly [string, (l: number) => string][] = [
    ["layers.N", (l) => `layers.${l}`],
    ["a Sequential", (l) => `${2 * l}`],
    ["a Sequential of more than ten modules", (l) => `net.${8 + 2 * l}`],
    ["fcN", (l) => `fc${l + 1}`],
    ["a prefix with numbers of its own", (l) => `model.3.mlp.blocks.${l}.linear`],
  ];

  it.each(NAMES)("is read with the names of %s", async (_, nameOf) => {
    const sizes = [3, 4, 4, 4, 2];
    const network = await load(writeTensorFile(layersOf(sizes, nameOf)), CHOICES);
    expect(network.layers).toEqual(sizes);
    for (let l = 0; l < 4; l++) {
      const { rows, columns, data } = network.weights(l);
      expect([rows, columns]).toEqual([sizes[l + 1], sizes[l] + 1]);
      for (let i = 0, weight = 1; i < data.length; i++) {
        if (i % columns === columns - 1) expect(data[i]).toBe(Math.floor(i / columns) + 1);
        else expect(data[i]).toBe(weight++);
      }
    }
    expect(network.toJSON().layers.map(({ activation }) => activation)).toEqual(["relu", "relu", "relu", "linear"]);
  });

  it("is computed as it says, output = activation(weight · input + bias)", async () => {
    const bytes = writeTensorFile({
      "out.weight": { dtype: "F64", shape: [1, 2], values: [0.5, -2] },
      "hidden.weight": { dtype: "F64", shape: [2, 3], values: [1, 2, 3, -1, 0, 1] },
      "hidden.bias": { dtype: "F64", shape: [2], values: [-10, 0.25] },
    });
    const network = await load(bytes, CHOICES);
    expect(network.dtype).toBe("float64");
    // hidden: relu(1 + 4 + 9 − 10) = 4, relu(−1 + 3 + 0.25) = 2.25
    expect(network.predict([1, 2, 3])).toEqual(Float64Array.of(0.5 * 4 - 2 * 2.25));
  });

  it("has an order where its shapes leave only one, whatever the names are", async () => {
    const shapes = { a_out: [2, 5], input: [4, 3], middle: [5, 4] };
    const tensors = Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => [`${name}.weight`, counted(...shape)]),
    );
    expect((await load(writeTensorFile(tensors), CHOICES)).layers).toEqual([3, 4, 5, 2]);
    const named = { ...layersOf([6, 4, 4, 4], (l) => `fc${l}`), "out.weight": counted(2, 4) };
    expect((await load(writeTensorFile(named), CHOICES)).layers).toEqual([6, 4, 4, 4, 2]);
  });

  it("is refused where several orders are possible", async () => {
    const weights = (names: readonly string[], shapes: readonly (readonly number[])[]) =>
      writeTensorFile(Object.fromEntries(names.map((name, i) => [`${name}.weight`, counted(...shapes[i])])));
    const same = weights(
      ["input", "hidden", "output"],
      [
        [4, 4],
        [4, 4],
        [4, 4],
      ],
    );
    await expectRejected(load(same, CHOICES), "ERR_FORMAT", "order", '"input.weight" (4, 4)', "differ in numbers");
    const halves = weights(
      ["encoder.0", "encoder.2", "decoder.0", "decoder.2"],
      [
        [4, 8],
        [2, 4],
        [4, 2],
        [8, 4],
      ],
    );
    await expectRejected(load(halves, CHOICES), "ERR_FORMAT", "order", '"decoder.2.weight" (8, 4)');
    // A hundred layers of one shape and as many names: no order is tried to its end.
    const many = Array.from(
      { length: 100 },
      (_, i) => `${String.fromCharCode(65 + (i % 26), 65 + Math.floor(i / 26))}`,
    );
    await expectRejected(
      load(
        weights(
          many,
          many.map(() => [2, 2]),
        ),
        CHOICES,
      ),
      "ERR_FORMAT",
      "order",
      "(100 in all)",
    );
    const hopeless = [...many.slice(0, 40), "last", "other"];
    const shapes = [...many.slice(0, 40).map((_, i) => (i % 2 ? [2, 3] : [3, 2])), [7, 9], [9, 7]];
    await expectRejected(load(weights(hopeless, shapes), CHOICES), "ERR_FORMAT", "order");
  });

  it("is refused where two names have the same numbers", async () => {
    const weights = (...names: readonly string[]) =>
      writeTensorFile(Object.fromEntries(names.map((name) => [`${name}.weight`, counted(2, 2)])));
    for (const names of [
      ["fc1", "fc01"],
      ["fc01", "fc1"],
      ["fc0", "fc1.2", "fc01.02", "fc2"],
    ]) {
      await expectRejected(load(weights(...names), CHOICES), "ERR_FORMAT", "order", "cannot be told");
    }
    expect((await load(weights("fc01", "fc2"), CHOICES)).layers).toEqual([2, 2, 2]);
  });

  it("is refused where its layers do not chain, with names and shapes", async () => {
    const wrong = writeTensorFile({ "fc1.weight": counted(3, 4), "fc2.weight": counted(2, 4) });
    await expectRejected(
      load(wrong, CHOICES),
      "ERR_FORMAT",
      "do not chain",
      '"fc1.weight" (3, 4), "fc2.weight" (2, 4)',
    );
    const backwards = writeTensorFile({ "fc1.weight": counted(2, 3), "fc2.weight": counted(3, 5) });
    await expectRejected(load(backwards, CHOICES), "ERR_FORMAT", "do not chain");
  });

  it.each<[string, Record<string, PlainTensor>, string]>([
    ["no tensors", {}, "0 layers"],
    ["other names", { "norm.running_mean": counted(2), "0.weight": counted(2, 2) }, '"norm.running_mean" of shape (2)'],
    ["a weight of one dimension", { "norm.weight": counted(2) }, '"norm.weight" of shape (2)'],
    ["a weight of four", { "conv.weight": counted(2, 1, 3, 3) }, '"conv.weight" of shape (2, 1, 3, 3)'],
    ["a weight without inputs", { "0.weight": counted(2, 0) }, '"0.weight" of shape (2, 0)'],
    ["a weight without outputs", { "0.weight": counted(0, 2) }, '"0.weight" of shape (0, 2)'],
    ["a bias of another length", { "0.weight": counted(2, 3), "0.bias": counted(3) }, '"0.bias" of shape (3)'],
    ["a bias of two dimensions", { "0.weight": counted(2, 3), "0.bias": counted(1, 2) }, '"0.bias" of shape (1, 2)'],
    ["a bias alone", { "0.weight": counted(2, 3), "1.bias": counted(2) }, '"1.bias" of shape (2)'],
    ["more layers than there may be", layersOf(Array(258).fill(1), (l) => `${l}`), "257 layers"],
    ["a weight that is no number", { weight: { dtype: "F32", shape: [1, 1], values: [Number.NaN] } }, "is NaN"],
    ["an infinite one", { weight: { dtype: "F16", shape: [1, 1], values: [0x7c00] } }, "is Infinity"],
  ])("is refused with %s", async (_, tensors, message) => {
    await expectRejected(load(writeTensorFile(tensors), CHOICES), "ERR_FORMAT", message);
  });

  it("is read in types of 16 bits, beside others", async () => {
    const bytes = writeTensorFile({
      "0.weight": { dtype: "F16", shape: [1, 4], values: [0x3c00, 0xc000, 0x0001, 0x8000] },
      "0.bias": { dtype: "BF16", shape: [1], values: [0x3fc0] },
    });
    const network = await load(bytes, { outputActivation: "linear" });
    expect(network.dtype).toBe("float32");
    expect(network.weights(0).data).toEqual(Float32Array.of(1, -2, 2 ** -24, -0, 1.5));
    expect((await load(bytes, { outputActivation: "linear", dtype: "float64" })).weights(0).data).toEqual(
      Float64Array.of(1, -2, 2 ** -24, -0, 1.5),
    );
  });

  it("of float64 becomes a network of float64, unless float32 is chosen, which has to hold its numbers", async () => {
    const values = (value: number) => writeTensorFile({ weight: { dtype: "F64", shape: [1, 1], values: [value] } });
    const choices = { outputActivation: "linear" } as const;
    expect((await load(values(0.1), choices)).weights(0).data).toEqual(Float64Array.of(0.1, 0));
    const single = { ...choices, dtype: "float32" } as const;
    expect((await load(values(0.1), single)).weights(0).data).toEqual(Float32Array.of(0.1, 0));
    await expectRejected(load(values(1e300), single), "ERR_FORMAT", "layers[0].weights[0][0]");
  });
});
