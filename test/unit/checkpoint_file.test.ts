import { createHash } from "node:crypto";
import { truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  readCheckpoint,
  reverseElements,
  writeCheckpoint,
} from "../../src/formats/checkpoint_file.ts";
import { currentPlatform, registerPlatform } from "../../src/platform.ts";
import { nodePlatform } from "../../src/platform_node.ts";
import type { Values } from "../../src/types.ts";
import { expectError, expectRejected, rejectionOf } from "../support/errors.ts";
import { fc } from "../support/fast_check.ts";
import { temporaryFolder } from "../support/folder.ts";

const PATH = "run.checkpoint";

async function sha256(parts: readonly Uint8Array[]): Promise<Uint8Array> {
  return new Uint8Array(createHash("sha256").update(Buffer.concat(parts)).digest());
}

async function encode(header: object, arrays: Record<string, Values> = {}): Promise<Uint8Array> {
  return new Uint8Array(Buffer.concat(await encodeCheckpoint(header, arrays, sha256)));
}

const decode = (bytes: Uint8Array) => decodeCheckpoint(bytes, PATH, sha256);

/** Arrays of both types, with gaps behind the header and behind the first array. */
const small = () => encode({ epoch: 12 }, { a: Float32Array.of(1.5, -0, Number.NaN), b: Float64Array.of(1 / 3) });

/** The same bytes with the digest that they should have. */
function sealed(bytes: Uint8Array): Uint8Array {
  const end = bytes.length - 32;
  return new Uint8Array(
    Buffer.concat([bytes.subarray(0, end), createHash("sha256").update(bytes.subarray(0, end)).digest()]),
  );
}

/** A writer independent of the encoder: the bytes spelt out, everything in order around this header and body. */
function fileWith(header: string | Uint8Array, body: Uint8Array = new Uint8Array()): Uint8Array {
  const text = Buffer.from(header as string);
  const gap = Buffer.alloc((8 - (text.length % 8)) % 8);
  const head = Buffer.from("894448434b0d0a1a" + "01000000" + "00000000" + "0000000000000000", "hex");
  head.writeUInt32LE(text.length, 12);
  head.writeUInt32LE(24 + text.length + gap.length + body.length + 32, 16);
  return sealed(Buffer.concat([head, text, gap, body, Buffer.alloc(32)]));
}

/** The bytes of an array with its type: equal for the same bits, NaNs' too. */
const bitsOf = (values: Values) => [
  values.constructor.name,
  Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("hex"),
];

function expectArrays(found: Checkpoint["arrays"], expected: Record<string, Values>): void {
  expect(Object.keys(found)).toEqual(Object.keys(expected));
  for (const [name, values] of Object.entries(expected)) expect(bitsOf(found[name] as Values)).toEqual(bitsOf(values));
}

const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("$", "$$", "$NaN", "$-0", "$Infinity", "\ud800"));
const name = text.filter((given) => given !== "__proto__");
const headers = fc.object({ key: name, values: [text, fc.double(), fc.integer(), fc.boolean(), fc.constant(null)] });
const arrays = fc.dictionary(name, fc.oneof(fc.float32Array(), fc.float64Array()));

describe("a checkpoint file", () => {
  it("gives back its header and its arrays, every number and every bit", async () => {
    await fc.assert(
      fc.asyncProperty(headers, arrays, fc.nat(16), async (header, given, offset) => {
        const bytes = await encode(header, given);
        const within = new Uint8Array(bytes.length + offset).subarray(offset);
        within.set(bytes);
        const checkpoint = await decode(within);
        expect(checkpoint.header).toEqual(header);
        expectArrays(checkpoint.arrays, given);
      }),
    );
  });

  it("keeps the numbers that JSON has no words for, and strings that look like them", async () => {
    const values = [-0, 0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, "$-0", "$$NaN", "$"];
    const found = (await decode(await encode({ values }))).header.values as unknown[];
    expect(found.map((value, i) => Object.is(value, values[i]))).toEqual(values.map(() => true));
  });

  it("is laid out as it says", async () => {
    const header =
      '{"header":{"epoch":12},"arrays":[{"name":"a","type":"float32","length":3,"place":0},' +
      '{"name":"b","type":"float64","length":1,"place":16}]}';
    const body = Buffer.from(`0000c03f${"00000080"}0000c07f${"00000000"}555555555555d53f`, "hex");
    expect(await small()).toEqual(fileWith(header, body));
  });

  it("leaves fields that are undefined out, and knows no names but those in the file", async () => {
    const { header, arrays } = await decode(await encode({ loss: undefined, best: [{ epoch: undefined }] }));
    expect(Object.keys(header)).toEqual(["best"]);
    expect(header.best).toEqual([{}]);
    expect(arrays.constructor).toBeUndefined();
    const named = await encode({}, { ["__proto__"]: Float32Array.of(1), constructor: Float32Array.of(2) });
    expect(Object.keys((await decode(named)).arrays)).toEqual(["__proto__", "constructor"]);
  });

  it("turns the bytes of each element round for machines of the other byte order", () => {
    const values = Float64Array.of(1 / 3, -2e-300);
    const view = new DataView(reverseElements(new Uint8Array(values.buffer), 8).buffer);
    const isLittleEndian = new DataView(values.buffer).getFloat64(0, true) === 1 / 3;
    expect([view.getFloat64(0, !isLittleEndian), view.getFloat64(8, !isLittleEndian)]).toEqual(Array.from(values));
  });

  it("takes no header that would come back as something else", async () => {
    const circular: { self?: unknown } = {};
    circular.self = circular;
    const cases: [object, string][] = [
      [[], "the header is an array of length 0, expected a plain object"],
      [{ weights: Float32Array.of(1) }, "weights in the header is a Float32Array of length 1"],
      [{ classes: new Map() }, "classes in the header is an instance of Map"],
      [{ seed: 1n }, "seed in the header is 1n"],
      [{ schedule: () => 0 }, "schedule in the header is a function"],
      [JSON.parse('{ "__proto__": 1 }'), "__proto__"],
      [circular, "circular"],
      [{ rows: Array.from({ length: 2 ** 21 }, () => []) }, `has ${2 ** 21 + 4} arrays and objects`],
    ];
    for (const [header, message] of cases) {
      expect(await rejectionOf(encode(header)), message).toMatchObject({ message: expect.stringContaining(message) });
    }
  });
});

describe("what is no intact checkpoint is refused in words:", () => {
  it("every truncation", async () => {
    const bytes = await small();
    for (let length = 0; length < bytes.length; length++) {
      const problem = length < 56 ? "is too short for a checkpoint" : `is truncated: found ${length} bytes`;
      await expectRejected(decode(bytes.subarray(0, length)), "ERR_CHECKPOINT", `${PATH} ${problem}`);
    }
    const longer = new Uint8Array(bytes.length + 1);
    longer.set(bytes);
    await expectRejected(decode(longer), "ERR_CHECKPOINT", PATH, "has trailing bytes", `expected ${bytes.length}`);
  });

  it("every flipped bit", async () => {
    const bytes = await small();
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      bytes[bit >> 3] ^= 1 << (bit & 7);
      await expectRejected(decode(bytes), "ERR_CHECKPOINT", PATH);
      bytes[bit >> 3] ^= 1 << (bit & 7);
    }
    expect((await decode(bytes)).header).toEqual({ epoch: 12 });
  });

  it("another version, another kind of file, a damaged one", async () => {
    const bytes = await small();
    const changed = (index: number, value: number) => Uint8Array.from(bytes, (byte, i) => (i === index ? value : byte));
    await expectRejected(
      decode(sealed(changed(8, 2))),
      "ERR_CHECKPOINT",
      `${PATH} is a checkpoint of version 2, expected 1`,
    );
    const packed = gzipSync(Buffer.concat([bytes, Buffer.alloc(100, "never the same")]));
    await expectRejected(decode(packed), "ERR_CHECKPOINT", `${PATH} is no checkpoint: it starts with 1f 8b 08`);
    await expectRejected(decode(changed(200, 1)), "ERR_CHECKPOINT", `${PATH} is damaged`, "SHA-256");
  });

  const entry = (changes: object) => ({ name: "a", type: "float32", length: 2, place: 0, ...changes });
  const withArrays = (...entries: unknown[]) => JSON.stringify({ header: {}, arrays: entries });
  const deep = (depth: number) => `{"header":{"a":${"[".repeat(depth)}${"]".repeat(depth)}},"arrays":[]}`;
  const hostile: [string, string | Uint8Array, string][] = [
    ["no JSON", "{", "JSON"],
    ["no UTF-8", Uint8Array.of(0x22, 0xff, 0x22), "not valid"],
    ["null", "null", "its header is undefined"],
    ["an array", "[]", "its header is undefined"],
    ["a header that is a list", '{"header":[],"arrays":[]}', "its header is an array of length 0"],
    ["no list of arrays", '{"header":{}}', "its list of arrays is undefined"],
    ["__proto__", '{"header":{"a":[{"__proto__":{"b":1}}]},"arrays":[]}', "has the name __proto__"],
    ["__proto__ outside", '{"__proto__":{"header":{},"arrays":[]}}', "has the name __proto__"],
    ["an unknown number", '{"header":{"a":"$Nan"},"arrays":[]}', '"$Nan" in its header stands for no number'],
    ["an endless depth", deep(500_000), "call stack"],
    ["too many arrays", deep(2 ** 21), "arrays and objects, expected at most"],
    ["an entry that is null", withArrays(null), "entry 0"],
    ["an entry without a name", withArrays(entry({ name: undefined })), "entry 0"],
    ["an unknown type", withArrays(entry({ type: "int8" })), "entry 0"],
    ["a length below 0", withArrays(entry({ length: -1 })), "entry 0"],
    ["half a length", withArrays(entry({ length: 0.5 })), "entry 0"],
    ["a length that is no number", withArrays(entry({ length: "2" })), "entry 0"],
    ["a length of −0", withArrays(entry({ length: "$-0" })), "entry 0"],
    ["an endless length", withArrays(entry({ length: "$Infinity" })), "entry 0"],
    ["a length beyond the file", withArrays(entry({ length: 5 })), "takes 20 bytes, where only 16 are left"],
    ["a huge length", withArrays(entry({ length: 2 ** 53 - 1 })), "where only 16 are left"],
    ["two arrays in one place", withArrays(entry({}), entry({ name: "b" })), '"b" is at 0, expected 8'],
    ["an array outside", withArrays(entry({ place: 16 })), '"a" is at 16, expected 0'],
    ["an array before the first", withArrays(entry({ place: -8 })), '"a" is at -8, expected 0'],
    ["an array at −0", withArrays(entry({ place: "$-0" })), '"a" is at -0, expected 0'],
    ["an array nowhere", withArrays(entry({ place: undefined })), '"a" is at undefined, expected 0'],
    ["two arrays of one name", withArrays(entry({}), entry({ place: 8 })), 'two arrays "a"'],
    ["bytes of no array", withArrays(entry({})), "its arrays take 8 bytes, but there are 16"],
  ];
  it.each(hostile)("a header with %s", async (_, header, problem) => {
    await expectRejected(
      decode(fileWith(header, new Uint8Array(16))),
      "ERR_CHECKPOINT",
      `${PATH} is damaged: `,
      problem,
    );
  });

  it("a header of a length that lies, or of too great a one", async () => {
    const bytes = await small();
    for (const length of [2 ** 32 - 1, bytes.length, bytes.length - 32 - 24 + 1]) {
      new DataView(bytes.buffer).setUint32(12, length, true);
      await expectRejected(decode(sealed(bytes)), "ERR_CHECKPOINT", `its header ends at byte ${24 + length}`);
    }
    const long = Buffer.alloc(2 ** 26 + 1, " ");
    await expectRejected(decode(fileWith(long)), "ERR_CHECKPOINT", `has ${2 ** 26 + 1} bytes, expected at most`);
  });

  it("anything else, with a digest that fits", async () => {
    const bytes = await small();
    const changes = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(changes, async (given) => {
        const changed = bytes.slice();
        for (const [index, value] of given) changed[index] = value;
        const failure = await rejectionOf(decode(sealed(changed)));
        if (failure !== undefined) expectError(failure, "ERR_CHECKPOINT", PATH);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("writeCheckpoint and readCheckpoint", () => {
  const folder = temporaryFolder();
  const previous = currentPlatform();

  beforeAll(() => registerPlatform(nodePlatform));
  afterAll(() => registerPlatform(previous));

  it("go through a file", async () => {
    const path = join(folder, "whole");
    // More than is hashed, and than is written, at once.
    const given = { weights: Float64Array.from({ length: 700_001 }, (_, i) => 1 / i), state: new Float32Array(3) };
    await writeCheckpoint(path, { rate: Number.POSITIVE_INFINITY }, given);
    const { header, arrays } = await readCheckpoint(path);
    expect(header).toEqual({ rate: Number.POSITIVE_INFINITY });
    expectArrays(arrays, given);
  });

  it("say what the system says", async () => {
    const missing = join(folder, "missing");
    const absent = await expectRejected(readCheckpoint(missing), "ERR_CHECKPOINT", `${missing} cannot be read: ENOENT`);
    expect(absent.cause).toMatchObject({ code: "ENOENT" });
    await expectRejected(
      readCheckpoint(folder),
      "ERR_CHECKPOINT",
      `${folder} cannot be read: it is not a regular file`,
    );
    const nowhere = join(missing, "file");
    const lost = await expectRejected(
      writeCheckpoint(nowhere, {}, {}),
      "ERR_CHECKPOINT",
      `${nowhere} cannot be written`,
    );
    expect(lost.cause).toMatchObject({ code: "ENOENT" });
  });

  it("refuse what cannot be a header, and leave the file as it was", async () => {
    const path = join(folder, "kept");
    await writeCheckpoint(path, { epoch: 1 }, {});
    await expectRejected(writeCheckpoint(path, { seed: 1n }, {}), "ERR_CHECKPOINT", path, "cannot be written", "seed");
    expect((await readCheckpoint(path)).header).toEqual({ epoch: 1 });
  });

  it("read no more of another file than its beginning", async () => {
    const path = join(folder, "huge");
    await writeFile(path, "something else");
    await truncate(path, 2 ** 36);
    const other = await expectRejected(
      readCheckpoint(path),
      "ERR_CHECKPOINT",
      "it starts with 73 6f 6d 65 74 68 69 6e",
    );
    expect(other.message.indexOf(`${path} is no checkpoint`)).toBe(0);
    await writeFile(path, (await small()).subarray(0, 100));
    await expectRejected(readCheckpoint(path), "ERR_CHECKPOINT", `${path} is truncated: found 100 bytes`);
  });

  it("say so where there are no files", async () => {
    registerPlatform({});
    try {
      await expectRejected(readCheckpoint("a"), "ERR_CHECKPOINT", "a cannot be read: files", "only", "Node.js");
      await expectRejected(writeCheckpoint("a", {}, {}), "ERR_CHECKPOINT", "a cannot be written: files", "Node.js");
    } finally {
      registerPlatform(nodePlatform);
    }
  });
});
