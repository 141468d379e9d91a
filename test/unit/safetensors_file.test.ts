import { describe, expect, it } from "vitest";
import { decodeTensors, type ElementType, encodeTensors } from "../../src/formats/safetensors_file.ts";
import { expectThrown } from "../support/errors.ts";
import { fc } from "../support/fast_check.ts";
import { fileOf, readTensorFile } from "../support/tensor_file.ts";

const BYTES: Readonly<Record<ElementType, number>> = { F64: 8, F32: 4, F16: 2, BF16: 2 };

const tensor = fc
  .record({
    name: fc.string({ unit: "binary" }).filter((name) => name !== "__metadata__"),
    type: fc.constantFrom<ElementType>("F64", "F32", "F16", "BF16"),
    shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
  })
  .chain(({ name, type, shape }) => {
    const length = BYTES[type] * shape.reduce((product, size) => product * size, 1);
    return fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => ({ name, type, shape, bytes }));
  });
const files = fc.record({
  tensors: fc.uniqueArray(tensor, { maxLength: 6, selector: ({ name }) => name }),
  metadata: fc
    .array(fc.tuple(fc.string({ unit: "binary" }), fc.string({ unit: "binary" })), { maxLength: 4 })
    .map((entries) => new Map(entries)),
});

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

describe("a file of tensors", () => {
  it("comes back as it was written, whatever its tensors are called and wherever it lies in memory", () => {
    fc.assert(
      fc.property(files, fc.integer({ min: 0, max: 7 }), (file, offset) => {
        const bytes = joined([new Uint8Array(offset), ...encodeTensors(file)]).subarray(offset);
        const { metadata, tensors } = decodeTensors(bytes);
        expect([...metadata]).toEqual([...file.metadata]);
        const order = (list: typeof tensors) => list.map((entry) => ({ ...entry, bytes: Array.from(entry.bytes) }));
        // Tensors without values lie at one place; their order is not kept.
        const isFilled = ({ bytes: { length } }: { bytes: Uint8Array }) => length > 0;
        expect(order(tensors.filter(isFilled))).toEqual(order(file.tensors.filter(isFilled)));
        expect(tensors.length).toBe(file.tensors.length);
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  it("has a header of whole groups of 8 bytes, filled up with spaces", () => {
    for (const name of ["a", "ab", "abc", "abcdefgh", "é"]) {
      const bytes = joined(
        encodeTensors({ metadata: new Map(), tensors: [{ name, type: "F32", shape: [], bytes: new Uint8Array(4) }] }),
      );
      const { start, entries } = readTensorFile(bytes);
      expect(start % 8).toBe(0);
      expect(entries).toEqual({ [name]: { dtype: "F32", shape: [], data_offsets: [0, 4] } });
      expect(new TextDecoder().decode(bytes.subarray(8, start))).toMatch(/^\{.*\} {0,7}$/);
    }
  });

  it("is read with the spaces and in the order that it has", () => {
    const text =
      ' "b" : {"data_offsets":[4,8],"shape":[1],"dtype":"F32"},\n"a":{"dtype":"F16","shape":[2,1],"data_offsets":[0,4]}';
    const { tensors, metadata } = decodeTensors(fileOf(`{${text}}     `, [1, 2, 3, 4, 5, 6, 7, 8]));
    expect(metadata.size).toBe(0);
    expect(tensors.map(({ name, bytes }) => [name, ...bytes])).toEqual([
      ["a", 1, 2, 3, 4],
      ["b", 5, 6, 7, 8],
    ]);
  });
});

describe("a file is refused", () => {
  const entry = (dtype: string, shape: unknown, offsets: unknown) =>
    JSON.stringify({ dtype, shape, data_offsets: offsets });
  const one = (text: string) => `{"a":${text}}`;
  const four = [0, 0, 0, 0];

  it.each<[string, Uint8Array, string]>([
    ["without a length", Uint8Array.of(1, 2, 3), "it has 3 bytes"],
    ["with a header behind its end", fileOf("{}", [], 3n), "its header has 3 bytes, where only 2 are left"],
    ["with a header of 2^63 bytes", fileOf("{}", [], 2n ** 63n), "its header has 9223372036854775808 bytes"],
    ["with a header above 100 MB", fileOf("{}", [], 100_000_001n), "expected at most 100000000"],
    ["with an empty header", fileOf(""), "begins with byte undefined"],
    ["with a header behind spaces", fileOf(" {}"), "begins with byte 32"],
    ["with a byte order mark", fileOf("\ufeff{}"), "begins with byte 239"],
    ["with a list as header", fileOf("[]"), "begins with byte 91"],
    ["with a name that is there twice", fileOf(`{"a":${entry("F32", [], [0, 4])},"a":1}`, four), '"a" twice'],
    ["with a name that is there twice in disguise", fileOf('{"a":1,"\\u0061" :2}'), '"a" twice'],
    ["with a field that is there twice", fileOf('{"a":{"dtype":"F32","dtype":"F32"}}'), '"dtype" twice'],
    ["with metadata that is there twice", fileOf('{"__metadata__":{"a":"","a":""}}'), '"a" twice'],
    ["with lists in each other", fileOf(`{"a":${"[".repeat(1e5)}`), "deeper than 3 levels"],
    ["with more items than a model has", fileOf(`{"a":[${"[],".repeat(2 ** 20)}[]]}`), "more than 1048576"],
    ["with metadata that is a list", fileOf('{"__metadata__":["a"]}'), "__metadata__ is an array"],
    ["with metadata that is null", fileOf('{"__metadata__":null}'), "__metadata__ is null"],
    ["with metadata other than texts", fileOf('{"__metadata__":{"a":1}}'), '1 under "a", expected a text'],
    ["with an entry that is none", fileOf(one("null")), "dtype undefined"],
    ["with numbers of another type", fileOf(one(entry("I64", [], [0, 8])), [...four, ...four]), 'dtype "I64"'],
    ["with a type that objects have", fileOf(one(entry("constructor", [], [0, 4])), four), 'dtype "constructor"'],
    ["with a shape that is none", fileOf(one(entry("F32", 1, [0, 4])), four), "shape 1"],
    ["with a negative size", fileOf(one(entry("F32", [-1, -1], [0, 4])), four), "shape an array"],
    ["with half a size", fileOf(one(entry("F32", [0.5, 2], [0, 4])), four), "shape an array"],
    [
      "with sizes beyond all numbers",
      fileOf(one(entry("F32", [2 ** 53 - 1, 2 ** 53 - 1], [0, 4])), four),
      "expected 3.2",
    ],
    ["with offsets that are none", fileOf(one(entry("F32", [], "04")), four), 'data_offsets "04"'],
    ["with one offset", fileOf(one(entry("F32", [], [4])), four), "data_offsets an array of length 1"],
    ["with offsets the wrong way round", fileOf(one(entry("F32", [], [4, 0])), four), "takes the bytes 4 to 0"],
    [
      "with more bytes than its shape",
      fileOf(one(entry("F32", [1], [0, 8])), [...four, ...four]),
      "expected 4 of them",
    ],
    ["with a tensor behind its end", fileOf(one(entry("F32", [2], [0, 8])), four), "ends at 8, where there are 4"],
    [
      "with a gap before a tensor",
      fileOf(one(entry("F32", [], [4, 8])), [...four, ...four]),
      "begins at 4, expected 0",
    ],
    [
      "with bytes that no tensor has",
      fileOf(one(entry("F32", [], [0, 4])), [...four, 0]),
      "take 4 bytes, but there are 5",
    ],
    ["with bytes and no tensors", fileOf("{}", [0]), "take 0 bytes, but there are 1"],
    [
      "with tensors that overlap",
      fileOf(`{"a":${entry("F32", [], [0, 4])},"b":${entry("F32", [], [2, 6])}}`, [...four, 0, 0]),
      '"b" begins at 2, expected 4',
    ],
  ])("%s", (_, bytes, message) => {
    expectThrown(() => decodeTensors(bytes), "ERR_FORMAT", message);
  });

  it.each(["{", '{"a', '{"a":', '{"a":1,}', "{}{}", '{"a\\":1}', "{]", '{"\\x":1}'])("with the header %j", (text) => {
    expect(() => decodeTensors(fileOf(text))).toThrow();
  });

  it("with a header that is no UTF-8", () => {
    const bytes = fileOf('{"a":1}');
    bytes[10] = 0xff;
    expect(() => decodeTensors(bytes)).toThrow();
  });
});

it("names that mean something to JavaScript are names like others", () => {
  const text = `{"__metadata__":{"__proto__":"x"},"__proto__":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}`;
  const { metadata, tensors } = decodeTensors(fileOf(text, [0, 0, 0, 0]));
  expect(metadata.get("__proto__")).toBe("x");
  expect(tensors.map(({ name }) => name)).toEqual(["__proto__"]);
  expect(Object.hasOwn(Object.prototype, "dtype")).toBe(false);
});
