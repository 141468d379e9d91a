/**
 * Handwritten digits to learn from where no data set is at hand: they are drawn from pen strokes, the same ones everywhere.
 *
 * @packageDocumentation
 */
import { Dataset } from "../dataset.ts";
import { type DigitImages, generateDigits } from "./generate.ts";

import { SIDE } from "./render.ts";

export { type DigitImages, generateDigits } from "./generate.ts";
export { SeededRandom } from "./random.ts";
export { PIXELS, SIDE } from "./render.ts";

const TRAIN = { size: 12_000, seed: 1 };
const TEST = { size: 2_000, seed: 2 };

/** 12,000 digits to train on and 2,000 others, in 10 classes: 28 × 28 pixels from 0 (paper) to 1 (ink). About 0.6 s. */
export function digits(): { readonly train: Dataset; readonly test: Dataset } {
  return {
    train: toDataset(generateDigits(TRAIN.size, TRAIN.seed)),
    test: toDataset(generateDigits(TEST.size, TEST.seed)),
  };
}

function toDataset({ images, labels }: DigitImages): Dataset {
  const imageShape = { rows: SIDE, columns: SIDE };
  return Dataset.from({ inputs: images, labels, classes: 10, inputScale: 1 / 255, imageShape });
}
