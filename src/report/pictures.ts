import type { ImageShape } from "../data/origin.ts";
import { pngUri } from "./png.ts";

export interface Picture {
  /** A data URI. */
  readonly uri: string;
}

/** Larger pictures are shown smaller, so that a report stays small. */
const MOST_SIDE = 96;
/** Whether the ground is empty is seen at the edge. */
const EMPTY = 0.15;

/**
 * Inputs as pictures in shades of grey, over the range that all of them have together. What is drawn on an empty ground,
 * such as handwriting, becomes ink on paper: the higher, the darker. Others are as light as their values are high.
 *
 * @param inputs - (rows × columns) each
 */
export function greyPictures(
  inputs: readonly Float64Array[],
  shape: ImageShape,
): { readonly pictures: readonly Picture[]; readonly isInk: boolean } {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const input of inputs) {
    for (const value of input) {
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
  }
  const range = most - least || 1;
  const edge = inputs.reduce((sum, input) => sum + edgeMean(input, shape), 0) / inputs.length;
  const isInk = (edge - least) / range < EMPTY;
  const pictures = inputs.map((input) => {
    const { values, rows, columns } = reduced(input, shape);
    const pixels = Uint8Array.from(values, (value) => Math.round(255 * ((value - least) / range)));
    return { uri: pngUri(isInk ? pixels.map((light) => 255 - light) : pixels, rows, columns) };
  });
  return { pictures, isInk };
}

function edgeMean(input: Float64Array, { rows, columns }: ImageShape): number {
  let [sum, count] = [0, 0];
  for (let row = 0; row < rows; row++) {
    const isEdge = row === 0 || row === rows - 1;
    for (let column = 0; column < columns; column += isEdge ? 1 : Math.max(1, columns - 1)) {
      sum += input[row * columns + column];
      count++;
    }
  }
  return sum / count;
}

/** Squares of pixels as one, with their mean, where an image has too many. */
function reduced(input: Float64Array, { rows, columns }: ImageShape) {
  const step = Math.ceil(Math.max(rows, columns) / MOST_SIDE);
  if (step === 1) return { values: input, rows, columns };
  const size = { rows: Math.ceil(rows / step), columns: Math.ceil(columns / step) };
  const values = new Float64Array(size.rows * size.columns);
  const counts = new Float64Array(values.length);
  for (let i = 0; i < input.length; i++) {
    const square = Math.floor(Math.floor(i / columns) / step) * size.columns + Math.floor((i % columns) / step);
    values[square] += input[i];
    counts[square]++;
  }
  return { values: values.map((sum, i) => sum / counts[i]), ...size };
}
