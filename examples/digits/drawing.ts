import { SIDE } from "downhill/digits";

/** Columns of a drawing; also the pixels per side of the part of the image that is drawn. */
export const DRAWING_WIDTH = 24;

/** Lines of a drawing: a character is about twice as high as it is wide, so it shows two pixels. */
export const DRAWING_HEIGHT = DRAWING_WIDTH / 2;

/** From paper to ink. */
const SHADES = [" ", "░", "▒", "▓", "█"];

/** Pixels darker than this belong to the digit, not to the noise of the paper. */
const INK = 0.25;

/** The number of the shade for a darkness from 0 to 1; faint noise counts as paper. */
function shade(darkness: number): number {
  return darkness < INK ? 0 : Math.min(SHADES.length - 1, Math.ceil(darkness * (SHADES.length - 1)));
}

/**
 * Draws an image in characters.
 *
 * @param pixels - 28 × 28 values from 0 (paper) to 1 (ink), row after row
 * @returns `DRAWING_HEIGHT` lines of `DRAWING_WIDTH` characters: the part of the image around the digit
 */
export function drawDigit(pixels: ArrayLike<number>): string[] {
  const { left, top } = inkCorner(pixels);
  const lines: string[] = [];
  for (let row = top; row < top + DRAWING_WIDTH; row += 2) {
    let line = "";
    for (let column = left; column < left + DRAWING_WIDTH; column++) {
      line += character(shade(pixels[row * SIDE + column]), shade(pixels[(row + 1) * SIDE + column]));
    }
    lines.push(line);
  }
  return lines;
}

/** One character for two pixels, one above the other. */
function character(upper: number, lower: number): string {
  // A half block is sharper than a shade, but knows only ink and paper.
  if (upper >= 3 && lower === 0) return "▀";
  if (lower >= 3 && upper === 0) return "▄";
  return SHADES[Math.round((upper + lower) / 2)];
}

/** The top left corner of the window that has the digit in its middle, as far as the image reaches. */
function inkCorner(pixels: ArrayLike<number>): { left: number; top: number } {
  let [left, right, top, bottom] = [SIDE, -1, SIDE, -1];
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) {
      if (pixels[row * SIDE + column] < INK) continue;
      left = Math.min(left, column);
      right = Math.max(right, column);
      top = Math.min(top, row);
      bottom = row;
    }
  }
  return { left: windowStart(left, right), top: windowStart(top, bottom) };
}

function windowStart(first: number, last: number): number {
  const centred = Math.floor((first + last + 1 - DRAWING_WIDTH) / 2);
  return Math.max(0, Math.min(SIDE - DRAWING_WIDTH, centred));
}
