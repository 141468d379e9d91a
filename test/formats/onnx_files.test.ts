import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { encodeOnnx } from "../../src/formats/onnx/write.ts";
import { type DType, Network, type NetworkJSON } from "../../src/index.ts";
import { numbersOf } from "../support/choices.ts";
import { expectRejected, expectThrown } from "../support/errors.ts";
import { fc } from "../support/fast_check.ts";
import { temporaryFolder } from "../support/folder.ts";
import { allWeights } from "../support/networks.ts";
import { decodedModel, encodedModel, type Message, TYPES } from "../support/onnx.ts";
import { savedNetworks } from "../support/saved_networks.ts";

const folder = temporaryFolder();
const read = (bytes: Uint8Array) => Network.load(bytes, { format: "onnx" });

/** A file with the fields of its messages by name. */
interface DecodedModel {
  irVersion: number;
  opsetImport: { domain?: string; version: number }[];
  producerName: string;
  graph: {
    node: { name: string; opType: string; input: string[]; output: string[]; attribute: Message[] }[];
    initializer: { name: string; dims: number[]; dataType: number; rawData: Uint8Array }[];
    input: Message[];
    output: Message[];
  };
  metadataProps: { key: string; value: string }[];
}

const decoded = (bytes: Uint8Array) => decodedModel(bytes) as unknown as DecodedModel;

/** Every kind of layer. */
function everyLayer(dtype: DType): Network {
  const layers = [
    3,
    { units: 4, activation: { type: "sigmoid", slope: 0.3, derivative: "unscaled" } as const },
    { units: 3, activation: { type: "leakyRelu", alpha: 0.1 } as const },
    { units: 2, activation: { type: "leakyRelu", alpha: 1.7 } as const },
    { units: 2, activation: "linear" as const },
    { units: 2, activation: "tanh" as const },
    { units: 2, activation: "relu" as const },
    { units: 2, activation: "sigmoid" as const },
    2,
  ];
  const made = new Network(layers, { dtype, seed: 3, outputActivation: "softmax", loss: "categoricalCrossEntropy" });
  const normalization = { offset: [1e6, -0.1, 0], scale: [1 / 3, 2, -1] };
  return Network.fromJSON({
    ...made.toJSON(),
    normalization,
    classNames: ["ö", "𠀀"],
    metadata: { "\ufeff": "\ud800🤖" },
  });
}

function valuesOf(bytes: Uint8Array, type: number): number[] {
  const copy = bytes.slice().buffer;
  return Array.from(type === TYPES.double ? new Float64Array(copy) : new Float32Array(copy));
}

describe("a network as ONNX", () => {
  it("comes back with everything, bit for bit", async () => {
    const property = fc.asyncProperty(savedNetworks, async (saved) => {
      const network = Network.fromJSON(saved);
      const restored = await read(await network.toBytes("onnx"));
      expect(restored.toJSON()).toEqual(network.toJSON());
      expect(allWeights(restored)).toEqual(allWeights(network));
      const input = numbersOf(1, network.layers[0]);
      expect(restored.predict(input)).toEqual(network.predict(input));
    });
    await fc.assert(property, { seed: 5, numRuns: 150 });
  });

  it("comes back from its file", async () => {
    const path = join(folder, "model.onnx");
    const network = everyLayer("float32");
    await network.save(path);
    expect(new Uint8Array(await readFile(path))).toEqual(new Uint8Array(await network.toBytes("onnx")));
    expect((await Network.load(path)).toJSON()).toEqual(network.toJSON());
  });

  it("states versions, and takes any number of samples", async () => {
    for (const dtype of ["float32", "float64"] as const) {
      const { graph, ...model } = decoded(await everyLayer(dtype).toBytes("onnx"));
      expect(model).toMatchObject({ irVersion: 7, opsetImport: [{ version: 13 }], producerName: "downhill" });
      const tensor = (name: string, width: number) => ({
        name,
        type: {
          tensorType: {
            elemType: dtype === "float64" ? TYPES.double : TYPES.float,
            shape: { dim: [{ dimParam: "batch" }, { dimValue: width }] },
          },
        },
      });
      expect(graph.input).toEqual([tensor("input", 3)]);
      expect(graph.output).toEqual([tensor("output", 2)]);
    }
  });

  it.each([
    [
      "float32",
      "Cast Sub Mul Cast Gemm Mul Sigmoid Gemm LeakyRelu Gemm LeakyRelu Gemm Gemm Tanh Gemm Relu Gemm Sigmoid Gemm Softmax",
    ],
    // onnxruntime has no LeakyRelu for float64, and its attribute would be a float32.
    [
      "float64",
      "Sub Mul Gemm Mul Sigmoid Gemm Mul Max Gemm Mul Min Gemm Gemm Tanh Gemm Relu Gemm Sigmoid Gemm Softmax",
    ],
  ] as const)("in %s is a chain of nodes that end in the output", async (dtype, operators) => {
    const { node } = decoded(await everyLayer(dtype).toBytes("onnx")).graph;
    expect(node.map(({ opType }) => opType).join(" ")).toBe(operators);
    expect(new Set(node.map(({ name }) => name)).size).toBe(node.length);
    let value = "input";
    for (const { input, output } of node) {
      expect(input[0]).toBe(value);
      [value] = output;
    }
    expect(value).toBe("output");
  });

  it("holds weights, biases and the rest as initializers of the network's type, the normalization in float64", async () => {
    for (const dtype of ["float32", "float64"] as const) {
      const network = everyLayer(dtype);
      const { initializer } = decoded(await network.toBytes("onnx")).graph;
      const type = dtype === "float64" ? TYPES.double : TYPES.float;
      const found = new Map(
        initializer.map(({ name, dims, dataType, rawData }) => [
          name,
          { dims, dataType, values: valuesOf(rawData, dataType) },
        ]),
      );
      for (let l = 0; l + 1 < network.layers.length; l++) {
        const { rows, columns, data } = network.weights(l);
        const inputs = columns - 1;
        const weights = Array.from(data).filter((_, i) => i % columns < inputs);
        const biases = Array.from(data).filter((_, i) => i % columns === inputs);
        expect(found.get(`layers.${l}.weight`)).toEqual({ dims: [rows, inputs], dataType: type, values: weights });
        expect(found.get(`layers.${l}.bias`)).toEqual({ dims: [rows], dataType: type, values: biases });
      }
      const { offset, scale } = network.normalization ?? expect.fail("is normalized");
      expect(found.get("normalization.offset")).toEqual({ dims: [3], dataType: TYPES.double, values: offset });
      expect(found.get("normalization.scale")).toEqual({ dims: [3], dataType: TYPES.double, values: scale });
      const slope = dtype === "float32" ? Math.fround(0.3) : 0.3;
      expect(found.get("layers.0.slope")).toEqual({ dims: [], dataType: type, values: [slope] });
    }
  });

  it("is read by its graph alone where the description is taken out", async () => {
    const network = everyLayer("float64");
    const model = decoded(await network.toBytes("onnx"));
    const restored = await read(encodedModel({ ...model, metadataProps: [] }));
    expect(allWeights(restored)).toEqual(allWeights(network));
    expect(restored.normalization).toEqual(network.normalization);
    const input = [1e6, 2, 3];
    expect(restored.predict(input)).toEqual(network.predict(input));
    expect(restored).toMatchObject({ metadata: {}, classNames: undefined });
    const { loss, layers } = restored.toJSON();
    expect(loss).toBe("categoricalCrossEntropy");
    expect(layers[0].activation).toEqual({ type: "sigmoid", slope: 0.3, derivative: "exact" });
  });

  it.each<[Partial<NetworkJSON>, string]>([
    [{ inputs: 4 }, "says inputs is 4, but it is 3 in the graph"],
    [{ dtype: "float32" }, "says dtype is float32"],
    [{ layers: [] }, "cannot be read"],
    [{ layers: everyLayer("float64").toJSON().layers.slice(1) }, "cannot be read"],
    [{ normalization: { offset: [0, 0, 0], scale: [1, 1, 1] } }, "has another normalization"],
    [{ loss: "hinge" as never }, "cannot be read"],
  ])("is refused with the description of another network: %j", async (change, fragment) => {
    const model = decoded(await everyLayer("float64").toBytes("onnx"));
    const description = JSON.parse(model.metadataProps[0].value);
    const value = JSON.stringify({ ...description, ...change });
    await expectRejected(
      read(encodedModel({ ...model, metadataProps: [{ key: "downhill", value }] })),
      "ERR_FORMAT",
      fragment,
    );
  });

  it("is refused with another activation than in the description", async () => {
    const model = decoded(await everyLayer("float64").toBytes("onnx"));
    for (const node of model.graph.node) if (node.opType === "Tanh") node.opType = "Relu";
    const message = "says layers[4].activation is tanh, but it is relu in the graph";
    await expectRejected(read(encodedModel(model as never)), "ERR_FORMAT", message);
  });

  it("is refused where the weights take more than a file can hold", () => {
    const { layers, ...saved } = new Network([1, 1], { dtype: "float64", seed: 1 }).toJSON();
    const wide = { ...saved, inputs: 2 ** 14, layers: [{ ...layers[0], units: 2 ** 14, weights: [] }] };
    expectThrown(() => encodeOnnx(wide), "ERR_FORMAT", "the weights take 2147614720 bytes");
  });
});
