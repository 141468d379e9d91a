import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Dataset, Network } from "../../src/index.ts";
import { expectThrown, mistyped } from "../support/errors.ts";
import { temporaryFolder } from "../support/folder.ts";

const shape = { rows: 2, columns: 3 };
const inputs = Array.from({ length: 8 }, (_, i) => [i, 1, 2, 3, 4, 5]);
const labels = [0, 1, 0, 1, 0, 1, 0, 1];

it("the shape of images is kept by whatever is made of a data set", () => {
  const data = Dataset.from({ inputs, labels, imageShape: shape });
  expect(data.imageShape).toEqual(shape);
  expect(Object.isFrozen(data.imageShape)).toBe(true);
  const [part, rest] = data.split(0.5);
  for (const made of [part, rest, data.take(2), data.shuffle(), data.normalize(), data.normalize().take(3)]) {
    expect(made.imageShape).toEqual(shape);
  }
  expect(Dataset.from({ inputs, labels }).imageShape).toBeUndefined();
});

it("IDX files tell it", async () => {
  const folder = temporaryFolder();
  const [images, answers] = [join(folder, "images"), join(folder, "labels")];
  await writeFile(images, Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6));
  await writeFile(answers, Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 1, 1));
  expect((await Dataset.idx(images, answers)).imageShape).toEqual(shape);
});

it("shapes of other sizes, and what is none, are refused", () => {
  const make = (imageShape: unknown) => () => Dataset.from({ inputs, labels, imageShape: mistyped(imageShape) });
  expectThrown(make({ rows: 2, columns: 2 }), "ERR_SHAPE", "imageShape is 2 × 2", "6 pixels");
  expectThrown(make(6), "ERR_OPTION", "imageShape is 6");
  expectThrown(make(null), "ERR_OPTION", "imageShape is null");
  expectThrown(make({ rows: 6 }), "ERR_OPTION", "imageShape.columns is undefined");
  expectThrown(make({ rows: 1.5, columns: 4 }), "ERR_OPTION", "imageShape.rows is 1.5");
  expectThrown(make({ rows: 2, columns: 3, depth: 1 }), "ERR_OPTION", '"depth"');
});

it("is no business of a network that is fitted with the images", async () => {
  const network = new Network([6, 2], { seed: 1 });
  await network.fit(Dataset.from({ inputs, labels, imageShape: shape }).normalize(), { epochs: 1 });
  expect(JSON.stringify(network.toJSON())).not.toContain("rows");
});
