import { describe, expect, it } from "vitest";
import { MessageReader } from "../../src/formats/onnx/wire.ts";
import { Network } from "../../src/index.ts";
import { expectRejected, rejectionOf } from "../support/errors.ts";
import { fc } from "../support/fast_check.ts";
import { attribute, attributes, decodedModel, foreignModel, type Message, node, raw, value } from "../support/onnx.ts";

const load = (bytes: Uint8Array) => Network.load(bytes, { format: "onnx", backend: "typescript" });

function joined(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts.map((part) => Uint8Array.from(part))));
}

/** A field that says how long it is. */
function field(number: number, ...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const content = joined(...parts);
  const length: number[] = [];
  for (let rest = content.length; ; rest = Math.floor(rest / 128)) {
    length.push(rest >= 128 ? (rest % 128) | 128 : rest);
    if (rest < 128) return joined([(number << 3) | 2], length, content);
  }
}

/** The opset 13. */
const OPSET = field(8, [0x10, 13]);

/** Of its own: no layer's matrix is square, so none can be taken for its transpose. */
async function smallFile(): Promise<Uint8Array> {
  const network = new Network([2, 3, 1], { seed: 1, activation: { type: "sigmoid", slope: 2 } });
  const normalization = { offset: [1, 2], scale: [0.5, 2] };
  return Network.fromJSON({ ...network.toJSON(), normalization }).toBytes("onnx");
}

/** The numbers of the initializers as another library reads them; undefined where it does not read the file. */
function initializersOf(bytes: Uint8Array): ReadonlyMap<string, readonly number[]> | undefined {
  try {
    const { graph } = decodedModel(bytes) as { graph: { initializer: { name: string; rawData: Uint8Array }[] } };
    const numbersOf = (rawData: Uint8Array) => Array.from(new Float32Array(rawData.slice().buffer));
    return new Map(graph.initializer.map(({ name, rawData }) => [name, numbersOf(rawData)]));
  } catch {
    return undefined;
  }
}

describe("a damaged ONNX file", () => {
  it("is refused wherever it ends", async () => {
    const bytes = await smallFile();
    for (let length = 0; length < bytes.length; length++) {
      const error = await rejectionOf(load(bytes.subarray(0, length)));
      expect({ length, error }).toMatchObject({ error: { code: "ERR_FORMAT" } });
    }
  });

  it("is read as it is or refused, whichever byte is another", async () => {
    const bytes = await smallFile();
    const whole = initializersOf(bytes);
    const outcomes = { read: 0, refused: 0 };
    for (let at = 0; at < bytes.length; at++) {
      for (const change of [1 << (at % 8), 0xff]) {
        const changed = bytes.slice();
        changed[at] ^= change;
        const what = `byte ${at} ^ ${change}`;
        const network = await load(changed).catch((error: unknown) => {
          expect({ what, error }).toMatchObject({ error: { name: "DownhillError", code: "ERR_FORMAT" } });
        });
        outcomes[network ? "read" : "refused"]++;
        // The other library does not read texts that are damaged, not even those that nobody needs.
        const expected = initializersOf(changed) ?? whole;
        for (const [l, { weights }] of network?.toJSON().layers.entries() ?? []) {
          const inputs = weights[0].length - 1;
          expect(
            weights.flatMap((row) => row.slice(0, inputs)),
            what,
          ).toEqual(expected?.get(`layers.${l}.weight`));
          expect(
            weights.map((row) => row[inputs]),
            what,
          ).toEqual(expected?.get(`layers.${l}.bias`));
        }
      }
    }
    // Most of it has to be as it is; weights, the name of the producer and the like may be others.
    expect(outcomes.read).toBeGreaterThan(100);
    expect(outcomes.refused).toBeGreaterThan(1000);
  });

  it("is refused when it is anything", async () => {
    const property = fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      expect(await rejectionOf(load(bytes))).toMatchObject({ code: "ERR_FORMAT" });
    });
    await fc.assert(property, { seed: 3, numRuns: 300 });
  });
});

describe("an ONNX file is refused with", () => {
  const refused = (bytes: Uint8Array, fragment: string) => expectRejected(load(bytes), "ERR_FORMAT", fragment);

  it.each<[string, Uint8Array, string]>([
    ["nothing in it", new Uint8Array(0), "there is no graph in it"],
    [
      "a length beyond the end",
      joined([0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f]),
      "field 7 of ModelProto goes on behind the end",
    ],
    [
      "a length of 2^63",
      joined([0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]),
      "goes on behind the end",
    ],
    [
      "a number of eleven bytes",
      field(8, [0x10], Array<number>(11).fill(0x80), [1]),
      "goes on behind the end, or is damaged",
    ],
    [
      "a part that goes on behind the whole",
      joined(field(7, [0x0a, 5]), OPSET),
      "field 1 of GraphProto goes on behind the end",
    ],
    ["a group", joined([0x0b, 0x0c]), "goes on behind the end, or is damaged"],
    ["a field without a number", joined([0x02, 0x00]), "a field of ModelProto has the number 0"],
    ["a graph that is a number", joined([0x38, 1]), "field 7 of ModelProto has wire type 0, expected 2"],
    ["two graphs", joined(field(7), field(7)), "there are two graphs in it"],
    ["a name that is no text", field(7, field(1, field(1, [0xff]))), "field 1 of NodeProto is no text in UTF-8"],
    [
      "a version beyond 53 bits",
      field(8, [0x10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]),
      "expected an integer of at most 53 bits",
    ],
    [
      "numbers that are cut off",
      field(7, field(5, field(4, [0, 0, 0]))),
      "field 4 of TensorProto goes on behind the end",
    ],
    [
      "numbers that go on behind their list",
      field(7, field(5, field(1, [0x80]), [0x10, 1])),
      "field 1 of TensorProto ends in the middle",
    ],
    ["dimensions without end", field(7, field(5, field(1, Array<number>(33).fill(1)))), "has more than 32 numbers"],
    [
      "an attribute twice",
      field(7, field(1, field(5, field(1, [65])), field(5, field(1, [65])))),
      'two attributes "A"',
    ],
  ])("%s", async (_, bytes, fragment) => {
    await refused(bytes, fragment);
  });

  it("a million empty nodes", async () => {
    const nodes = new Uint8Array(2_000_000);
    for (let i = 0; i < nodes.length; i += 2) nodes[i] = 0x0a;
    await refused(joined(field(7, nodes), OPSET), "it consists of more than 100000 messages");
  });

  it("layers that share one matrix to become a hundred times the file", async () => {
    const nodes = Array.from({ length: 200 }, (_, l) => node("MatMul", [l === 0 ? "x" : `v${l}`, "W"], [`v${l + 1}`]));
    const initializers = [raw("W", [100, 100], new Float32Array(10_000))];
    const [inputs, outputs] = [[value("x", [null, 100])], [value("v200", [null, 100])]];
    await refused(foreignModel({ nodes, initializers, inputs, outputs }), '"W" is one constant used too often');
  });

  it("thousands of additions of one wide constant", async () => {
    const nodes: Message[] = [node("MatMul", ["x", "W"], ["v0"])];
    for (let i = 0; i < 5000; i++) nodes.push(node("Mul", [`v${i}`, "two"], [`v${i + 1}`]));
    const initializers = [raw("W", [1, 1000], new Float32Array(1000)), raw("two", [], Float32Array.of(2))];
    const [inputs, outputs] = [[value("x", [null, 1])], [value("v5000", [null, 1000])]];
    await refused(foreignModel({ nodes, initializers, inputs, outputs }), "(Mul): it follows 32 others of its kind");
  });

  // What is gone through for each use of one thing makes a small file the work of minutes.

  it("thousands of uses of a constant that is turned by a list of a million", async () => {
    const order = attributes(attribute("perm", "ints", Array<number>(1_000_000).fill(1)));
    const nodes: Message[] = [node("MatMul", ["x", "W"], ["v0"]), node("Transpose", ["W"], ["T"], order)];
    for (let i = 0; i < 2000; i++) nodes.push(node("Mul", [`v${i}`, "T"], [`v${i + 1}`]));
    const initializers = [raw("W", [1, 1], Float32Array.of(1))];
    const [inputs, outputs] = [[value("x", [null, 1])], [value("v2000", [null, 1])]];
    await refused(foreignModel({ nodes, initializers, inputs, outputs }), "(Mul): it follows 32 others of its kind");
  });

  it("thousands of maxima with one product of a million", async () => {
    const values = Array.from({ length: 5000 }, (_, i) => `v${i}`);
    const factors = ["half", ...Array<string>(1_000_000).fill(""), ...values];
    const nodes: Message[] = [node("MatMul", ["x", "W"], ["v0"]), node("Mul", factors, ["P"])];
    for (let i = 0; i < 5000; i++) nodes.push(node("Max", [`v${i}`, "P"], [`v${i + 1}`]));
    const initializers = [raw("W", [1, 1], Float32Array.of(1)), raw("half", [], Float32Array.of(0.5))];
    const [inputs, outputs] = [[value("x", [null, 1])], [value("v5000", [null, 1])]];
    await refused(foreignModel({ nodes, initializers, inputs, outputs }), "(Max): it is no leaky ReLU");
  });

  it("hundreds of shapes of one list of half a million parts", async () => {
    const parts = ["zero", ...Array<string>(500_000).fill("e"), "rest"];
    const nodes: Message[] = [node("Concat", parts, ["shape"])];
    for (let i = 0; i < 300; i++) nodes.push(node("Reshape", [i === 0 ? "x" : `v${i}`, "shape"], [`v${i + 1}`]));
    nodes.push(node("MatMul", ["v300", "W"], ["y"]));
    const initializers = [
      raw("W", [1, 1], Float32Array.of(1)),
      raw("zero", [1], BigInt64Array.of(0n)),
      raw("e", [0], new BigInt64Array(0)),
      raw("rest", [1], BigInt64Array.of(-1n)),
    ];
    const [inputs, outputs] = [[value("x", [null, 1])], [value("y", [null, 1])]];
    await refused(foreignModel({ nodes, initializers, inputs, outputs }), "(Reshape): it has 500002 dimensions");
  });

  it("thousands of outputs that share a list of names", async () => {
    const names = attributes(attribute("classlabels_int64s", "ints", Array<number>(200_000).fill(1)));
    const nodes = [node("MatMul", ["x", "W"], ["a"]), node("ai.onnx.ml:ZipMap", ["a"], ["y"], names)];
    const initializers = [raw("W", [1, 1], Float32Array.of(1))];
    const outputs = Array.from({ length: 10_000 }, () => ({ name: "y" }));
    const inputs = [value("x", [null, 1])];
    await refused(foreignModel({ nodes, initializers, inputs, outputs }), "the graph has 10000 outputs");
  });

  it("more numbers in all lists together than in one", () => {
    const counted = { messages: 0, numbers: 2 ** 26 - 5 };
    const message = new MessageReader(
      joined(field(7, field(1, [1, 2, 3])), field(8, field(2, Array(8).fill(0)))),
      "M",
      counted,
    );
    const lists: number[][] = [[], []];
    message.next();
    const first = message.message("A");
    first.next();
    first.integers(lists[0]);
    message.next();
    const second = message.message("B");
    second.next();
    expect(() => second.doubles(lists[1])).not.toThrow();
    expect([lists, counted]).toEqual([[[1, 2, 3], [0]], { messages: 3, numbers: 2 ** 26 - 1 }]);
    const third = new MessageReader(field(3, [4, 5]), "C", counted);
    third.next();
    expect(() => third.integers(lists[0])).toThrow(`more than ${2 ** 26} numbers in lists`);
  });

  it("types so deep in each other that recursion would end", async () => {
    // Nothing beneath is looked at: the input is of no shape that is known.
    let type: Uint8Array = new Uint8Array(0);
    for (let depth = 0; depth < 3000; depth++) type = field(4, field(1, type));
    const graph = field(7, field(11, field(1, [120]), field(2, type)), field(12, field(1, [120])));
    await refused(joined(graph, OPSET), "there is no Gemm and no MatMul");
  });
});

describe("an ONNX file is read with", () => {
  it("numbers that are not packed, and fields that nobody knows", async () => {
    const float = (number: number) => new Uint8Array(Float32Array.of(number).buffer);
    const tensor = joined(
      ...[[0x08, 1], [0x08, 2], [0x10, 1], field(8, [87])],
      ...[[0x25], float(3), [0x25], float(4), [0x65, 1, 2, 3, 4]],
    );
    const gemm = joined(
      ...[field(1, [120]), field(1, [87]), field(2, [121]), field(4, [...Buffer.from("Gemm")])],
      field(5, field(1, [...Buffer.from("transB")]), [0x18, 1]),
    );
    const graph = [field(1, gemm), field(5, tensor), field(11, field(1, [120])), field(12, field(1, [121]))];
    const network = await load(joined([0x08, 7], field(15, [1]), field(7, ...graph), OPSET));
    expect(Array.from(network.predict([10, 1]))).toEqual([34]);
  });
});
