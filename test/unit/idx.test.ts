import { describe, expect, it } from "vitest";
import { parseIdxImages, parseIdxLabels } from "../../src/formats/idx.ts";
import { expectThrown } from "../support/errors.ts";
import { fc } from "../support/fast_check.ts";

/** A writer independent of the parser: header bytes spelt out, sizes big-endian. */
function idx(sizes: readonly number[], values: ArrayLike<number>, type = 0x08): Uint8Array {
  const header = [0, 0, type, sizes.length];
  for (const size of sizes) header.push((size >>> 24) & 255, (size >>> 16) & 255, (size >>> 8) & 255, size & 255);
  return Uint8Array.from([...header, ...Array.from(values)]);
}

function expectDataError(action: () => unknown, ...fragments: readonly string[]): void {
  expectThrown(action, "ERR_DATA", ...fragments);
}

const images = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 7 }))
  .chain(([count, rows, columns]) => {
    const length = count * rows * columns;
    const pixels = fc.uint8Array({ minLength: length, maxLength: length });
    return fc.record({ count: fc.constant(count), rows: fc.constant(rows), columns: fc.constant(columns), pixels });
  });

describe("parseIdxImages", () => {
  it("reads back what was written", () => {
    fc.assert(
      fc.property(images, ({ count, rows, columns, pixels }) => {
        expect(parseIdxImages(idx([count, rows, columns], pixels), "images")).toEqual({ count, rows, columns, pixels });
      }),
    );
  });

  it("refuses every truncated and every extended file", () => {
    fc.assert(
      fc.property(images, fc.nat(), fc.integer({ min: 1, max: 9 }), ({ count, rows, columns, pixels }, cut, extra) => {
        const file = idx([count, rows, columns], pixels);
        expectDataError(() => parseIdxImages(file.subarray(0, cut % file.length), "images"), "images is t");
        const longer = new Uint8Array(file.length + extra);
        longer.set(file);
        expectDataError(() => parseIdxImages(longer, "images"), "has trailing bytes", `expected ${file.length}`);
      }),
    );
  });

  it("views the parsed bytes instead of copying them, also when they start within a buffer", () => {
    const whole = new Uint8Array(40);
    const file = whole.subarray(5, 5 + 16 + 4);
    file.set(idx([1, 2, 2], [1, 2, 3, 4]));
    const { pixels } = parseIdxImages(file, "images");
    expect(pixels.buffer).toBe(whole.buffer);
    expect(Array.from(pixels)).toEqual([1, 2, 3, 4]);
  });

  it("reads sizes as big-endian unsigned numbers", () => {
    expectDataError(
      () => parseIdxImages(idx([0xfffffffe, 0x01020304, 1], [7]), "huge"),
      "huge is truncated",
      "4294967294 images x 16909060 rows x 1 columns",
    );
  });
});

describe("parseIdxLabels", () => {
  it("reads back what was written", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (labels) => {
        expect(parseIdxLabels(idx([labels.length], labels), "labels")).toEqual({ count: labels.length, labels });
      }),
    );
  });
});

describe("a file that is not what it should be", () => {
  it("names file, expected and found", () => {
    expectDataError(() => parseIdxLabels(Uint8Array.of(0, 0), "a"), "a is too short", "found 2 bytes", "at least 8");
    expectDataError(() => parseIdxLabels(new Uint8Array(0), "a"), "found 0 bytes");
    expectDataError(() => parseIdxLabels(Uint8Array.of(80, 75, 3, 4), "b"), "b is not an IDX file", "50 4b", "00 00");
    expectDataError(() => parseIdxLabels(Uint8Array.of(0x1f, 0x8b, 8, 0), "c"), "1f 8b", "gzip");
    expectDataError(() => parseIdxLabels(idx([1], [0, 0, 0, 0], 0x0d), "d"), "d holds", "0x0d", "0x08");
    expectDataError(() => parseIdxImages(idx([1], [3]), "e"), "e has", "found 1", "expected 3 (images, rows, columns)");
    expectDataError(() => parseIdxLabels(idx([1, 1, 1], [3]), "f"), "found 3", "expected 1 (labels)");
    expectDataError(
      () => parseIdxImages(idx([2, 1, 1], [3, 4]).subarray(0, 9), "g"),
      "g is truncated",
      "found 9",
      "16",
    );
    expectDataError(() => parseIdxImages(idx([2, 0, 1], []), "h"), "h is empty", "found 0 rows");
    expectDataError(() => parseIdxLabels(idx([0], []), "i"), "i is empty", "found 0 labels");
    expectDataError(() => parseIdxLabels(idx([3], [1, 2]), "j"), "j is truncated", "found 10 bytes, expected 11");
    expectDataError(() => parseIdxLabels(idx([1], [1, 2]), "k"), "k has trailing bytes", "found 10 bytes, expected 9");
  });
});
