import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Dataset, samplesOf } from "../../src/dataset.ts";
import { currentPlatform, registerPlatform } from "../../src/platform.ts";
import { nodePlatform } from "../../src/platform_node.ts";
import { expectRejected } from "../support/errors.ts";
import { temporaryFolder } from "../support/folder.ts";

describe("Dataset.idx", () => {
  const folder = temporaryFolder();
  const previous = currentPlatform();

  /** Writes an IDX file of unsigned bytes and gives its path. */
  async function write(name: string, sizes: readonly number[], values: readonly number[], gzip = false) {
    const header = [0, 0, 8, sizes.length, ...sizes.flatMap((size) => [0, 0, size >> 8, size & 255])];
    const bytes = Uint8Array.from([...header, ...values]);
    const path = join(folder, name);
    await writeFile(path, gzip ? gzipSync(bytes) : bytes);
    return path;
  }

  beforeAll(() => registerPlatform(nodePlatform));
  afterAll(() => registerPlatform(previous));

  it("reads plain and compressed files, keeps bytes and scales them to 0 … 1", async () => {
    const pixels = Array.from({ length: 300 * 6 }, (_, i) => (i * 7) % 256);
    const digits = Array.from({ length: 300 }, (_, i) => i % 4);
    const sizes = [300, 2, 3];
    const plain = await Dataset.idx(await write("i", sizes, pixels), await write("l", [300], digits));
    const packed = await Dataset.idx(
      await write("i.gz", sizes, pixels, true),
      await write("l.gz", [300], digits, true),
    );
    expect(plain).toMatchObject({ size: 300, inputSize: 6, targetSize: 4, classes: 4 });
    expect(samplesOf(plain)).toMatchObject({ inputs: Uint8Array.from(pixels), inputScale: 1 / 255 });
    expect(samplesOf(plain).labels).toEqual(Uint32Array.from(digits));
    expect(samplesOf(packed)).toEqual(samplesOf(plain));
    expect(plain.sample(299)).toEqual({
      input: Float64Array.from(pixels.slice(-6), (pixel) => pixel * (1 / 255)),
      target: Float64Array.of(0, 0, 0, 1),
      label: 3,
    });
  });

  it("can have classes that no label of the files is in", async () => {
    const paths = [await write("i9", [2, 1, 1], [1, 2]), await write("l9", [2], [0, 2])] as const;
    expect(await Dataset.idx(...paths, { classes: 5 })).toMatchObject({ targetSize: 5, classes: 5 });
    await expectRejected(Dataset.idx(...paths, { classes: 2 }), "ERR_DATA", "labels[1] is 2");
    await expectRejected(Dataset.idx(...paths, { classes: 1 }), "ERR_OPTION", "options.classes is 1");
    await expectRejected(Dataset.idx(...paths, { class: 3 } as never), "ERR_OPTION", 'no option "class"');
  });

  it("holds even a small file in memory that nothing else uses", async () => {
    const dataset = await Dataset.idx(await write("i1.gz", [1, 1, 1], [9], true), await write("l1", [1], [0]));
    expect(samplesOf(dataset).inputs.buffer.byteLength).toBe(17);
  });

  it("decompresses a file no further than its first bytes say, nor makes room for what is not there", async () => {
    const good = await write("l2", [2], [0, 1]);
    const bomb = join(folder, "bomb.gz");
    const start = gzipSync(Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 7, 8));
    const zeros = gzipSync(new Uint8Array(2 ** 26));
    await writeFile(bomb, Buffer.concat([start, ...new Array<Buffer>(16).fill(zeros)]));
    await expectRejected(Dataset.idx(bomb, good), "ERR_DATA", bomb, "goes on behind the 18 bytes that it declares");

    const boast = join(folder, "boast");
    await writeFile(boast, Uint8Array.of(0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 255, 255, 1));
    await expectRejected(Dataset.idx(boast, good), "ERR_DATA", "is truncated: found 17 bytes", "4294967295 images");
    await expectRejected(Dataset.idx(folder, good), "ERR_DATA", folder, "it is not a regular file");
  });

  it("refuses as many labels as there are no images", async () => {
    const images = await write("two", [2, 1, 1], [1, 2]);
    const few = await write("one", [1], [1]);
    await expectRejected(Dataset.idx(images, few), "ERR_SHAPE", few, "has 1 labels, expected 2", images);
  });

  it("names the file that is damaged, missing or of another kind", async () => {
    const images = await write("images", [2, 1, 1], [1, 2]);
    const good = await write("labels", [2], [0, 1]);
    await expectRejected(Dataset.idx(good, images), "ERR_DATA", `${good} has the wrong number of dimensions`);

    const missing = join(folder, "missing");
    const absent = await expectRejected(Dataset.idx(images, missing), "ERR_DATA", missing, "cannot be read", "ENOENT");
    expect(absent.cause).toMatchObject({ code: "ENOENT" });

    const cut = join(folder, "cut.gz");
    await writeFile(cut, gzipSync(Uint8Array.of(0, 0, 8, 1, 0, 0, 1, 244, ...new Array(500).fill(3))).subarray(0, 24));
    const truncated = await expectRejected(Dataset.idx(images, cut), "ERR_DATA", cut, "damaged", "gzip");
    expect(truncated.cause).toBeInstanceOf(Error);

    const garbage = join(folder, "garbage.gz");
    await writeFile(garbage, Uint8Array.of(0x1f, 0x8b, 1, 2, 3, 4));
    await expectRejected(Dataset.idx(garbage, good), "ERR_DATA", garbage, "damaged");
  });

  it("refuses paths that are none", async () => {
    await expectRejected(
      Dataset.idx(5 as unknown as string, "labels"),
      "ERR_OPTION",
      "imagesPath is 5, expected a path",
    );
    await expectRejected(Dataset.idx(folder, ""), "ERR_OPTION", 'labelsPath is ""');
  });

  it("says so where no file can be read", async () => {
    registerPlatform({});
    try {
      await expectRejected(Dataset.idx("images", "labels"), "ERR_DATA", "images cannot be read", "only", "Node.js");
    } finally {
      registerPlatform(nodePlatform);
    }
  });
});
