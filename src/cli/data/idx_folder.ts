import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { reasonOf } from "../../errors.ts";
import { CommandError } from "../command_error.ts";

/** The images and the labels of a data set. */
export interface IdxPair {
  readonly images: string;
  readonly labels: string;
}

/** What MNIST's files are called, and those of data sets that were made like it. */
const NAMES = {
  train: { images: "train-images-idx3-ubyte", labels: "train-labels-idx1-ubyte" },
  test: { images: "t10k-images-idx3-ubyte", labels: "t10k-labels-idx1-ubyte" },
} as const;

/**
 * Finds the images and labels that a folder holds, plain or gzip, also with a dot where the type begins.
 *
 * @throws CommandError when the folder cannot be read, has neither pair, or lacks a part of one
 */
export async function findIdxFiles(folder: string): Promise<{ readonly train?: IdxPair; readonly test?: IdxPair }> {
  const present = await fileNames(folder);
  const find = (name: string) => variantsOf(name).find((variant) => present.has(variant));
  const pair = ({ images, labels }: IdxPair): IdxPair | undefined => {
    const found = { images: find(images), labels: find(labels) };
    if (found.images && found.labels) return { images: join(folder, found.images), labels: join(folder, found.labels) };
    if (!found.images && !found.labels) return undefined;
    throw new CommandError(`${folder} lacks ${found.images ? labels : images} (plain, or ending in .gz)`);
  };
  const [train, test] = [pair(NAMES.train), pair(NAMES.test)];
  if (train || test) return { ...(train && { train }), ...(test && { test }) };
  const { images, labels } = NAMES.train;
  throw new CommandError(`${folder} holds no IDX files named as MNIST's are: ${images} and ${labels}`);
}

function variantsOf(name: string): readonly string[] {
  const dotted = name.replace("-idx", ".idx");
  return [name, `${name}.gz`, dotted, `${dotted}.gz`];
}

async function fileNames(folder: string): Promise<Set<string>> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return new Set(entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name));
  } catch (cause) {
    throw new CommandError(`${folder} cannot be read: ${reasonOf(cause)}`, { cause });
  }
}
