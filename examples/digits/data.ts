import { Dataset } from "downhill";
import { digits, PIXELS } from "downhill/digits";
import { CommandError } from "../common/errors.ts";
import type { DigitSource } from "./arguments.ts";
import { downloadFiles } from "./download.ts";
import { findMnist, MNIST_FILES, type MnistPaths } from "./mnist.ts";
import { CLASSES, type DigitKind } from "./recipe.ts";

/** Digits to learn from and others to be tested on. */
export interface DigitData {
  readonly kind: DigitKind;
  /** Where they come from, in words. */
  readonly name: string;
  readonly train: Dataset;
  readonly test: Dataset;
}

/** What may interrupt the loading of data, and who hears about it. */
export interface LoadOptions {
  readonly signal: AbortSignal;
  readonly onFetch: (address: string) => void;
}

/** Draws, reads or downloads the digits. */
export async function loadDigits(source: DigitSource, options: LoadOptions): Promise<DigitData> {
  switch (source.kind) {
    case "builtIn":
      return { kind: "builtIn", name: "built in, drawn from pen strokes", ...digits() };
    case "folder":
      return readMnist(source.folder, await findMnist(source.folder));
    case "download":
      return readMnist(source.cache, await downloadMnist(source, options));
  }
}

async function downloadMnist(
  { cache, mirrors }: Extract<DigitSource, { kind: "download" }>,
  options: LoadOptions,
): Promise<MnistPaths> {
  const { trainImages, trainLabels, testImages, testLabels } = MNIST_FILES;
  const files = [trainImages, trainLabels, testImages, testLabels];
  const paths = await downloadFiles(files, { cache, mirrors, ...options });
  return { trainImages: paths[0], trainLabels: paths[1], testImages: paths[2], testLabels: paths[3] };
}

async function readMnist(folder: string, paths: MnistPaths): Promise<DigitData> {
  const [train, test] = await Promise.all([
    Dataset.idx(paths.trainImages, paths.trainLabels),
    Dataset.idx(paths.testImages, paths.testLabels),
  ]);
  for (const { inputSize, targetSize } of [train, test]) {
    if (inputSize !== PIXELS || targetSize !== CLASSES) {
      throw new CommandError(
        `${folder} has images of ${inputSize} pixels in ${targetSize} classes, expected ${PIXELS} pixels in ${CLASSES}`,
      );
    }
  }
  return { kind: "mnist", name: `MNIST in ${folder}`, train, test };
}
