import { describe, expect, it } from "vitest";
import { type ModelFormat, Network } from "../../src/index.ts";
import { expectRejected } from "../support/errors.ts";
import { decodedModel, encodedModel } from "../support/onnx.ts";
import { fileOf } from "../support/tensor_file.ts";

// An empty array or object takes many times the memory of its two letters.

const MOST_DESCRIBED = 2 ** 20;
const MOST_IN_JSON = 2 ** 22;

const load = (bytes: Uint8Array, format: ModelFormat) => Network.load(bytes, { format });
const excess = (most: number) => [`it has ${most + 1} arrays and objects`, `at most ${most}`] as const;
/** Lists in a list, so many in all. */
const lists = (count: number) => `[${"[],".repeat(count - 2)}[]]`;

describe("more arrays and objects than a network has are not made", () => {
  it("of the description in safetensors", async () => {
    const header = JSON.stringify({ __metadata__: { downhill: lists(MOST_DESCRIBED + 1) } });
    await expectRejected(load(fileOf(header), "safetensors"), "ERR_FORMAT", ...excess(MOST_DESCRIBED));
    const fewer = JSON.stringify({ __metadata__: { downhill: lists(MOST_DESCRIBED) } });
    await expectRejected(load(fileOf(fewer), "safetensors"), "ERR_FORMAT", "network is an array");
  });

  it("of the description in ONNX", async () => {
    const model = decodedModel(await new Network([2, 1], { seed: 1 }).toBytes("onnx"));
    const described = (text: string) => encodedModel({ ...model, metadataProps: [{ key: "downhill", value: text }] });
    await expectRejected(load(described(lists(MOST_DESCRIBED + 1)), "onnx"), "ERR_FORMAT", ...excess(MOST_DESCRIBED));
    await expectRejected(load(described(lists(MOST_DESCRIBED)), "onnx"), "ERR_FORMAT", "network is an array");
  });

  it("of a file of JSON", async () => {
    const bytes = (text: string) => new TextEncoder().encode(text);
    await expectRejected(load(bytes("[".repeat(MOST_IN_JSON + 1)), "json"), "ERR_FORMAT", ...excess(MOST_IN_JSON));
    await expectRejected(load(bytes("[".repeat(MOST_IN_JSON)), "json"), "ERR_FORMAT", "JSON");
  });
});

describe("what could not be read again is not written", () => {
  it.each<[ModelFormat, number]>([
    ["safetensors", MOST_DESCRIBED],
    ["onnx", MOST_DESCRIBED],
    ["json", MOST_IN_JSON],
  ])("as %s", async (format, most) => {
    const network = new Network([2, 1], { seed: 1 });
    network.metadata = { text: "[".repeat(most) };
    await expectRejected(network.toBytes(format), "ERR_FORMAT", "arrays and objects", `at most ${most}`);
    network.metadata = { text: "[".repeat(most - 100) };
    expect((await load(await network.toBytes(format), format)).metadata).toEqual(network.metadata);
  });
});
