import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { samplesOf } from "../../src/dataset.ts";
import { Dataset } from "../../src/index.ts";
import type { Chance } from "./chance.ts";
import { joined, mutatedBytes } from "./mutate_bytes.ts";
import { fail, READ, refusal, type Target, type Trial } from "./target.ts";
import { AllocationMeter } from "./watch.ts";

/** Pairs of IDX files, plain and gzip: `Dataset.idx`. */
export const idx: Target = {
  name: "idx",
  inputs: 100_000,
  quick: 2000,
  mostMemory: 512,
  async open(): Promise<Trial> {
    const folder = mkdtempSync(join(tmpdir(), "downhill-fuzz-idx-"));
    const bomb = gzipBomb();
    const meter = new AllocationMeter();
    const paths = ["images", "labels"].map((name) => join(folder, name));
    return {
      async run(chance) {
        const [images, labels] = files(chance, bomb);
        writeFileSync(paths[0], images);
        writeFileSync(paths[1], labels);
        const expected = expectation(images, labels);
        meter.reset();
        let read: Dataset;
        try {
          read = await Dataset.idx(paths[0], paths[1]);
        } catch (error) {
          meter.assertJustified(images.length + labels.length);
          const code = refusal(error, ["ERR_DATA", "ERR_SHAPE"]);
          if (expected !== code) fail(`refused with ${code}, where ${describe(expected)} was expected`, error);
          return code;
        }
        meter.assertJustified(images.length + labels.length, 8 * read.size * read.inputSize);
        if (typeof expected === "string") fail(`read, where ${expected} was expected`);
        const { inputs, labels: found = [] } = samplesOf(read);
        if (!expected.pixels.equals(inputs as Uint8Array) || !expected.labels.equals(Uint8Array.from(found))) {
          fail("read as other values than the file's");
        }
        return READ;
      },
      close: () => rmSync(folder, { recursive: true }),
    };
  },
};

/** 2 GiB of zeros behind a header for four of them, in members of 64 MiB. */
function gzipBomb(): Uint8Array {
  const member = gzipSync(Buffer.alloc(2 ** 26));
  return joined(gzipSync(file([1, 2, 2], Buffer.alloc(4))), ...new Array<Uint8Array>(32).fill(member));
}

function file(sizes: readonly number[], values: Uint8Array): Uint8Array {
  const header = Buffer.alloc(4 + 4 * sizes.length);
  header.set([0, 0, 8, sizes.length]);
  for (const [dimension, size] of sizes.entries()) header.writeUInt32BE(size, 4 + 4 * dimension);
  return joined(header, values);
}

function files(chance: Chance, bomb: Uint8Array): [Uint8Array, Uint8Array] {
  const [count, rows, columns] = [chance.between(1, 6), chance.between(1, 5), chance.between(1, 5)];
  const images = file([count, rows, columns], chance.bytes(count * rows * columns));
  const labels = file(
    [count],
    Uint8Array.from({ length: count }, () => chance.below(4)),
  );
  if (chance.happens(0.001)) return [bomb, labels];
  const changesImages = chance.happens(0.5);
  return [encoded(chance, images, changesImages), encoded(chance, labels, !changesImages)];
}

/** A file as it lies on the disk, changed or not, before it is compressed or after. */
function encoded(chance: Chance, bytes: Uint8Array, isChanged: boolean): Uint8Array {
  const changes = isChanged ? chance.pick(["none", "content", "content", "compressed"] as const) : "none";
  const content = changes === "content" ? mutatedBytes(chance, bytes) : bytes;
  if (changes === "none" ? chance.happens(0.5) : changes === "content" && chance.happens(0.6)) return content;
  const compressed = gzipSync(content, { level: 1 });
  return changes === "compressed" ? mutatedBytes(chance, compressed) : compressed;
}

/** What a simple parser says: the values, or the code that the files are to be refused with. */
function expectation(
  images: Uint8Array,
  labels: Uint8Array,
): "ERR_DATA" | "ERR_SHAPE" | { pixels: Buffer; labels: Buffer } {
  const [first, second] = [valuesOf(images, 3), valuesOf(labels, 1)];
  if (!first || !second) return "ERR_DATA";
  return first.sizes[0] === second.sizes[0] ? { pixels: first.values, labels: second.values } : "ERR_SHAPE";
}

/** More than any file has that is no bomb. */
const MOST_BYTES = 2 ** 16;

function valuesOf(bytes: Uint8Array, dimensions: number): { sizes: number[]; values: Buffer } | undefined {
  let content = Buffer.from(bytes);
  try {
    if (content.subarray(0, 2).toString("hex") === "1f8b")
      content = gunzipSync(content, { maxOutputLength: MOST_BYTES });
  } catch {
    return undefined;
  }
  const start = Buffer.from([0, 0, 8, dimensions]);
  if (content.length < 4 + 4 * dimensions || !content.subarray(0, 4).equals(start)) return undefined;
  const sizes = Array.from({ length: dimensions }, (_, dimension) => content.readUInt32BE(4 + 4 * dimension));
  const values = content.subarray(4 + 4 * dimensions);
  return values.length > 0 && values.length === sizes.reduce((a, b) => a * b) ? { sizes, values } : undefined;
}

function describe(expected: ReturnType<typeof expectation>): string {
  return typeof expected === "string" ? expected : "a data set";
}
