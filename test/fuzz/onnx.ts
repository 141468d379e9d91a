import { isDeepStrictEqual } from "node:util";
import { Dataset, Network, type NetworkOptions } from "../../src/index.ts";
import { decodedModel, encodedModel, type Message } from "../support/onnx.ts";
import { FOREIGN_NETWORKS } from "../support/onnx_graphs.ts";
import type { Chance } from "./chance.ts";
import { mutatedBytes } from "./mutate_bytes.ts";
import { mutatedValue } from "./mutate_json.ts";
import { fail, READ, refusal, type Target, type Trial } from "./target.ts";
import { AllocationMeter } from "./watch.ts";

/** ONNX files: `Network.load`. Bytes are changed, and messages, which are then written as they should be. */
export const onnx: Target = {
  name: "onnx",
  inputs: 100_000,
  quick: 3000,
  mostMemory: 640,
  async open(): Promise<Trial> {
    const files = [...(await ownFiles()), ...FOREIGN_NETWORKS.map(({ bytes }) => bytes)];
    const meter = new AllocationMeter();
    return {
      async run(chance) {
        const bytes = changed(chance, chance.pick(files));
        meter.reset();
        let network: Network;
        try {
          network = await Network.load(bytes, { format: "onnx" });
        } catch (error) {
          meter.assertJustified(bytes.length);
          return refusal(error, ["ERR_FORMAT"]);
        }
        meter.assertJustified(bytes.length);
        const saved = network.toJSON();
        if (network.parameterCount > 2 * bytes.length)
          fail(`${network.parameterCount} parameters are in ${bytes.length} bytes`);
        const again = await Network.load(await network.toBytes("onnx"), { format: "onnx" });
        if (!isDeepStrictEqual(again.toJSON(), saved)) fail("another round differs");
        return READ;
      },
    };
  },
};

async function ownFiles(): Promise<Uint8Array[]> {
  const inputs = [
    [1e6, 2, 3],
    [1e6 + 1, 5, 4],
  ];
  const data = Dataset.from({ inputs, labels: [0, 1] }).normalize();
  const kinds: NetworkOptions[] = [
    { activation: { type: "sigmoid", slope: 0.3 }, dtype: "float64" },
    { activation: { type: "leakyRelu", alpha: 0.2 }, outputActivation: "softmax", loss: "categoricalCrossEntropy" },
    { activation: { type: "leakyRelu", alpha: 2 }, dtype: "float64", outputActivation: "linear" },
    { activation: "tanh", arithmetic: "reproducible" },
  ];
  const files: Uint8Array[] = [];
  for (const options of kinds) {
    const network = new Network([3, 4, 2], { seed: 3, ...options });
    await network.fit(data, { epochs: 1, learningRate: 0.01 });
    files.push(await network.toBytes("onnx"));
  }
  return files;
}

/** Names that a graph can have in the place of others. */
const WORDS = [
  "Gemm",
  "MatMul",
  "Mul",
  "Div",
  "Sub",
  "Sigmoid",
  "Softmax",
  "Reshape",
  "Transpose",
  "x",
  "output",
  "perm",
  "axis",
];

function changed(chance: Chance, file: Uint8Array): Uint8Array {
  if (chance.happens(0.02)) return file;
  if (chance.happens(0.4)) return mutatedBytes(chance, file, WORDS);
  try {
    const { graph, ...rest } = decodedModel(file, "base64");
    return encodedModel({
      ...rest,
      graph: chance.happens(0.5) ? rewired(chance, graph as Message) : mutatedValue(chance, graph),
    } as Message);
  } catch {
    // What the change has put there is nothing that a message can hold.
    return mutatedBytes(chance, file, WORDS);
  }
}

/** A graph with operators, names and numbers of dimensions that it has, at other places. */
function rewired(chance: Chance, graph: Message): Message {
  const copy = structuredClone(graph) as { node: Message[]; initializer: Message[] };
  const values = [...copy.node, ...copy.initializer].flatMap(({ name, output }) => [
    name,
    ...((output as string[]) ?? []),
  ]);
  for (let changes = chance.between(1, 3); changes > 0; changes--) {
    const node = chance.pick(copy.node);
    const tensor = chance.pick(copy.initializer);
    switch (chance.below(5)) {
      case 0:
        node.opType = chance.pick([...copy.node.map(({ opType }) => opType), ...WORDS]);
        break;
      case 1:
        node.input = (node.input as string[]).map((name) => (chance.happens(0.5) ? chance.pick(values) : name));
        break;
      case 2:
        node.attribute = chance.pick(copy.node).attribute;
        break;
      case 3:
        tensor.dims = (tensor.dims as number[])
          .map((size) => (chance.happens(0.5) ? chance.pick([0, 1, -1, 2 ** 40, size]) : size))
          .reverse();
        break;
      default:
        copy.node.splice(chance.below(copy.node.length + 1), 0, structuredClone(node));
    }
  }
  return copy;
}
