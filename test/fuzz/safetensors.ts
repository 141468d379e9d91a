import { isDeepStrictEqual } from "node:util";
import { type LoadOptions, Network } from "../../src/index.ts";
import { readTensorFile, type TensorEntry, writeTensorFile } from "../support/tensor_file.ts";
import type { Chance } from "./chance.ts";
import { joined, mutatedBytes } from "./mutate_bytes.ts";
import { deepText, mutatedValue } from "./mutate_json.ts";
import { fail, READ, refusal, type Target, type Trial } from "./target.ts";
import { AllocationMeter } from "./watch.ts";

interface Original {
  readonly bytes: Uint8Array;
  readonly choices: LoadOptions;
}

/** Files of tensors, our own and those of others: `Network.load`. Most keep a header of the length that they say. */
export const safetensors: Target = {
  name: "safetensors",
  inputs: 100_000,
  quick: 4000,
  mostMemory: 512,
  async open(): Promise<Trial> {
    const originals = [...(await ownFiles()), ...foreignFiles()];
    const meter = new AllocationMeter();
    return {
      async run(chance) {
        const { bytes: original, choices } = chance.pick(originals);
        const bytes = chance.happens(0.02) ? original : changed(chance, original);
        meter.reset();
        let network: Network;
        try {
          network = await Network.load(bytes, { ...choices, format: "safetensors", backend: "typescript" });
        } catch (error) {
          meter.assertJustified(bytes.length);
          return refusal(error, ["ERR_FORMAT", "ERR_OPTION"]);
        }
        meter.assertJustified(bytes.length);
        await assertRead(network, bytes);
        return READ;
      },
    };
  },
};

async function ownFiles(): Promise<Original[]> {
  const networks = [
    new Network([2, 3, 3, 2], { seed: 1 }),
    new Network([1, 1], { dtype: "float64", activation: { type: "sigmoid", slope: 0.5 }, seed: 2 ** 40 }),
    new Network([20, 17, 2], { outputActivation: "softmax", loss: "categoricalCrossEntropy", seed: 3 }),
  ];
  const described = { ...networks[2].toJSON(), classNames: ["a", "b"], metadata: { note: '"{[' } };
  const all = [...networks, Network.fromJSON(described)];
  return Promise.all(all.map(async (network) => ({ bytes: await network.toBytes("safetensors"), choices: {} })));
}

function foreignFiles(): Original[] {
  const choices = { activation: "relu", outputActivation: "linear", seed: 1 } as const;
  const halves = (...values: readonly number[]) => values.map((value) => 0x3c00 + value);
  const files = [
    writeTensorFile({
      "0.bias": { dtype: "F32", shape: [3], values: [1, 2, 3] },
      "0.weight": { dtype: "F32", shape: [3, 2], values: [1, 2, 3, 4, 5, 6] },
      "2.weight": { dtype: "F64", shape: [1, 3], values: [1, 2, 3] },
    }),
    writeTensorFile(
      {
        "hidden.weight": { dtype: "F16", shape: [4, 1], values: halves(1, 2, 3, 4) },
        "output.weight": { dtype: "BF16", shape: [2, 4], values: halves(1, 2, 3, 4, 5, 6, 7, 8) },
        "output.bias": { dtype: "F16", shape: [2], values: halves(1, 2) },
      },
      { format: "pt" },
    ),
  ];
  return files.map((bytes) => ({ bytes, choices }));
}

const WORDS = [
  '"F32"',
  '"F64"',
  '"F16"',
  '"I64"',
  "__metadata__",
  "__proto__",
  '"shape":[1,1]',
  "[",
  "{",
  "0",
  "18446744073709551616",
];

function changed(chance: Chance, file: Uint8Array): Uint8Array {
  if (chance.happens(0.3)) return mutatedBytes(chance, file);
  const { start } = readTensorFile(file);
  const text = new TextDecoder().decode(file.subarray(8, start));
  const body = file.subarray(start);
  if (chance.happens(0.05)) return whole(new TextEncoder().encode(text.replace(/\d+/, deepText(chance))), body);
  if (chance.happens(0.4)) return whole(mutatedBytes(chance, file.subarray(8, start), WORDS), body);
  const header = JSON.parse(text);
  const metadata = header.__metadata__?.downhill;
  if (metadata !== undefined && chance.happens(0.5)) {
    header.__metadata__.downhill = JSON.stringify(mutatedValue(chance, JSON.parse(metadata)));
    return whole(new TextEncoder().encode(JSON.stringify(header)), body);
  }
  if (chance.happens(0.3)) return whole(new TextEncoder().encode(JSON.stringify(relaid(chance, header))), body);
  return whole(new TextEncoder().encode(JSON.stringify(mutatedValue(chance, header)) ?? ""), body);
}

/** The same bytes under other names, types and shapes, some of which fit. */
function relaid(chance: Chance, header: Record<string, TensorEntry>): object {
  const names = Object.keys(header).filter((name) => name !== "__metadata__");
  const name = chance.pick(names);
  const entry = header[name];
  switch (chance.below(4)) {
    case 0:
      entry.shape.reverse();
      break;
    case 1:
      entry.dtype = chance.pick(["F64", "F32", "F16", "BF16"]);
      entry.shape[0] *= chance.pick([1, 2, 0.5]);
      break;
    case 2:
      entry.data_offsets = header[chance.pick(names)].data_offsets;
      break;
    default:
      delete header[name];
      header[chance.pick(["weight", "bias", "0.weight", "x.1.weight", "layers.0.weight", ""])] = entry;
  }
  return header;
}

function whole(header: Uint8Array, body: Uint8Array): Uint8Array {
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(BigInt(header.length));
  return joined(head, header, body);
}

/** All weights are those of the file, as far as they are not of 16 bits, and another round gives the same network. */
async function assertRead(network: Network, bytes: Uint8Array): Promise<void> {
  const saved = network.toJSON();
  const again = await Network.load(await network.toBytes("safetensors"), {
    format: "safetensors",
    backend: "typescript",
  });
  if (!isDeepStrictEqual(again.toJSON(), saved)) fail("another round differs");
  const { entries, values } = readTensorFile(bytes);
  const round = saved.dtype === "float32" ? Math.fround : (value: number) => value;
  const inNetwork = new Set(saved.layers.flatMap(({ weights }) => weights.flat()).map((value) => value + 0));
  for (const [name, { dtype }] of Object.entries(entries)) {
    if (dtype !== "F32" && dtype !== "F64") continue;
    const lost = values(name).find((value) => !inNetwork.has(round(value) + 0));
    if (lost !== undefined) fail(`${name} has ${lost}, which the network has not`);
  }
}
