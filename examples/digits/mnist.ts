import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { CommandError, errorCode } from "../common/errors.ts";

/** One of a data set's files: its name without `.gz`, and the SHA-256 of its unpacked bytes, in hexadecimal. */
export interface DataFile {
  readonly name: string;
  readonly sha256: string;
}

/** The parts of MNIST. */
export type MnistPart = "trainImages" | "trainLabels" | "testImages" | "testLabels";

/** MNIST's four files as they are published. */
export const MNIST_FILES: Readonly<Record<MnistPart, DataFile>> = {
  trainImages: {
    name: "train-images-idx3-ubyte",
    sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
  },
  trainLabels: {
    name: "train-labels-idx1-ubyte",
    sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
  },
  testImages: {
    name: "t10k-images-idx3-ubyte",
    sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
  },
  testLabels: {
    name: "t10k-labels-idx1-ubyte",
    sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
  },
};

/** Where each part of MNIST lies. */
export type MnistPaths = Readonly<Record<MnistPart, string>>;

/** The names under which a file is found in the wild: plain or packed, and with a dot where the type begins. */
export function fileVariants(name: string): string[] {
  const dotted = name.replace("-idx", ".idx");
  return [name, `${name}.gz`, dotted, `${dotted}.gz`];
}

/** The paths in `folder` that hold the file under one of its names; none if the folder does not exist. */
export async function findVariants(folder: string, name: string): Promise<string[]> {
  const present = await fileNames(folder);
  return fileVariants(name)
    .filter((variant) => present?.has(variant))
    .map((variant) => join(folder, variant));
}

/**
 * Finds MNIST's four files in a folder.
 *
 * @throws CommandError naming every file that is missing
 */
export async function findMnist(folder: string): Promise<MnistPaths> {
  const present = await fileNames(folder);
  if (present === undefined) throw new CommandError(`there is no folder ${folder}`);
  const missing: string[] = [];
  const find = (part: MnistPart): string => {
    const { name } = MNIST_FILES[part];
    const variant = fileVariants(name).find((candidate) => present.has(candidate));
    if (variant === undefined) missing.push(name);
    return join(folder, variant ?? name);
  };
  const paths: MnistPaths = {
    trainImages: find("trainImages"),
    trainLabels: find("trainLabels"),
    testImages: find("testImages"),
    testLabels: find("testLabels"),
  };
  if (missing.length > 0) {
    throw new CommandError(`${folder} lacks ${missing.join(", ")} (each may be plain or end in .gz)`);
  }
  return paths;
}

async function fileNames(folder: string): Promise<Set<string> | undefined> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return new Set(entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name));
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return undefined;
    throw error;
  }
}
