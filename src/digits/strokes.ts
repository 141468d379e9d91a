/** A point in the digit's own box: x to the right and y downwards, both from 0 to 1. */
export type Point = readonly [x: number, y: number];

/**
 * One movement of the pen.
 *
 * - `line`: straight from point to point.
 * - `curve`: from the first point to the last, pulled smoothly towards the points between them.
 * - `loop`: closed, pulled smoothly towards every point.
 */
export interface Stroke {
  readonly kind: "line" | "curve" | "loop";
  readonly points: readonly Point[];
}

/** One way of writing a digit, and how common it is among the ways of writing that digit. */
export interface Glyph {
  readonly weight: number;
  readonly strokes: readonly Stroke[];
}

const line = (...points: Point[]): Stroke => ({ kind: "line", points });
const curve = (...points: Point[]): Stroke => ({ kind: "curve", points });
const loop = (...points: Point[]): Stroke => ({ kind: "loop", points });
const glyph = (weight: number, ...strokes: Stroke[]): Glyph => ({ weight, strokes });

const ZERO = [
  glyph(
    3,
    loop([0.5, -0.06], [0.86, 0.02], [0.94, 0.5], [0.84, 0.98], [0.5, 1.06], [0.16, 0.98], [0.06, 0.5], [0.14, 0.02]),
  ),
  // The pen does not meet its own start.
  glyph(
    1,
    curve(
      [0.58, 0.06],
      [0.3, -0.08],
      [0.06, 0.3],
      [0.06, 0.8],
      [0.4, 1.1],
      [0.86, 0.98],
      [0.98, 0.4],
      [0.76, 0.0],
      [0.42, 0.02],
    ),
  ),
];

const ONE = [
  glyph(4, line([0.5, 0], [0.5, 1])),
  glyph(3, line([0.28, 0.26], [0.54, 0], [0.54, 1])),
  glyph(2, line([0.28, 0.24], [0.52, 0], [0.52, 1]), line([0.24, 1], [0.8, 1])),
];

const TWO = [
  glyph(
    3,
    curve([0.14, 0.24], [0.24, -0.06], [0.8, -0.06], [0.92, 0.34], [0.6, 0.62], [0.12, 1]),
    line([0.12, 1], [0.9, 1]),
  ),
  // A loop where the foot begins.
  glyph(
    2,
    curve(
      [0.16, 0.2],
      [0.36, -0.1],
      [0.86, 0],
      [0.84, 0.4],
      [0.56, 0.84],
      [0.16, 1.1],
      [0.04, 0.82],
      [0.36, 0.78],
      [0.6, 1.02],
      [0.94, 0.94],
    ),
  ),
];

const THREE = [
  glyph(
    3,
    curve([0.14, 0.14], [0.36, -0.1], [0.88, -0.02], [0.84, 0.42], [0.4, 0.46]),
    curve([0.4, 0.46], [0.92, 0.46], [0.96, 1], [0.48, 1.1], [0.1, 0.88]),
  ),
  glyph(
    1,
    line([0.18, 0.02], [0.82, 0.02], [0.44, 0.4]),
    curve([0.44, 0.4], [0.94, 0.36], [0.98, 0.98], [0.5, 1.1], [0.12, 0.9]),
  ),
];

const FOUR = [
  glyph(3, line([0.28, 0], [0.1, 0.56], [0.88, 0.56]), line([0.68, 0.22], [0.62, 1])),
  glyph(2, line([0.66, 1], [0.66, 0], [0.08, 0.66], [0.92, 0.66])),
  // The arms are bent, and no bar reaches beyond the stem.
  glyph(
    2,
    curve([0.2, 0.02], [0.08, 0.4], [0.2, 0.6], [0.5, 0.58], [0.8, 0.46]),
    curve([0.84, 0], [0.78, 0.4], [0.72, 1]),
  ),
];

const FIVE = [
  glyph(
    3,
    line([0.86, 0.02], [0.28, 0.02], [0.22, 0.44]),
    curve([0.22, 0.44], [0.48, 0.28], [0.96, 0.4], [0.92, 0.96], [0.44, 1.12], [0.1, 0.88]),
  ),
  // Written like an S in one go.
  glyph(
    1,
    curve(
      [0.86, 0.04],
      [0.4, -0.06],
      [0.2, 0.14],
      [0.24, 0.42],
      [0.7, 0.42],
      [0.92, 0.7],
      [0.7, 1.06],
      [0.36, 1.04],
      [0.12, 0.9],
    ),
  ),
];

const SIX = [
  glyph(
    3,
    curve(
      [0.72, 0],
      [0.36, 0.1],
      [0.08, 0.5],
      [0.12, 1.02],
      [0.6, 1.12],
      [0.92, 0.84],
      [0.74, 0.5],
      [0.36, 0.5],
      [0.18, 0.76],
    ),
  ),
  glyph(
    2,
    curve([0.44, 0], [0.14, 0.4], [0.1, 0.98], [0.46, 1.1], [0.86, 0.98], [0.84, 0.62], [0.5, 0.52], [0.18, 0.72]),
  ),
];

const SEVEN = [
  glyph(3, line([0.12, 0.03], [0.86, 0.03], [0.4, 1])),
  glyph(2, line([0.12, 0.03], [0.86, 0.03], [0.42, 1]), line([0.34, 0.52], [0.84, 0.48])),
  glyph(
    2,
    line([0.12, 0.2], [0.16, 0.04], [0.5, 0.06]),
    curve([0.5, 0.06], [0.96, -0.02], [0.72, 0.36], [0.5, 0.6], [0.46, 1]),
  ),
];

const EIGHT = [
  glyph(
    3,
    loop(
      [0.5, 0.48],
      [0.86, 0.28],
      [0.74, -0.06],
      [0.26, -0.06],
      [0.14, 0.28],
      [0.5, 0.48],
      [0.94, 0.76],
      [0.8, 1.08],
      [0.2, 1.08],
      [0.06, 0.76],
    ),
  ),
  glyph(
    1,
    loop([0.5, -0.04], [0.8, 0], [0.8, 0.44], [0.5, 0.48], [0.2, 0.44], [0.2, 0]),
    loop([0.5, 0.44], [0.92, 0.5], [0.92, 1.02], [0.5, 1.06], [0.08, 1.02], [0.08, 0.5]),
  ),
  // Begun at the top right and crossed in the middle.
  glyph(
    2,
    curve(
      [0.82, 0.12],
      [0.56, -0.12],
      [0.1, 0.02],
      [0.24, 0.4],
      [0.72, 0.58],
      [0.96, 0.96],
      [0.5, 1.12],
      [0.04, 0.96],
      [0.3, 0.58],
      [0.68, 0.36],
      [0.82, 0.12],
    ),
  ),
];

const NINE = [
  glyph(
    3,
    loop([0.5, -0.06], [0.82, 0.02], [0.84, 0.44], [0.5, 0.54], [0.16, 0.44], [0.18, 0.02]),
    line([0.8, 0.16], [0.74, 1]),
  ),
  glyph(
    2,
    curve([0.8, 0.2], [0.64, -0.1], [0.16, -0.04], [0.1, 0.4], [0.42, 0.58], [0.8, 0.4], [0.82, 0.1]),
    curve([0.82, 0.1], [0.88, 0.7], [0.74, 1.1], [0.42, 1.06], [0.2, 0.92]),
  ),
  // The stem leans back in one go with the bowl.
  glyph(
    2,
    curve(
      [0.82, 0.12],
      [0.5, -0.12],
      [0.1, 0.06],
      [0.16, 0.48],
      [0.6, 0.54],
      [0.84, 0.2],
      [0.84, 0.14],
      [0.76, 0.6],
      [0.54, 1],
    ),
  ),
];
/** The ways of writing each digit: `GLYPHS[digit]`. */
export const GLYPHS: readonly (readonly Glyph[])[] = [ZERO, ONE, TWO, THREE, FOUR, FIVE, SIX, SEVEN, EIGHT, NINE];
